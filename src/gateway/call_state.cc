#include "gateway/call_state.h"

namespace tandem::gateway {

std::string call_headers(const CallState& state, const Target* target) {
  std::string block;
  block.reserve(512);
  net::append_header(block, "x-tandem-endpoint", state.call.endpoint);
  if (target) net::append_header(block, "x-tandem-target", target->label());
  net::append_header(block, "x-tandem-attempts", std::to_string(state.attempts));
  net::append_header(block, "x-tandem-overhead-us", std::to_string(state.overhead_us()));
  if (state.queued_us > 0) {
    net::append_header(block, "x-tandem-queued-ms", std::to_string(state.queued_us / 1000));
  }
  identity::rate_headers(state.admission.states,
                         [&](std::string_view name, std::string_view value) {
                           net::append_header(block, name, value);
                         });
  return block;
}

}  // namespace tandem::gateway
