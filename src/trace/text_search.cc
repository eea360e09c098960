#include "trace/text_search.h"

#include <algorithm>
#include <iterator>

#include "trace/codec.h"
#include "trace/gram_filter.h"
#include "trace/rows.h"
#include "trace/search_text.h"
#include "trace/text_blocks.h"

namespace tandem::trace {
namespace {

using store::Row;
using store::Statement;

constexpr Statement kBlocks{"text_blocks.scan",
                            "SELECT filter, spans FROM text_blocks WHERE project_no = ?"};
constexpr Statement kSpans{"spans.read", "SELECT head, body FROM spans WHERE id >= ? AND id < ?"};

}  // namespace

Result<TextSearch> TextSearch::start(store::Connection& connection,
                                     std::vector<std::string> needles,
                                     const std::vector<int64_t>& project_nos) {
  TextSearch search(connection, std::move(needles));
  for (const std::string& needle : search.needles_) {
    if (GramQuery(needle).empty()) continue;
    TRY(std::vector<int64_t> keys, search.keys_with(needle, project_nos));
    if (!search.candidates_) {
      search.candidates_ = std::move(keys);
      continue;
    }
    std::vector<int64_t> both;
    std::set_intersection(search.candidates_->begin(), search.candidates_->end(), keys.begin(),
                          keys.end(), std::back_inserter(both));
    search.candidates_ = std::move(both);
  }
  return search;
}

Result<std::vector<int64_t>> TextSearch::keys_with(const std::string& needle,
                                                   const std::vector<int64_t>& project_nos) {
  const GramQuery query(needle);
  std::vector<int64_t> keys;
  for (const int64_t project_no : project_nos) {
    TRY_VOID(connection_.query(kBlocks, {project_no}, [&](const Row& row) {
      const auto filter = GramFilter::decode(row.blob(0));
      // A damaged filter hides nothing: its block is read.
      if (filter && !query.may_be_in(*filter)) return true;
      for (const int64_t id : decode_span_ids(row.blob(1))) keys.push_back(key_of_span_id(id));
      return true;
    }));
  }
  std::sort(keys.begin(), keys.end());
  keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
  return keys;
}

bool TextSearch::may_match(int64_t key) const {
  return !candidates_ || std::binary_search(candidates_->begin(), candidates_->end(), key);
}

Result<bool> TextSearch::matches(int64_t key) {
  std::vector<bool> found(needles_.size(), false);
  size_t missing = needles_.size();
  std::string scratch;
  Result<void> readable;
  const auto look_in = [&](std::string_view text) {
    for (size_t i = 0; i < needles_.size(); ++i) {
      if (found[i] || !contains_folded(text, needles_[i], scratch)) continue;
      found[i] = true;
      --missing;
    }
  };
  TRY_VOID(
      connection_.query(kSpans, {first_span_id(key), first_span_id(key + 1)}, [&](const Row& row) {
        auto span = decode_span(row.blob(0), row.blob(1));
        if (!span) {
          readable = fail(std::move(span).error());
          return false;
        }
        each_search_text(*span, look_in);
        return missing > 0;
      }));
  TRY_VOID(readable);
  return missing == 0;
}

}  // namespace tandem::trace
