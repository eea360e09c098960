// The guard's policies applied to calls: where what is found is taken out, and how events count.
#include "gateway/secrets_guarding.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gateway/openai/request.h"

namespace tandem::gateway {
namespace {

using testing::HasSubstr;
using testing::Not;

// Has the form of an AWS access key id; nobody's.
constexpr const char* kSecret = "AKIAQ3TANDEMPROBE7XZ";

class SecretsGuardingTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    auto scanner = guard::SecretScanner::create();
    ASSERT_TRUE(scanner) << scanner.error().message;
    guarding_ = SecretsGuarding::create(*std::move(scanner))->release();
  }
  static void TearDownTestSuite() { delete guarding_; }

  static EndpointConfig with(std::vector<std::string> guards) {
    EndpointConfig config;
    config.guards = std::move(guards);
    return config;
  }
  static Call chat(const std::string& text, const std::string& more = "") {
    auto call = openai::read_request(
        CallKind::Chat, R"({"model":"chat", "messages":[{"role":"user","content":")" + text +
                            R"("}])" + more + "}");
    EXPECT_TRUE(call) << call.error().message;
    return *std::move(call);
  }

  std::vector<GuardEvent> events_;
  static inline SecretsGuarding* guarding_ = nullptr;
};

TEST_F(SecretsGuardingTest, ASecretLeavesTheTextAndTheBodyAndNothingElse) {
  Call call = chat("my key is " + std::string(kSecret) + ", keep it", R"(, "x" : 1.50)");
  ASSERT_TRUE(guarding_->check_input(call, with({"secrets"}), events_));
  EXPECT_THAT(call.texts.at(0).text, Not(HasSubstr(kSecret)));
  EXPECT_THAT(call.texts.at(0).text, HasSubstr("my key is "));
  EXPECT_THAT(call.texts.at(0).text, HasSubstr(", keep it"));
  const std::string body = call.redactions.apply(call.body);
  EXPECT_THAT(body, Not(HasSubstr(kSecret)));
  EXPECT_THAT(body, HasSubstr(R"(, "x" : 1.50)"));
  ASSERT_EQ(events_.size(), 1u);
  EXPECT_EQ(events_[0].policy, "secrets");
  EXPECT_EQ(events_[0].action, "redact");
  EXPECT_EQ(events_[0].direction, "input");
}

TEST_F(SecretsGuardingTest, ACleanTextKeepsItsBytes) {
  Call call = chat("What is the capital of France?");
  ASSERT_TRUE(guarding_->check_input(call, with({"secrets"}), events_));
  EXPECT_TRUE(call.redactions.empty());
  EXPECT_TRUE(events_.empty());
}

TEST_F(SecretsGuardingTest, TheSameRuleIsOneEventWithItsCount) {
  const std::string secret = kSecret;
  Call call = chat(secret + " and " + secret + " and " + secret);
  ASSERT_TRUE(guarding_->check_input(call, with({"secrets"}), events_));
  ASSERT_EQ(events_.size(), 1u);
  EXPECT_EQ(events_[0].count, 3);
}

TEST_F(SecretsGuardingTest, PoliciesDecideWhatHappens) {
  Call blocked = chat(kSecret);
  const auto refused = guarding_->check_input(blocked, with({"secrets-block"}), events_);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::GuardBlocked);
  EXPECT_THAT(refused.error().message, Not(HasSubstr(kSecret)));
  EXPECT_EQ(events_.at(0).action, "block");

  events_.clear();
  Call noticed = chat(kSecret);
  ASSERT_TRUE(guarding_->check_input(noticed, with({"secrets-alert"}), events_));
  EXPECT_EQ(noticed.texts.at(0).text, kSecret);
  EXPECT_EQ(events_.at(0).action, "alert");

  events_.clear();
  Call free = chat(kSecret);
  ASSERT_TRUE(guarding_->check_input(free, with({}), events_));
  EXPECT_EQ(free.texts.at(0).text, kSecret);
  EXPECT_TRUE(events_.empty());
}

TEST_F(SecretsGuardingTest, InputsOfEmbeddingsAndTensors) {
  auto embedding = openai::read_request(
      CallKind::Embedding, R"({"model":"e","input":["fine",")" + std::string(kSecret) + R"("]})");
  ASSERT_TRUE(embedding);
  ASSERT_TRUE(guarding_->check_input(*embedding, with({"secrets"}), events_));
  EXPECT_EQ(embedding->inputs.at(0), "fine");
  EXPECT_THAT(embedding->inputs.at(1), Not(HasSubstr(kSecret)));

  Call predict;
  predict.kind = CallKind::Predict;
  predict.infer.inputs.push_back({"text", engines::DataType::Bytes, {1}, {}, {kSecret}});
  TextSegment segment;
  segment.text = kSecret;
  predict.texts.push_back(segment);
  ASSERT_TRUE(guarding_->check_input(predict, with({"secrets"}), events_));
  EXPECT_THAT(predict.infer.inputs[0].strings[0], Not(HasSubstr(kSecret)));
}

TEST_F(SecretsGuardingTest, AnswersPassAGate) {
  EXPECT_EQ(guarding_->open_gate(with({}), events_), nullptr);
  const auto gate = guarding_->open_gate(with({"secrets"}), events_);
  ASSERT_TRUE(gate);
  EXPECT_EQ(gate->whole("nothing to see"), std::nullopt);
  const auto changed = gate->whole("key " + std::string(kSecret));
  ASSERT_TRUE(changed);
  EXPECT_THAT(*changed, Not(HasSubstr(kSecret)));
  EXPECT_EQ(events_.at(0).direction, "output");
  EXPECT_FALSE(gate->blocked());
}

// The pieces of a stream, cut inside the secret.
TEST_F(SecretsGuardingTest, AStreamIsHeldBackOnlyWhereItMustBe) {
  const auto gate = guarding_->open_gate(with({"secrets"}), events_);
  const Channel channel;
  EXPECT_EQ(gate->feed(channel, "Hello"), "Hello");
  std::string out = gate->feed(channel, " key AKIAQ3TAN");
  EXPECT_THAT(out, Not(HasSubstr("AKIA")));
  out += gate->feed(channel, "DEMPROBE7XZ end");
  out += gate->flush(channel);
  EXPECT_THAT(out, Not(HasSubstr(kSecret)));
  EXPECT_THAT(out, HasSubstr(" end"));
}

}  // namespace
}  // namespace tandem::gateway
