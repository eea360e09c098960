#include "guard/testing/corpus.h"

#include <cctype>
#include <fstream>
#include <map>

namespace tandem::guard::testing {
namespace {

const std::map<char, std::string_view>& alphabets() {
  static const std::map<char, std::string_view> all = {
      {'L', "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"},
      {'A', "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"},
      {'a', "abcdefghijklmnopqrstuvwxyz0123456789"},
      {'U', "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"},
      {'d', "0123456789"},
      {'h', "0123456789abcdef"},
      {'H', "0123456789ABCDEF"},
      {'R', "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"},
      {'q', "QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L"},
      {'w', "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"},
      {'b', "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"},
  };
  return all;
}

std::string letters(char kind, size_t count, std::mt19937& random) {
  const std::string_view alphabet = alphabets().at(kind);
  std::string out;
  for (size_t i = 0; i < count; ++i) {
    // Keys rarely begin or end with a sign; then the bounds are no question.
    const bool bound = i == 0 || i + 1 == count;
    const size_t usable = alphabet.size() > 62 && bound ? 62 : alphabet.size();
    out += alphabet[random() % usable];
  }
  return out;
}

std::string uuid(std::mt19937& random) {
  std::string out = letters('h', 8, random);
  for (const size_t count : {4, 4, 4, 12}) out += "-" + letters('h', count, random);
  return out;
}

// The template at `at` ("{A36}") expanded, or nothing; moves `at` behind it.
std::string read_template(std::string_view pattern, size_t& at, std::mt19937& random) {
  const size_t close = pattern.find('}', at);
  if (close == std::string_view::npos || close < at + 2) return {};
  const char kind = pattern[at + 1];
  const std::string number(pattern.substr(at + 2, close - at - 2));
  for (const char c : number) {
    if (!std::isdigit(static_cast<unsigned char>(c))) return {};
  }
  std::string out;
  if (kind == 'u' && number.empty()) out = uuid(random);
  if (alphabets().contains(kind) && !number.empty())
    out = letters(kind, std::stoul(number), random);
  if (!out.empty()) at = close + 1;
  return out;
}

void split_marks(const std::string& marked, Case& out) {
  for (size_t i = 0; i < marked.size();) {
    if (marked.compare(i, 2, "[[") == 0) {
      out.secrets.push_back({out.text.size(), 0});
      i += 2;
    } else if (marked.compare(i, 2, "]]") == 0 && !out.secrets.empty()) {
      out.secrets.back().end = out.text.size();
      i += 2;
    } else {
      out.text += marked[i++];
    }
  }
}

}  // namespace

std::string expand(std::string_view pattern, std::mt19937& random) {
  std::string out;
  for (size_t at = 0; at < pattern.size();) {
    if (pattern[at] == '{') {
      const std::string made = read_template(pattern, at, random);
      out += made;
      if (!made.empty()) continue;
    }
    if (pattern[at] == '\\' && at + 1 < pattern.size()) {
      out += pattern[at + 1] == 'n' ? '\n' : pattern[at + 1];
      at += 2;
      continue;
    }
    out += pattern[at++];
  }
  return out;
}

std::vector<Case> read_cases(const std::string& path, uint32_t seed) {
  std::vector<Case> cases;
  std::ifstream file(path);
  std::string rule;
  int number = 0;
  for (std::string line; std::getline(file, line);) {
    ++number;
    if (line.empty() || line[0] == '#') continue;
    const bool is_case = line.size() > 2 && (line[0] == '+' || line[0] == '-') && line[1] == ' ';
    if (!is_case) {
      rule = line;
      continue;
    }
    std::mt19937 random(seed + static_cast<uint32_t>(number));
    Case made{rule, number, line[0] == '+', {}, {}};
    split_marks(expand(std::string_view(line).substr(2), random), made);
    cases.push_back(std::move(made));
  }
  return cases;
}

}  // namespace tandem::guard::testing
