// Continuation: a streamed answer that broke off, for another target to go on with. The client sees
// one answer: the writer that has written its beginning writes the rest.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "gateway/messages/dialect.h"
#include "gateway/repeated_start.h"

namespace tandem::gateway {

struct Continuation {
  std::unique_ptr<messages::StreamWriter> writer;  // of the client's dialect
  std::string said;                                // the text that the client has seen
  std::optional<int64_t> part;                     // the part of it that is open
  int64_t parts = 0;                               // that have begun
  std::string pending;                             // bytes that the client gets first
};

// Of a stream that passed from provider to client in `dialect`: a writer that knows what
// `first_event` said, with the open part `part` (nullopt: none is open).
Continuation continuation_of(const messages::Dialect& dialect, std::string_view first_event,
                             const messages::AnswerOptions& options, std::optional<int64_t> part,
                             std::string said);

// Reads the stream of a target that goes on: its text becomes the rest of the part that is open,
// its other parts follow those that there are, and its thoughts are passed over (the client has had
// the first model's, or none).
class ContinuedReader final : public messages::StreamReader {
 public:
  ContinuedReader(std::unique_ptr<messages::StreamReader> reader, const Continuation& goes_on)
      : reader_(std::move(reader)),
        open_(goes_on.part),
        parts_(goes_on.parts),
        start_(goes_on.said) {}
  Result<void> read(std::string_view data, std::vector<messages::Event>& events) override;

 private:
  bool place(messages::Event& event, std::vector<messages::Event>& events);
  void end_open(std::vector<messages::Event>& events);
  void end_joined(std::vector<messages::Event>& events);

  std::unique_ptr<messages::StreamReader> reader_;
  std::optional<int64_t> open_;  // of the answer so far, until a text of this stream has joined it
  int64_t parts_;
  RepeatedStart start_;                               // of the text that joined …
  std::optional<int64_t> joined_;                     // … this part of the answer
  std::map<int64_t, std::optional<int64_t>> places_;  // by the part's number here; nullopt: none
  std::vector<messages::Event> read_;
};

// Adds to `request` what the assistant has `said` of its answer and that it shall go on; the limit
// of the output becomes less by what was said. InvalidArgument: such a request cannot be continued
// (several choices, JSON by schema).
Result<void> continue_request(messages::Request& request, std::string_view said);

}  // namespace tandem::gateway
