// Server-sent events (WHATWG HTML, section 9.2) out of a byte stream that may be cut anywhere.
//   SseDecoder decoder;
//   CO_TRY_VOID(decoder.feed(bytes, [&](const SseEvent& event) -> Result<void> { … }));
// Lines end with LF, CR or CRLF. Comments are skipped; several data lines are joined by LF. An
// event that lies whole within one chunk is handed on as views into it, without a copy. Pure; one
// thread.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace tandem::net {

struct SseEvent {
  std::string_view event;  // empty: "message"
  std::string_view data;
  std::string_view id;
};

class SseDecoder {
 public:
  using Handler = std::function<Result<void>(const SseEvent&)>;

  // Calls `handle` for each event that `bytes` complete. Errors: what `handle` returns, or
  // UpstreamError where an event grows beyond limits::kMaxSseEventBytes.
  Result<void> feed(std::string_view bytes, const Handler& handle);
  // Whether an event has begun that no blank line has ended.
  bool inside_event() const;

 private:
  Result<void> line(std::string_view text, const Handler& handle);
  Result<void> dispatch(const Handler& handle);

  std::string carry_;  // the beginning of a line whose end has not come
  std::string data_;   // owned data, once an event spans chunks or has several data lines
  std::string_view data_view_;
  bool has_data_ = false;
  bool owned_ = false;
  std::string event_;
  std::string id_;
  bool skip_lf_ = false;  // the last chunk ended with CR
  bool started_ = false;  // past a byte order mark
};

}  // namespace tandem::net
