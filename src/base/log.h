// The server's log: one line a record on standard error, text for a terminal and JSON otherwise.
// Errors are logged once, at the boundary where they become an answer. Never log a secret.
//   log::warn("engines", "llama-server {} exited with {}", pid, code);
// Any thread; a line is written whole.
#pragma once

#include <fmt/core.h>

#include <string>
#include <string_view>

#include "base/error/error_table.h"

namespace tandem::log {

enum class Format : uint8_t { Auto, Text, Json };

void configure(LogLevel least, Format format);
bool enabled(LogLevel level);
void write(LogLevel level, std::string_view component, std::string_view message,
           std::string_view trace_id = {});

template <class... Args>
void at(LogLevel level, std::string_view component, fmt::format_string<Args...> text,
        Args&&... args) {
  if (enabled(level)) write(level, component, fmt::format(text, std::forward<Args>(args)...));
}
template <class... Args>
void debug(std::string_view component, fmt::format_string<Args...> text, Args&&... args) {
  at(LogLevel::Debug, component, text, std::forward<Args>(args)...);
}
template <class... Args>
void info(std::string_view component, fmt::format_string<Args...> text, Args&&... args) {
  at(LogLevel::Info, component, text, std::forward<Args>(args)...);
}
template <class... Args>
void warn(std::string_view component, fmt::format_string<Args...> text, Args&&... args) {
  at(LogLevel::Warn, component, text, std::forward<Args>(args)...);
}
template <class... Args>
void error(std::string_view component, fmt::format_string<Args...> text, Args&&... args) {
  at(LogLevel::Error, component, text, std::forward<Args>(args)...);
}

}  // namespace tandem::log
