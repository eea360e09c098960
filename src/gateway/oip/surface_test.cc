// The Open Inference Protocol v2 surface, with a model of two inputs in the catalog.
#include "gateway/oip/surface.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>

namespace tandem::gateway::oip {
namespace {

using boost::json::parse;
using engines::DataType;
using engines::Tensor;
using testing::HasSubstr;

struct WordGate final : OutputGate {
  std::string feed(const Channel&, std::string_view text) override {
    return std::string(text);
  }
  std::string flush(const Channel&) override { return {}; }
  std::optional<std::string> whole(std::string_view text) override {
    if (text == "BLOCK") error = Error(Code::GuardBlocked, "blocked");
    if (text == "SECRET") return "[redacted]";
    return std::nullopt;
  }
  const std::optional<Error>& blocked() const override { return error; }
  std::optional<Error> error;
};

Tensor numbers(std::string name, engines::Shape shape, std::initializer_list<float> values) {
  Tensor tensor{std::move(name), DataType::Fp32, std::move(shape), {}, {}};
  engines::set_values<float>(tensor, values);
  return tensor;
}

Tensor texts(std::string name, std::vector<std::string> strings) {
  const auto size = static_cast<int64_t>(strings.size());
  return {std::move(name), DataType::Bytes, {size}, {}, std::move(strings)};
}

class OipSurfaceTest : public testing::Test {
 protected:
  Snapshot<Catalog> catalogs_{std::make_shared<Catalog>()};
  OipSurface surface_{catalogs_};
};

// "Inference Response JSON Object" of the protocol.
TEST_F(OipSurfaceTest, AnswersInTheProtocolsShape) {
  Call call;
  call.infer.id = "request-7";
  AttemptResult result;
  result.tensors = {numbers("score", {2, 1}, {0.25f, 0.5f}), texts("label", {"no", "yes"})};
  const auto rendered = surface_.render(call, result, "churn", nullptr);
  ASSERT_TRUE(rendered) << rendered.error().message;
  EXPECT_EQ(rendered->content_type, "application/json");
  EXPECT_EQ(parse(rendered->body), parse(R"({"model_name":"churn","model_version":"1",
      "id":"request-7","outputs":[
        {"name":"score","datatype":"FP32","shape":[2,1],"data":[0.25,0.5]},
        {"name":"label","datatype":"BYTES","shape":[2],"data":["no","yes"]}]})"));
}

// The binary tensor data extension: the header says how long the JSON is; the data follow it,
// little-endian.
TEST_F(OipSurfaceTest, AnswersInBinaryWhereAsked) {
  Call call;
  call.infer.binary_by_default = true;
  AttemptResult result;
  result.tensors = {numbers("score", {2}, {1.0f, -2.0f})};
  const auto rendered = surface_.render(call, result, "churn", nullptr);
  ASSERT_TRUE(rendered);
  EXPECT_EQ(rendered->content_type, "application/octet-stream");
  const std::string prefix = "Inference-Header-Content-Length: ";
  const size_t at = rendered->header_block.find(prefix);
  ASSERT_NE(at, std::string::npos) << rendered->header_block;
  const size_t json_bytes = std::stoul(rendered->header_block.substr(at + prefix.size()));
  ASSERT_EQ(rendered->body.size(), json_bytes + 8);
  EXPECT_EQ(rendered->body.substr(json_bytes), std::string("\x00\x00\x80\x3f\x00\x00\x00\xc0", 8));
  const auto head = parse(rendered->body.substr(0, json_bytes));
  EXPECT_EQ(head.at("outputs").at(0).at("parameters").at("binary_data_size"), 8);
}

TEST_F(OipSurfaceTest, TheGuardReadsEveryTextOfTheAnswer) {
  Call call;
  WordGate gate;
  AttemptResult result;
  result.tensors = {texts("label", {"fine", "SECRET"})};
  const auto rendered = surface_.render(call, result, "churn", &gate);
  ASSERT_TRUE(rendered);
  EXPECT_THAT(rendered->body, HasSubstr(R"(["fine","[redacted]"])"));
  result.tensors = {texts("label", {"BLOCK"})};
  EXPECT_EQ(surface_.render(call, result, "churn", &gate).error().code, Code::GuardBlocked);
}

TEST_F(OipSurfaceTest, TheGuardSeesEveryTextOfARequest) {
  const auto call = surface_.probe("look at this");
  ASSERT_TRUE(call);
  EXPECT_EQ(call->kind, CallKind::Predict);
  ASSERT_EQ(call->texts.size(), 1u);
  EXPECT_EQ(call->texts[0].text, "look at this");
  EXPECT_EQ(call->infer.inputs[call->texts[0].tensor].strings[call->texts[0].element],
            "look at this");
}

TEST_F(OipSurfaceTest, ATraceShowsSmallTensorsWholeAndLargeOnesByShape) {
  Call call;
  call.infer.inputs = {numbers("x", {1, 3}, {1, 2, 3})};
  trace::Span span;
  surface_.describe_input(call, span);
  EXPECT_EQ(parse(span.input.text),
            parse(R"([{"name":"x","datatype":"FP32","shape":[1,3],"data":[1,2,3]}])"));
  Tensor large{"x", DataType::Fp32, {100, 3}, std::vector<uint8_t>(1200), {}};
  call.infer.inputs = {large};
  surface_.describe_input(call, span);
  EXPECT_EQ(parse(span.input.text), parse(R"([{"name":"x","datatype":"FP32","shape":[100,3]}])"));
}

}  // namespace
}  // namespace tandem::gateway::oip
