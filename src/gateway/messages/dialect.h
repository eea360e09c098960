// Dialect: how one provider's API says a chat: request, whole answer and stream, each read into
// and written from the model of this folder. Pure and without I/O: text in, values out. A dialect
// object has no state and serves every thread; the readers and writers of streams belong to one
// stream. To add a provider: one Dialect, and a ProviderApi that carries it (../providers/).
//   TRY(const Request request, anthropic.read_request(body));
//   TRY(const Written out, openai.write_request(request, {.model = "gpt-4o-mini"}));
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "gateway/messages/answer.h"
#include "gateway/messages/request.h"

namespace tandem::gateway::messages {

struct WriteOptions {
  std::string model;                  // the provider's name of it, instead of the request's
  int64_t default_max_tokens = 4096;  // where the dialect must say a limit and the request does not
  bool stream_usage = true;           // ask for counts in streams, where that must be asked for
};

struct Written {
  std::string body;
  // Fields of the request that the dialect cannot say and that the answer does not depend on
  // ("logit_bias"): left out, and named to the client in x-tandem-dropped.
  std::vector<std::string> dropped;
};

struct AnswerOptions {
  std::string model;                     // what the client named: the endpoint
  bool include_usage = true;             // in a stream
  std::optional<int64_t> cost_nano_usd;  // beside the usage, where the client asked
  int64_t created_s = 0;  // now: for where the provider does not say it and the dialect must
  std::string id;         // of the answer, where it has one of Tandem's own; empty: the provider's
  // What the answer repeats of its request, where the dialect does that: members of an object.
  std::string echo;
};

// A provider's stream, event by event.
class StreamReader {
 public:
  virtual ~StreamReader() = default;
  // Appends what `data` (of one server-sent event) says. UpstreamError: malformed, or the
  // provider's own error event, with its words.
  virtual Result<void> read(std::string_view data, std::vector<Event>& events) = 0;
};

// A client's stream. Done and the last Usage are not written by write() but by finish(): the call
// is settled between the two.
class StreamWriter {
 public:
  virtual ~StreamWriter() = default;
  // Appends server-sent events, whole.
  virtual void write(const Event& event, std::string& out) = 0;
  virtual void finish(const cost::Usage& usage, const AnswerOptions& options, std::string& out) = 0;
  // Of a dialect that numbers them: the number of the next event.
  virtual int64_t events_written() const { return 0; }
};

class Dialect {
 public:
  virtual ~Dialect() = default;
  virtual std::string_view name() const = 0;  // "openai"

  // InvalidArgument names the field.
  virtual Result<Request> read_request(std::string_view body) const = 0;
  // InvalidArgument names what this dialect cannot say and the answer depends on.
  virtual Result<Written> write_request(const Request& request,
                                        const WriteOptions& options) const = 0;
  // UpstreamError: malformed, or an error in disguise.
  virtual Result<Answer> read_answer(std::string_view body) const = 0;
  virtual std::string write_answer(const Answer& answer, const AnswerOptions& options) const = 0;

  virtual std::unique_ptr<StreamReader> read_stream() const = 0;
  virtual std::unique_ptr<StreamWriter> write_stream(AnswerOptions options) const = 0;
};

}  // namespace tandem::gateway::messages
