#include "trace/rows.h"

#include <simdjson.h>

#include <algorithm>
#include <cstring>

#include "base/text/utf8.h"

namespace tandem::trace {

std::optional<TraceId> trace_id_of(std::span<const uint8_t> blob) {
  TraceId id;
  if (blob.size() != id.bytes.size()) return std::nullopt;
  std::memcpy(id.bytes.data(), blob.data(), blob.size());
  return id;
}

std::string joined_lines(const std::vector<std::string>& items) {
  if (items.empty()) return {};
  std::string joined = "\n";
  for (const std::string& item : items) {
    const size_t begin = joined.size();
    joined += is_storable(item) ? item : storable(item);
    std::replace(joined.begin() + static_cast<std::ptrdiff_t>(begin), joined.end(), '\n', ' ');
    joined += '\n';
  }
  return joined;
}

std::vector<std::string> split_lines(std::string_view joined) {
  std::vector<std::string> items;
  if (!joined.empty()) joined.remove_prefix(1);
  while (!joined.empty()) {
    const size_t end = std::min(joined.find('\n'), joined.size());
    items.emplace_back(joined.substr(0, end));
    joined.remove_prefix(std::min(end + 1, joined.size()));
  }
  return items;
}

bool is_storable(std::string_view text) {
  return text.find('\0') == std::string_view::npos &&
         simdjson::validate_utf8(text.data(), text.size());
}

std::string storable(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const size_t length = text::utf8_sequence_length(text);
    if (length == 0 || text.front() == '\0') {
      out += "\xEF\xBF\xBD";
      text.remove_prefix(1);
      continue;
    }
    out += text.substr(0, length);
    text.remove_prefix(length);
  }
  return out;
}

std::string_view summary_columns() {
  return "key, project_no, trace_id, start_us, duration_us, name, status, complete, span_count, "
         "error_count, input_tokens, cached_input_tokens, output_tokens, reasoning_tokens, "
         "cost_nano_usd, session_id, user_id, models, tags, environment, release, metadata";
}

StoredSummary summary_of(const store::Row& row) {
  StoredSummary stored;
  TraceSummary& summary = stored.summary;
  int column = 0;
  const auto integer = [&] { return row.integer(column++); };
  const auto text = [&] { return row.str(column++); };
  stored.key = integer();
  stored.project_no = integer();
  summary.trace_id = trace_id_of(row.blob(column++)).value_or(TraceId{});
  summary.start_us = integer();
  summary.duration_us = integer();
  summary.name = text();
  summary.status = static_cast<Status>(std::clamp<int64_t>(integer(), 0, 2));
  summary.complete = integer() != 0;
  summary.span_count = integer();
  summary.error_count = integer();
  summary.input_tokens = integer();
  summary.cached_input_tokens = integer();
  summary.output_tokens = integer();
  summary.reasoning_tokens = integer();
  summary.cost_nano_usd = integer();
  summary.session_id = text();
  summary.user_id = text();
  summary.models = split_lines(text());
  summary.tags = split_lines(text());
  summary.environment = text();
  summary.release = text();
  summary.metadata.text = text();
  return stored;
}

}  // namespace tandem::trace
