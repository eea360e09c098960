// Events out of AWS's binary framing (application/vnd.amazon.eventstream), cut anywhere: a prelude
// with both lengths and its CRC, headers, a payload, and a CRC over all of it. What comes out is
// one JSON object an event, {"contentBlockDelta":{…}}: its type and its payload, as the model of
// the API names them; an exception is {"throttlingException":{…}}. Sans-IO; one stream.
//   EventStream frames;
//   TRY_VOID(frames.feed(bytes, [&](std::string_view data) -> Result<void> { … }));
// Source: "Amazon event stream encoding" in the Smithy and Amazon Transcribe documentation.
#pragma once

#include <string>
#include <string_view>

#include "gateway/providers/provider_api.h"

namespace tandem::gateway::bedrock {

inline constexpr std::string_view kEventStreamType = "application/vnd.amazon.eventstream";

class EventStream final : public StreamFraming {
 public:
  // UpstreamError: a CRC that does not fit, lengths that cannot be, headers that are none, or a
  // message larger than limits::kMaxSseEventBytes. After an error nothing more is read.
  Result<void> feed(std::string_view bytes, const Take& take) override;
  bool inside_event() const override { return !held_.empty(); }

 private:
  // Takes one whole message from the front of `bytes`; 0: more must come.
  Result<size_t> message(std::string_view bytes, const Take& take);

  std::string held_;  // the beginning of a message
  std::string data_;  // of one event
};

}  // namespace tandem::gateway::bedrock
