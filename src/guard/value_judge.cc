#include "guard/value_judge.h"

#include <algorithm>
#include <array>
#include <cmath>
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
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_letter(char c) {
  return is_lower(c) || is_upper(c);
}
bool is_hex(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

// Longest run of one byte out of `which` (compared without case).
size_t longest_run(std::string_view text, std::string_view which) {
  size_t best = 0, run = 0;
  char last = 0;
  for (const char c : text) {
    const char lower = text::ascii_lower(c);
    run = which.find(lower) == std::string_view::npos ? 0 : (lower == last ? run + 1 : 1);
    last = lower;
    best = std::max(best, run);
  }
  return best;
}

constexpr size_t kPlaceholderReach = 256;  // nobody writes a longer one

constexpr std::array<std::string_view, 32> kPlaceholderParts = {
    "example",    "placeholder", "changeme",   "change-me", "change_me", "replaceme", "replace_me",
    "replace-me", "replace_w",   "replace-w",  "redacted",  "your-",     "your_",     "yourkey",
    "yourtoken",  "yoursecret",  "yourapi",    "yourpass",  "insert-",   "insert_",   "-goes-here",
    "_goes_here", "_here",       "-here",      "dummy",     "foobar",    "add_your",  "add-your",
    "enter_your", "enter-your",  "not_a_real", "not-a-real"};

// Which two bytes, in lower case, begin one of the parts: most positions are passed over at once.
constexpr size_t pair_of(char first, char second) {
  return (static_cast<unsigned char>(first) * 37u + static_cast<unsigned char>(second)) % 1024;
}

constexpr std::array<bool, 1024> kPlaceholderStarts = [] {
  std::array<bool, 1024> starts{};
  for (const std::string_view part : kPlaceholderParts) starts[pair_of(part[0], part[1])] = true;
  return starts;
}();

bool begins_placeholder(std::string_view text) {
  return std::any_of(kPlaceholderParts.begin(), kPlaceholderParts.end(),
                     [&](std::string_view part) {
                       return text.size() >= part.size() &&
                              text::equal_ignoring_case(text.substr(0, part.size()), part);
                     });
}

bool contains_placeholder(std::string_view text) {
  char last = text::ascii_lower(text[0]);
  for (size_t i = 1; i < text.size(); ++i) {
    const char next = text::ascii_lower(text[i]);
    if (kPlaceholderStarts[pair_of(last, next)] && begins_placeholder(text.substr(i - 1))) {
      return true;
    }
    last = next;
  }
  return false;
}

constexpr std::array<std::string_view, 44> kStopWords = {
    "none",      "null",     "nil",       "true",     "false",    "undefined", "string", "str",
    "text",      "password", "passwd",    "required", "optional", "hidden",    "secret", "token",
    "empty",     "default",  "unknown",   "test",     "admin",    "value",     "bytes",  "object",
    "pass",      "pwd",      "user",      "username", "changeme", "your",      "xxx",    "example",
    "incorrect", "correct",  "wrong",     "invalid",  "valid",    "expired",   "set",    "not",
    "stdin",     "prompt",   "password1", "passw0rd"};

constexpr std::array<std::string_view, 26> kFileEndings = {
    ".pem", ".crt", ".key", ".cer", ".p12", ".jks", ".json", ".yaml", ".yml",
    ".txt", ".py",  ".js",  ".ts",  ".cc",  ".h",   ".go",   ".rs",   ".html",
    ".md",  ".env", ".log", ".ini", ".cfg", ".pub", ".com",  ".org"};

bool is_stop_word(std::string_view text) {
  return std::any_of(kStopWords.begin(), kStopWords.end(),
                     [&](std::string_view word) { return text::equal_ignoring_case(text, word); });
}

bool ends_like_file(std::string_view text) {
  return std::any_of(kFileEndings.begin(), kFileEndings.end(), [&](std::string_view ending) {
    return text.size() > ending.size() &&
           text::equal_ignoring_case(text.substr(text.size() - ending.size()), ending);
  });
}

// How often the kind of letter changes: digit to letter and back, lower case to upper. A capital
// at a word's beginning is no change, so that "Hermes" has none and "N0vaAp1" has five.
size_t turns(std::string_view text) {
  size_t count = 0;
  for (size_t i = 1; i < text.size(); ++i) {
    const char a = text[i - 1], b = text[i];
    if (!(is_letter(a) || is_digit(a)) || !(is_letter(b) || is_digit(b))) continue;
    if (is_digit(a) != is_digit(b) || (is_lower(a) && is_upper(b))) ++count;
  }
  return count;
}

struct Mix {
  size_t lower = 0, upper = 0, digit = 0, inner_upper = 0, signs = 0, inner_signs = 0, other = 0;
  size_t letters() const { return lower + upper; }
};

// `signs` are the marks that words and paths do not have; - _ . / : belong to names.
Mix mix_of(std::string_view text) {
  Mix mix;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (is_lower(c))
      ++mix.lower;
    else if (is_upper(c)) {
      ++mix.upper;
      if (i > 0 && is_letter(text[i - 1])) ++mix.inner_upper;
    } else if (is_digit(c))
      ++mix.digit;
    else if (std::string_view("_-./:").find(c) != std::string_view::npos)
      ++mix.other;
    else {
      ++mix.signs;
      if (i + 1 < text.size()) ++mix.inner_signs;
    }
  }
  return mix;
}

// A part between separators that a person would write: a word, a number, a word with a number.
bool is_wordy(std::string_view part) {
  if (part.size() < 6) return true;
  const Mix mix = mix_of(part);
  if (mix.digit == part.size()) return true;
  if (turns(part) <= 1) return true;
  // CamelCase of real words turns once in four letters or more.
  return mix.digit <= 1 && part.size() >= 4 * turns(part);
}

// Runs the test over the parts of `text` between `separators`.
template <class Test>
bool any_part(std::string_view text, std::string_view separators, Test test) {
  size_t begin = 0;
  while (begin <= text.size()) {
    const size_t end = std::min(text.find_first_of(separators, begin), text.size());
    if (test(text.substr(begin, end - begin))) return true;
    begin = end + 1;
  }
  return false;
}

bool is_hex_string(std::string_view text) {
  if (!std::all_of(text.begin(), text.end(), is_hex)) return false;
  const Mix mix = mix_of(text);
  return mix.digit >= 2 && mix.letters() >= 1;
}

// a.b.c, self.password, user->token: a name in code.
bool is_code_path(std::string_view text) {
  if (text.find('.') == std::string_view::npos && text.find("->") == std::string_view::npos &&
      text.find("::") == std::string_view::npos) {
    return false;
  }
  if (!is_letter(text[0]) && text[0] != '_' && text[0] != '$') return false;
  for (const char c : text) {
    if (!is_letter(c) && !is_digit(c) && c != '_' && c != '.' && c != ':' && c != '>' && c != '-') {
      return false;
    }
  }
  return !any_part(text, ".:>-", [](std::string_view part) { return !is_wordy(part); });
}

bool is_identifier(std::string_view text) {
  if (!is_letter(text[0]) && text[0] != '_') return false;
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return is_letter(c) || is_digit(c) || c == '_'; });
}

// What no secret is: a template, an address, a file, a name in code.
bool is_reference(std::string_view text) {
  if (text.empty() || is_stop_word(text)) return true;
  if (std::string_view("$%{<&#").find(text[0]) != std::string_view::npos && text.size() > 1 &&
      (is_letter(text[1]) || text[1] == '{' || text[1] == '(' || text[1] == '_')) {
    return true;
  }
  if (text.find("://") != std::string_view::npos || text.find("${") != std::string_view::npos) {
    return true;
  }
  if (text[0] == '/' || text.starts_with("./") || text.starts_with("~/")) {
    return !any_part(text, "/._-", [](std::string_view part) { return !is_wordy(part); });
  }
  return ends_like_file(text) || is_code_path(text);
}

bool is_vowel(char c) {
  return std::string_view("aeiouy").find(text::ascii_lower(c)) != std::string_view::npos;
}

// Letters alone: where the case changes as in no CamelCase, or where nobody could say them.
bool letters_look_random(std::string_view text, const Mix& mix) {
  if (text.size() < 16 || entropy(text) < 3.5) return false;
  if (3 * turns(text) >= text.size() - mix.other) return true;
  size_t vowels = 0, consonants = 0, longest = 0;
  for (const char c : text) {
    vowels += is_vowel(c);
    consonants = is_letter(c) && !is_vowel(c) ? consonants + 1 : 0;
    longest = std::max(longest, consonants);
  }
  const bool jumpy = turns(text) >= 3 && text.size() <= 6 * turns(text);
  return jumpy && longest >= 5 && 3 * vowels < mix.letters();
}

// Letters and digits in a row, too long for a name: no one chooses it, whatever its order.
bool is_long_serial(std::string_view text) {
  const Mix mix = mix_of(text);
  return text.size() >= 20 && mix.letters() >= 4 && mix.digit >= 4 &&
         mix.letters() + mix.digit == text.size() && entropy(text) >= 3;
}

}  // namespace

double entropy(std::string_view text) {
  if (text.empty()) return 0;
  std::array<uint32_t, 256> counts{};
  for (const char c : text) ++counts[static_cast<unsigned char>(c)];
  const double size = static_cast<double>(text.size());
  double bits = 0;
  for (const uint32_t count : counts) {
    if (count == 0) continue;
    const double share = count / size;
    bits -= share * std::log2(share);
  }
  return bits;
}

bool is_placeholder(std::string_view text) {
  if (text.empty()) return true;
  text = text.substr(0, kPlaceholderReach);
  if (longest_run(text, "x") >= 5 || longest_run(text, "*.#") >= 3) return true;
  for (const std::string_view sign : {"${", "{{", "%s", "\xE2\x80\xA6" /* ellipsis */,
                                      "\xE2\x80\xA2\xE2\x80\xA2" /* bullets */}) {
    if (text.find(sign) != std::string_view::npos) return true;
  }
  if (text[0] == '<' || text.find_first_not_of(text[0]) == std::string_view::npos) return true;
  return contains_placeholder(text);
}

bool looks_like_uuid(std::string_view text) {
  if (text.size() != 36) return false;
  size_t digits = 0;
  for (size_t i = 0; i < 36; ++i) {
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (dash ? text[i] != '-' : !is_hex(text[i])) return false;
    digits += is_digit(text[i]);
  }
  return digits >= 4;
}

bool looks_random(std::string_view text) {
  if (looks_like_uuid(text)) return true;
  if (text.size() >= 16 && is_hex_string(text)) return entropy(text) >= 2.2;
  const Mix mix = mix_of(text);
  if (mix.digit == 0) return letters_look_random(text, mix);
  if (entropy(text) < 2.5) return false;
  return any_part(text, "-_./:+=~", [](std::string_view part) {
    return !is_wordy(part) && (turns(part) >= 3 || (turns(part) >= 2 && part.size() >= 12));
  });
}

bool looks_like_password(std::string_view text, const ValueContext& context) {
  const size_t least = context.link == Link::Space ? 8 : 6;
  if (text.size() < least || text.size() > 128) return false;
  if (is_reference(text) || is_placeholder(text) || longest_run(text, "x") >= 3) return false;
  const Mix mix = mix_of(text);
  const bool mixed = mix.digit > 0 && mix.letters() > 0;
  const bool marked = mix.inner_signs > 0 && mix.letters() + mix.digit > 0;
  // "blue_MVDab!": lower, upper inside a word, and a sign
  const bool styled = mix.lower > 0 && mix.inner_upper > 0 && (mix.signs > 0 || mix.other > 0);
  switch (context.link) {
    case Link::Space:
      return mixed && (mix.signs > 0 || (mix.lower > 0 && mix.upper > 0) || turns(text) >= 3);
    case Link::Prose:
      return mixed || (marked && mix.letters() > 1) || (styled && mix.signs > 0);
    case Link::Sign:
      break;
  }
  if (context.spaced_sign && !context.quoted && is_identifier(text)) return turns(text) >= 3;
  if (mix.digit == text.size()) return !context.spaced_sign;  // 123456 is a password, too
  if (text.size() >= 12 && looks_random(text)) return true;
  return mixed || marked || styled || (mix.signs > 0 && mix.letters() >= 4 && mix.inner_upper > 0);
}

bool looks_like_secret(std::string_view text, const ValueContext& context) {
  const size_t least = context.link == Link::Sign ? 8 : 16;
  if (text.size() < least || is_reference(text) || is_placeholder(text)) return false;
  if (context.spaced_sign && !context.quoted && is_identifier(text) && text.size() < 16) {
    return false;
  }
  return looks_random(text) || (context.link == Link::Sign && is_long_serial(text));
}

bool looks_like_key(std::string_view text, const ValueContext& context) {
  if (text.size() < 16 || is_reference(text) || is_placeholder(text)) return false;
  if (looks_like_uuid(text)) return context.named && context.link == Link::Sign;
  if (context.link != Link::Sign && text.size() < 20) return false;
  return looks_random(text);
}

bool looks_like_basic(std::string_view text) {
  const auto decoded = text::from_base64(text);
  if (!decoded || decoded->size() < 3) return false;
  const size_t colon = decoded->find(':');
  if (colon == std::string::npos) return false;
  return std::all_of(decoded->begin(), decoded->end(),
                     [](char c) { return static_cast<unsigned char>(c) >= 0x20 && c != 0x7F; });
}

}  // namespace tandem::guard
