// Translation: a chat whose client speaks one dialect and whose target another. Request, answer and
// stream are read into the model of messages/ and written again; texts pass the guard in between.
// Pure; one io thread.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "gateway/answer_stream.h"
#include "gateway/call.h"
#include "gateway/messages/dialect.h"
#include "gateway/surface.h"
#include "gateway/target.h"

namespace tandem::gateway {

// The body of `call`, after the guard's redactions, as `to` says it; `attempt.client_dialect` is
// what it is in. InvalidArgument names the field that `to` cannot say. Fields that are left out go
// to `attempt.dropped`.
Result<std::string> translate_request(const Call& call, AttemptContext& attempt,
                                      const messages::Dialect& to,
                                      const messages::WriteOptions& options);

// A whole answer in `from` (result.body) as the client reads it in `to`. Errors as of
// Surface::render().
Result<Rendered> translate_answer(const messages::Dialect& from, const messages::Dialect& to,
                                  const Call& call, AttemptResult& result, OutputGate* gate);

// A stream in `from` as the client reads it in `to`.
class TranslatedStream final : public AnswerStream {
 public:
  TranslatedStream(const messages::Dialect& from, const messages::Dialect& to,
                   StreamOptions options, OutputGate* gate);
  // A stream in `from` that goes on with an answer; takes the writer of `goes_on`.
  TranslatedStream(const messages::Dialect& from, Continuation& goes_on, StreamOptions options,
                   OutputGate* gate);

  Result<void> event(std::string_view data, std::string& out) override;
  Result<void> end(std::string& out) override;
  void finish(const cost::Usage& usage, std::optional<cost::NanoUsd> cost,
              std::string& out) override;
  std::optional<Continuation> broken_off() override;
  bool done() const override { return done_; }
  bool complete() const override;
  int64_t events_written() const override { return writer_ ? writer_->events_written() : 0; }

 private:
  struct OpenPart {
    messages::Part::Kind kind = messages::Part::Kind::Text;
    Channel channel;
  };
  using PartKey = std::pair<int64_t, int64_t>;  // choice, part

  Result<void> pass(messages::Event& event, std::string& out);
  void pass_held(const PartKey& key, std::string& out);
  bool is_blocked() const { return gate_ && gate_->blocked(); }

  std::unique_ptr<messages::StreamReader> reader_;
  std::unique_ptr<messages::StreamWriter> writer_;
  OutputGate* gate_;
  std::vector<messages::Event> events_;  // of one call of event()
  std::map<PartKey, OpenPart> open_;
  std::set<PartKey> passed_over_;
  std::map<int64_t, bool> ended_;  // by choice
  bool passes_other_ = false;      // both sides speak one dialect
  bool done_ = false;
  bool goes_on_ = false;    // with an answer that another target began
  bool has_tools_ = false;  // or anything else that is no text and no thought
  int64_t parts_ = 0;       // that have begun
};

}  // namespace tandem::gateway
