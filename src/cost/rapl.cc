#include "cost/rapl.h"

#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <fstream>
#include <sstream>

#include "base/text/encode.h"

namespace tandem::cost {
namespace {

std::optional<std::string> read_file(const std::filesystem::path& path) {
  std::ifstream file(path);
  if (!file) return std::nullopt;
  std::ostringstream text;
  text << file.rdbuf();
  if (file.bad() || text.fail()) return std::nullopt;
  return text.str();
}

std::optional<uint64_t> read_number(const std::filesystem::path& path) {
  const auto text = read_file(path);
  if (!text) return std::nullopt;
  uint64_t value = 0;
  const char* end = text->data() + text->size();
  const auto result = std::from_chars(text->data(), end, value);
  if (result.ec != std::errc()) return std::nullopt;
  return value;
}

// Packages, and memory beside them; cores and graphics are inside the packages already.
bool is_counted(std::string_view zone_name) {
  return zone_name.starts_with("package-") || zone_name.starts_with("dram");
}

}  // namespace

std::optional<int64_t> busy_us(std::string_view proc_stat, int64_t ticks_per_second) {
  constexpr std::string_view kPrefix = "cpu ";
  if (!proc_stat.starts_with(kPrefix) || ticks_per_second <= 0) return std::nullopt;
  std::string_view line = proc_stat.substr(kPrefix.size(), proc_stat.find('\n') - kPrefix.size());
  // user nice system idle iowait irq softirq steal …; guest time is in user time already.
  constexpr int kIdle = 3, kWaiting = 4, kLast = 7;
  int64_t busy_ticks = 0;
  for (int field = 0; field <= kLast; ++field) {
    line.remove_prefix(std::min(line.find_first_not_of(' '), line.size()));
    int64_t ticks = 0;
    const auto result = std::from_chars(line.data(), line.data() + line.size(), ticks);
    if (result.ec != std::errc() || ticks < 0) return std::nullopt;
    line.remove_prefix(static_cast<size_t>(result.ptr - line.data()));
    if (field != kIdle && field != kWaiting) busy_ticks += ticks;
  }
  return busy_ticks * (1'000'000 / ticks_per_second);
}

RaplMeter::RaplMeter(RaplPaths paths, std::vector<Zone> zones)
    : paths_(std::move(paths)), zones_(std::move(zones)) {}

std::unique_ptr<RaplMeter> RaplMeter::open(RaplPaths paths) {
  std::vector<Zone> zones;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(paths.powercap, error)) {
    // intel-rapl-mmio:* counts the same packages a second time.
    if (!entry.path().filename().string().starts_with("intel-rapl:")) continue;
    const auto name = read_file(entry.path() / "name");
    if (!name || !is_counted(*name)) continue;
    Zone zone;
    zone.energy_file = entry.path() / "energy_uj";
    const auto range = read_number(entry.path() / "max_energy_range_uj");
    const auto energy = read_number(zone.energy_file);
    if (!range || !energy) continue;
    zone.range_uj = *range;
    zone.last_uj = *energy;
    zones.push_back(std::move(zone));
  }
  if (zones.empty()) return nullptr;
  return std::unique_ptr<RaplMeter>(new RaplMeter(std::move(paths), std::move(zones)));
}

std::optional<uint64_t> RaplMeter::energy_since_last_uj() {
  uint64_t total = 0;
  bool complete = true;
  for (Zone& zone : zones_) {
    const auto now = read_number(zone.energy_file);
    if (!now) {
      complete = false;
      continue;
    }
    total += *now >= zone.last_uj ? *now - zone.last_uj : *now + zone.range_uj - zone.last_uj;
    zone.last_uj = *now;
  }
  return complete ? std::optional(total) : std::nullopt;
}

void RaplMeter::sample(SteadyUs now_us, EnergyModel& model) {
  const int64_t interval_us = now_us - last_us_;
  if (started_ && interval_us < kLeastIntervalUs) return;
  const auto energy_uj = energy_since_last_uj();
  const auto stat = read_file(paths_.stat);
  const auto busy = stat ? busy_us(*stat, sysconf(_SC_CLK_TCK)) : std::nullopt;
  if (!energy_uj || !busy) {
    model.set_measured_core_mw(0);
    started_ = false;
    return;
  }
  if (started_) {
    const int64_t core_us = std::max(*busy - last_busy_us_, interval_us);
    const __int128 milliwatts = __int128{*energy_uj} * 1000 / core_us;  // uJ/us is W
    model.set_measured_core_mw(static_cast<int64_t>(std::min<__int128>(milliwatts, 1'000'000)));
  }
  started_ = true;
  last_us_ = now_us;
  last_busy_us_ = *busy;
}

}  // namespace tandem::cost
