// Measures the power of a busy core with RAPL (Linux powercap, also on AMD): the energy of the
// packages and their memory over an interval, divided by the CPU time that was busy in it. While
// less than one core is busy the divisor is one core, so that an idle machine's base power is not
// charged to the one call that happens to run. Owned by the composition root; one thread.
//   auto meter = RaplMeter::open();          // null where the counters cannot be read
//   if (meter) meter->sample(steady_now_us(), model);   // as often as you like
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "cost/energy.h"

namespace tandem::cost {

// Where the kernel's files are; tests put a folder of their own here.
struct RaplPaths {
  std::filesystem::path powercap = "/sys/class/powercap";
  std::filesystem::path stat = "/proc/stat";
};

class RaplMeter {
 public:
  // Null where no package counter is readable (the usual case in containers and for plain users).
  static std::unique_ptr<RaplMeter> open(RaplPaths paths = {});

  // Counters are read at most this often: shorter intervals measure noise.
  static constexpr int64_t kLeastIntervalUs = 500'000;

  // Sets the measured power of `model` from the second reading on. A counter that stops being
  // readable sets it back to 0.
  void sample(SteadyUs now_us, EnergyModel& model);

 private:
  struct Zone {
    std::filesystem::path energy_file;
    uint64_t range_uj = 0;  // the counter starts again at 0 after this
    uint64_t last_uj = 0;
  };

  RaplMeter(RaplPaths paths, std::vector<Zone> zones);
  std::optional<uint64_t> energy_since_last_uj();

  RaplPaths paths_;
  std::vector<Zone> zones_;
  SteadyUs last_us_ = 0;
  int64_t last_busy_us_ = 0;
  bool started_ = false;
};

// CPU time that all cores together were busy since boot, from the first line of /proc/stat; nullopt
// where it is malformed. `ticks_per_second` is sysconf(_SC_CLK_TCK).
std::optional<int64_t> busy_us(std::string_view proc_stat, int64_t ticks_per_second);

}  // namespace tandem::cost
