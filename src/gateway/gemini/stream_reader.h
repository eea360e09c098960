// Reads the events of streamGenerateContent: each is an answer with the next pieces of its
// candidates. Texts of one kind that follow each other are one part; whatever carries more than
// text (a signature) is a part of its own. There is no event that says that nothing follows: a
// stream is complete when every candidate has its finishReason. Pure; one stream each.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "base/json/tree.h"
#include "gateway/gemini/part_reader.h"
#include "gateway/messages/dialect.h"

namespace tandem::gateway::gemini {

class GeminiStreamReader final : public messages::StreamReader {
 public:
  Result<void> read(std::string_view data, std::vector<messages::Event>& events) override;

 private:
  using Events = std::vector<messages::Event>;
  using Kind = messages::Part::Kind;
  struct Candidate {
    CallIds ids;
    int64_t parts = 0;
    std::optional<Kind> open;  // what the last part is, until it ends
    bool calls = false;
    bool ended = false;
    messages::Extras extras;  // what the candidate says beside its content, the last of each
  };
  void start(const json::Value& body, Events& events);
  Result<void> read_candidate(const json::Value& value, Events& events);
  Result<void> read_parts(const json::Value& content, int64_t at, Candidate& candidate,
                          Events& events);
  void add_part(messages::Part part, int64_t at, Candidate& candidate, Events& events);
  void end_part(int64_t at, Candidate& candidate, Events& events);
  void end_candidate(const json::Value& reason, int64_t at, Candidate& candidate, Events& events);

  std::map<int64_t, Candidate> candidates_;
  std::string id_;
  bool started_ = false;
};

}  // namespace tandem::gateway::gemini
