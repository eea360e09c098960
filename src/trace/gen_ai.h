// The OpenTelemetry GenAI semantic conventions (semantic-conventions-genai, status: development)
// for our own spans: `gen_ai.*` attributes derived from the typed fields. They are made when a span
// is shown or exported, never while a call is served. Content (messages, tool arguments) stays in
// the typed fields and is not repeated here. Pure.
#pragma once

#include <string>
#include <string_view>

#include "base/json/writer.h"
#include "trace/types.h"

namespace tandem::trace {

// gen_ai.operation.name: what the span says, else what its kind amounts to; empty for kinds that
// the conventions do not know ("chain").
std::string_view operation_name(const Span& span);

// The name that the conventions give to a span: "chat gpt-4o-mini", "execute_tool search".
std::string conventional_name(const Span& span);

// The span's `attributes` object: derived ones and the span's own for Origin::Tandem, else as sent.
void write_attributes(json::Writer& json, const Span& span);

}  // namespace tandem::trace
