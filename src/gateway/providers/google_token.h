// GoogleToken: an access token of a service account as a credential. It is fetched when the first
// call needs it and again a while before it ends: then one caller asks and the others go on with
// the old one. Where there is no token that is good, all wait for the one who asks. A key file that
// changes is used at once. One object serves all io threads.
#pragma once

#include <memory>
#include <mutex>
#include <string>

#include "base/async/snapshot.h"
#include "gateway/providers/credential.h"
#include "gateway/providers/google_account.h"

namespace tandem::gateway {

class GoogleToken final : public Credential {
 public:
  explicit GoogleToken(config::SecretRef key_file);

  bool must_fetch(SteadyUs now_us) const override;
  Task<Result<void>> fetch(AttemptContext& attempt) override;
  Result<void> append_to(const UnsignedRequest& request, SteadyUs now_us,
                         std::string& block) const override;

 private:
  struct Token {
    config::Secret header;                           // "Bearer …"
    std::shared_ptr<const config::Secret> key_file;  // that it was had with
    SteadyUs renew_us = 0;                           // from then on somebody asks for the next
    SteadyUs ends_us = 0;
  };
  enum class Step : uint8_t { Done, Wait, Fail, Ask };
  // Null: there is none that is good at `now_us`.
  std::shared_ptr<const Token> good_token(SteadyUs now_us) const;
  // Ask: this caller has been made the one who asks.
  Step next_step(SteadyUs now_us);
  Error last_failure() const;
  Task<Result<void>> ask(AttemptContext& attempt);
  void asked(SteadyUs now_us, const Result<void>& outcome);

  SecretHeader key_file_;
  Snapshot<Token> token_;
  mutable std::mutex mutex_;      // guards what follows; held for a few instructions
  SteadyUs asking_until_us_ = 0;  // somebody is asking, at most so long
  Error last_failure_;
  SteadyUs failed_us_ = 0;  // 0: the last one who asked got a token
};

}  // namespace tandem::gateway
