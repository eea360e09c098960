#include "gateway/providers/credential.h"

#include "net/exchange.h"

namespace tandem::gateway {

Task<Result<void>> Credential::fetch(AttemptContext&) {
  co_return Result<void>{};
}

HeaderCredential::HeaderCredential(std::string_view header, std::string prefix,
                                   config::SecretRef secret)
    : header_(header) {
  value_.set(std::move(prefix), std::move(secret));
}

Result<void> HeaderCredential::append_to(const UnsignedRequest&, SteadyUs now_us,
                                         std::string& block) const {
  TRY(const auto value, value_.get(now_us));
  if (!value->empty()) net::append_header(block, header_, value->reveal());
  return {};
}

}  // namespace tandem::gateway
