#include <algorithm>
#include <charconv>

#include "base/text/encode.h"
#include "base/time/calendar.h"
#include "cost/errors.h"
#include "cost/ledger_columns.h"
#include "cost/ledger_fields.h"
#include "cost/ledger_query.h"

namespace tandem::cost {
namespace {

constexpr size_t kMaxValueBytes = 512;
constexpr size_t kMaxCursorBytes = 8192;

// Parameter names that filter, with the column that each compares.
struct FilterName {
  std::string_view name;
  std::string_view column;
};
constexpr FilterName kFilters[] = {
    {"project", "project"},
    {"key_id", "key_id"},
    {"key", "key_id"},
    {"user_id", "user_id"},
    {"user", "user_id"},
    {"team_id", "team_id"},
    {"team", "team_id"},
    {"endpoint", "endpoint"},
    {"provider", "provider"},
    {"target", "target"},
    {"model", "model"},
    {"kind", "kind"},
    {"state", "state"},
    {"cost_source", "cost_source"},
    {"reason", "reason"},
    {"energy_source", "energy_source"},
    {"price_id", "price_id"},
    {"tier", "tier"},
    {"request_id", "request_id"},
    {"trace_id", "trace_id"},
};

constexpr LedgerParameter kParameters[] = {
    {"project", "Only this project."},
    {"key_id", "Only calls of this key; also `key`."},
    {"user_id", "Only calls of this user; also `user`."},
    {"team_id", "Only calls of this team; also `team`."},
    {"endpoint", "Only this endpoint."},
    {"provider", "Only this provider."},
    {"target", "Only this provider/model."},
    {"model", "Only this model, as the provider calls it."},
    {"kind", "chat, completion, embedding, rerank or predict."},
    {"state", "settled, estimated or released."},
    {"cost_source", "prices or unknown."},
    {"reason", "Why attempts were released: rate_limited, server_error, timeout …"},
    {"energy_source", "measured, modelled or none."},
    {"price_id", "Only what was settled at this price; see /prices."},
    {"tier", "standard or batch."},
    {"request_id", "Only this request: its x-request-id."},
    {"trace_id", "Only calls of this trace."},
    {"from", "Calls admitted at or after: Unix microseconds or RFC 3339."},
    {"to", "Calls admitted before: Unix microseconds or RFC 3339."},
    {"filter", "The same filters as text: state = \"settled\" and model = \"m\"."},
    {"group_by",
     "Sums instead of rows, by up to six of: project, key_id, user_id, team_id, "
     "endpoint, provider, target, model, kind, state, reason, cost_source, energy_source, "
     "price_id, tier, trace_id, hour, day, month (UTC); separated by commas."},
    {"order", "desc or asc; rows are newest first and groups ascending by default."},
    {"format",
     "json (pages), or everything at once as csv or jsonl (one JSON object a line); `Accept: "
     "text/csv` asks for csv, too."},
    {"limit", "Items on a page, at most 1000; 50 by default. Of csv and jsonl: only so many."},
    {"cursor", "The next_cursor of the page before."},
};

std::vector<std::string> known_names() {
  std::vector<std::string> out;
  for (const LedgerParameter& parameter : kParameters) out.emplace_back(parameter.name);
  return out;
}

bool is_known(std::string_view name) {
  return std::any_of(std::begin(kParameters), std::end(kParameters),
                     [&](const LedgerParameter& each) { return each.name == name; });
}

const FilterName* find_filter(std::string_view name) {
  const auto* found = std::find_if(std::begin(kFilters), std::end(kFilters),
                                   [&](const FilterName& each) { return each.name == name; });
  return found == std::end(kFilters) ? nullptr : found;
}

Result<void> add_equals(LedgerQuery& query, const FilterName& filter, std::string_view value) {
  if (value.size() > kMaxValueBytes || !is_database_text(value)) {
    return fail(errors::bad_value(filter.name, value, "at most 512 bytes of UTF-8"));
  }
  constexpr std::string_view kStates[] = {"settled", "estimated", "released"};
  if (filter.column == "state" &&
      std::find(std::begin(kStates), std::end(kStates), value) == std::end(kStates)) {
    return fail(errors::bad_value("state", value, "settled, estimated or released"));
  }
  query.equals.push_back({filter.column, std::string(value)});
  return {};
}

Result<void> read_time(std::string_view name, std::string_view value, std::optional<WallUs>& into) {
  into = time::parse(value);
  if (!into) {
    return fail(
        errors::bad_value(name, value, "Unix microseconds or a time such as 2026-11-24T08:00:00Z"));
  }
  return {};
}

Result<void> read_group_by(std::string_view value, LedgerQuery& query) {
  const auto fields = ledger_group_fields();
  while (!value.empty()) {
    const size_t comma = value.find(',');
    const std::string_view name = text::trim(value.substr(0, comma));
    value = comma == std::string_view::npos ? std::string_view() : value.substr(comma + 1);
    const GroupField* field = find_group_field(name);
    if (field == nullptr) {
      const std::vector<std::string> known(fields.begin(), fields.end());
      return fail(errors::unknown_group_field(name, known));
    }
    const bool repeated = std::find(query.group_by.begin(), query.group_by.end(), field->name) !=
                          query.group_by.end();
    if (!repeated) query.group_by.push_back(field->name);
    if (query.group_by.size() > kMaxGroupFields) {
      return fail(errors::too_many_group_fields(kMaxGroupFields));
    }
  }
  return {};
}

// One `name = "value"` from the front of a filter; quotes may be left out where the value is one
// word. A quoted value may hold \" and \\.
Result<void> read_term(std::string_view& rest, LedgerQuery& query) {
  const auto malformed = [&] {
    return fail(
        errors::bad_value("filter", rest, "terms such as state = \"settled\" joined by and"));
  };
  const size_t equals = rest.find('=');
  if (equals == std::string_view::npos) return malformed();
  const std::string_view name = text::trim(rest.substr(0, equals));
  const FilterName* filter = find_filter(name);
  if (filter == nullptr) return fail(errors::unknown_parameter(name, known_names()));
  rest = text::trim(rest.substr(equals + 1));
  std::string value;
  if (rest.starts_with('"')) {
    size_t i = 1;
    for (; i < rest.size() && rest[i] != '"'; ++i) {
      if (rest[i] == '\\' && i + 1 < rest.size()) ++i;
      value += rest[i];
    }
    if (i >= rest.size()) return malformed();
    rest = rest.substr(i + 1);
  } else {
    const size_t end = rest.find(' ');
    value = rest.substr(0, end);
    rest = end == std::string_view::npos ? std::string_view() : rest.substr(end);
  }
  return add_equals(query, *filter, value);
}

Result<void> read_filter(std::string_view rest, LedgerQuery& query) {
  constexpr std::string_view kAnd = "and ";
  rest = text::trim(rest);
  while (!rest.empty()) {
    TRY_VOID(read_term(rest, query));
    rest = text::trim(rest);
    if (rest.empty()) break;
    if (!rest.starts_with(kAnd)) {
      return fail(errors::bad_value("filter", rest, "`and` and another term, or the end"));
    }
    rest = text::trim(rest.substr(kAnd.size()));
    if (rest.empty()) return fail(errors::bad_value("filter", rest, "a term after `and`"));
  }
  return {};
}

Result<void> read_limit(std::string_view value, LedgerQuery& query) {
  const char* end = value.data() + value.size();
  const auto result = std::from_chars(value.data(), end, query.limit);
  if (result.ec != std::errc() || result.ptr != end || query.limit < 1 ||
      query.limit > kMaxLedgerLimit) {
    return fail(errors::bad_value("limit", value, "a number from 1 to 1000"));
  }
  query.limit_given = true;
  return {};
}

Result<void> read_format(std::string_view value, LedgerQuery& query) {
  if (value == "json") {
    query.format = LedgerFormat::Json;
  } else if (value == "csv") {
    query.format = LedgerFormat::Csv;
  } else if (value == "jsonl") {
    query.format = LedgerFormat::JsonLines;
  } else {
    return fail(errors::bad_value("format", value, "json, csv or jsonl"));
  }
  return {};
}

Result<void> read_order(std::string_view value, LedgerQuery& query) {
  if (value == "desc" || value == "-started_at" || value == "started_at desc") {
    query.order = SortOrder::Descending;
  } else if (value == "asc" || value == "started_at" || value == "started_at asc") {
    query.order = SortOrder::Ascending;
  } else {
    return fail(errors::bad_value("order", value, "desc or asc"));
  }
  return {};
}

Result<void> read_parameter(const QueryParameter& parameter, LedgerQuery& query) {
  const auto& [name, value] = parameter;
  if (const FilterName* filter = find_filter(name)) return add_equals(query, *filter, value);
  if (name == "from") return read_time(name, value, query.from_us);
  if (name == "to") return read_time(name, value, query.to_us);
  if (name == "filter") return read_filter(value, query);
  if (name == "group_by") return read_group_by(value, query);
  if (name == "order") return read_order(value, query);
  if (name == "limit") return read_limit(value, query);
  if (name == "format") return read_format(value, query);
  if (name == "cursor") {
    TRY(query.after, decode_cursor(value));
    return {};
  }
  return fail(errors::unknown_parameter(name, known_names()));
}

// A cursor of another query has another number of parts, or text where a number belongs.
Result<void> check_cursor(const LedgerQuery& query) {
  if (query.after.empty()) return {};
  const auto is_number = [](const std::string& text) {
    int64_t value = 0;
    const char* end = text.data() + text.size();
    const auto result = std::from_chars(text.data(), end, value);
    return result.ec == std::errc() && result.ptr == end;
  };
  std::vector<bool> numbers = {true, false, true};  // id of the row, request_id, attempt
  if (!query.group_by.empty()) {
    numbers.clear();
    for (std::string_view name : query.group_by) {
      numbers.push_back(find_group_field(name)->type != GroupType::Text);
    }
  }
  if (query.after.size() != numbers.size()) return fail(errors::bad_cursor());
  for (size_t i = 0; i < numbers.size(); ++i) {
    const bool good = numbers[i] ? is_number(query.after[i]) : is_database_text(query.after[i]);
    if (!good) return fail(errors::bad_cursor());
  }
  return {};
}

}  // namespace

Result<LedgerQuery> parse_ledger_query(std::span<const QueryParameter> parameters) {
  LedgerQuery query;
  for (const QueryParameter& parameter : parameters) {
    // An empty value is "no filter", as in the URLs that forms make.
    const bool known = is_known(parameter.name) || find_filter(parameter.name) != nullptr;
    if (known && parameter.value.empty()) continue;
    TRY_VOID(read_parameter(parameter, query));
  }
  TRY_VOID(check_cursor(query));
  return query;
}

std::span<const LedgerParameter> ledger_parameters() {
  return kParameters;
}

std::string encode_cursor(std::span<const std::string> key) {
  std::string bytes;
  for (const std::string& part : key) {
    bytes += std::to_string(part.size());
    bytes += ':';
    bytes += part;
  }
  return text::to_hex({reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size()});
}

Result<std::vector<std::string>> decode_cursor(std::string_view cursor) {
  const auto bytes = text::from_hex(cursor);
  if (!bytes || cursor.size() > kMaxCursorBytes) return fail(errors::bad_cursor());
  std::vector<std::string> out;
  std::string_view rest = *bytes;
  while (!rest.empty()) {
    size_t length = 0;
    const auto result = std::from_chars(rest.data(), rest.data() + rest.size(), length);
    const auto digits = static_cast<size_t>(result.ptr - rest.data());
    if (result.ec != std::errc() || digits >= rest.size() || rest[digits] != ':' ||
        length > rest.size() - digits - 1 || out.size() > kMaxGroupFields) {
      return fail(errors::bad_cursor());
    }
    out.emplace_back(rest.substr(digits + 1, length));
    rest.remove_prefix(digits + 1 + length);
  }
  return out;
}

}  // namespace tandem::cost
