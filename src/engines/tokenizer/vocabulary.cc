#include "engines/tokenizer/vocabulary.h"

#include <simdjson.h>

#include <algorithm>
#include <optional>

#include "engines/errors.h"

namespace tandem::engines::tokenizer {
namespace {

using simdjson::dom::element;

std::optional<int32_t> id_of(const Vocabulary& vocabulary, std::string_view token) {
  const auto at = std::lower_bound(
      vocabulary.tokens.begin(), vocabulary.tokens.end(), token,
      [](const auto& row, std::string_view key) { return std::string_view(row.first) < key; });
  if (at == vocabulary.tokens.end() || at->first != token) return std::nullopt;
  return at->second;
}

Result<void> finish(Vocabulary& vocabulary, std::string_view name, std::string_view unknown) {
  std::sort(vocabulary.tokens.begin(), vocabulary.tokens.end());
  const auto twice =
      std::adjacent_find(vocabulary.tokens.begin(), vocabulary.tokens.end(),
                         [](const auto& a, const auto& b) { return a.first == b.first; });
  if (twice != vocabulary.tokens.end()) {
    return fail(errors::vocabulary_invalid(name, "\"" + twice->first + "\" stands in it twice."));
  }
  const std::pair<std::string_view, int32_t*> needed[] = {
      {unknown, &vocabulary.unknown}, {"[CLS]", &vocabulary.begin}, {"[SEP]", &vocabulary.end}};
  for (const auto& [token, id] : needed) {
    const auto found = id_of(vocabulary, token);
    if (!found) {
      return fail(errors::vocabulary_invalid(name, "it lacks " + std::string(token) + "."));
    }
    *id = *found;
  }
  return {};
}

// Whether `object` lacks `key` or has another value there than `expected`.
bool text_differs(const element& object, std::string_view key, std::string_view expected) {
  std::string_view text;
  return object[key].get(text) != simdjson::SUCCESS || text != expected;
}
bool flag_differs(const element& object, std::string_view key, bool expected) {
  bool value = false;
  return object[key].get(value) != simdjson::SUCCESS || value != expected;
}

std::string unsupported(const element& root) {
  element normalizer, splitter, model;
  if (root["normalizer"].get(normalizer) || text_differs(normalizer, "type", "BertNormalizer") ||
      flag_differs(normalizer, "lowercase", true) || flag_differs(normalizer, "clean_text", true) ||
      flag_differs(normalizer, "handle_chinese_chars", true) ||
      (normalizer["strip_accents"].is_bool() && flag_differs(normalizer, "strip_accents", true))) {
    return "its normalizer is not that of uncased BERT.";
  }
  if (root["pre_tokenizer"].get(splitter) || text_differs(splitter, "type", "BertPreTokenizer")) {
    return "its pre_tokenizer is not BertPreTokenizer.";
  }
  uint64_t longest = 0;
  if (root["model"].get(model) || text_differs(model, "type", "WordPiece")) {
    return "its model is not WordPiece.";
  }
  if (model["max_input_chars_per_word"].get(longest) || longest != 100) {
    return "its max_input_chars_per_word is not 100.";
  }
  return {};
}

Result<void> read_special(const element& root, Vocabulary& out, std::string_view name) {
  simdjson::dom::array added;
  if (root["added_tokens"].get(added)) return {};
  for (const element& row : added) {
    std::string_view content;
    int64_t id = 0;
    if (row["content"].get(content) || row["id"].get(id) || content.empty()) {
      return fail(errors::vocabulary_invalid(name, "an added token lacks its content or id."));
    }
    if (flag_differs(row, "normalized", false) || flag_differs(row, "single_word", false) ||
        flag_differs(row, "lstrip", false) || flag_differs(row, "rstrip", false)) {
      return fail(errors::vocabulary_invalid(
          name, "the added token \"" + std::string(content) + "\" has rules of its own."));
    }
    out.special.emplace_back(content, static_cast<int32_t>(id));
  }
  return {};
}

}  // namespace

Result<Vocabulary> read_vocabulary_lines(std::string_view lines, std::string_view name) {
  Vocabulary out;
  int32_t id = 0;
  while (!lines.empty()) {
    const size_t end = lines.find('\n');
    std::string_view line = lines.substr(0, end);
    lines = end == std::string_view::npos ? std::string_view() : lines.substr(end + 1);
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    out.tokens.emplace_back(line, id++);
  }
  TRY_VOID(finish(out, name, "[UNK]"));
  for (const std::string_view token : {"[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"}) {
    if (const auto found = id_of(out, token)) out.special.emplace_back(token, *found);
  }
  return out;
}

Result<Vocabulary> read_tokenizer_json(std::string_view json, std::string_view name) {
  simdjson::dom::parser parser;
  element root;
  if (const auto error = parser.parse(json).get(root)) {
    return fail(errors::vocabulary_invalid(name, simdjson::error_message(error)));
  }
  if (const std::string reason = unsupported(root); !reason.empty()) {
    return fail(errors::vocabulary_invalid(name, reason));
  }
  Vocabulary out;
  simdjson::dom::object vocabulary;
  std::string_view prefix, unknown;
  const element model = root["model"];
  if (model["vocab"].get(vocabulary) || model["continuing_subword_prefix"].get(prefix) ||
      model["unk_token"].get(unknown)) {
    return fail(errors::vocabulary_invalid(name, "its model is not complete."));
  }
  out.prefix = prefix;
  for (const auto& [token, value] : vocabulary) {
    int64_t id = 0;
    if (value.get(id) || id < 0 || id > INT32_MAX) {
      return fail(errors::vocabulary_invalid(name, "a token has no usable id."));
    }
    out.tokens.emplace_back(token, static_cast<int32_t>(id));
  }
  TRY_VOID(read_special(root, out, name));
  TRY_VOID(finish(out, name, unknown));
  return out;
}

}  // namespace tandem::engines::tokenizer
