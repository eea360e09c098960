#include "gateway/openai/rerank_answer.h"

#include <algorithm>
#include <numeric>

#include "base/ids.h"
#include "base/json/writer.h"

namespace tandem::gateway::openai {
namespace {

constexpr int64_t kDocumentsOfUnit = 100;

}  // namespace

int64_t billed_units(const Call& call) {
  if (call.kind != CallKind::Rerank || call.inputs.size() < 2) return 0;
  const auto documents = static_cast<int64_t>(call.inputs.size()) - 1;
  return (documents + kDocumentsOfUnit - 1) / kDocumentsOfUnit;
}

std::string write_ranking(const Call& call, const LocalRanking& ranking,
                          const std::string& endpoint) {
  std::vector<size_t> order(ranking.relevance.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](size_t a, size_t b) { return ranking.relevance[a] > ranking.relevance[b]; });
  if (call.top_n && static_cast<size_t>(*call.top_n) < order.size()) {
    order.resize(static_cast<size_t>(*call.top_n));
  }
  char ulid[26];
  std::string out;
  json::Writer json(out);
  json.object().key("id").string("rerank-" + std::string(write_ulid(ulid)));
  json.key("object").string("list").key("model").string(endpoint);
  json.key("results").array();
  for (const size_t document : order) {
    json.object().key("index").integer(static_cast<int64_t>(document));
    json.key("relevance_score").number(ranking.relevance[document]);
    if (call.return_documents) {
      json.key("document").object().key("text").string(call.inputs[document + 1]).end_object();
    }
    json.end_object();
  }
  json.end_array();
  json.key("meta").object().key("api_version").object().key("version").string("2").end_object();
  json.key("billed_units").object().key("search_units").integer(billed_units(call)).end_object();
  json.key("tokens").object().key("input_tokens").integer(ranking.tokens).end_object();
  json.end_object();
  json.key("usage").object().key("prompt_tokens").integer(ranking.tokens);
  json.key("total_tokens").integer(ranking.tokens).end_object().end_object();
  return out;
}

}  // namespace tandem::gateway::openai
