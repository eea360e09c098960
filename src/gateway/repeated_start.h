// RepeatedStart: takes out of a continuation what it repeats of the text before. Models that are
// asked to go on like to begin once more, or with the sentence that was cut. Pure; one stream.
//   RepeatedStart start(said);
//   out += start.feed(piece);  …  out += start.flush();
// A repetition is the whole text before, or the last of it from at least kLeastBytes and
// kLeastWords on; anything shorter may well be meant. Text is held back only while it may still
// turn out to be one.
#pragma once

#include <string>
#include <string_view>

namespace tandem::gateway {

class RepeatedStart {
 public:
  static constexpr size_t kLeastBytes = 24;
  static constexpr size_t kLeastWords = 4;
  static constexpr size_t kMostBytes = 4096;  // of the text before that are looked at from its end

  explicit RepeatedStart(std::string said);

  // What of the text so far is new for sure.
  std::string feed(std::string_view piece);
  // What was held back and turned out to be new.
  std::string flush();

 private:
  bool may_begin(size_t at) const;
  std::string decide();

  std::string said_;
  std::string held_;
  bool decided_ = false;
};

}  // namespace tandem::gateway
