// W3C Trace Context (https://www.w3.org/TR/trace-context/): the ids that tie calls together.
// Value types, any thread.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tandem {

struct TraceId {
  std::array<uint8_t, 16> bytes{};
  static TraceId random();
  static std::optional<TraceId> parse(std::string_view hex32);  // lower-case hex, not all zero
  std::string hex() const;
  bool valid() const;
  friend bool operator==(const TraceId&, const TraceId&) = default;
};

struct SpanId {
  std::array<uint8_t, 8> bytes{};
  static SpanId random();
  static std::optional<SpanId> parse(std::string_view hex16);
  std::string hex() const;
  bool valid() const;
  friend bool operator==(const SpanId&, const SpanId&) = default;
};

// The position of one span: `span_id` is ours, `parent_span_id` the caller's (zero: a root).
struct TraceContext {
  TraceId trace_id;
  SpanId span_id;
  SpanId parent_span_id;
  bool sampled = true;

  static TraceContext root();
  // Continues `traceparent`; nullopt where it is malformed (then start a new root, as the
  // specification says). Versions above 00 are read by their first four fields.
  static std::optional<TraceContext> from_traceparent(std::string_view traceparent);
  TraceContext child() const;
  // "00-<trace>-<span>-01": what is sent to the next hop.
  std::string traceparent() const;
};

}  // namespace tandem
