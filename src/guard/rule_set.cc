#include "guard/rule_set.h"

#include <re2/re2.h>

#include <algorithm>

#include "guard/errors.h"

namespace tandem::guard {
namespace {

re2::StringPiece piece(std::string_view text) {
  return {text.data(), text.size()};
}

// Password, Secret and Key look for placeholders themselves, after what is cheaper.
bool looks_for_placeholders(Judge judge) {
  return judge == Judge::Password || judge == Judge::Secret || judge == Judge::Key;
}

bool judged(Judge judge, std::string_view text, const ValueContext& context) {
  switch (judge) {
    case Judge::None:
      return true;
    case Judge::Random:
      return looks_random(text);
    case Judge::Password:
      return looks_like_password(text, context);
    case Judge::Secret:
      return looks_like_secret(text, context);
    case Judge::Key:
      return looks_like_key(text, context);
    case Judge::Basic:
      return looks_like_basic(text);
  }
  return false;
}

}  // namespace

RuleSet::RuleSet() : table_(rule_table()) {}
RuleSet::~RuleSet() = default;

Result<std::unique_ptr<const RuleSet>> RuleSet::create() {
  std::unique_ptr<RuleSet> set(new RuleSet());
  if (set->table_.size() > kMaxRules) return fail(errors::too_many_rules(set->table_.size()));
  re2::RE2::Options options;
  options.set_encoding(re2::RE2::Options::EncodingLatin1);  // bytes: invalid UTF-8 is text, too
  options.set_log_errors(false);
  options.set_max_mem(512 * 1024);
  for (const Rule& rule : set->table_) {
    auto pattern = std::make_unique<re2::RE2>(piece(rule.confirm), options);
    if (!pattern->ok()) return fail(errors::bad_rule(rule.id, pattern->error()));
    set->patterns_.push_back(std::move(pattern));
  }
  return std::unique_ptr<const RuleSet>(std::move(set));
}

std::optional<Extent> RuleSet::find_token(size_t index, std::string_view window, size_t anchor,
                                          size_t anchor_size) const {
  const Rule& rule = table_[index];
  const re2::RE2& pattern = *patterns_[index];
  re2::StringPiece groups[2];
  const auto anchoring = rule.look_back == 0 ? re2::RE2::ANCHOR_START : re2::RE2::UNANCHORED;
  const int count = 1 + (pattern.NumberOfCapturingGroups() > 0 ? 1 : 0);
  if (!pattern.Match(piece(window), 0, window.size(), anchoring, groups, count)) {
    return std::nullopt;
  }
  const re2::StringPiece found = groups[count - 1];
  const size_t first = static_cast<size_t>(found.data() - window.data());
  const size_t end = first + found.size();
  const size_t begin = rule.keep_anchor ? std::max(first, anchor + anchor_size) : first;
  if (begin < anchor + rule.keep || begin >= end) return std::nullopt;

  const size_t variable = std::min(std::max(begin, anchor + anchor_size), end);
  const std::string_view secret = window.substr(variable, end - variable);
  if (is_placeholder(secret) || entropy(secret) < rule.min_entropy) return std::nullopt;
  if (!judged(rule.judge, secret, {})) return std::nullopt;
  return Extent{begin, end};
}

bool RuleSet::accepts_value(size_t index, std::string_view value,
                            const ValueContext& context) const {
  const Rule& rule = table_[index];
  if (value.empty()) return false;
  if (!looks_for_placeholders(rule.judge) && is_placeholder(value)) return false;
  if (!judged(rule.judge, value, context) || entropy(value) < rule.min_entropy) return false;
  return re2::RE2::FullMatch(piece(value), *patterns_[index]);
}

}  // namespace tandem::guard
