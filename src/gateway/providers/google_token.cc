#include "gateway/providers/google_token.h"

#include <algorithm>
#include <boost/asio/basic_waitable_timer.hpp>

#include "base/async/token.h"
#include "base/log.h"
#include "gateway/target.h"
#include "net/client.h"
#include "net/exchange.h"

namespace tandem::gateway {
namespace {

constexpr int64_t kAskMs = 10'000;
constexpr size_t kMostAnswerBytes = 64 * 1024;
// A token is renewed when a tenth of its life is left, at most five minutes.
constexpr int64_t kMostRenewUs = 300 * int64_t{1'000'000};
// How often one looks who waits for another's token.
constexpr int64_t kLookMs = 10;
// After a renewal that failed while the old token is good.
constexpr int64_t kPauseUs = 30 * int64_t{1'000'000};
// So long nobody else asks after one who got no token.
constexpr int64_t kFailureUs = 1'000'000;

Task<void> pause_ms(IoThread& thread, int64_t ms) {
  boost::asio::basic_waitable_timer<std::chrono::steady_clock,
                                    boost::asio::wait_traits<std::chrono::steady_clock>, Executor>
      timer(thread.io().get_executor());
  timer.expires_after(std::chrono::milliseconds(ms));
  auto [ignored] = co_await timer.async_wait(kToken);
  (void)ignored;
}

}  // namespace

GoogleToken::GoogleToken(config::SecretRef key_file) {
  key_file_.set("", std::move(key_file));
}

std::shared_ptr<const GoogleToken::Token> GoogleToken::good_token(SteadyUs now_us) const {
  auto token = token_.get();
  if (!token || now_us >= token->ends_us) return nullptr;
  const auto key_file = key_file_.get(now_us);
  // A file that cannot be read now may come back; another one is another account.
  return !key_file || *key_file == token->key_file ? token : nullptr;
}

bool GoogleToken::must_fetch(SteadyUs now_us) const {
  const auto token = good_token(now_us);
  if (!token) return true;
  if (now_us < token->renew_us) return false;
  const std::lock_guard lock(mutex_);
  return now_us >= asking_until_us_ && (failed_us_ == 0 || now_us >= failed_us_ + kPauseUs);
}

GoogleToken::Step GoogleToken::next_step(SteadyUs now_us) {
  const auto token = good_token(now_us);
  if (token && now_us < token->renew_us) return Step::Done;
  const std::lock_guard lock(mutex_);
  if (now_us < asking_until_us_) return token ? Step::Done : Step::Wait;
  if (failed_us_ > 0 && now_us < failed_us_ + kFailureUs) return token ? Step::Done : Step::Fail;
  asking_until_us_ = now_us + (kAskMs + 1'000) * 1'000;
  return Step::Ask;
}

Error GoogleToken::last_failure() const {
  const std::lock_guard lock(mutex_);
  return last_failure_;
}

Task<Result<void>> GoogleToken::fetch(AttemptContext& attempt) {
  Step step = next_step(steady_now_us());
  while (step == Step::Wait) {
    if (attempt.context.cancel.fired()) {
      co_return fail(Code::Cancelled, "The client went away.");
    }
    if (steady_now_us() >= attempt.deadline.at_us) {
      co_return fail(Code::DeadlineExceeded, "No access token came in time.");
    }
    co_await pause_ms(attempt.thread, kLookMs);
    step = next_step(steady_now_us());
  }
  if (step == Step::Done) co_return Result<void>{};
  if (step == Step::Fail) co_return fail(last_failure());
  const auto outcome = co_await ask(attempt);
  const SteadyUs now_us = steady_now_us();
  asked(now_us, outcome);
  if (outcome) co_return outcome;
  if (!good_token(now_us)) co_return outcome;
  log::warn("gateway", "an access token is used until it ends, the next one did not come: {}",
            outcome.error().describe());
  co_return Result<void>{};
}

void GoogleToken::asked(SteadyUs now_us, const Result<void>& outcome) {
  const std::lock_guard lock(mutex_);
  asking_until_us_ = 0;
  failed_us_ = outcome ? 0 : now_us;
  if (!outcome) last_failure_ = outcome.error();
}

// Others may wait for the token: it is not given up when this caller's client leaves.
Task<Result<void>> GoogleToken::ask(AttemptContext& attempt) {
  const SteadyUs now_us = steady_now_us();
  CO_TRY(const auto key_file, key_file_.get(now_us));
  CO_TRY(const ServiceAccount account, read_service_account(key_file->reveal()));
  CO_TRY(const std::string form, token_request(account, wall_now_us() / 1'000'000));
  constexpr std::string_view kHeaders =
      "content-type: application/x-www-form-urlencoded\r\naccept: application/json\r\n";
  const std::string path = account.token_url.path.empty() ? "/" : account.token_url.path;
  const net::ClientTimeouts limits{kAskMs / 2, kAskMs, kAskMs, Deadline::after_ms(kAskMs, now_us)};
  const net::ClientRequest request{account.token_url.origin, "POST", path, kHeaders, form};
  CO_TRY(const auto response, co_await attempt.client.send(request, limits, nullptr));
  CO_TRY(const std::string body, co_await net::Client::read_all(*response, kMostAnswerBytes));
  CO_TRY(const AccessToken got, read_token_answer(body));
  const int64_t life_us = got.expires_in_s * 1'000'000;
  auto token = std::make_shared<Token>();
  token->header = config::Secret("Bearer " + got.value);
  token->key_file = key_file;
  token->ends_us = now_us + life_us;
  token->renew_us = token->ends_us - std::min(life_us / 10, kMostRenewUs);
  token_.publish(std::move(token));
  co_return Result<void>{};
}

Result<void> GoogleToken::append_to(const UnsignedRequest&, SteadyUs now_us,
                                    std::string& block) const {
  const auto token = good_token(now_us);
  if (!token) return fail(Code::Unavailable, "There is no access token of the service account.");
  net::append_header(block, "authorization", token->header.reveal());
  return {};
}

}  // namespace tandem::gateway
