// Reads the events of ConverseStream, each {"contentBlockDelta":{…}} as event_stream.h makes them.
// A block of text begins with its first piece. The usage comes last, in `metadata`: with it the
// answer is done. An exception inside of the stream is an error with its name and sentence. Pure;
// one stream each.
#pragma once

#include <map>

#include "base/json/tree.h"
#include "gateway/messages/dialect.h"

namespace tandem::gateway::bedrock {

class ConverseStreamReader final : public messages::StreamReader {
 public:
  Result<void> read(std::string_view data, std::vector<messages::Event>& events) override;

 private:
  using Events = std::vector<messages::Event>;
  Result<void> block_start(const json::Value& event, Events& events);
  Result<void> block_delta(const json::Value& event, Events& events);
  Result<void> block_stop(const json::Value& event, Events& events);
  Result<void> begin(int64_t index, messages::Part part, Events& events);

  std::map<int64_t, messages::Part::Kind> open_;  // blocks, by their index
  bool ended_ = false;                            // the message has stopped
};

}  // namespace tandem::gateway::bedrock
