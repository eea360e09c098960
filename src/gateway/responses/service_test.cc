// Stored responses on a database of either kind: chains, rights, the borders of projects, limits
// and age.
#include "gateway/responses/service.h"

#include <gtest/gtest.h>

#include <optional>
#include <type_traits>

#include "base/async/io_threads.h"
#include "base/time/calendar.h"
#include "gateway/schema.h"
#include "store/migrations.h"
#include "store/testing/test_db.h"

namespace tandem::gateway::responses {
namespace {

Principal key_of(std::string project, std::vector<std::string> endpoints = {}) {
  Principal principal;
  principal.key = KeyId("key-1");
  principal.project = ProjectId(std::move(project));
  if (!endpoints.empty()) {
    principal.endpoints = std::make_shared<const std::vector<std::string>>(std::move(endpoints));
  }
  return principal;
}

StoredResponse response(std::string id, std::string previous, std::string project = "a") {
  StoredResponse out;
  out.project = std::move(project);
  out.id = id;
  out.previous_id = std::move(previous);
  out.endpoint = "chat";
  out.body = R"({"id":")" + id + R"("})";
  out.created_us = 10 * time::kDayUs;
  out.input = {{"in_" + id, R"({"in":")" + id + R"("})"}};
  out.output = {{"out_" + id, R"({"out":")" + id + R"("})"}};
  return out;
}

class ResponseStoreTest : public testing::TestWithParam<store::Dialect> {
 protected:
  // What the task of `make` answers, on an io thread.
  template <class Make>
  auto run(Make make) {
    using Answer = typename std::invoke_result_t<Make>::value_type;
    std::optional<Answer> answer;
    threads_.run_task(0, [&](IoThread&) -> Task<void> { answer = co_await make(); });
    return *std::move(answer);
  }

  ResponseStoreTest() : db_(GetParam()) {
    threads_.start();
    EXPECT_TRUE(store::migrate(*db_, migrations()));
    restart({});
  }
  void restart(ResponsesConfig config) {
    store_ = std::make_unique<ResponseStore>(*db_, config, metrics_);
  }
  bool keep(StoredResponse kept) {
    return run([&] { return store_->keep(kept); });
  }
  Result<Context> load(const Principal& principal, const Links& links) {
    return run([&] { return store_->load(principal, links); });
  }
  Result<Context> load(const Principal& principal, std::string previous) {
    Links links;
    links.previous_id = std::move(previous);
    return load(principal, links);
  }
  Result<ResponseStore::Found> get(const Principal& principal, std::string_view id,
                                   Side side = Side::Output) {
    return run([&] { return store_->get(principal, id, side); });
  }
  Result<void> remove(const Principal& principal, std::string_view id) {
    return run([&] { return store_->remove(principal, id); });
  }

  ~ResponseStoreTest() override { threads_.stop(); }

  store::testing::TestDb db_;
  IoThreads threads_{1};
  metrics::Metrics metrics_;
  std::unique_ptr<ResponseStore> store_;
};

TEST_P(ResponseStoreTest, AChainIsLoadedOldestFirst) {
  ASSERT_TRUE(keep(response("r1", "")));
  ASSERT_TRUE(keep(response("r2", "r1")));
  const auto context = load(key_of("a"), "r2");
  ASSERT_TRUE(context) << context.error().message;
  EXPECT_EQ(context->earlier, (std::vector<std::string>{R"({"in":"r1"})", R"({"out":"r1"})",
                                                        R"({"in":"r2"})", R"({"out":"r2"})"}));
  Links links;
  links.references = {{"out_r1", {}}};
  EXPECT_EQ(load(key_of("a"), links)->items, std::vector<std::string>{R"({"out":"r1"})"});
}

TEST_P(ResponseStoreTest, ItStaysOverARestart) {
  ASSERT_TRUE(keep(response("r1", "")));
  db_.reopen();
  restart({});
  const auto found = get(key_of("a"), "r1", Side::Input);
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_EQ(found->response.body, R"({"id":"r1"})");
  ASSERT_EQ(found->items.size(), 1U);
  EXPECT_EQ(found->items[0].id, "in_r1");
}

TEST_P(ResponseStoreTest, AnotherProjectsAndAnotherEndpointsAreNotThere) {
  ASSERT_TRUE(keep(response("r1", "")));
  Links reference;
  reference.references = {{"out_r1", {}}};
  for (const Principal& principal : {key_of("b"), key_of("a", {"other"})}) {
    for (const Error& error :
         {get(principal, "r1").error(), load(principal, "r1").error(),
          load(principal, reference).error(), remove(principal, "r1").error()}) {
      EXPECT_EQ(error.code, Code::NotFound) << error.message;
    }
  }
  EXPECT_TRUE(get(key_of("a"), "r1"));
  EXPECT_TRUE(get(key_of("a", {"chat"}), "r1"));
  // The same id in another project is another response.
  ASSERT_TRUE(keep(response("r1", "", "b")));
  ASSERT_TRUE(remove(key_of("b"), "r1"));
  EXPECT_TRUE(get(key_of("a"), "r1"));
}

TEST_P(ResponseStoreTest, AChainWithAGapNamesWhatIsMissing) {
  ASSERT_TRUE(keep(response("r1", "")));
  ASSERT_TRUE(keep(response("r2", "r1")));
  ASSERT_TRUE(remove(key_of("a"), "r1"));
  EXPECT_FALSE(get(key_of("a"), "r1"));
  EXPECT_EQ(remove(key_of("a"), "r1").error().code, Code::NotFound);
  const auto context = load(key_of("a"), "r2");
  ASSERT_FALSE(context);
  EXPECT_EQ(context.error().code, Code::NotFound);
  EXPECT_NE(context.error().message.find("\"r1\""), std::string::npos);
  EXPECT_EQ(context.error().param, "previous_response_id");
}

TEST_P(ResponseStoreTest, ChainsHaveLimits) {
  ResponsesConfig config;
  config.max_chain = 2;
  restart(config);
  for (const auto& [id, before] : {std::pair{"r1", ""}, {"r2", "r1"}, {"r3", "r2"}}) {
    ASSERT_TRUE(keep(response(id, before)));
  }
  EXPECT_TRUE(load(key_of("a"), "r2"));
  EXPECT_EQ(load(key_of("a"), "r3").error().code, Code::InvalidArgument);
  config.max_chain = 10;
  config.max_bytes = 40;  // the items of one response have 25 bytes
  restart(config);
  EXPECT_TRUE(load(key_of("a"), "r1"));
  EXPECT_EQ(load(key_of("a"), "r2").error().code, Code::PayloadTooLarge);
}

TEST_P(ResponseStoreTest, WhatIsTooOldGoes) {
  StoredResponse young = response("r2", "");
  young.created_us = 11 * time::kDayUs;
  ASSERT_TRUE(keep(response("r1", "")));
  ASSERT_TRUE(keep(young));
  EXPECT_EQ(store_->delete_old_now(40 * time::kDayUs).value_or(-1), 0);
  EXPECT_EQ(store_->delete_old_now(40 * time::kDayUs + 1).value_or(-1), 1);
  EXPECT_FALSE(get(key_of("a"), "r1"));
  EXPECT_TRUE(get(key_of("a"), "r2"));
  ResponsesConfig none;
  none.keep_days = 0;
  restart(none);
  EXPECT_EQ(store_->delete_old_now(11 * time::kDayUs + 1).value_or(-1), 1);
}

TEST_P(ResponseStoreTest, TheSameIdTwiceIsNotKept) {
  ASSERT_TRUE(keep(response("r1", "")));
  EXPECT_FALSE(keep(response("r1", "")));
  EXPECT_NE(metrics_.render().find("tandem_responses_not_stored_total{reason=\"storage\"} 1"),
            std::string::npos);
}

INSTANTIATE_TEST_SUITE_P(Both, ResponseStoreTest, store::testing::both_databases(),
                         store::testing::dialect_name);

}  // namespace
}  // namespace tandem::gateway::responses
