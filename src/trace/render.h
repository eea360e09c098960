// Spans and traces as the JSON of the public API. Pure; used by the handlers and by exports.
//   json::Writer json(out);  write_trace(json, summary, scores, {rendered_spans, next_cursor});
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json/writer.h"
#include "trace/types.h"

namespace tandem::trace {

// A judgement about a trace or one of its spans; comes from above this folder.
struct Score {
  std::string id;
  std::string name;
  std::optional<double> value;
  std::string label;
  std::string comment;
  std::string source;
  std::string span_id;
  WallUs created_us = 0;
};

// Whether the usage of a span counts in the totals of its trace (rollup.h).
enum class Counted : uint8_t { No, Yes };

void write_span(json::Writer& json, const Span& span, Counted counted);

// `value` as JSON: null where empty, a string where it is not valid JSON.
void write_json(json::Writer& json, const Json& value);
// The same, always an object: {} where empty, {"value": …} where it is anything else.
void write_object(json::Writer& json, const Json& value);

// One entry of the trace list: everything but the spans.
void write_summary(json::Writer& json, const TraceSummary& trace, const std::vector<Score>& scores);
// One whole trace. `spans`: the inside of a JSON list. `next_cursor`: empty at the end.
void write_trace(json::Writer& json, const TraceSummary& trace, const std::vector<Score>& scores,
                 std::string_view spans, std::string_view next_cursor);

}  // namespace tandem::trace
