// Reads the events of a streamed message. Its parts are the content blocks, by their index; what
// only this dialect can say (citations_delta) is a Delta without text whose `extras` hold it. Pings
// and events of types that are not known yet say nothing (the API's versioning policy). Pure; one
// stream each.
#pragma once

#include <boost/json/fwd.hpp>
#include <set>

#include "gateway/anthropic/usage.h"
#include "gateway/messages/dialect.h"

namespace tandem::gateway::anthropic {

class AnthropicStreamReader final : public messages::StreamReader {
 public:
  Result<void> read(std::string_view data, std::vector<messages::Event>& events) override;

 private:
  using Events = std::vector<messages::Event>;
  Result<void> message_start(const boost::json::object& event, Events& events);
  Result<void> block_start(const boost::json::object& event, Events& events);
  Result<void> block_delta(const boost::json::object& event, Events& events);
  Result<void> message_delta(const boost::json::object& event, Events& events);
  void note_usage(const boost::json::object* usage, Events& events);

  Counts counts_;
  std::set<int64_t> open_;  // blocks
};

}  // namespace tandem::gateway::anthropic
