#include "gateway/surface.h"

#include "base/error/surface.h"

namespace tandem::gateway {

std::unique_ptr<AnswerStream> Surface::open_stream(StreamOptions, OutputGate*) const {
  return nullptr;
}

std::string_view Surface::stream_type(const Call&) const {
  return "text/event-stream; charset=utf-8";
}

void Surface::frame(const Call&, bool, bool, std::string&) const {}

std::string Surface::stream_error(const Error& error, std::string_view trace_id,
                                  std::string_view request_id, int64_t) const {
  return "data: " + error_body(tandem::Surface::OpenAi, error, trace_id, request_id) + "\n\n";
}

void Surface::describe_input(Call& call, trace::Span& span) const {
  span.input_messages.reserve(call.texts.size());
  for (TextSegment& segment : call.texts) {
    if (segment.role.empty()) continue;
    trace::Message& message = span.input_messages.emplace_back();
    message.role = std::move(segment.role);
    message.parts.emplace_back().content = std::move(segment.text);
  }
}

}  // namespace tandem::gateway
