#include "app/table.h"

#include <algorithm>
#include <boost/json.hpp>

#include "base/json/writer.h"

namespace tandem::app {
namespace {

namespace json = boost::json;

std::string cell(const json::value& row, const std::string& column) {
  const json::object* object = row.if_object();
  const json::value* value = object ? object->if_contains(column) : nullptr;
  if (!value || value->is_null()) return "";
  if (value->is_double()) {
    std::string text;
    tandem::json::Writer(text).number(value->get_double());  // 1.5, where Boost says 1.5E0
    return text;
  }
  return value->is_string() ? std::string(value->as_string()) : json::serialize(*value);
}

void append_row(std::string& out, const std::vector<std::string>& cells,
                const std::vector<size_t>& widths) {
  for (size_t i = 0; i < cells.size(); ++i) {
    out += cells[i];
    if (i + 1 < cells.size()) out.append(widths[i] - cells[i].size() + 2, ' ');
  }
  out += '\n';
}

}  // namespace

std::string render_table(std::string_view text, const std::vector<std::string>& columns) {
  if (text.empty()) return "";
  boost::system::error_code failed;
  const json::value parsed = json::parse(json::string_view(text.data(), text.size()), failed);
  if (failed || !parsed.is_object()) return std::string(text) + "\n";
  const json::value* data = parsed.as_object().if_contains("data");
  std::vector<std::vector<std::string>> rows(1, columns);
  const auto add = [&](const json::value& row) {
    std::vector<std::string> cells;
    for (const std::string& column : columns) cells.push_back(cell(row, column));
    rows.push_back(std::move(cells));
  };
  if (data && data->is_array()) {
    for (const json::value& row : data->as_array()) add(row);
  } else {
    add(parsed);
  }
  std::vector<size_t> widths(columns.size(), 0);
  for (const auto& row : rows) {
    for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  std::string out;
  for (const auto& row : rows) append_row(out, row, widths);
  return out;
}

}  // namespace tandem::app
