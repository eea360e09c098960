// OutputGate: what an answer's texts pass on their way to the client, whatever dialect they are
// in. One answer, one io thread.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/error/error.h"

namespace tandem::gateway {

// Where texts that belong together arrive piece by piece.
struct Channel {
  enum class Field : uint8_t { Content, Reasoning, Refusal, Arguments, Other };
  int64_t choice = 0;
  Field field = Field::Content;
  int64_t tool = 0;
  friend auto operator<=>(const Channel&, const Channel&) = default;
};

// feed() takes what came and returns what may go out now; flush() returns what was held back, for
// good.
class OutputGate {
 public:
  virtual ~OutputGate() = default;
  virtual std::string feed(const Channel& channel, std::string_view text) = 0;
  virtual std::string flush(const Channel& channel) = 0;
  // What may go out of a text that is no piece of a longer one; nullopt: all of it.
  virtual std::optional<std::string> whole(std::string_view text) = 0;
  // Set once a policy said block: nothing more may go out.
  virtual const std::optional<Error>& blocked() const = 0;
};

}  // namespace tandem::gateway
