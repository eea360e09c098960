#include "engines/reranker.h"

#include <gmock/gmock.h>

#include "base/async/scope.h"
#include "base/context.h"
#include "engines/onnx/testing.h"

namespace tandem::engines {
namespace {

Task<void> call(Reranker& reranker, RequestContext& context, std::string query,
                std::vector<std::string> documents, Result<Ranking>& out) {
  out = co_await reranker.rerank(context, std::move(query), std::move(documents));
}

TEST(RerankerTest, EqualsPythonAndPutsTheAnswerFirst) {
  onnx::Runtime runtime{testing::runtime_options()};
  auto reranker =
      Reranker::load(runtime, testing::cache_path("models/ms-marco-minilm-l12-int8"), {});
  ASSERT_TRUE(reranker) << reranker.error().describe();
  const auto expected =
      boost::json::parse(testing::read_file(testing::data_path("scores_expected.json")));
  const auto& rows = expected.at("rows").as_array();
  std::vector<std::string> documents;
  for (const auto& row : rows) documents.emplace_back(row.at("document").as_string());

  IoContext io;
  Scope scope(io);
  RequestContext context;
  Result<Ranking> ranking = fail(Code::Internal, "pending");
  Result<Ranking> refused = ranking;
  const std::string query(rows[0].at("query").as_string());
  scope.spawn(call(**reranker, context, query, documents, ranking));
  scope.spawn(call(**reranker, context, "", documents, refused));
  io.run();

  ASSERT_TRUE(ranking) << ranking.error().describe();
  std::vector<std::string> recorded;
  for (const auto& flag : expected.at("instruction_sets").as_array()) {
    recorded.emplace_back(flag.as_string());
  }
  const double tolerance = recorded == testing::instruction_sets() ? 1e-4 : 0.5;
  for (size_t i = 0; i < rows.size(); ++i) {
    EXPECT_NEAR(ranking->logits[i], rows[i].at("logit").to_number<double>(), tolerance);
    EXPECT_EQ(ranking->tokens[i], rows[i].at("tokens").to_number<size_t>());
  }
  // "How do I reset my password?" against itself, then against "I forgot my password …".
  EXPECT_GT(ranking->relevance(3), 0.9);
  EXPECT_GT(ranking->logits[4], ranking->logits[0]);
  EXPECT_LT(ranking->relevance(0), 0.1);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().param, "query");
}

}  // namespace
}  // namespace tandem::engines
