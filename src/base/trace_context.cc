#include "base/trace_context.h"

#include <algorithm>
#include <cstring>

#include "base/random.h"
#include "base/text/encode.h"

namespace tandem {
namespace {

template <size_t N>
bool any(const std::array<uint8_t, N>& bytes) {
  return std::any_of(bytes.begin(), bytes.end(), [](uint8_t byte) { return byte != 0; });
}

bool lower_hex(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

template <class T>
std::optional<T> parse_bytes(std::string_view hex) {
  T id;
  if (hex.size() != id.bytes.size() * 2 || !lower_hex(hex)) return std::nullopt;
  const auto bytes = text::from_hex(hex);
  std::memcpy(id.bytes.data(), bytes->data(), id.bytes.size());
  return id.valid() ? std::optional<T>(id) : std::nullopt;
}

template <class T>
T random_id() {
  T id;
  do {
    for (size_t i = 0; i < id.bytes.size(); i += 8) {
      const uint64_t bits = random_bits();
      std::memcpy(id.bytes.data() + i, &bits, 8);
    }
  } while (!id.valid());
  return id;
}

}  // namespace

TraceId TraceId::random() {
  return random_id<TraceId>();
}
std::optional<TraceId> TraceId::parse(std::string_view hex) {
  return parse_bytes<TraceId>(hex);
}
std::string TraceId::hex() const {
  return text::to_hex(bytes);
}
bool TraceId::valid() const {
  return any(bytes);
}

SpanId SpanId::random() {
  return random_id<SpanId>();
}
std::optional<SpanId> SpanId::parse(std::string_view hex) {
  return parse_bytes<SpanId>(hex);
}
std::string SpanId::hex() const {
  return text::to_hex(bytes);
}
bool SpanId::valid() const {
  return any(bytes);
}

TraceContext TraceContext::root() {
  TraceContext context;
  context.trace_id = TraceId::random();
  context.span_id = SpanId::random();
  return context;
}

std::optional<TraceContext> TraceContext::from_traceparent(std::string_view header) {
  // version(2)-trace(32)-span(16)-flags(2)
  if (header.size() < 55 || header[2] != '-' || header[35] != '-' || header[52] != '-') {
    return std::nullopt;
  }
  const std::string_view version = header.substr(0, 2);
  if (!lower_hex(version) || version == "ff") return std::nullopt;
  if (header.size() > 55 && (version == "00" || header[55] != '-')) return std::nullopt;
  const auto trace = TraceId::parse(header.substr(3, 32));
  const auto parent = SpanId::parse(header.substr(36, 16));
  const std::string_view flags = header.substr(53, 2);
  if (!trace || !parent || !lower_hex(flags)) return std::nullopt;
  TraceContext context;
  context.trace_id = *trace;
  context.parent_span_id = *parent;
  context.span_id = SpanId::random();
  context.sampled = (text::from_hex(flags)->front() & 1) != 0;
  return context;
}

TraceContext TraceContext::child() const {
  TraceContext context = *this;
  context.parent_span_id = span_id;
  context.span_id = SpanId::random();
  return context;
}

std::string TraceContext::traceparent() const {
  std::string header;
  header.reserve(55);
  header += "00-";
  header += trace_id.hex();
  header += '-';
  header += span_id.hex();
  header += sampled ? "-01" : "-00";
  return header;
}

}  // namespace tandem
