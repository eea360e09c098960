// Measures the secret rules on labelled texts: tandem_guard_quality [--misses] FILE.jsonl…
// Each line is {"text", "label": 0|1, "type"?, "spans"?: [{start, end}] in code points}. Prints
// precision and recall of rows, and how many labelled spans a finding touches and covers.
#include <fmt/core.h>

#include <boost/json.hpp>
#include <cstdlib>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "guard/secret_scanner.h"

namespace {

using tandem::guard::SecretMatch;
using tandem::guard::SecretScanner;

struct Tally {
  size_t true_positive = 0, false_positive = 0, true_negative = 0, false_negative = 0;
  size_t spans = 0, touched = 0, covered = 0;
};

std::vector<size_t> code_point_offsets(std::string_view text) {
  std::vector<size_t> offsets;
  for (size_t i = 0; i < text.size(); ++i) {
    if ((static_cast<unsigned char>(text[i]) & 0xC0) != 0x80) offsets.push_back(i);
  }
  offsets.push_back(text.size());
  return offsets;
}

std::string shorten(std::string_view text) {
  std::string out;
  for (const char c : text.substr(0, 160))
    out += c == '\n' ? std::string("\\n") : std::string(1, c);
  return out;
}

class Measurement {
 public:
  Measurement(const SecretScanner& scanner, bool show) : scanner_(scanner), show_(show) {}

  void add(const boost::json::object& row) {
    const std::string text(row.at("text").as_string());
    const bool positive = row.at("label").to_number<int>() == 1;
    std::string type = "none";
    if (const auto* value = row.if_contains("type"); value && value->is_string()) {
      type = std::string(value->as_string());
    }
    const auto matches = scanner_.scan(text);
    const bool flagged = !matches.empty();
    auto& [total, missed] = by_type_[type];
    if (positive) {
      ++total;
      missed += !flagged;
      ++(flagged ? tally_.true_positive : tally_.false_negative);
      if (!flagged && show_) fmt::print("MISS {} | {}\n", type, shorten(text));
    } else {
      ++(flagged ? tally_.false_positive : tally_.true_negative);
      if (flagged && show_) {
        const SecretMatch& match = matches[0];
        fmt::print("FALSE {} | {} | {}\n", match.rule,
                   text.substr(match.begin, match.end - match.begin), shorten(text));
      }
    }
    if (const auto* spans = row.if_contains("spans"); spans && spans->is_array()) {
      add_spans(spans->as_array(), text, matches);
    }
  }

  void print(std::string_view name) const {
    const auto ratio = [](size_t part, size_t whole) {
      return whole == 0 ? 1.0 : static_cast<double>(part) / static_cast<double>(whole);
    };
    const Tally& t = tally_;
    fmt::print("{}: rows {}  precision {:.4f}  recall {:.4f}  false positives {} of {}\n", name,
               t.true_positive + t.false_positive + t.true_negative + t.false_negative,
               ratio(t.true_positive, t.true_positive + t.false_positive),
               ratio(t.true_positive, t.true_positive + t.false_negative), t.false_positive,
               t.false_positive + t.true_negative);
    if (t.spans > 0) {
      fmt::print("  spans {}  touched {:.4f}  covered {:.4f}\n", t.spans, ratio(t.touched, t.spans),
                 ratio(t.covered, t.spans));
    }
    for (const auto& [type, counts] : by_type_) {
      if (counts.second > 0 && show_) {
        fmt::print("  {}: {} of {} missed\n", type, counts.second, counts.first);
      }
    }
  }

 private:
  void add_spans(const boost::json::array& spans, const std::string& text,
                 const std::vector<SecretMatch>& matches) {
    const auto offsets = code_point_offsets(text);
    for (const auto& span : spans) {
      const size_t begin = offsets.at(span.at("start").to_number<size_t>());
      const size_t end = offsets.at(span.at("end").to_number<size_t>());
      bool touched = false, covered = false;
      for (const SecretMatch& match : matches) {
        touched |= match.begin < end && begin < match.end;
        covered |= match.begin <= begin && end <= match.end;
      }
      ++tally_.spans;
      tally_.touched += touched;
      tally_.covered += covered;
      if (!touched && show_) {
        fmt::print("SPAN {} | {}\n", text.substr(begin, end - begin).substr(0, 80),
                   shorten(text.substr(begin > 40 ? begin - 40 : 0, 120)));
      }
    }
  }

  const SecretScanner& scanner_;
  const bool show_;
  Tally tally_;
  std::map<std::string, std::pair<size_t, size_t>> by_type_;
};

}  // namespace

int main(int count, char** arguments) {
  auto scanner = SecretScanner::create();
  if (!scanner) {
    fmt::print(stderr, "{}\n", scanner.error().describe());
    return EXIT_FAILURE;
  }
  bool show = false;
  for (int i = 1; i < count; ++i) {
    if (std::string_view(arguments[i]) == "--misses") {
      show = true;
      continue;
    }
    std::ifstream file(arguments[i]);
    Measurement measurement(**scanner, show);
    for (std::string line; std::getline(file, line);) {
      measurement.add(boost::json::parse(line).as_object());
    }
    measurement.print(arguments[i]);
  }
  return EXIT_SUCCESS;
}
