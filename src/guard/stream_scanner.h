// Finds secrets in a text that comes in pieces, and lets through what can be no part of one.
//   StreamScanner scanner(secrets, policy);
//   for each delta:  auto out = scanner.feed(delta);  send(out.text);
//   at the end:      auto out = scanner.finish();     send(out.text);
// Promises, for every way of cutting the text, one byte at a time included: the same findings, and
// the same released text when all pieces are joined. Held back is only what may still become a
// secret: from the beginning of an anchor that is not whole yet, or of a candidate that is open; at
// most kMaxHold bytes. Rules that only alert hold nothing back. A UTF-8 sequence that a piece cuts
// is released whole. NUL and invalid UTF-8 are bytes like others.
// One stream, one thread at a time; `scanner` and `policy` are kept alive. Not copyable.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "guard/policy.h"
#include "guard/secret_scanner.h"

namespace tandem::guard {

class StreamScanner {
 public:
  struct Output {
    std::string_view text;          // may go on now, redacted; valid until the next call
    std::vector<Finding> findings;  // became certain with this call, in the order of the text
    bool blocked = false;           // nothing goes on any more, now and later
  };

  StreamScanner(std::shared_ptr<const SecretScanner> scanner,
                std::shared_ptr<const CompiledPolicy> policy);
  ~StreamScanner();
  StreamScanner(StreamScanner&&) noexcept;
  StreamScanner& operator=(StreamScanner&&) noexcept;

  Output feed(std::string_view piece);
  Output finish();

  size_t held_bytes() const;  // fed and neither released nor covered by a redaction

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace tandem::guard
