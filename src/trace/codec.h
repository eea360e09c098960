// How a span is stored: a small head (tree, times, usage) and a body with all the rest, both in a
// tagged binary format of our own. Writing one costs a fraction of a microsecond and takes a fifth
// of the bytes of its JSON; old bodies stay readable, because unknown tags are skipped. Pure.
// Format: version byte, then fields of (tag << 1 | is_bytes) varint, followed by a varint, or by a
// varint length and that many bytes. Nested values are bytes that hold fields again.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "trace/rollup.h"
#include "trace/types.h"

namespace tandem::trace {

void encode_head(const SpanHead& head, std::string& out);
// Everything but the ids of project and trace, and what the head holds.
void encode_body(const Span& span, std::string& out);

// StorageFailed where the bytes are damaged or of a newer version.
Result<SpanHead> decode_head(std::span<const uint8_t> head);
// Project and trace id are left empty: they stand in the row of the trace.
Result<Span> decode_span(std::span<const uint8_t> head, std::span<const uint8_t> body);

}  // namespace tandem::trace
