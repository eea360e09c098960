// Surface: one protocol's way into the governed path. It reads a request into a Call and writes
// what a target answered; everything between is the same for all (governed_call.h). Stateless; any
// thread.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "cost/usage.h"
#include "gateway/answer_stream.h"
#include "gateway/call.h"
#include "gateway/target.h"
#include "net/exchange.h"
#include "trace/types.h"

namespace tandem::gateway::messages {
class Dialect;
}

namespace tandem::gateway {

// A whole answer, ready to be sent once it is settled.
struct Rendered {
  std::string body;
  std::string content_type = "application/json";
  std::string header_block;
  std::optional<cost::Usage> usage;     // reported by the target; nullopt: to be estimated
  int64_t estimated_output_tokens = 0;  // our own count, whatever was reported
  std::string response_model;
  std::vector<trace::Message> output_messages;
  trace::Json output;  // what there is instead of messages
};

// What keeps answers beyond their call: an answer that is settled passes it before it leaves.
class AnswerKeeper {
 public:
  // `answer` is the body of a whole answer, or the last events of a stream. What becomes of it may
  // be noted in it.
  virtual Task<void> keep(const Call& call, std::string& answer) const = 0;

 protected:
  ~AnswerKeeper() = default;
};

class Surface {
 public:
  virtual ~Surface() = default;
  // Errors name the field at fault. The exchange's body is moved out.
  virtual Result<Call> read(net::Exchange& exchange) const = 0;
  // What its chats are written in; null: only a target of the very same protocol can answer.
  virtual const messages::Dialect* dialect() const { return nullptr; }
  // Of an answer in this surface's own dialect. `gate` is null where the endpoint has no output
  // guard. UpstreamError: the answer is malformed or an error in disguise; GuardBlocked (then
  // `result.usage` is what the provider reported).
  virtual Result<Rendered> render(const Call& call, AttemptResult& result,
                                  const std::string& endpoint, OutputGate* gate) const = 0;
  // A provider's stream in this surface's own dialect; null where the surface has no streams.
  virtual std::unique_ptr<AnswerStream> open_stream(StreamOptions options, OutputGate* gate) const;
  // What ends a stream that broke; `events` is AnswerStream::events_written().
  virtual std::string stream_error(const Error& error, std::string_view trace_id,
                                   std::string_view request_id, int64_t events) const;
  // What an attempt will take that is no token: images, rows, seconds.
  virtual void expect(const Call& /*call*/, cost::Usage& /*estimate*/) const {}
  // The guard has seen `call`: what the answer repeats of it may be taken now.
  virtual void admitted(Call& /*call*/, const EndpointConfig& /*endpoint*/) const {}
  // Null: nobody keeps answers.
  virtual const AnswerKeeper* keeper() const { return nullptr; }
  // What its streams are sent as.
  virtual std::string_view stream_type(const Call& call) const;
  // The last change to events on their way to the client, whole ones each time: where a stream is
  // not sent as server-sent events. `first` and `last` in the answer.
  virtual void frame(const Call& call, bool first, bool last, std::string& events) const;
  // What a trace shows of the input, after redaction: its texts as messages, unless said otherwise.
  // The last step: texts are moved out of `call`.
  virtual void describe_input(Call& call, trace::Span& span) const;
  // A small valid request whose text is `text`, for the start-up proof that the guard sees it.
  virtual Result<Call> probe(std::string_view text) const = 0;
};

}  // namespace tandem::gateway
