// Undoes `content-encoding: gzip | deflate` (RFC 1952, 1950) as bytes come, with a limit on the
// size and on the ratio, so that a bomb is refused while it is small. Pure; one per body.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace tandem::net {

enum class ContentCoding : uint8_t { Identity, Gzip, Deflate };

// UnsupportedMediaType for anything else than gzip, deflate, identity or nothing.
Result<ContentCoding> parse_content_coding(std::string_view header);

class Inflater {
 public:
  Inflater(ContentCoding coding, uint64_t max_bytes);
  ~Inflater();
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;

  // Appends what `bytes` unpack to. Errors: InvalidArgument (not valid data), PayloadTooLarge.
  Result<void> feed(std::string_view bytes, std::string& out);
  // InvalidArgument where the data ended too early.
  Result<void> finish() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tandem::net
