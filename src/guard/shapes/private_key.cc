// Shape::PrivateKey: -----BEGIN X PRIVATE KEY-----, base64 lines, -----END X----- (RFC 7468; RFC
// 9580 for PGP). Line ends may be written as \n, as inside JSON, and lines may be quoted pieces of
// code. The key is certain at its 40th base64 byte in a row; from then on nothing is held but the
// last short line and an END line that has not come whole.
//   mark: first byte of the body; later the last certain byte + 1.   run: base64 bytes in a row.
#include <utility>

#include "guard/shapes/candidate.h"

namespace tandem::guard {
namespace {

enum Phase : uint8_t { Label, Lines, End };

constexpr uint64_t kMaxLabel = 48;
constexpr uint64_t kMaxPreamble = 640;  // headers before the first base64 line
constexpr uint32_t kSureRun = 40;
constexpr uint32_t kLineRun = 16;  // a shorter line is the last one, or no line
constexpr uint64_t kMaxEnd = 64;
constexpr double kLeastEntropy = 3.0;

bool is_base64(char c) {
  return in_body(Body::Alnum, c) || c == '+' || c == '/' || c == '=';
}

// "-----" ends the label; Closed where this is no label.
Progress read_label(Candidate& candidate, const Scan& scan) {
  while (candidate.cursor < scan.text.end()) {
    const char c = scan.text.at(candidate.cursor);
    if (candidate.cursor - candidate.anchor_end > kMaxLabel) return Progress::Closed;
    ++candidate.cursor;
    if (c == '-') {
      if (++candidate.marks < 5) continue;
      const auto label = scan.text.slice(candidate.anchor_end, candidate.cursor);
      if (label.find("PRIVATE KEY") == std::string_view::npos) return Progress::Closed;
      candidate.phase = Lines;
      candidate.mark = candidate.cursor;
      return Progress::Open;
    }
    if (candidate.marks > 0 || !((c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == ' ')) {
      return Progress::Closed;
    }
  }
  return Progress::Open;
}

// Adds what is certain and was not added yet. The pieces overlap by a byte, so that they stay one
// finding.
void add_certain(Candidate& candidate, Scan& scan) {
  if (!candidate.covered || candidate.mark <= candidate.floor + 1) return;
  scan.matches.push_back({candidate.rule, candidate.floor, candidate.mark});
  candidate.floor = candidate.mark - 1;
}

// A line of base64 has ended.
Progress end_run(Candidate& candidate) {
  const uint32_t run = std::exchange(candidate.run, 0);
  if (!candidate.covered || run == 0) return Progress::Open;
  // The last line may be short; a second short one is other text.
  if (run < kLineRun && ++candidate.words > 1) return Progress::Closed;
  if (run >= kLineRun) candidate.words = 0;
  return Progress::Open;
}

Progress read_base64(Candidate& candidate, Scan& scan) {
  ++candidate.cursor;
  ++candidate.run;
  if (candidate.covered) {
    if (candidate.run >= kLineRun) candidate.mark = candidate.cursor;
    return Progress::Open;
  }
  if (candidate.run < kSureRun) return Progress::Open;
  const auto line = scan.text.slice(candidate.cursor - kSureRun, candidate.cursor);
  if (is_placeholder(line) || entropy(line) < kLeastEntropy) return Progress::Closed;
  candidate.covered = true;
  candidate.mark = candidate.cursor;
  add_certain(candidate, scan);
  return Progress::Open;
}

bool is_between_lines(char c) {
  return std::string_view(" \t\r\n\"'`,;>#|*.").find(c) != std::string_view::npos;
}

// `\n` and its kind; Open without progress means that the next byte has not come.
Progress read_escape(Candidate& candidate, const Scan& scan, bool& waiting) {
  if (candidate.cursor + 1 >= scan.text.end()) {
    waiting = !scan.at_end;
    if (waiting) return Progress::Open;
    ++candidate.cursor;
    return end_run(candidate);
  }
  const char next = scan.text.at(candidate.cursor + 1);
  candidate.cursor += 2;
  if (next == '/') {
    ++candidate.run;
    return Progress::Open;
  }
  if (std::string_view("nrt\"'\\").find(next) == std::string_view::npos) return Progress::Closed;
  return end_run(candidate);
}

Progress read_body(Candidate& candidate, Scan& scan) {
  while (candidate.cursor < scan.text.end() && candidate.phase == Lines) {
    const char c = scan.text.at(candidate.cursor);
    if (!candidate.covered && candidate.cursor - candidate.mark > kMaxPreamble) {
      return Progress::Closed;
    }
    Progress progress = Progress::Open;
    bool waiting = false;
    if (is_base64(c)) {
      progress = read_base64(candidate, scan);
    } else if (c == '\\') {
      progress = read_escape(candidate, scan, waiting);
    } else if (c == '-') {
      candidate.phase = End;
      candidate.marks = 0;
      candidate.run = 0;
      candidate.blanks = 0;
    } else {
      const bool allowed = is_between_lines(c) || (!candidate.covered && c >= ' ');
      if (!allowed) return Progress::Closed;
      progress = end_run(candidate);
      ++candidate.cursor;
    }
    if (progress == Progress::Closed || waiting) return progress;
  }
  return Progress::Open;
}

// -----END LABEL-----: `marks` dashes before, `blanks` bytes of label, `run` dashes behind.
Progress read_end(Candidate& candidate, Scan& scan) {
  while (candidate.cursor < scan.text.end()) {
    const char c = scan.text.at(candidate.cursor);
    if (candidate.blanks == 0 && c == '-' && candidate.marks < 5) {
      ++candidate.marks;
      ++candidate.cursor;
      continue;
    }
    if (candidate.marks < 5) {
      // A dash in a header ("Proc-Type") goes on; behind the first sure line it ends the key.
      if (candidate.covered) return Progress::Closed;
      candidate.phase = Lines;
      return Progress::Open;
    }
    if (c == '-') {
      ++candidate.cursor;
      if (++candidate.run < 5) continue;
      candidate.mark = candidate.cursor;
      return Progress::Closed;
    }
    if (candidate.run > 0 || ++candidate.blanks > kMaxEnd ||
        !((c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == ' ')) {
      return Progress::Closed;
    }
    ++candidate.cursor;
  }
  return Progress::Open;
}

// The text ends, or something that is no key follows: a last short line belongs to the key.
Progress finish(Candidate& candidate, Scan& scan) {
  if (candidate.phase == Lines && candidate.run > 0 && candidate.words == 0) {
    candidate.mark = candidate.cursor;
  }
  add_certain(candidate, scan);
  return Progress::Closed;
}

}  // namespace

Progress advance_private_key(Candidate& candidate, Scan& scan) {
  while (candidate.cursor < scan.text.end()) {
    const uint64_t before = candidate.cursor;
    const uint8_t phase = candidate.phase;
    Progress progress = Progress::Open;
    switch (phase) {
      case Label:
        progress = read_label(candidate, scan);
        break;
      case Lines:
        progress = read_body(candidate, scan);
        break;
      default:
        progress = read_end(candidate, scan);
        break;
    }
    if (progress == Progress::Closed) return finish(candidate, scan);
    if (candidate.cursor == before && candidate.phase == phase) break;  // waits for a byte
  }
  if (scan.at_end) return finish(candidate, scan);
  add_certain(candidate, scan);
  return Progress::Open;
}

}  // namespace tandem::guard
