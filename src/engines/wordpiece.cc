#include "engines/wordpiece.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>

#include "engines/errors.h"
#include "engines/tokenizer/trie.h"
#include "engines/tokenizer/vocabulary.h"
#include "engines/tokenizer/word_scanner.h"

namespace tandem::engines {

using tokenizer::Trie;
using tokenizer::Vocabulary;
using tokenizer::WordScanner;

// Two tries: tokens that begin a word, and those that continue one (without their prefix).
struct Tokenizer::Rules {
  Vocabulary vocabulary;
  Trie initial;
  Trie continuing;
  std::array<bool, 256> starts_special{};

  explicit Rules(Vocabulary the_vocabulary);
  // Appends the ids of `text`.
  void tokenize(std::string_view text, std::vector<int64_t>& out) const;

 private:
  void split_words(std::string_view text, WordScanner& scanner, std::vector<int64_t>& out) const;
  void split_word(std::string_view word, std::vector<int64_t>& out) const;
  const std::pair<std::string, int32_t>* find_special(std::string_view text) const;
};

Tokenizer::Rules::Rules(Vocabulary the_vocabulary) : vocabulary(std::move(the_vocabulary)) {
  std::vector<std::pair<std::string_view, int32_t>> begins, continues;
  for (const auto& [token, id] : vocabulary.tokens) {
    if (token.empty()) continue;
    begins.emplace_back(token, id);
    if (token.size() > vocabulary.prefix.size() && token.starts_with(vocabulary.prefix)) {
      continues.emplace_back(std::string_view(token).substr(vocabulary.prefix.size()), id);
    }
  }
  initial = Trie::build(std::move(begins));
  continuing = Trie::build(std::move(continues));
  // Where several match at one place, the longest wins.
  std::sort(vocabulary.special.begin(), vocabulary.special.end(),
            [](const auto& a, const auto& b) { return a.first.size() > b.first.size(); });
  for (const auto& [token, id] : vocabulary.special) {
    starts_special[static_cast<unsigned char>(token.front())] = true;
  }
}

const std::pair<std::string, int32_t>* Tokenizer::Rules::find_special(std::string_view text) const {
  for (const auto& special : vocabulary.special) {
    if (text.starts_with(special.first)) return &special;
  }
  return nullptr;
}

void Tokenizer::Rules::tokenize(std::string_view text, std::vector<int64_t>& out) const {
  WordScanner scanner;
  size_t begin = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    if (!starts_special[static_cast<unsigned char>(text[i])]) continue;
    const auto* special = find_special(text.substr(i));
    if (!special) continue;
    split_words(text.substr(begin, i - begin), scanner, out);
    out.push_back(special->second);
    begin = i + special->first.size();
    i = begin - 1;
  }
  split_words(text.substr(begin), scanner, out);
}

void Tokenizer::Rules::split_words(std::string_view text, WordScanner& scanner,
                                   std::vector<int64_t>& out) const {
  scanner.reset(text);
  while (scanner.next()) {
    if (scanner.too_long())
      out.push_back(vocabulary.unknown);
    else
      split_word(scanner.word(), out);
  }
}

void Tokenizer::Rules::split_word(std::string_view word, std::vector<int64_t>& out) const {
  const size_t before = out.size();
  const Trie* trie = &initial;
  while (!word.empty()) {
    const Trie::Match match = trie->longest_prefix(word);
    if (match.id < 0) {  // one piece that is unknown makes the whole word unknown
      out.resize(before);
      out.push_back(vocabulary.unknown);
      return;
    }
    out.push_back(match.id);
    word.remove_prefix(match.length);
    trie = &continuing;
  }
}

Tokenizer::Tokenizer(std::unique_ptr<Rules> rules) : rules_(std::move(rules)) {}
Tokenizer::~Tokenizer() = default;

Result<std::shared_ptr<const Tokenizer>> Tokenizer::load(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  const std::string content{std::istreambuf_iterator<char>(file), {}};
  if (!file) return fail(errors::vocabulary_invalid(path, "it cannot be read."));
  return path.ends_with(".json") ? from_json(content, path) : from_vocabulary(content, path);
}

Result<std::shared_ptr<const Tokenizer>> Tokenizer::from_vocabulary(std::string_view lines,
                                                                    std::string_view name) {
  TRY(auto vocabulary, tokenizer::read_vocabulary_lines(lines, name));
  return std::shared_ptr<const Tokenizer>(
      new Tokenizer(std::make_unique<Rules>(std::move(vocabulary))));
}

Result<std::shared_ptr<const Tokenizer>> Tokenizer::from_json(std::string_view json,
                                                              std::string_view name) {
  TRY(auto vocabulary, tokenizer::read_tokenizer_json(json, name));
  return std::shared_ptr<const Tokenizer>(
      new Tokenizer(std::make_unique<Rules>(std::move(vocabulary))));
}

Encoding Tokenizer::encode(std::string_view text, size_t max_tokens) const {
  Encoding out;
  out.ids.push_back(rules_->vocabulary.begin);
  rules_->tokenize(text, out.ids);
  out.tokens = out.ids.size() + 1;
  if (out.tokens > max_tokens) out.ids.resize(max_tokens - 1);
  out.ids.push_back(rules_->vocabulary.end);
  out.type_ids.assign(out.ids.size(), 0);
  return out;
}

// `tokenizers` calls it "longest first": both are cut to the length of the shorter one or of half
// the room, whichever is more.
Encoding Tokenizer::encode_pair(std::string_view first, std::string_view second,
                                size_t max_tokens) const {
  std::vector<int64_t> a, b;
  rules_->tokenize(first, a);
  rules_->tokenize(second, b);
  Encoding out;
  out.tokens = a.size() + b.size() + 3;
  if (out.tokens > max_tokens) {
    const size_t room = max_tokens - 3;
    std::vector<int64_t>& shorter = a.size() <= b.size() ? a : b;
    std::vector<int64_t>& longer = a.size() <= b.size() ? b : a;
    size_t keep_short = shorter.size();
    size_t keep_long = keep_short > room ? keep_short : std::max(keep_short, room - keep_short);
    if (keep_short + keep_long > room) {
      keep_short = room / 2;
      keep_long = keep_short + room % 2;
    }
    shorter.resize(keep_short);
    longer.resize(keep_long);
  }
  out.ids.reserve(a.size() + b.size() + 3);
  out.ids.push_back(rules_->vocabulary.begin);
  out.ids.insert(out.ids.end(), a.begin(), a.end());
  out.ids.push_back(rules_->vocabulary.end);
  out.type_ids.assign(out.ids.size(), 0);
  out.ids.insert(out.ids.end(), b.begin(), b.end());
  out.ids.push_back(rules_->vocabulary.end);
  out.type_ids.resize(out.ids.size(), 1);
  return out;
}

size_t Tokenizer::count(std::string_view text) const {
  std::vector<int64_t> ids;
  rules_->tokenize(text, ids);
  return ids.size();
}

size_t Tokenizer::vocabulary_size() const {
  return rules_->vocabulary.tokens.size();
}

}  // namespace tandem::engines
