// CSV as RFC 4180 has it: commas, CRLF, quotes where a cell needs them. Cells of text that a
// spreadsheet would take for a formula (they begin with = + - @, a tab or a line break) get an
// apostrophe in front, because names come from people. Pure.
//   CsvWriter csv(out);
//   csv.text("project").text("cost").end_row();
//   csv.text(name).integer(cost).end_row();
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace tandem::cost {

class CsvWriter {
 public:
  explicit CsvWriter(std::string& out) : out_(out) {}

  CsvWriter& text(std::string_view cell);
  CsvWriter& integer(int64_t cell);
  void end_row();

 private:
  void separate();

  std::string& out_;
  bool first_ = true;
};

}  // namespace tandem::cost
