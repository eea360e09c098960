#include "engines/wordpiece.h"

#include <gmock/gmock.h>

#include <cstdlib>
#include <fstream>

#include "base/text/encode.h"
#include "engines/onnx/testing.h"
#include "engines/tokenizer/trie.h"
#include "engines/tokenizer/word_scanner.h"

namespace tandem::engines {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

const std::string kBge = testing::cache_path("models/bge-small-en-v1.5-int8/");

std::shared_ptr<const Tokenizer> load(const std::string& file) {
  auto tokenizer = Tokenizer::load(kBge + file);
  if (!tokenizer) throw std::runtime_error(tokenizer.error().describe());
  return *tokenizer;
}

std::vector<int64_t> integers(const boost::json::value& array) {
  std::vector<int64_t> out;
  for (const auto& value : array.as_array()) out.push_back(value.to_number<int64_t>());
  return out;
}

// Checks one line of the corpus; returns false and says why where it differs.
bool agrees(const Tokenizer& tokenizer, const boost::json::object& row) {
  Encoding got;
  if (row.contains("first")) {
    got = tokenizer.encode_pair(row.at("first").as_string(), row.at("second").as_string(),
                                row.at("max").to_number<size_t>());
    if (got.type_ids != integers(row.at("type_ids"))) return false;
  } else if (row.contains("base64")) {
    got = tokenizer.encode(*text::from_base64(row.at("base64").as_string()), 512);
  } else {
    got = tokenizer.encode(row.at("text").as_string(), 512);
  }
  return got.ids == integers(row.at("ids")) && got.ids.size() == got.type_ids.size();
}

size_t check_corpus(const Tokenizer& tokenizer, const std::string& path, size_t& lines) {
  std::ifstream file(path);
  std::string line;
  size_t wrong = 0;
  for (lines = 0; std::getline(file, line); ++lines) {
    if (agrees(tokenizer, boost::json::parse(line).as_object())) continue;
    if (++wrong <= 10) ADD_FAILURE() << "line " << lines + 1 << ": " << line.substr(0, 400);
  }
  return wrong;
}

TEST(WordPieceTest, EqualsHuggingFaceOnTheCorpus) {
  const auto tokenizer = load("tokenizer.json");
  size_t lines = 0;
  EXPECT_EQ(check_corpus(*tokenizer, testing::data_path("tokenizer_corpus.jsonl"), lines), 0u);
  EXPECT_GE(lines, 1000u);
  // A further, larger one, made on the spot (make_tokenizer_corpus.py says how lines look).
  if (const char* more = std::getenv("TANDEM_TOKENIZER_CORPUS")) {
    EXPECT_EQ(check_corpus(*tokenizer, more, lines), 0u);
    EXPECT_GT(lines, 0u);
  }
}

TEST(WordPieceTest, BothFilesGiveTheSameTokenizer) {
  const auto json = load("tokenizer.json");
  const auto text = load("vocab.txt");
  EXPECT_EQ(json->vocabulary_size(), 30522u);
  EXPECT_EQ(text->vocabulary_size(), 30522u);
  const std::string sample = "Straße [MASK] \xE4\xB8\xAD\xE6\x96\x87 re-installed";
  EXPECT_EQ(json->encode(sample, 512).ids, text->encode(sample, 512).ids);
}

TEST(WordPieceTest, CountsWhatTruncationCutOff) {
  const auto tokenizer = load("vocab.txt");
  const Encoding whole = tokenizer->encode("the cat sat on the mat", 512);
  EXPECT_EQ(whole.tokens, 8u);
  EXPECT_FALSE(whole.truncated());
  const Encoding cut = tokenizer->encode("the cat sat on the mat", 4);
  EXPECT_THAT(cut.ids, ElementsAre(101, 1996, 4937, 102));
  EXPECT_EQ(cut.tokens, 8u);
  EXPECT_TRUE(cut.truncated());
  EXPECT_EQ(tokenizer->count("the cat sat on the mat"), 6u);
}

TEST(WordPieceTest, RefusesFilesThatItWouldReadWrongly) {
  const auto message = [](const Result<std::shared_ptr<const Tokenizer>>& result) {
    EXPECT_FALSE(result);
    return result ? std::string() : result.error().message;
  };
  EXPECT_THAT(message(Tokenizer::load("/nonexistent/vocab.txt")), HasSubstr("cannot be read"));
  EXPECT_THAT(message(Tokenizer::from_vocabulary("a\nb\n", "v")), HasSubstr("lacks [UNK]"));
  EXPECT_THAT(message(Tokenizer::from_vocabulary("[UNK]\n[CLS]\n[SEP]\na\na\n", "v")),
              HasSubstr("\"a\" stands in it twice"));
  EXPECT_THAT(message(Tokenizer::from_json("{", "t")), HasSubstr("t is not a usable"));
  EXPECT_THAT(message(Tokenizer::from_json(R"({"normalizer":{"type":"BertNormalizer",
      "lowercase":false,"clean_text":true,"handle_chinese_chars":true}})",
                                           "t")),
              HasSubstr("uncased"));
  EXPECT_THAT(message(Tokenizer::from_json(R"({"normalizer":{"type":"BertNormalizer",
      "lowercase":true,"clean_text":true,"handle_chinese_chars":true,"strip_accents":null},
      "pre_tokenizer":{"type":"Whitespace"}})",
                                           "t")),
              HasSubstr("BertPreTokenizer"));
}

TEST(TrieTest, LongestPrefix) {
  const tokenizer::Trie trie = tokenizer::Trie::build(
      {{"un", 0}, {"unaff", 1}, {"a", 2}, {"\xff\x01", 3}, {"unaffected", 4}});
  EXPECT_EQ(trie.longest_prefix("unaffable").id, 1);
  EXPECT_EQ(trie.longest_prefix("unaffable").length, 5u);
  EXPECT_EQ(trie.longest_prefix("unaf").id, 0);
  EXPECT_EQ(trie.longest_prefix("u").id, -1);
  EXPECT_EQ(trie.longest_prefix("").id, -1);
  EXPECT_EQ(trie.longest_prefix("\xff\x01z").id, 3);
  EXPECT_EQ(tokenizer::Trie::build({}).longest_prefix("a").id, -1);
}

TEST(WordScannerTest, NormalizesAndCuts) {
  tokenizer::WordScanner scanner(
      "Don\xE2\x80\x99t  \xC3\x84"
      "BC\xE4\xB8\xAD"
      "d\x01"
      "e,f");
  std::vector<std::string> words;
  while (scanner.next()) words.emplace_back(scanner.word());
  EXPECT_THAT(words,
              ElementsAre("don", "\xE2\x80\x99", "t", "abc", "\xE4\xB8\xAD", "de", ",", "f"));
}

}  // namespace
}  // namespace tandem::engines
