// Between SQL rows of the trace file and types.h. Pure but for the Row it reads.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/trace_context.h"
#include "store/db.h"
#include "trace/types.h"

namespace tandem::trace {

// Numbers of spans in a trace: the low bits of spans.id.
inline constexpr int kSpanNumberBits = 20;
constexpr int64_t first_span_id(int64_t key) {
  return key << kSpanNumberBits;
}
constexpr int64_t key_of_span_id(int64_t id) {
  return id >> kSpanNumberBits;
}

std::optional<TraceId> trace_id_of(std::span<const uint8_t> blob);

// Lists as they are stored: "\na\nb\n", so that `instr(models, "\na\n")` finds a whole item.
std::string joined_lines(const std::vector<std::string>& items);
std::vector<std::string> split_lines(std::string_view joined);

// UTF-8 without NUL, as text columns need it: what is malformed becomes U+FFFD.
std::string storable(std::string_view text);
bool is_storable(std::string_view text);  // storable() would change nothing

// The columns of a summary, in the order that summary_of() reads; "key, project_no, …".
std::string_view summary_columns();
struct StoredSummary {
  int64_t key = 0;
  int64_t project_no = 0;
  TraceSummary summary;  // without the project
};
StoredSummary summary_of(const store::Row& row);

}  // namespace tandem::trace
