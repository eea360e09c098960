#include "guard/shapes/names.h"

#include <algorithm>
#include <array>
#include <span>

#include "base/text/encode.h"

namespace tandem::guard {
namespace {

bool is_lower(char c) {
  return c >= 'a' && c <= 'z';
}
bool is_upper(char c) {
  return c >= 'A' && c <= 'Z';
}
bool is_letter(char c) {
  return is_lower(c) || is_upper(c);
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool in_name(char c) {
  return is_letter(c) || is_digit(c) || c == '_' || c == '-' || c == '.' || c == '$';
}

constexpr std::array<std::string_view, 72> kTailWords = {
    "id",      "ids",     "name",    "names",    "file",      "files",     "path",
    "paths",   "url",     "uri",     "endpoint", "host",      "type",      "types",
    "length",  "len",     "size",    "count",    "counts",    "field",     "fields",
    "policy",  "label",   "version", "reset",    "expiry",    "expires",   "expiration",
    "ttl",     "hint",    "regex",   "pattern",  "min",       "max",       "limit",
    "limits",  "index",   "format",  "usage",    "store",     "ring",      "location",
    "alias",   "date",    "time",    "at",       "enabled",   "required",  "input",
    "output",  "column",  "prefix",  "suffix",   "algorithm", "alg",       "provider",
    "manager", "issuer",  "budget",  "rotation", "strength",  "validator", "error",
    "message", "arn",     "ref",     "class",    "map",       "word",      "words",
    "pair",    "selector"};

constexpr std::array<std::string_view, 27> kHeadWords = {
    "public",    "pub",  "csrf",  "xsrf",   "authenticity", "primary",    "foreign",
    "partition", "sort", "cache", "bucket", "schema",       "sequence",   "idempotency",
    "max",       "min",  "num",   "total",  "prompt",       "completion", "cached",
    "reasoning", "page", "next",  "sha",    "hash",         "checksum"};

// Walks over the words of a name: max_tokens, maxTokens, MAX-TOKENS.
template <class Test>
bool any_word(std::string_view name, Test test) {
  size_t begin = 0;
  for (size_t i = 0; i <= name.size(); ++i) {
    const bool cut = i == name.size() || !is_letter(name[i]) ||
                     (i > begin && is_lower(name[i - 1]) && is_upper(name[i]));
    if (!cut) continue;
    if (i > begin && test(name.substr(begin, i - begin))) return true;
    begin = i < name.size() && is_letter(name[i]) ? i : i + 1;
  }
  return false;
}

bool is_one_of(std::string_view word, std::span<const std::string_view> words) {
  return std::any_of(words.begin(), words.end(), [&](std::string_view known) {
    return text::equal_ignoring_case(word, known);
  });
}

}  // namespace

std::string_view name_head(std::string_view before) {
  size_t length = 0;
  while (length < before.size() && in_name(before[before.size() - 1 - length])) ++length;
  return before.substr(before.size() - length);
}

bool word_begins(char last, char first) {
  if (!is_letter(last)) return true;
  return is_lower(last) && is_upper(first);
}

bool head_rules_out(std::string_view head, Judge judge) {
  if (judge != Judge::Secret && judge != Judge::Key) return false;
  return any_word(head, [](std::string_view word) { return is_one_of(word, kHeadWords); });
}

bool tail_rules_out(std::string_view tail) {
  if (tail.find("--") != std::string_view::npos) return true;  // BEGIN PUBLIC KEY-----
  return any_word(tail, [](std::string_view word) { return is_one_of(word, kTailWords); });
}

bool is_copula(std::string_view word) {
  constexpr std::array<std::string_view, 8> kCopulas = {"is", "was", "are",    "be",
                                                        "to", "as",  "equals", "becomes"};
  return is_one_of(word, kCopulas);
}

bool is_filler(std::string_view word) {
  return word.size() <= 24 && std::all_of(word.begin(), word.end(), [](char c) {
           return is_letter(c) || c == '-' || c == '_' || c == '\'' || c == '.';
         });
}

}  // namespace tandem::guard
