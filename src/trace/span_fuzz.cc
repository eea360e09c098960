// Any bytes as a stored span: decoded or refused, and what is decoded survives capture, rendering
// and another round through the bytes unchanged.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "base/json/validate.h"
#include "trace/capture.h"
#include "trace/codec.h"
#include "trace/gram_filter.h"
#include "trace/render.h"
#include "trace/search_text.h"
#include "trace/text_blocks.h"
#include "trace/wire.h"

namespace {

using namespace tandem::trace;

std::string rendered(const Span& span) {
  std::string out;
  tandem::json::Writer json(out);
  write_span(json, span, Counted::Yes);
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::span<const uint8_t> bytes(data, size);
  (void)GramFilter::decode(bytes);
  (void)decode_span_ids(bytes);
  std::string head;
  encode_head(SpanHead{}, head);
  auto span = decode_span(wire::as_bytes(head), bytes);
  if (!span) return 0;
  const std::string json = rendered(*span);
  if (!tandem::json::is_valid(json, 200)) std::abort();
  std::string body;
  encode_body(*span, body);
  const auto again = decode_span(wire::as_bytes(head), wire::as_bytes(body));
  if (!again || rendered(*again) != json) std::abort();
  GramMarks marks;
  each_search_text(*span, [&marks](std::string_view text) { marks.add(text); });
  const GramFilter filter = marks.filter();
  each_search_text(*span, [&filter](std::string_view text) {
    if (!GramQuery(text).may_be_in(filter)) std::abort();
  });
  if (apply_capture(*span, Capture::Metadata, {.max_text_bytes = 100}) != Keep::Yes) std::abort();
  if (!tandem::json::is_valid(rendered(*span), 200)) std::abort();
  return 0;
}
