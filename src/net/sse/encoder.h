// Writes server-sent events (WHATWG HTML, section 9.2.6). Pure.
//   append_sse_event(out, "message_stop", data);   // "" for an event without a name
#pragma once

#include <string>
#include <string_view>

namespace tandem::net {

// A line break inside `data` makes a further data line.
inline void append_sse_event(std::string& out, std::string_view name, std::string_view data) {
  if (!name.empty()) out.append("event: ").append(name).append("\n");
  out += "data: ";
  size_t end = 0;
  while ((end = data.find('\n')) != std::string_view::npos) {
    out.append(data.substr(0, end)).append("\ndata: ");
    data.remove_prefix(end + 1);
  }
  out.append(data).append("\n\n");
}

}  // namespace tandem::net
