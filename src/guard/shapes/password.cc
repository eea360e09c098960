// Shape::UrlPassword: user:password@host behind a scheme (RFC 3986 section 3.2.1), and
// Shape::UserPassword: user:password behind a command-line flag. Only the password is held.
// `mark` is the last @ of the password (0: none yet).
#include <algorithm>

#include "guard/shapes/candidate.h"

namespace tandem::guard {
namespace {

enum Phase : uint8_t { Blank, User, Secret };

constexpr uint64_t kMaxUser = 128;

bool is_alnum(char c) {
  return in_body(Body::Alnum, c);
}

// What documentation writes for a password: a word for one, or a variable.
bool is_stand_in(std::string_view value) {
  if (value[0] == '$' || value[0] == '{') return true;
  for (const std::string_view word :
       {"password", "passwd", "pass", "pwd", "pw", "secret", "token", "user", "username", "xxx",
        "PASSWORD", "PASS", "PWD", "SECRET", "TOKEN", "PASSWD", "postgres", "root", "admin"}) {
    if (value == word) return true;
  }
  return false;
}

// '/', '?' and '#' end the authority; brackets and separators end any URL in a text.
bool ends_authority(char c) {
  return c == '/' || c == '?' || c == '#' || (!in_body(Body::Value, c) && c != '{' && c != '}');
}

Progress close_url(const Candidate& candidate, Scan& scan, uint64_t end) {
  if (candidate.mark == 0 || candidate.mark + 1 >= end) return Progress::Closed;
  const char host = scan.text.at(candidate.mark + 1);
  if (!is_alnum(host) && host != '[') return Progress::Closed;
  const std::string_view value = scan.text.slice(candidate.floor, candidate.mark);
  if (!value.empty() && !is_stand_in(value) &&
      scan.rules.accepts_value(candidate.rule, value, {})) {
    scan.matches.push_back({candidate.rule, candidate.floor, candidate.mark});
  }
  return Progress::Closed;
}

Progress close_flag(const Candidate& candidate, Scan& scan, uint64_t end) {
  const std::string_view value = scan.text.slice(candidate.floor, end);
  const ValueContext context{.link = Link::Sign, .quoted = true};
  const bool letters = std::any_of(value.begin(), value.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  });
  if (letters && scan.rules.accepts_value(candidate.rule, value, context)) {
    scan.matches.push_back({candidate.rule, candidate.floor, end});
  }
  return Progress::Closed;
}

// Blanks and one quote before the user of a flag.
Progress read_blank(Candidate& candidate, char c) {
  if (c == ' ' && ++candidate.blanks <= 4) {
    ++candidate.cursor;
  } else if ((c == '"' || c == '\'') && candidate.quote == 0) {
    candidate.quote = c;
    ++candidate.cursor;
  } else {
    candidate.phase = User;
    candidate.mark = candidate.cursor;
  }
  return Progress::Open;
}

Progress read_user(Candidate& candidate, const Scan& scan, bool url) {
  const uint64_t first = url ? candidate.anchor_end : candidate.mark;
  while (candidate.cursor < scan.text.end()) {
    const char c = scan.text.at(candidate.cursor);
    if (candidate.cursor - first > kMaxUser) return Progress::Closed;
    ++candidate.cursor;
    if (c == ':') {
      candidate.phase = Secret;
      candidate.mark = 0;
      candidate.floor = candidate.cursor;
      return Progress::Open;
    }
    const bool quote_between = !url && c == candidate.quote && candidate.quote != 0;
    if (quote_between) continue;
    if (c == '@' && url) return Progress::Closed;
    if (url ? ends_authority(c) : !in_body(Body::Value, c) && c != '{' && c != '}') {
      return Progress::Closed;
    }
  }
  return Progress::Open;
}

Progress read_secret(Candidate& candidate, Scan& scan, const Rule& rule, bool url) {
  while (candidate.cursor < scan.text.end()) {
    const uint64_t at = candidate.cursor;
    const char c = scan.text.at(at);
    if (at - candidate.floor >= rule.max_length) return Progress::Closed;
    if (url) {
      if (ends_authority(c)) return close_url(candidate, scan, at);
      if (c == '@') candidate.mark = at;
    } else if (at == candidate.floor && (c == '"' || c == '\'')) {
      candidate.quote = c;  // user:'password'
      candidate.floor = at + 1;
    } else if (c == candidate.quote || static_cast<unsigned char>(c) <= 0x20 || c == '\\' ||
               (candidate.quote == 0 && !in_body(Body::Value, c) && c != '{' && c != '}')) {
      return close_flag(candidate, scan, at);
    }
    ++candidate.cursor;
  }
  if (!scan.at_end) return Progress::Open;
  return url ? close_url(candidate, scan, candidate.cursor)
             : close_flag(candidate, scan, candidate.cursor);
}

}  // namespace

Progress advance_password(Candidate& candidate, Scan& scan) {
  const Rule& rule = scan.rules.rule(candidate.rule);
  const bool url = rule.shape == Shape::UrlPassword;
  if (url && candidate.phase == Blank) candidate.phase = User;
  while (candidate.cursor < scan.text.end() && candidate.phase != Secret) {
    const Progress progress = candidate.phase == Blank
                                  ? read_blank(candidate, scan.text.at(candidate.cursor))
                                  : read_user(candidate, scan, url);
    if (progress == Progress::Closed) return progress;
  }
  if (candidate.phase != Secret) return scan.at_end ? Progress::Closed : Progress::Open;
  return read_secret(candidate, scan, rule, url);
}

}  // namespace tandem::guard
