#include "base/log.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <atomic>

#include "base/clock.h"
#include "base/json/writer.h"

namespace tandem::log {
namespace {

std::atomic<LogLevel> least_level{LogLevel::Info};
std::atomic<bool> as_json{false};

std::shared_ptr<spdlog::logger> sink() {
  static auto logger = [] {
    auto made = std::make_shared<spdlog::logger>("tandem",
                                                 std::make_shared<spdlog::sinks::stderr_sink_mt>());
    made->set_pattern("%v");
    made->set_level(spdlog::level::trace);
    made->flush_on(spdlog::level::trace);
    return made;
  }();
  return logger;
}

std::string_view level_name(LogLevel level) {
  switch (level) {
    case LogLevel::Debug:
      return "debug";
    case LogLevel::Info:
      return "info";
    case LogLevel::Warn:
      return "warn";
    case LogLevel::Error:
      return "error";
  }
  return "info";
}

}  // namespace

void configure(LogLevel least, Format format) {
  least_level = least;
  as_json = format == Format::Json || (format == Format::Auto && isatty(STDERR_FILENO) == 0);
}

bool enabled(LogLevel level) {
  return level >= least_level.load(std::memory_order_relaxed);
}

void write(LogLevel level, std::string_view component, std::string_view message,
           std::string_view trace_id) {
  if (!enabled(level)) return;
  const std::string time = to_rfc3339(wall_now_us());
  std::string line;
  if (as_json.load(std::memory_order_relaxed)) {
    json::Writer json(line);
    json.object().key("time").string(time).key("level").string(level_name(level));
    json.key("component").string(component).key("message").string(message);
    if (!trace_id.empty()) json.key("trace_id").string(trace_id);
    json.end_object();
  } else {
    line = fmt::format("{} {:<5} {}: {}", time, level_name(level), component, message);
    if (!trace_id.empty()) line += fmt::format(" trace_id={}", trace_id);
  }
  sink()->log(spdlog::level::info, spdlog::string_view_t(line.data(), line.size()));
}

}  // namespace tandem::log
