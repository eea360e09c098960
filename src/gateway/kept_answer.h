// KeptAnswer: a copy of what a call answers, as it leaves, for who repeats the call. Off unless
// asked for. One io thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "net/exchange.h"

namespace tandem::gateway {

class KeptAnswer {
 public:
  static constexpr size_t kMostBytes = 256 * 1024;

  void ask() { wanted_ = true; }
  // The endpoint's policy keeps no content.
  void forget_content() { too_large_ = true; }

  // A whole answer.
  void whole(const net::Response& response) {
    complete_ = true;
    if (wanted_ && fits(response.body.size())) response_ = response;
  }
  // A stream begins, grows, and is complete.
  void begin(std::string_view content_type, const std::string& header_block) {
    if (!wanted_) return;
    response_.content_type = content_type;
    response_.header_block = header_block;
  }
  void piece(std::string_view bytes) {
    if (wanted_ && fits(response_.body.size() + bytes.size())) response_.body += bytes;
  }
  void end() { complete_ = true; }

  bool complete() const { return complete_; }
  // nullopt: it was not kept.
  std::optional<net::Response> take() {
    if (!wanted_ || !complete_ || too_large_) return std::nullopt;
    return std::move(response_);
  }

 private:
  bool fits(size_t bytes) {
    too_large_ = too_large_ || bytes > kMostBytes;
    return !too_large_;
  }

  bool wanted_ = false;
  bool complete_ = false;
  bool too_large_ = false;
  net::Response response_;
};

}  // namespace tandem::gateway
