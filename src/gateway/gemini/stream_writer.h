// Writes a streamed answer as streamGenerateContent?alt=sse does: every event is an answer with the
// next piece. A call of a function is one piece, so it waits until its arguments are whole. The
// last event, with the ends of all candidates and the usage, is written by finish(). Pure; one
// stream each.
#pragma once

#include <map>
#include <string>
#include <utility>

#include "base/json/writer.h"
#include "gateway/messages/dialect.h"

namespace tandem::gateway::gemini {

class GeminiStreamWriter final : public messages::StreamWriter {
 public:
  explicit GeminiStreamWriter(messages::AnswerOptions options) : options_(std::move(options)) {}
  void write(const messages::Event& event, std::string& out) override;
  void finish(const cost::Usage& usage, const messages::AnswerOptions& options,
              std::string& out) override;

 private:
  void start(const messages::Event& event);
  void begin_part(const messages::Event& event, std::string& out);
  void delta(const messages::Event& event, std::string& out);
  void end_part(const messages::Event& event, std::string& out);
  void write_part(int64_t choice, const messages::Part& part, bool own, std::string& out) const;

  struct Open {
    messages::Part part;  // as it began; of a call, with its arguments so far
    bool own = false;
    bool any = false;  // something of it was written
  };
  messages::AnswerOptions options_;
  bool started_ = false;
  std::string tail_;  // what every event ends with
  std::map<std::pair<int64_t, int64_t>, Open> open_;
  std::map<int64_t, messages::Event> ends_;  // by choice, until finish()
};

}  // namespace tandem::gateway::gemini
