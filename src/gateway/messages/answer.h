// What a model answers, in no provider's dialect: whole (Answer) or piece by piece (Event). Plain
// values. See dialect.h.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cost/usage.h"
#include "gateway/messages/part.h"

namespace tandem::gateway::messages {

enum class Finish : uint8_t {
  Stop,           // the model was done
  StopSequence,   // one of `stop` came; `stop_sequence` says which
  Length,         // max_tokens or the context ended
  ToolUse,        // it waits for the results of tools
  ContentFilter,  // the provider's filter ended it
  Refusal,        // the model refused
  Pause,          // a long turn was paused and may be continued
};

struct Choice {
  std::vector<Part> parts;
  Finish finish = Finish::Stop;
  std::string stop_sequence;
  Extras extras;
  friend bool operator==(const Choice&, const Choice&) = default;
};

struct Answer {
  std::string id;
  std::string model;  // as the provider names it
  int64_t created_s = 0;
  std::vector<Choice> choices;
  std::optional<cost::Usage> usage;
  Extras extras;
  std::string_view dialect;  // who read it: the extras in it are that dialect's
  friend bool operator==(const Answer&, const Answer&) = default;
};

// One step of a streamed answer. A choice is a sequence of parts, numbered from 0; a part is
// begun, grows by deltas, and is ended before the choice is. Parts of one choice may overlap only
// where the provider lets them.
struct Event {
  enum class Kind : uint8_t {
    Start,      // id, model, created_s, extras, dialect, and the usage that it begins with where
                // the provider says one; once, before everything else
    PartBegin,  // choice, part, and of `begun` its kind, id and name
    Delta,      // choice, part, text: of a text, of thinking, or of a tool's arguments; without
                // text: what only the dialect of its `extras` can say
    Signature,  // choice, part, text: the signature of thinking
    PartEnd,    // choice, part
    ChoiceEnd,  // choice, finish, stop_sequence
    Usage,      // usage: the counts so far; the last one counts
    Done,       // nothing follows
  };
  Kind kind = Kind::Done;
  int64_t choice = 0;
  int64_t part = 0;
  Part begun;
  std::string text;
  Finish finish = Finish::Stop;
  std::string stop_sequence;
  std::optional<cost::Usage> usage;
  std::string id;
  std::string model;
  int64_t created_s = 0;     // 0: the provider does not say
  Extras extras;             // of the whole answer, as in Answer
  std::string_view dialect;  // whose they are
  friend bool operator==(const Event&, const Event&) = default;
};

}  // namespace tandem::gateway::messages
