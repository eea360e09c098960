#include "gateway/answer_stream.h"

namespace tandem::gateway {

messages::AnswerOptions AnswerStream::answer_options() const {
  messages::AnswerOptions options;
  options.model = options_.endpoint;
  options.created_s = options_.created_s;
  options.include_usage = options_.client_wants_usage;
  options.id = options_.answer_id;
  options.echo = options_.answer_echo;
  return options;
}

std::optional<std::string> AnswerStream::text_to_continue() const {
  if (!ends_.empty()) return std::nullopt;
  std::string said;
  size_t kept = 0;
  for (const auto& [channel, text] : text_) {
    const bool content = channel.field == Channel::Field::Content;
    if (channel.choice != 0 || (!content && channel.field != Channel::Field::Reasoning)) {
      return std::nullopt;
    }
    kept += text.size();
    if (content) said += text;
  }
  if (kept != text_bytes_) return std::nullopt;  // some of it was not kept
  return said;
}

}  // namespace tandem::gateway
