#include "cost/ledger_columns.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>

#include "base/text/utf8.h"
#include "base/time/calendar.h"

namespace tandem::cost {
namespace {

using enum ColumnKind;
constexpr std::array<LedgerColumn, kLedgerColumnCount> kColumns{{
    {"request_id", Text},
    {"attempt", Integer},
    {"trace_id", Text},
    {"project", Text},
    {"key_id", Text},
    {"user_id", Text},
    {"team_id", Text},
    {"endpoint", Text},
    {"provider", Text},
    {"target", Text},
    {"model", Text},
    {"kind", Text},
    {"state", Text},
    {"reason", Text},
    {"started_us", Integer, "id >> 10"},
    {"ended_us", Integer},
    {"month", Hidden},
    {"cost_source", Text},
    {"price_id", Text},
    {"tier", Text},
    {"cost_nano_usd", Summed},
    {"estimate_nano_usd", Summed},
    {"usage_reported", Boolean},
    {"input_tokens", Summed},
    {"cached_input_tokens", Summed},
    {"cache_write_input_tokens", Summed},
    {"cache_write_1h_input_tokens", Summed},
    {"audio_input_tokens", Summed},
    {"output_tokens", Summed},
    {"reasoning_tokens", Summed},
    {"audio_output_tokens", Summed},
    {"images", Summed},
    {"milliseconds", Summed},
    {"rows", Summed},
    {"web_searches", Summed},
    {"image_input_tokens", Summed},
    {"image_output_tokens", Summed},
    {"tool_calls", Summed},
    {"gpu_ms", Summed},
    {"cpu_us", Summed},
    {"energy_mj", Summed},
    {"co2e_ug", Summed},
    {"energy_source", Text},
    {"bytes_in", Summed},
    {"bytes_out", Summed},
    {"counted_input_tokens", Summed},
    {"counted_output_tokens", Summed},
}};

}  // namespace

std::span<const LedgerColumn> ledger_columns() {
  return kColumns;
}

int ledger_column_index(std::string_view name) {
  const auto* found = std::find_if(kColumns.begin(), kColumns.end(),
                                   [&](const LedgerColumn& each) { return each.name == name; });
  return found == kColumns.end() ? -1 : static_cast<int>(found - kColumns.begin());
}

LedgerSums sums_of(const EndRecord& record) {
  const Usage& usage = record.usage;
  const Resources& resources = record.resources;
  return {record.cost_nano_usd,
          record.estimate_nano_usd,
          usage.input_tokens,
          usage.cached_input_tokens,
          usage.cache_write_input_tokens,
          usage.cache_write_1h_input_tokens,
          usage.audio_input_tokens,
          usage.output_tokens,
          usage.reasoning_tokens,
          usage.audio_output_tokens,
          usage.images,
          usage.milliseconds,
          usage.rows,
          usage.web_searches,
          usage.image_input_tokens,
          usage.image_output_tokens,
          usage.tool_calls,
          resources.gpu_ms,
          resources.cpu_us,
          resources.energy_mj,
          resources.co2e_ug,
          resources.bytes_in,
          resources.bytes_out,
          record.counted.input_tokens,
          record.counted.output_tokens};
}

int64_t first_row_id(WallUs started_us) {
  return std::clamp<WallUs>(started_us, 0, INT64_MAX >> kRowNumberBits) << kRowNumberBits;
}

int64_t month_number(WallUs time_us) {
  const time::Date date = time::date_of(time_us);
  return int64_t{date.year} * 12 + date.month - 1;
}

std::string month_text(int64_t month_number) {
  return fmt::format("{:04}-{:02}", month_number / 12, month_number % 12 + 1);
}

std::string_view provider_of(std::string_view target) {
  return target.substr(0, target.find('/'));
}

bool is_database_text(std::string_view text) {
  return text.find('\0') == std::string_view::npos &&
         simdjson::validate_utf8(text.data(), text.size());
}

std::string database_text(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const size_t length = text::utf8_sequence_length(text);
    if (length == 0 || text[0] == '\0') {
      out += "\xEF\xBF\xBD";
      text.remove_prefix(1);
    } else {
      out.append(text, 0, length);
      text.remove_prefix(length);
    }
  }
  return out;
}

}  // namespace tandem::cost
