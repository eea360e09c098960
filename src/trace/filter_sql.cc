#include "trace/filter_sql.h"

#include <cmath>

#include "base/trace_context.h"
#include "trace/gram_filter.h"
#include "trace/types.h"

namespace tandem::trace {
namespace {

std::string_view sql_op(FilterOp op) {
  switch (op) {
    case FilterOp::NotEqual:
      return "<>";
    case FilterOp::Contains:
      return "=";  // never asked for
    default:
      return name_of(op);
  }
}

std::string_view number_column(FilterField field) {
  return field == FilterField::DurationMs ? std::string_view("duration_us") : name_of(field);
}

// Milliseconds as written to microseconds as stored; exact to the microsecond.
OwnedParam number_value(const FilterTerm& term) {
  if (term.field != FilterField::DurationMs) {
    return term.is_whole ? OwnedParam(term.whole) : OwnedParam(term.number);
  }
  int64_t scaled = 0;
  if (term.is_whole && !__builtin_mul_overflow(term.whole, int64_t{1000}, &scaled)) return scaled;
  const double microseconds = term.number * 1000;
  const double rounded = std::round(microseconds);
  const bool exact = std::abs(microseconds - rounded) < 1e-6 && std::abs(rounded) < 9e15;
  return exact ? OwnedParam(static_cast<int64_t>(rounded)) : OwnedParam(microseconds);
}

class Builder {
 public:
  void add(const FilterTerm& term) {
    if (is_number(term.field)) {
      condition(std::string(number_column(term.field)) + " " + std::string(sql_op(term.op)) + " ?",
                number_value(term));
      return;
    }
    switch (term.field) {
      case FilterField::Text:
        out_.texts.push_back(fold(term.text));
        return;
      case FilterField::TraceId:
        trace_id(term);
        return;
      case FilterField::Status:
        condition("status " + std::string(sql_op(term.op)) + " ?",
                  int64_t{static_cast<uint8_t>(find_status(term.text).value_or(Status::Unset))});
        return;
      case FilterField::Model:
        list_item("models", term);
        return;
      case FilterField::Tag:
        list_item("tags", term);
        return;
      default:
        text_column(term);
        return;
    }
  }
  SqlWhere take() { return std::move(out_); }

 private:
  void condition(std::string_view sql, OwnedParam value) {
    if (!out_.sql.empty()) out_.sql += " AND ";
    out_.sql += sql;
    out_.params.push_back(std::move(value));
  }

  void trace_id(const FilterTerm& term) {
    const TraceId id = TraceId::parse(term.text).value_or(TraceId{});
    condition("trace_id " + std::string(sql_op(term.op)) + " ?",
              std::vector<uint8_t>(id.bytes.begin(), id.bytes.end()));
  }

  void list_item(const std::string& column, const FilterTerm& term) {
    std::string item = term.text;
    for (char& c : item) c = c == '\n' ? ' ' : c;
    const std::string_view test = term.op == FilterOp::Equal ? " > 0" : " = 0";
    condition("INSTR(COALESCE(" + column + ", ''), ?)" + std::string(test), "\n" + item + "\n");
  }

  void text_column(const FilterTerm& term) {
    const std::string column(name_of(term.field));
    if (term.op == FilterOp::Contains) {
      condition("INSTR(LOWER(COALESCE(" + column + ", '')), ?) > 0", fold(term.text));
    } else if (term.op == FilterOp::Equal && !term.text.empty()) {
      condition(column + " = ?", term.text);
    } else {
      condition("COALESCE(" + column + ", '') " + std::string(sql_op(term.op)) + " ?", term.text);
    }
  }

  SqlWhere out_;
};

}  // namespace

SqlWhere to_sql(const Filter& filter) {
  Builder builder;
  for (const FilterTerm& term : filter) builder.add(term);
  return builder.take();
}

std::vector<store::Param> as_params(const std::vector<OwnedParam>& params) {
  std::vector<store::Param> views;
  views.reserve(params.size());
  for (const OwnedParam& param : params) {
    std::visit(
        [&views](const auto& value) {
          using T = std::decay_t<decltype(value)>;
          if constexpr (std::is_same_v<T, std::string>)
            views.emplace_back(std::string_view(value));
          else if constexpr (std::is_same_v<T, std::vector<uint8_t>>)
            views.emplace_back(std::span<const uint8_t>(value));
          else
            views.emplace_back(value);
        },
        param);
  }
  return views;
}

}  // namespace tandem::trace
