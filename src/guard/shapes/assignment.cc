// Shape::Assignment: a name, something that links, a value.
//   DB_PASSWORD="…"   "apiKey": "…"   <password>…</password>   setenv("TOKEN", "…")
//   --password …      the password for the database is …       Authorization: Token …
// The name is no secret and is never held; only a value is, from its first byte. Words between the
// name and the value are values until they end. Inside JSON strings quotes come as \" and line ends
// as \n. `mark` is the last & of the value that a name follows (a query string), or 0.
#include <algorithm>
#include <utility>

#include "base/text/encode.h"
#include "guard/shapes/candidate.h"
#include "guard/shapes/names.h"

namespace tandem::guard {
namespace {

// Name: the rest of the keyword's name. Gap: before the sign. Sign: behind it. Word: a value in the
// gap. Value: a value behind the sign.
enum Phase : uint8_t { Name, Gap, Sign, Word, Value };

constexpr uint64_t kReach = 112;  // from the keyword to its value
constexpr uint8_t kMaxBlanks = 16;

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool is_quote(char c) {
  return c == '"' || c == '\'' || c == '`';
}
bool is_blank(char c) {
  return c == ' ' || c == '\t';
}
bool is_line_end(char c) {
  return c == '\n' || c == '\r';
}
bool in_name(char c) {
  return in_body(Body::WordDot, c);
}

uint8_t max_words(Judge judge) {
  switch (judge) {
    case Judge::Basic:
      return 0;
    case Judge::Password:
      return 5;
    default:
      return 3;
  }
}

enum class Step : uint8_t { Go, Wait, Close };

class Machine {
 public:
  Machine(Candidate& candidate, Scan& scan)
      : c_(candidate), scan_(scan), rule_(scan.rules.rule(candidate.rule)) {}

  Progress run() {
    while (true) {
      if (c_.phase < Word && c_.cursor - c_.anchor_end > kReach) return Progress::Closed;
      if (c_.cursor == scan_.text.end()) return at_text_end();
      const Step step = read(scan_.text.at(c_.cursor));
      if (step == Step::Close) return Progress::Closed;
      if (step == Step::Wait) {
        if (c_.covered) cover_to(c_.cursor);
        return scan_.at_end ? Progress::Closed : Progress::Open;
      }
    }
  }

 private:
  Progress at_text_end() {
    if (c_.covered) cover_to(c_.cursor);
    if (!scan_.at_end) return Progress::Open;
    if (c_.phase >= Word && !c_.covered) close_value(c_.cursor);
    return Progress::Closed;
  }

  Step read(char ch) {
    switch (c_.phase) {
      case Name:
        return read_name(ch);
      case Gap:
        return read_gap(ch);
      case Sign:
        return read_sign(ch);
      default:
        return read_value(ch);
    }
  }

  Step go(uint64_t bytes = 1) {
    c_.cursor += bytes;
    return Step::Go;
  }
  Step enter(Phase phase, uint64_t skip) {
    c_.phase = phase;
    c_.blanks = 0;
    return go(skip);
  }
  Step enter_sign(Link link, uint64_t skip) {
    c_.link = link;
    c_.lines = 0;
    c_.marks = 0;
    return enter(Sign, skip);
  }
  Step begin_value(Phase phase, char quote, bool escaped, uint64_t skip) {
    c_.quote = quote;
    c_.escaped = escaped;
    c_.floor = c_.cursor + skip;
    c_.mark = 0;
    return enter(phase, skip);
  }
  bool available(uint64_t bytes) const { return c_.cursor + bytes <= scan_.text.end(); }

  Step read_name(char ch) {
    if (in_name(ch)) {
      const bool first = c_.cursor == c_.anchor_end;
      if (first && !rule_.vendor && is_letter(ch) &&
          !word_begins(scan_.text.at(c_.cursor - 1), ch)) {
        return Step::Close;  // tokenizer, keyboard, secretary
      }
      if (c_.cursor - c_.anchor_end > kMaxTail) return Step::Close;
      if (ch != '-' || c_.dashed || rule_.slash) return go();
      // "token-based" is a name that goes on, "token-9f86d08…" is not.
      c_.dashed = true;
      return begin_value(Word, 0, false, 1);
    }
    const auto tail = scan_.text.slice(c_.anchor_end, c_.cursor);
    if (!rule_.vendor && tail_rules_out(tail)) return Step::Close;
    if (is_blank(ch) && tail.ends_with('.')) return Step::Close;  // the end of a sentence
    return enter(Gap, 0);
  }

  Step read_gap(char ch) {
    if (is_blank(ch)) return ++c_.blanks > kMaxBlanks ? Step::Close : go();
    if (ch == '\\') return read_gap_escape();
    if (is_line_end(ch)) return ++c_.lines > 2 ? Step::Close : go();
    if (ch == '=' || ch == ':') {
      if (rule_.slash) return go();
      c_.spaced = ch == '=' && c_.blanks > 0;
      return enter_sign(Link::Sign, 1);
    }
    if (c_.only_sign) return Step::Close;
    if (is_quote(ch) && c_.blanks > 0 && !rule_.slash) return begin_value(Word, ch, false, 1);
    if (is_quote(ch) || ch == ']' || ch == ')' || ch == '}' || ch == '*') {
      c_.closed = true;
      return ++c_.marks > 8 ? Step::Close : go();
    }
    if (ch == ',') return c_.closed ? enter_sign(Link::Sign, 1) : Step::Close;
    if (ch == '(') return c_.blanks == 0 && c_.marks == 0 ? enter_sign(Link::Sign, 1) : Step::Close;
    if (ch == '|') return enter_sign(Link::Prose, 1);
    if (ch == '/') return rule_.slash ? enter_sign(Link::Prose, 1) : Step::Close;
    if (ch == '>') {
      const char last = scan_.text.at(c_.cursor - 1);
      const bool arrow = last == '-' || last == '=';
      return arrow || c_.markup ? enter_sign(Link::Sign, 1) : Step::Close;
    }
    if (static_cast<unsigned char>(ch) >= 0x80) return read_wide(true);
    if (!in_body(Body::Value, ch) || c_.blanks + c_.lines == 0) return Step::Close;
    if (rule_.slash) return in_name(ch) || ch == '@' ? skip_word() : Step::Close;
    return c_.words > max_words(rule_.judge) ? Step::Close : begin_value(Word, 0, false, 0);
  }

  // The user name of a login pair: no secret, not held.
  Step skip_word() {
    while (available(1) && (in_name(scan_.text.at(c_.cursor)) || scan_.text.at(c_.cursor) == '@')) {
      ++c_.cursor;
    }
    return Step::Go;
  }

  Step read_gap_escape() {
    if (!available(2)) return Step::Wait;
    const char next = scan_.text.at(c_.cursor + 1);
    if (is_quote(next)) {
      if (c_.blanks > 0 && !rule_.slash && !c_.only_sign) return begin_value(Word, next, true, 2);
      c_.closed = true;
      return ++c_.marks > 8 ? Step::Close : go(2);
    }
    if (next == 't') return ++c_.blanks > kMaxBlanks ? Step::Close : go(2);
    if (next == 'n' || next == 'r') return ++c_.lines > 2 ? Step::Close : go(2);
    return Step::Close;
  }

  // Full-width signs, words of linking in Chinese and Japanese, typographic quotes.
  Step read_wide(bool in_gap) {
    if (!available(3)) return Step::Wait;
    const std::string_view wide = scan_.text.slice(c_.cursor, c_.cursor + 3);
    // ： and ＝
    if (wide == "\xEF\xBC\x9A" || wide == "\xEF\xBC\x9D") return enter_sign(Link::Sign, 3);
    // 是, 为 and は
    if (wide == "\xE6\x98\xAF" || wide == "\xE4\xB8\xBA" || wide == "\xE3\x81\xAF") {
      return enter_sign(Link::Prose, 3);
    }
    const bool quote = wide == "\xE2\x80\x9C" || wide == "\xE2\x80\x9D" || wide == "\xE2\x80\x98" ||
                       wide == "\xE2\x80\x99" || wide == "\xE2\x80\x9E";
    if (quote) return go(3);
    if (in_gap) return Step::Close;
    return begin_value(Value, 0, false, 0);
  }

  Step read_sign(char ch) {
    if (is_blank(ch)) return ++c_.blanks > kMaxBlanks ? Step::Close : go();
    if (is_line_end(ch)) return ++c_.lines > 2 ? Step::Close : go();
    if (ch == '\\') return read_sign_escape();
    if (c_.blanks + c_.lines == 0 && (ch == '=' || ch == ':' || ch == '>' || ch == '*')) {
      return ++c_.marks > 4 ? Step::Close : go();
    }
    if (ch == '*' && c_.marks == 0) return go();
    if (is_quote(ch)) return begin_value(Value, ch, false, 1);
    if (ch == '(' || ch == '[' || ch == '{' || ch == '|' || ch == '>') {
      return ++c_.marks > 4 ? Step::Close : go();
    }
    if (static_cast<unsigned char>(ch) >= 0x80) return read_wide(false);
    return in_body(Body::Value, ch) ? begin_value(Value, 0, false, 0) : Step::Close;
  }

  Step read_sign_escape() {
    if (!available(2)) return Step::Wait;
    const char next = scan_.text.at(c_.cursor + 1);
    if (is_quote(next)) return begin_value(Value, next, true, 2);
    if (next == 't') return ++c_.blanks > kMaxBlanks ? Step::Close : go(2);
    if (next == 'n' || next == 'r') return ++c_.lines > 2 ? Step::Close : go(2);
    return Step::Close;
  }

  bool value_goes_on(char ch) const {
    if (c_.quote != 0) return static_cast<unsigned char>(ch) > 0x20 && ch != c_.quote && ch != 0x7F;
    if (c_.phase == Word && (ch == ':' || ch == '=')) return false;
    return in_body(Body::Value, ch);
  }

  Step read_value(char ch) {
    if (ch == '\\') return read_value_escape();
    const bool inner_quote =
        c_.quote != 0 && c_.cursor == c_.floor && is_quote(ch) && ch != c_.quote;
    if (inner_quote) return begin_value(Value, ch, c_.escaped, 1);  // '"…"'
    if (!value_goes_on(ch)) return end_value(c_.cursor);
    if (c_.covered) return go();
    if (c_.quote == 0) {
      if (ch == '&')
        c_.mark = c_.cursor;
      else if (ch == '=' && c_.mark != 0 && c_.cursor > c_.mark + 1)
        return end_value(c_.mark);
      else if (!in_name(ch))
        c_.mark = 0;
    }
    ++c_.cursor;
    if (c_.cursor - c_.floor <= rule_.max_length) return Step::Go;
    return cover_rest();
  }

  // Longer than any: sure or not now.
  Step cover_rest() {
    const uint64_t limit = c_.floor + rule_.max_length;
    if (!accepts(limit) || !rule_.endless) return Step::Close;
    scan_.matches.push_back({c_.rule, c_.floor, limit});
    c_.covered = true;
    c_.floor = limit - 1;
    return Step::Go;
  }

  // \u0026 and \\ are bytes of the value; \" ends it where \" began it, \n always.
  Step read_value_escape() {
    if (!available(2)) {
      if (!scan_.at_end) return Step::Wait;
      return end_value(c_.cursor);
    }
    const char next = scan_.text.at(c_.cursor + 1);
    if (next == '\\' || next == '/') return go(2);
    if (next == 'u') {
      if (!available(6)) {
        if (!scan_.at_end) return Step::Wait;
        return end_value(c_.cursor);
      }
      return go(6);
    }
    if (c_.quote != 0 && !c_.escaped && next == c_.quote) return go(2);
    return end_value(c_.cursor);
  }

  Step end_value(uint64_t end) {
    if (c_.covered) {
      cover_to(end);
      return Step::Close;
    }
    return close_value(end) ? Step::Close : reenter(end);
  }

  // The pieces overlap by a byte, so that they stay one finding.
  void cover_to(uint64_t end) {
    if (end <= c_.floor + 1) return;
    scan_.matches.push_back({c_.rule, c_.floor, end});
    c_.floor = end - 1;
  }

  bool accepts(uint64_t end) const {
    const std::string_view value = scan_.text.slice(c_.floor, end);
    if (c_.dashed && is_filler(value.substr(0, value.find('-')))) return false;  // key-value-store
    const bool loose = c_.phase == Word && c_.quote == 0 && (c_.dashed || !c_.flag);
    const ValueContext context{.link = loose ? Link::Space : c_.link,
                               .quoted = c_.quote != 0,
                               .spaced_sign = c_.spaced,
                               .named = c_.named};
    return scan_.rules.accepts_value(c_.rule, value, context);
  }

  // Punctuation of the sentence is no part of an unquoted value.
  uint64_t trimmed(uint64_t end) const {
    if (c_.quote != 0) return end;
    std::string_view value = scan_.text.slice(c_.floor, end);
    while (!value.empty()) {
      const char last = value.back();
      if (std::string_view(".,:;?*").find(last) != std::string_view::npos) {
        value.remove_suffix(1);
      } else if (value.ends_with("\xE2\x80\x9C") || value.ends_with("\xE2\x80\x9D") ||
                 value.ends_with("\xE2\x80\x99") || value.ends_with("\xE3\x80\x82")) {
        value.remove_suffix(3);
      } else {
        break;
      }
    }
    return c_.floor + value.size();
  }

  bool close_value(uint64_t end) {
    const uint64_t last = trimmed(end);
    if (last == c_.floor || !accepts(last)) return false;
    scan_.matches.push_back({c_.rule, c_.floor, last});
    return true;
  }

  // What was no secret may stand before one.
  Step reenter(uint64_t end) {
    const std::string_view value = scan_.text.slice(c_.floor, end);
    const char next = scan_.text.at(end);
    const bool quoted = c_.quote != 0;
    const bool word = !quoted && is_filler(value);
    c_.floor = kNowhere;
    c_.cursor = end;
    if (std::exchange(c_.dashed, false)) {
      c_.phase = Name;
      return Step::Go;
    }
    if (++c_.words > 6) return Step::Close;
    if (c_.phase == Word) {
      if (!word || c_.words > max_words(rule_.judge)) return Step::Close;
      if (is_copula(value)) return enter_sign(Link::Prose, 0);
      c_.marks = 0;
      return enter(Gap, 0);
    }
    if (!quoted && value.size() <= 2 && is_quote(next)) return enter(Sign, 0);  // b"…", @"…"
    if (!word || !is_blank(next)) return Step::Close;
    if (rule_.scheme_words) return enter(Sign, 0);
    if (c_.link == Link::Prose) return enter(Sign, 0);  // "is now", "is set to"
    c_.only_sign = true;                                // a type: `password: str = "…"`
    return enter(Gap, 0);
  }

  Candidate& c_;
  Scan& scan_;
  const Rule& rule_;
};

// "public key …": the name is two words.
bool follows_public(std::string_view before) {
  constexpr std::string_view kPublic = "public ";
  return before.size() >= kPublic.size() &&
         text::equal_ignoring_case(before.substr(before.size() - kPublic.size()), kPublic);
}

}  // namespace

Progress begin_assignment(Candidate& candidate, const Scan& scan) {
  const Rule& rule = scan.rules.rule(candidate.rule);
  const TextView& text = scan.text;
  const char first = text.at(candidate.start);
  const uint64_t size = candidate.anchor_end - candidate.start;
  if (candidate.start > text.begin() && !rule.joined) {
    const bool whole_word = size <= 4 || rule.judge == Judge::Key;
    const char last = text.at(candidate.start - 1);
    if (whole_word && is_letter(first) && !word_begins(last, first)) return Progress::Closed;
  }
  const uint64_t from =
      std::max(text.begin(), candidate.start - std::min(candidate.start, kMaxHead));
  const std::string_view before = text.slice(from, candidate.start);
  const std::string_view head = name_head(before);
  if (head_rules_out(head, rule.judge) ||
      follows_public(before.substr(0, before.size() - head.size()))) {
    return Progress::Closed;
  }
  candidate.named = std::any_of(head.begin(), head.end(), is_letter);
  candidate.flag = head.starts_with('-');
  const uint64_t name = candidate.start - head.size();
  candidate.markup = name > text.begin() && text.at(name - 1) == '<';
  candidate.phase = Name;
  if (is_blank(text.at(candidate.anchor_end - 1))) {
    candidate.phase = Gap;  // the anchor ended with its blank
    candidate.blanks = 1;
  }
  return Progress::Open;
}

bool keeps_place(const Candidate& candidate, const TextView& text, uint64_t keyword) {
  if (candidate.phase == Value) return true;
  if (candidate.phase != Word || candidate.covered || candidate.floor >= keyword) return false;
  // A word with a keyword in it is still a word; digits make it a value.
  return !is_filler(text.slice(candidate.floor, keyword));
}

Progress advance_assignment(Candidate& candidate, Scan& scan) {
  return Machine(candidate, scan).run();
}

}  // namespace tandem::guard
