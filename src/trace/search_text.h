// What of a span the text search sees: every input, output and message, without JSON's escapes, so
// that `text contains "say \"hi\""` finds what was said. Pure.
#pragma once

#include <string>
#include <string_view>

#include "trace/types.h"

namespace tandem::trace {

// The text of a JSON value as people read it: escapes resolved, brackets and keys left in place.
// `scratch` keeps the result where it differs from the value's own text.
std::string_view readable_json(const Json& value, std::string& scratch);

namespace detail {

template <class F>
void each_message_text(const std::vector<Message>& messages, std::string& scratch, F& visit) {
  for (const Message& message : messages) {
    for (const Part& part : message.parts) {
      if (part.type != PartType::Blob && !part.content.empty()) {
        visit(std::string_view(part.content));
      }
      if (!part.name.empty()) visit(std::string_view(part.name));
      if (!part.value.empty()) visit(readable_json(part.value, scratch));
    }
  }
}

}  // namespace detail

// Calls visit(std::string_view) for each text; a needle is looked for in each by itself.
template <class F>
void each_search_text(const Span& span, F visit) {
  std::string scratch;
  detail::each_message_text(span.input_messages, scratch, visit);
  detail::each_message_text(span.output_messages, scratch, visit);
  for (const Json* value : {&span.input, &span.output}) {
    if (!value->empty()) visit(readable_json(*value, scratch));
  }
  if (span.tool) {
    for (const Json* value : {&span.tool->arguments, &span.tool->result}) {
      if (!value->empty()) visit(readable_json(*value, scratch));
    }
  }
  for (const Document& document : span.documents) {
    if (!document.content.empty()) visit(std::string_view(document.content));
  }
}

}  // namespace tandem::trace
