#include "gateway/bedrock/event_stream.h"

#include <zlib.h>

#include <optional>

#include "base/json/writer.h"
#include "base/limits.h"

namespace tandem::gateway::bedrock {
namespace {

constexpr size_t kPrelude = 12;  // both lengths and their CRC
constexpr size_t kCrc = 4;

Failure broken(std::string_view what) {
  return fail(Code::UpstreamError, "The provider's event stream is broken: " + std::string(what));
}

uint32_t crc_of(std::string_view bytes) {
  return static_cast<uint32_t>(
      crc32(0, reinterpret_cast<const Bytef*>(bytes.data()), static_cast<uInt>(bytes.size())));
}

// Reads big-endian numbers and texts from the front.
class Cursor {
 public:
  explicit Cursor(std::string_view bytes) : bytes_(bytes) {}
  bool empty() const { return bytes_.empty(); }
  std::optional<std::string_view> take(size_t count) {
    if (bytes_.size() < count) return std::nullopt;
    const std::string_view taken = bytes_.substr(0, count);
    bytes_.remove_prefix(count);
    return taken;
  }
  std::optional<uint32_t> number(size_t width) {
    const auto digits = take(width);
    if (!digits) return std::nullopt;
    uint32_t value = 0;
    for (const char c : *digits) value = value << 8 | static_cast<unsigned char>(c);
    return value;
  }

 private:
  std::string_view bytes_;
};

uint32_t number_at(std::string_view bytes, size_t at) {
  return *Cursor(bytes.substr(at)).number(4);
}

// The value of a header; empty where it is no text.
std::optional<std::string_view> header_value(Cursor& cursor) {
  enum : uint32_t { kTrue, kFalse, kByte, kShort, kInteger, kLong, kBytes, kText, kTime, kUuid };
  constexpr size_t kWidth[] = {0, 0, 1, 2, 4, 8, 0, 0, 8, 16};
  const auto type = cursor.number(1);
  if (!type || *type > kUuid) return std::nullopt;
  if (*type != kBytes && *type != kText) {
    if (!cursor.take(kWidth[*type])) return std::nullopt;
    return std::string_view();
  }
  const auto length = cursor.number(2);
  const auto text = length ? cursor.take(*length) : std::nullopt;
  if (!text) return std::nullopt;
  return *type == kText ? *text : std::string_view();
}

struct MessageHeaders {
  std::string_view message_type, event_type, exception_type, error_code, error_message;
};

std::optional<MessageHeaders> read_headers(std::string_view bytes) {
  MessageHeaders headers;
  Cursor cursor(bytes);
  while (!cursor.empty()) {
    const auto length = cursor.number(1);
    const auto name = length ? cursor.take(*length) : std::nullopt;
    const auto value = name ? header_value(cursor) : std::nullopt;
    if (!value) return std::nullopt;
    if (*name == ":message-type") headers.message_type = *value;
    if (*name == ":event-type") headers.event_type = *value;
    if (*name == ":exception-type") headers.exception_type = *value;
    if (*name == ":error-code") headers.error_code = *value;
    if (*name == ":error-message") headers.error_message = *value;
  }
  return headers;
}

// {"name":payload}
void write_event(std::string_view name, std::string_view payload, std::string& out) {
  out.clear();
  json::Writer json(out);
  json.object().key(name).raw(payload.empty() ? "{}" : payload).end_object();
}

}  // namespace

Result<size_t> EventStream::message(std::string_view bytes, const Take& take) {
  if (bytes.size() < kPrelude) return size_t{0};
  const size_t total = number_at(bytes, 0);
  const size_t headers_length = number_at(bytes, 4);
  if (crc_of(bytes.substr(0, 8)) != number_at(bytes, 8)) {
    return broken("the checksum of a prelude does not fit.");
  }
  if (total > limits::kMaxSseEventBytes) {
    return broken("a message of " + std::to_string(total) + " bytes is too large.");
  }
  if (total < kPrelude + kCrc || headers_length > total - kPrelude - kCrc) {
    return broken("the lengths of a message cannot be.");
  }
  if (bytes.size() < total) return size_t{0};
  if (crc_of(bytes.substr(0, total - kCrc)) != number_at(bytes, total - kCrc)) {
    return broken("the checksum of a message does not fit.");
  }
  const auto headers = read_headers(bytes.substr(kPrelude, headers_length));
  if (!headers) return broken("the headers of a message are malformed.");
  const std::string_view payload =
      bytes.substr(kPrelude + headers_length, total - kPrelude - kCrc - headers_length);
  if (headers->message_type == "event") {
    write_event(headers->event_type, payload, data_);
  } else if (headers->message_type == "exception") {
    write_event(headers->exception_type, payload, data_);
  } else {
    std::string error;
    json::Writer json(error);
    json.object().key("code").string(headers->error_code);
    json.key("message").string(headers->error_message).end_object();
    write_event("error", error, data_);
  }
  TRY_VOID(take(data_));
  return total;
}

Result<void> EventStream::feed(std::string_view bytes, const Take& take) {
  const bool goes_on = !held_.empty();
  if (goes_on) {
    held_ += bytes;
    bytes = held_;
  }
  size_t taken = 0;
  while (true) {
    TRY(const size_t length, message(bytes.substr(taken), take));
    if (length == 0) break;
    taken += length;
  }
  // What is held already is not copied again for every piece that comes.
  if (goes_on) {
    held_.erase(0, taken);
  } else {
    held_ = bytes.substr(taken);
  }
  return {};
}

}  // namespace tandem::gateway::bedrock
