#include "engines/predictor.h"

#include <gmock/gmock.h>

#include "base/async/scope.h"
#include "base/context.h"
#include "engines/onnx/inline_policy.h"
#include "engines/onnx/testing.h"

namespace tandem::engines {
namespace {

using testing::data_path;
using testing::expected_models;
using testing::to_tensor;

class PredictorTest : public ::testing::Test {
 protected:
  Result<Prediction> predict(Predictor& predictor, std::vector<Tensor> inputs) {
    Result<Prediction> out = fail(Code::Internal, "pending");
    io.restart();
    scope.spawn(call(predictor, context, std::move(inputs), out));
    io.run();
    return out;
  }
  static Task<void> call(Predictor& predictor, RequestContext& context, std::vector<Tensor> inputs,
                         Result<Prediction>& out) {
    out = co_await predictor.predict(context, std::move(inputs), {});
  }
  onnx::Runtime runtime{testing::runtime_options()};
  IoContext io;
  Scope scope{io};
  RequestContext context;
};

TEST_F(PredictorTest, MetadataAndPredictionsInlineAndOnTheOwnerThreadAreTheSame) {
  auto loaded = Predictor::load_file(runtime, "urgency", data_path("urgency_regressor.onnx"), {});
  ASSERT_TRUE(loaded) << loaded.error().describe();
  Predictor& predictor = **loaded;
  EXPECT_EQ(predictor.metadata().name, "urgency");
  EXPECT_EQ(predictor.metadata().platform, "onnxruntime_onnx");
  EXPECT_EQ(predictor.metadata().inputs[0].shape, (Shape{-1, 8}));
  EXPECT_EQ(predictor.metadata().outputs[0].name, "variable");

  const auto& item = expected_models().at("urgency_regressor").as_array()[0];
  const Tensor x = to_tensor("X", DataType::Fp32, item.at("inputs").at("X").as_object());
  std::vector<float> expected;
  for (const auto& row : item.at("outputs").at("variable").as_array()) {
    expected.push_back(row.as_array()[0].to_number<float>());
  }
  // More rounds than the inline policy needs to trust the model.
  for (uint32_t i = 0; i < 2 * onnx::InlinePolicy::kTrustAfter; ++i) {
    const auto prediction = predict(predictor, {x});
    ASSERT_TRUE(prediction) << prediction.error().describe();
    EXPECT_EQ(prediction->rows, 40);
    EXPECT_GT(prediction->cpu_us, 0);
    const auto got = prediction->outputs[0].values<float>();
    EXPECT_EQ(std::vector<float>(got.begin(), got.end()), expected);
  }
  // An inline run heeds what has happened before it, too.
  context.deadline = {1};
  EXPECT_EQ(predict(predictor, {x}).error().code, Code::DeadlineExceeded);
  context.cancel.fire();
  EXPECT_EQ(predict(predictor, {x}).error().code, Code::Cancelled);
}

TEST_F(PredictorTest, TheDeadlineHoldsForAModelThatRunsForHours) {
  auto predictor = Predictor::load_file(runtime, "slow", data_path("slow.onnx"), {});
  ASSERT_TRUE(predictor) << predictor.error().describe();
  Tensor times{"times", DataType::Int64, {1}, {}, {}};
  set_values<int64_t>(times, {int64_t{1} << 40});
  const Tensor start{"start", DataType::Fp32, {64, 64}, std::vector<uint8_t>(64 * 64 * 4), {}};
  context.deadline = Deadline::after_ms(20, steady_now_us());
  const auto prediction = predict(**predictor, {times, start});
  ASSERT_FALSE(prediction);
  EXPECT_EQ(prediction.error().code, Code::DeadlineExceeded);
  // Its thread is free again: unloading returns although 2^40 steps were asked for.
  predictor->reset();
}

TEST_F(PredictorTest, AWrongInputIsNamed) {
  auto predictor =
      Predictor::load_file(runtime, "urgency", data_path("urgency_regressor.onnx"), {});
  ASSERT_TRUE(predictor);
  const auto prediction = predict(**predictor, {{"Y", DataType::Fp32, {1, 8}, {}, {}}});
  ASSERT_FALSE(prediction);
  EXPECT_EQ(prediction.error().param, "Y");
}

TEST(InlinePolicyTest, ASizeClassIsTrustedOnceItHasProvedShortAndLosesTrust) {
  onnx::InlinePolicy policy(200'000);
  EXPECT_FALSE(policy.allows(32));
  for (uint32_t i = 0; i < onnx::InlinePolicy::kTrustAfter; ++i) policy.record(32, 5'000);
  EXPECT_TRUE(policy.allows(32));
  EXPECT_TRUE(policy.allows(63));   // the same power of two
  EXPECT_FALSE(policy.allows(64));  // another one has not been seen
  policy.record(32, 1'000'000);     // one outlier: 5 us + 995/8 us = 129 us
  EXPECT_TRUE(policy.allows(32));
  policy.record(32, 1'000'000);
  EXPECT_FALSE(policy.allows(32));
}

TEST(InlinePolicyTest, EverySixteenthInlineRunIsMeasuredAndTheOthersAreBilledFairly) {
  onnx::InlinePolicy policy(200'000);
  for (uint32_t i = 0; i < onnx::InlinePolicy::kTrustAfter; ++i) policy.record(32, 5'000);
  int measured = 0;
  for (int i = 0; i < 160; ++i) measured += policy.samples(32);
  EXPECT_EQ(measured, 10);
  EXPECT_EQ(policy.bill(32, 6'000), 6'000);
  EXPECT_EQ(policy.bill(32, 4'000'000), 10'000);  // preempted in between
}

TEST(InlinePolicyTest, ZeroMeansNever) {
  onnx::InlinePolicy policy(0);
  for (int i = 0; i < 100; ++i) policy.record(8, 0);
  EXPECT_FALSE(policy.allows(8));
}

}  // namespace
}  // namespace tandem::engines
