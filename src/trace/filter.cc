#include "trace/filter.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "base/text/encode.h"
#include "base/trace_context.h"
#include "trace/filter_lexer.h"
#include "trace/limits.h"
#include "trace/types.h"

namespace tandem::trace {
namespace {

constexpr std::array<std::string_view, 14> kFields{
    "trace_id",     "name",          "model",       "status",      "session_id",
    "user_id",      "tag",           "text",        "duration_ms", "cost_nano_usd",
    "input_tokens", "output_tokens", "error_count", "start_us"};
constexpr std::array<std::string_view, 7> kOps{"=", "!=", "<", "<=", ">", ">=", "contains"};

std::string_view ops_of(FilterField field) {
  if (is_number(field)) return "one of = != < <= > >=";
  switch (field) {
    case FilterField::Text:
      return "contains";
    case FilterField::Name:
      return "one of = != contains";
    default:
      return "one of = !=";
  }
}

bool op_allowed(FilterField field, FilterOp op) {
  if (op == FilterOp::Contains) return field == FilterField::Text || field == FilterField::Name;
  if (field == FilterField::Text) return false;
  return is_number(field) || op == FilterOp::Equal || op == FilterOp::NotEqual;
}

std::string shown(const Token& token) {
  if (token.kind == TokenKind::End) return "the end";
  constexpr size_t kMost = 40;
  std::string_view text = token.text;
  if (text.size() <= kMost) return std::string(text);
  text = text.substr(0, kMost);
  while (!text.empty() && (static_cast<uint8_t>(text.back()) & 0x80) != 0) text.remove_suffix(1);
  return std::string(text) + "…";
}

// The field that was meant: two slips are forgiven ("modle"), fewer in very short words.
std::string_view nearest_field(std::string_view name) {
  std::string_view best;
  size_t best_distance = std::min(name.size() / 2, std::max<size_t>(2, name.size() / 3)) + 1;
  for (const std::string_view field : kFields) {
    const size_t distance = text::edit_distance(name, field);
    if (distance < best_distance) {
      best = field;
      best_distance = distance;
    }
  }
  return best;
}

class Parser {
 public:
  explicit Parser(std::string_view text) : lexer_(text) {}

  Result<Filter> run() {
    Filter filter;
    TRY_VOID(advance());
    if (token_.kind == TokenKind::End) return filter;
    while (true) {
      if (filter.size() == limits::kMaxFilterTerms) {
        return error(fmt::format("a filter has at most {} terms", limits::kMaxFilterTerms));
      }
      TRY(FilterTerm parsed, term());
      filter.push_back(std::move(parsed));
      if (token_.kind == TokenKind::End) return filter;
      if (token_.kind != TokenKind::Word || !text::equal_ignoring_case(token_.text, "and")) {
        return unexpected("`and` or the end", joining_hint());
      }
      TRY_VOID(advance());
    }
  }

 private:
  Result<void> advance() {
    TRY(token_, lexer_.next());
    return {};
  }

  Failure error(std::string_view what, std::string hint = {}) const {
    return filter_error(lexer_.text(), token_.begin, what, std::move(hint));
  }
  Failure unexpected(std::string_view expected, std::string hint = {}) const {
    return error(fmt::format("found {}, expected {}", shown(token_), expected), std::move(hint));
  }
  std::string joining_hint() const {
    return text::equal_ignoring_case(token_.text, "or")
               ? "Terms are joined by `and` only; ask once per alternative."
               : "Terms are joined by `and`: status = \"error\" and duration_ms > 1000.";
  }

  Result<FilterTerm> term() {
    FilterTerm made;
    TRY(made.field, field());
    TRY(made.op, op(made.field));
    TRY_VOID(is_number(made.field) ? number(made) : string(made));
    return made;
  }

  Result<FilterField> field() {
    if (token_.kind != TokenKind::Word) return unexpected("the name of a field", known_fields());
    const std::string name = text::to_ascii_lower(token_.text);
    const auto found = std::find(kFields.begin(), kFields.end(), name);
    if (found == kFields.end()) {
      const std::string_view nearest = nearest_field(name);
      return unexpected("the name of a field", nearest.empty()
                                                   ? known_fields()
                                                   : fmt::format("Did you mean {}?", nearest));
    }
    TRY_VOID(advance());
    return static_cast<FilterField>(found - kFields.begin());
  }

  static std::string known_fields() { return fmt::format("Fields: {}.", fmt::join(kFields, ", ")); }

  Result<FilterOp> op(FilterField of) {
    const auto found = std::find(kOps.begin(), kOps.end(), text::to_ascii_lower(token_.text));
    const auto op = static_cast<FilterOp>(found - kOps.begin());
    if (found == kOps.end() || !op_allowed(of, op)) {
      return unexpected(fmt::format("{} after {}", ops_of(of), name_of(of)));
    }
    TRY_VOID(advance());
    return op;
  }

  Result<void> string(FilterTerm& term) {
    if (token_.kind != TokenKind::String) {
      return unexpected("a string in double quotes",
                        fmt::format("{} {} \"…\"", name_of(term.field), name_of(term.op)));
    }
    term.text = std::move(token_.value);
    TRY_VOID(check_string(term));
    return advance();
  }

  // What can never match is said at once, instead of an empty answer.
  Result<void> check_string(FilterTerm& term) {
    if (term.field == FilterField::Status && !find_status(term.text)) {
      return unexpected("one of \"ok\" \"error\" \"unset\"");
    }
    if (term.field == FilterField::TraceId) {
      term.text = text::to_ascii_lower(term.text);
      if (!TraceId::parse(term.text)) return unexpected("a trace id of 32 hexadecimal digits");
    }
    if (term.op == FilterOp::Contains && term.text.empty()) return unexpected("text to look for");
    return {};
  }

  Result<void> number(FilterTerm& term) {
    const std::string_view text = token_.text;
    const char* end = text.data() + text.size();
    const bool decimal =
        token_.kind == TokenKind::Number && text.find_first_of("xXnN") == std::string_view::npos;
    const auto parsed = std::from_chars(text.data(), end, term.number);
    if (!decimal || parsed.ec != std::errc() || parsed.ptr != end || !std::isfinite(term.number)) {
      return unexpected("a number", token_.kind == TokenKind::String
                                        ? "Numbers stand without quotes."
                                        : std::string());
    }
    const auto whole = std::from_chars(text.data(), end, term.whole);
    term.is_whole = whole.ec == std::errc() && whole.ptr == end;
    return advance();
  }

  FilterLexer lexer_;
  Token token_;
};

}  // namespace

bool is_number(FilterField field) {
  return field >= FilterField::DurationMs;
}
std::string_view name_of(FilterField field) {
  return kFields[static_cast<size_t>(field)];
}
std::string_view name_of(FilterOp op) {
  return kOps[static_cast<size_t>(op)];
}

Result<Filter> parse_filter(std::string_view text) {
  if (text.size() > limits::kMaxFilterBytes) {
    return fail(Code::InvalidArgument,
                fmt::format("The filter has {} bytes; at most {} are read.", text.size(),
                            limits::kMaxFilterBytes),
                "Ask for fewer terms.", "filter");
  }
  return Parser(text).run();
}

}  // namespace tandem::trace
