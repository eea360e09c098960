#include "cost/csv.h"

namespace tandem::cost {
namespace {

constexpr std::string_view kFormulaStarts = "=+-@\t\r\n";
constexpr std::string_view kNeedsQuotes = ",\"\r\n";

}  // namespace

void CsvWriter::separate() {
  if (!first_) out_ += ',';
  first_ = false;
}

CsvWriter& CsvWriter::text(std::string_view cell) {
  separate();
  const bool formula = !cell.empty() && kFormulaStarts.find(cell[0]) != std::string_view::npos;
  const bool blank_ends = !cell.empty() && (cell.front() == ' ' || cell.back() == ' ');
  const bool quotes = blank_ends || cell.find_first_of(kNeedsQuotes) != std::string_view::npos;
  if (quotes) out_ += '"';
  if (formula) out_ += '\'';
  for (const char c : cell) {
    if (c == '"') out_ += '"';
    out_ += c;
  }
  if (quotes) out_ += '"';
  return *this;
}

CsvWriter& CsvWriter::integer(int64_t cell) {
  separate();
  out_ += std::to_string(cell);
  return *this;
}

void CsvWriter::end_row() {
  out_ += "\r\n";
  first_ = true;
}

}  // namespace tandem::cost
