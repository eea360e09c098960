// What of a call's content is kept, and how much of it. Pure; called on the io thread before
// Recorder::record(), and by the ingest of clients' spans.
//   Full      everything, within the limits.
//   Redacted  content only where a guard has already replaced secrets and personal data in it
//             (Span::content_state); raw content is dropped, so a forgotten guard cannot leak.
//   Metadata  names, models, parameters, times, tokens, cost and error types; no content.
//   None      no span at all.
//   if (apply_capture(span, endpoint.capture) == Keep::Yes) recorder.record(std::move(span));
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "trace/limits.h"
#include "trace/types.h"

namespace tandem::trace {

enum class Capture : uint8_t { Full, Redacted, Metadata, None };
enum class Keep : uint8_t { No, Yes };

std::string_view name_of(Capture capture);
// Whether any content is kept at all.
constexpr bool keeps_content(Capture capture) {
  return capture == Capture::Full || capture == Capture::Redacted;
}
std::optional<Capture> find_capture(std::string_view name);

struct CaptureLimits {
  size_t max_text_bytes = limits::kMaxTextBytes;
  size_t max_span_bytes = limits::kMaxSpanBytes;
};

// Drops what the policy does not keep, then cuts what is beyond the limits. Keep::No: the span must
// not be recorded.
Keep apply_capture(Span& span, Capture capture, const CaptureLimits& limits = {});

// Cuts `text` to at most `max_bytes` at a character's border and says so at its end:
// "…[cut by Tandem: 1024 of 50000 bytes]" (the mark is part of `max_bytes`). True where it was cut.
bool cut_text(std::string& text, size_t max_bytes);

// Only JSON that is certain to hold no content: numbers, booleans, and short strings under names
// that are not known to carry content. `attributes` is a JSON object.
Json metadata_attributes(const Json& attributes);

// Roughly what a span holds in memory, for the bound on the recorder's queue.
size_t approximate_bytes(const Span& span);

}  // namespace tandem::trace
