#include "net/sse/decoder.h"

#include <algorithm>

#include "base/limits.h"

namespace tandem::net {
namespace {

// The first CR or LF. (find_first_of() looks each byte up.)
size_t line_end(std::string_view bytes) {
  const size_t lf = bytes.find('\n');
  return std::min(bytes.substr(0, lf).find('\r'), lf);
}

}  // namespace

bool SseDecoder::inside_event() const {
  return has_data_ || !carry_.empty() || !event_.empty();
}

Result<void> SseDecoder::feed(std::string_view bytes, const Handler& handle) {
  while (!bytes.empty()) {
    if (skip_lf_) {
      skip_lf_ = false;
      if (bytes.front() == '\n') {
        bytes.remove_prefix(1);
        continue;
      }
    }
    const size_t end = line_end(bytes);
    if (end == std::string_view::npos) break;
    const std::string_view rest_of_line = bytes.substr(0, end);
    skip_lf_ = bytes[end] == '\r';
    bytes.remove_prefix(end + 1);
    if (carry_.empty()) {
      TRY_VOID(line(rest_of_line, handle));
    } else {
      carry_ += rest_of_line;
      std::string whole;
      whole.swap(carry_);
      if (!owned_ && has_data_) data_ = data_view_;
      owned_ = true;  // `whole` dies here, so nothing may point into it
      TRY_VOID(line(whole, handle));
    }
  }
  // What stays refers to the chunk of the caller: keep it.
  if (has_data_ && !owned_) {
    data_ = data_view_;
    owned_ = true;
  }
  carry_ += bytes;
  if (carry_.size() + data_.size() > limits::kMaxSseEventBytes) {
    return fail(Code::UpstreamError, "An event of the stream is larger than " +
                                         std::to_string(limits::kMaxSseEventBytes) + " bytes.");
  }
  return {};
}

Result<void> SseDecoder::line(std::string_view text, const Handler& handle) {
  if (!started_) {
    started_ = true;
    if (text.substr(0, 3) == "\xEF\xBB\xBF") text.remove_prefix(3);
  }
  if (text.empty()) return dispatch(handle);
  if (text.front() == ':') return {};
  const size_t colon = std::min(text.find(':'), text.size());
  const std::string_view field = text.substr(0, colon);
  std::string_view value = colon < text.size() ? text.substr(colon + 1) : std::string_view();
  if (!value.empty() && value.front() == ' ') value.remove_prefix(1);
  if (field == "data") {
    if (!has_data_ && !owned_) {
      data_view_ = value;
    } else {
      if (!owned_) data_ = data_view_;
      owned_ = true;
      if (has_data_) data_ += '\n';
      data_ += value;
    }
    has_data_ = true;
  } else if (field == "event") {
    event_ = value;
  } else if (field == "id") {
    id_ = value;
  }
  return {};
}

Result<void> SseDecoder::dispatch(const Handler& handle) {
  Result<void> handled;
  if (has_data_) {
    handled = handle({event_, owned_ ? std::string_view(data_) : data_view_, id_});
  }
  event_.clear();
  data_.clear();
  has_data_ = false;
  owned_ = false;
  return handled;
}

}  // namespace tandem::net
