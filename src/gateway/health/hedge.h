// Hedge: a second target is asked while the first has not begun to answer; the first that answers
// goes on, the other is stopped. A pure state machine: what happened comes in, what to do goes out.
// Source: J. Dean, L. A. Barroso, "The Tail at Scale", CACM 2013 (hedged requests).
//   Hedge hedge;  hedge.waited() → ask the second;  hedge.began(0) → stop it;  hedge.ended(0, true)
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace tandem::gateway {

class Hedge {
 public:
  struct Action {
    bool ask_second = false;
    std::optional<size_t> stop;  // 0: the first, 1: the second
    friend bool operator==(const Action&, const Action&) = default;
  };

  // The time for a first answer has passed.
  Action waited();
  // The second could not be asked after all.
  void not_asked() { side_[1] = Side::Idle; }
  // `side` is the one that answers.
  Action began(size_t side);
  Action ended(size_t side, bool answered);

  // Nothing runs any more.
  bool over() const;
  // Whose outcome counts: the one that answered or began to, else the first.
  size_t result() const { return winner_.value_or(0); }
  bool asked_second() const { return side_[1] != Side::Idle; }

 private:
  enum class Side : uint8_t { Idle, Running, Stopping, Ended };
  Action stop_other(size_t side);

  std::array<Side, 2> side_ = {Side::Running, Side::Idle};
  std::optional<size_t> winner_;
};

}  // namespace tandem::gateway
