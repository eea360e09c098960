// One kind of secret, as data: the literals that announce it, the shape that follows them, and what
// confirms it. The table (rules/*.cc) is constant; everything else in this folder is driven by it,
// the reference page included (rule_reference.h). Any thread.
//   for (const Rule& rule : rule_table()) …
//
// A candidate starts at an anchor, grows while the shape allows, and is judged once, when it
// closes: confirm, entropy, placeholders, value test. So the judgement is a function of the text
// alone.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace tandem::guard {

enum class Group : uint8_t {
  Tandem,
  Ai,
  Cloud,
  Code,
  Messaging,
  Payment,
  Saas,
  KeyMaterial,
  Connection,
  Generic,
  kCount
};
std::string_view group_id(Group group);     // "ai"; usable in a policy wherever a rule id is
std::string_view group_title(Group group);  // "AI providers"

// What follows an anchor.
enum class Shape : uint8_t {
  Token,         // a run of `body` bytes
  Assignment,    // the anchor is a name; separators, then a value
  UrlPassword,   // user:password@ after the scheme
  UserPassword,  // user:password after a command-line flag
  PrivateKey,    // PEM: label, base64 lines, END line
};

// The bytes that a token may consist of.
enum class Body : uint8_t {
  Alnum,      // A-Z a-z 0-9
  Word,       // Alnum and _ -
  WordDot,    // Word and .
  WordTilde,  // Word and . ~
  WordEqual,  // Word and = (base64url with padding)
  Base64,     // Word and + / =
  Encoded,    // Base64 and % (base64 in a URL)
  Path,       // Base64 and . ~ : @ % & ? (the rest of a URL)
  Hash,       // Base64 and . $ , * : @ (crypt strings)
  Value,      // printable without spaces, quotes, brackets, separators; non-ASCII too
  Lines,      // Alnum, + / = and line ends (PuTTY keys)
  kCount
};
extern const std::array<std::array<bool, 256>, static_cast<size_t>(Body::kCount)> kBodyTables;
inline bool in_body(Body body, char c) {
  return kBodyTables[static_cast<size_t>(body)][static_cast<unsigned char>(c)];
}

// What besides `confirm` decides over a secret.
enum class Judge : uint8_t {
  None,      // `confirm` says it all
  Random,    // must look made by a generator, not by a person (value_judge.h)
  Password,  // a chosen password: mixed classes, no code, no word
  Secret,    // a generated value behind a telling name (secret, token, api_key)
  Key,       // a generated value behind a vague name (key, auth, access)
  Basic,     // base64 of user:password
};

inline constexpr size_t kMaxAnchors = 16;
inline constexpr size_t kMaxHold = 4096;  // no rule holds text back for longer than this

struct Rule {
  std::string_view id;  // kebab-case, stable: policies and redactions name it
  std::string_view title;
  std::string_view about;  // one sentence: what the holder can do, or where it is made
  Group group = Group::Generic;
  Shape shape = Shape::Token;
  std::array<std::string_view, kMaxAnchors> anchors{};
  Body body = Body::Alnum;
  // Longest candidate, anchor included. A longer one is judged at this length; where the rule is
  // `endless` and the match goes up to it, the rest of the run is covered, too.
  uint16_t max_length = 256;
  // RE2. Token: matches at the anchor, group 1 (else all) is the secret. Others: the whole value.
  std::string_view confirm{};
  double min_entropy = 0;  // Shannon bits per byte of the secret behind its anchor
  // The anchor is no part of the secret and stays in the text: nothing is held back for its sake.
  // Set where the anchor begins like a common word ("a", "access", "test").
  bool keep_anchor = false;
  uint8_t keep = 0;       // so many bytes from the anchor's beginning stay, and no more
  uint8_t look_back = 0;  // bytes before the anchor that `confirm` sees too
  bool endless = false;
  bool caseless = false;      // the anchors match in any case
  bool joined = false;        // the anchor may follow a letter or digit
  bool vendor = false;        // Assignment: the anchor is the beginning of a name ("datadog")
  bool scheme_words = false;  // Assignment: words may stand before the value ("Token abc")
  bool slash = false;         // Assignment: '/' separates ("login admin / pass")
  bool wide = false;          // wins no tie: any narrower rule names the finding first
  Judge judge = Judge::None;

  std::span<const std::string_view> anchor_list() const {
    size_t count = 0;
    while (count < anchors.size() && !anchors[count].empty()) ++count;
    return {anchors.data(), count};
  }
};

std::span<const Rule> rule_table();
std::optional<size_t> find_rule(std::string_view id);  // index into rule_table()
std::optional<Group> find_group(std::string_view id);

}  // namespace tandem::guard
