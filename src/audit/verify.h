// Verifier: walks the chain of audit events and finds the first that is missing or was changed.
// A page per call, each in its own read job; the log may grow meanwhile. One thread at a time.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "audit/types.h"
#include "base/result.h"
#include "store/db.h"

namespace tandem::audit {

struct VerifyRange {
  int64_t from_seq = 1;
  int64_t to_seq = INT64_MAX;  // at most the head
};

// What is wrong with the event `seq`.
enum class Damage : uint8_t {
  Missing,      // no event has this number
  Changed,      // its content does not have its hash
  Unchained,    // it does not follow from the event before it
  HeadDiffers,  // it is the newest, and the head of the log says otherwise
  Unexpected,   // it stands beyond the head of the log
};
std::string_view name_of(Damage damage);     // "missing"
std::string_view meaning_of(Damage damage);  // one sentence

struct Verification {
  int64_t checked = 0;  // events that are in order
  int64_t from_seq = 0;
  int64_t to_seq = 0;  // the last that was to be checked
  int64_t head_seq = 0;
  crypto::Digest head_hash{};  // to be kept elsewhere: it fixes the whole log before it
  struct Break {
    int64_t seq = 0;
    Damage damage = Damage::Missing;
  };
  std::optional<Break> broken;

  bool intact() const { return !broken; }
};

class Verifier {
 public:
  explicit Verifier(VerifyRange range);

  bool done() const { return done_; }
  Result<void> check_page(store::Connection& connection);
  const Verification& result() const { return result_; }

 private:
  Result<void> start(store::Connection& connection);
  Result<void> finish(store::Connection& connection);
  bool check(const StoredEvent& stored);
  void broke(int64_t seq, Damage damage);

  Verification result_;
  int64_t next_seq_ = 0;
  crypto::Digest last_hash_{};
  bool started_ = false;
  bool done_ = false;
};

}  // namespace tandem::audit
