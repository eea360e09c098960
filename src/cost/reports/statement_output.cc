#include <fmt/format.h>

#include "base/json/writer.h"
#include "cost/csv.h"
#include "cost/reports/statement.h"

namespace tandem::cost {
namespace {

struct Number {
  std::string_view name;
  std::string_view title;
  int64_t StatementLine::*member;
};
constexpr Number kNumbers[] = {
    {"calls", "Calls", &StatementLine::calls},
    {"released", "Not billed", &StatementLine::released},
    {"estimated", "Estimated", &StatementLine::estimated},
    {"unpriced", "Without price", &StatementLine::unpriced},
    {"input_tokens", "Input tokens", &StatementLine::input_tokens},
    {"cached_input_tokens", "of them cached", &StatementLine::cached_input_tokens},
    {"output_tokens", "Output tokens", &StatementLine::output_tokens},
    {"energy_mj", "Energy (mJ)", &StatementLine::energy_mj},
    {"co2e_ug", "CO2e (µg)", &StatementLine::co2e_ug},
    {"estimated_nano_usd", "of the cost estimated (nano-USD)", &StatementLine::estimated_nano_usd},
    {"cost_nano_usd", "Cost (nano-USD)", &StatementLine::cost_nano_usd},
};

void write_line(json::Writer& json, const Statement& statement, const StatementLine& line) {
  json.object();
  for (size_t i = 0; i < line.keys.size(); ++i) {
    json.key(statement.query.group_by[i]).string_or_null(line.keys[i]);
  }
  for (const Number& number : kNumbers) json.key(number.name).integer(line.*number.member);
  json.key("cost_usd").string(exact_usd(line.cost_nano_usd));
  json.key("shown_amount")
      .string(shown_amount(line.cost_nano_usd, statement.query.rate_millionths));
  json.end_object();
}

void append_escaped(std::string& out, std::string_view text) {
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        out += c;
    }
  }
}

void append_cell(std::string& out, std::string_view tag, std::string_view text) {
  out.append("<").append(tag).append(">");
  append_escaped(out, text);
  out.append("</").append(tag.substr(0, 2)).append(">");
}

constexpr std::string_view kStyle =
    "body{font:13px/1.5 system-ui,sans-serif;margin:2em auto;max-width:70em;color:#111}"
    "table{border-collapse:collapse;width:100%}"
    "th,td{padding:.3em .6em;border-bottom:1px solid #ccc;text-align:left}"
    "td.n,th.n{text-align:right;font-variant-numeric:tabular-nums}"
    "tfoot td{font-weight:600;border-top:2px solid #111}small{color:#555}"
    "@media print{body{margin:0}tr{break-inside:avoid}thead{display:table-header-group}}";

void append_row(std::string& out, const Statement& statement, const StatementLine& line) {
  out += "<tr>";
  const bool total = line.keys.empty();
  for (size_t i = 0; i < statement.query.group_by.size(); ++i) {
    const std::string_view key = total ? (i == 0 ? "Total" : "") : std::string_view(line.keys[i]);
    append_cell(out, "td", key.empty() && !total ? "(none)" : key);
  }
  for (const int64_t count : {line.calls, line.estimated, line.input_tokens, line.output_tokens}) {
    append_cell(out, "td class=n", fmt::format("{}", count));
  }
  append_cell(out, "td class=n", fmt::format("{:.3f}", static_cast<double>(line.co2e_ug) / 1e9));
  append_cell(out, "td class=n", shown_amount(line.cost_nano_usd, statement.query.rate_millionths));
  append_cell(out, "td class=n", exact_usd(line.cost_nano_usd));
  out += "</tr>\n";
}

}  // namespace

std::string statement_json(const Statement& statement, WallUs now_us) {
  const StatementQuery& query = statement.query;
  std::string out;
  json::Writer json(out);
  json.object().key("month").string(query.month);
  json.key("from").string(to_rfc3339(query.from_us)).key("to").string(to_rfc3339(query.to_us));
  json.key("complete").boolean(now_us >= query.to_us);
  json.key("generated_at").string(to_rfc3339(now_us));
  json.key("currency").string(query.currency);
  json.key("rate").string(format_decimal(query.rate_millionths, 6));
  json.key("group_by").array();
  for (const std::string_view field : query.group_by) json.string(field);
  json.end_array().key("lines").array();
  for (const StatementLine& line : statement.lines) write_line(json, statement, line);
  json.end_array().key("total");
  write_line(json, statement, statement.total);
  json.end_object();
  return out;
}

std::string statement_csv(const Statement& statement) {
  std::string out;
  CsvWriter csv(out);
  csv.text("month");
  for (const std::string_view field : statement.query.group_by) csv.text(field);
  for (const Number& number : kNumbers) csv.text(number.name);
  csv.text("cost_usd").text("shown_amount").text("currency");
  csv.end_row();
  for (const StatementLine& line : statement.lines) {
    csv.text(statement.query.month);
    for (const std::string& key : line.keys) csv.text(key);
    for (const Number& number : kNumbers) csv.integer(line.*number.member);
    csv.text(exact_usd(line.cost_nano_usd));
    csv.text(shown_amount(line.cost_nano_usd, statement.query.rate_millionths));
    csv.text(statement.query.currency);
    csv.end_row();
  }
  return out;
}

std::string statement_html(const Statement& statement, WallUs now_us) {
  const StatementQuery& query = statement.query;
  std::string out = "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>";
  out.append("Statement ").append(query.month).append("</title><style>").append(kStyle);
  out.append("</style></head><body>\n<h1>Statement of ").append(query.month).append("</h1>\n<p>");
  out.append("Calls admitted from ").append(to_rfc3339(query.from_us)).append(" until ");
  out.append(to_rfc3339(query.to_us)).append("; written ").append(to_rfc3339(now_us));
  if (now_us < query.to_us) out += ". <strong>The month is not over.</strong>";
  for (const LedgerQuery::Equals& each : query.equals) {
    out.append("<br>Only ").append(each.column).append(" ");
    append_escaped(out, each.value);
  }
  out += "</p>\n<table><thead><tr>";
  for (const std::string_view field : query.group_by) append_cell(out, "th", field);
  for (const std::string_view title : {"Calls", "Estimated", "Input tokens", "Output tokens"}) {
    append_cell(out, "th class=n", title);
  }
  append_cell(out, "th class=n", "CO2e (kg)");
  append_cell(out, "th class=n", "Amount (" + query.currency + ")");
  append_cell(out, "th class=n", "Exact cost (USD)");
  out += "</tr></thead>\n<tbody>\n";
  for (const StatementLine& line : statement.lines) append_row(out, statement, line);
  out += "</tbody><tfoot>\n";
  append_row(out, statement, statement.total);
  out +=
      "</tfoot></table>\n<p><small>Amounts are rounded for display, each from its exact cost; the "
      "total is rounded from the exact total and not from rounded lines.";
  if (query.currency != "USD") {
    out.append(" One US dollar is shown as ").append(format_decimal(query.rate_millionths, 6));
    out.append(" ").append(query.currency).append(".");
  }
  if (statement.total.unpriced > 0) {
    out += fmt::format(" {} calls were of models without a price and are booked at 0.",
                       statement.total.unpriced);
  }
  out += "</small></p>\n</body></html>\n";
  return out;
}

}  // namespace tandem::cost
