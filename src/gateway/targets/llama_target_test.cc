// A llama target against a child that counts words (engines/llama/testdata).
#include "gateway/targets/llama_target.h"

#include <gtest/gtest.h>

#include "gateway/openai/request.h"
#include "net/client.h"

namespace tandem::gateway {
namespace {

class LlamaTargetTest : public testing::Test {
 protected:
  LlamaTargetTest() {
    client_ = std::make_unique<net::Client>(threads_.at(0), net::ClientOptions{});
    threads_.start();
  }
  ~LlamaTargetTest() override {
    threads_.run_on(0, [&](IoThread&) { client_.reset(); });
    threads_.stop();
  }

  static engines::LlamaOptions fake(std::vector<std::string> arguments = {}) {
    engines::LlamaOptions options;
    options.name = "fake";
    options.model_file = "fake.gguf";
    options.program = TANDEM_FAKE_LLAMA_SERVER;
    options.more_arguments = std::move(arguments);
    options.restart.crashes_in_a_row = 1;
    return options;
  }
  std::optional<int64_t> count(LlamaTarget& target, CallKind kind, std::string body) {
    auto call = openai::read_request(kind, std::move(body));
    EXPECT_TRUE(call) << call.error().message;
    std::optional<int64_t> tokens;
    threads_.run_task(0, [&](IoThread& thread) -> Task<void> {
      AttemptContext attempt{context_, thread, *client_, config_, {}, nullptr};
      tokens = co_await target.ask_input_tokens(*call, attempt);
    });
    return tokens;
  }
  static LlamaTarget target(engines::Supervisor& supervisor, engines::LlamaOptions options) {
    return {"local", "fake",
            std::make_shared<engines::LlamaServer>(supervisor, std::move(options))};
  }

  IoThreads threads_{1};
  engines::Supervisor supervisor_;
  std::unique_ptr<net::Client> client_;
  RequestContext context_;
  EndpointConfig config_;
};

TEST_F(LlamaTargetTest, TheChildCountsAChatAsItWillBeSent) {
  LlamaTarget local = target(supervisor_, fake());
  EXPECT_EQ(count(local, CallKind::Chat, R"({"model":"chat","messages":[
      {"role":"system","content":"be terse"},{"role":"user","content":"one two three"}]})"),
            3 + 4);
  EXPECT_GT(context_.waited_us, 0);  // the child's start is not Tandem's time
}

TEST_F(LlamaTargetTest, PromptsAndInputsAreCountedOneByOne) {
  LlamaTarget local = target(supervisor_, fake());
  EXPECT_EQ(count(local, CallKind::Completion, R"({"model":"chat","prompt":"one two three"})"), 3);
  EXPECT_EQ(
      count(local, CallKind::Embedding, R"({"model":"e","input":["one thing","two more things"]})"),
      5);
}

TEST_F(LlamaTargetTest, WhereNobodyCountsThereIsNoNumber) {
  LlamaTarget older = target(supervisor_, fake({"--fake-counts-nothing"}));
  const std::string chat = R"({"model":"chat","messages":[{"role":"user","content":"hi"}]})";
  EXPECT_EQ(count(older, CallKind::Chat, chat), std::nullopt);
  LlamaTarget broken = target(supervisor_, fake({"--fake-fail-start"}));
  EXPECT_EQ(count(broken, CallKind::Chat, chat), std::nullopt);
  std::string many = R"({"model":"e","input":["x")";
  for (int i = 0; i < 20; ++i) many += R"(,"x")";
  EXPECT_EQ(count(older, CallKind::Embedding, many + "]}"), std::nullopt);
}

}  // namespace
}  // namespace tandem::gateway
