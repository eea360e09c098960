#include "cost/energy.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

#include "base/config/read.h"
#include "cost/energy_config.h"
#include "cost/rapl.h"

namespace tandem::cost {
namespace {

TEST(EnergyModel, LocalWorkIsCpuAndGpuTime) {
  EnergyModel model({.core_mw = 10'000, .gpu_mw = 300'000});
  // 10 W for 0.5 s: 5 J.
  const Energy cpu = model.estimate({.placement = Placement::Local, .cpu_us = 500'000});
  EXPECT_EQ(cpu.millijoules, 5'000);
  EXPECT_EQ(cpu.source, EnergySource::Modelled);
  // 300 W for 20 ms: 6 J more.
  EXPECT_EQ(
      model.estimate({.placement = Placement::Local, .cpu_us = 500'000, .gpu_ms = 20}).millijoules,
      11'000);
  EXPECT_EQ(model.estimate({.placement = Placement::Local, .cpu_us = 1}).millijoules, 1);
}

TEST(EnergyModel, SaysMeasuredOnlyWhereAllOfItWas) {
  EnergyModel model({.core_mw = 10'000});
  model.set_measured_core_mw(4'000);
  const Energy measured = model.estimate({.placement = Placement::Local, .cpu_us = 1'000'000});
  EXPECT_EQ(measured.millijoules, 4'000);
  EXPECT_EQ(measured.source, EnergySource::Measured);
  EXPECT_EQ(model.estimate({.placement = Placement::Local, .cpu_us = 1, .gpu_ms = 1}).source,
            EnergySource::Modelled);
  EXPECT_EQ(model.estimate({.placement = Placement::Remote}).source, EnergySource::Modelled);
}

TEST(EnergyModel, RemoteWorkIsTokens) {
  EnergyModel model({.output_token_uj = 2'000'000,
                     .input_token_uj = 100'000,
                     .cached_token_uj = 10'000,
                     .embedding_token_uj = 1'000});
  Usage usage;
  usage.input_tokens = 1'000;
  usage.cached_input_tokens = 400;
  usage.output_tokens = 50;
  // 600 * 0.1 J + 400 * 0.01 J + 50 * 2 J = 164 J
  EXPECT_EQ(model.estimate({.usage = usage}).millijoules, 164'000);
  EXPECT_EQ(model.estimate({.usage = usage, .generative = false}).millijoules, 1'000);
  usage.output_tokens = INT64_MAX;
  EXPECT_EQ(model.estimate({.usage = usage}).millijoules, kMaxCount);
}

TEST(Emissions, AreEnergyTimesTheGrid) {
  EXPECT_EQ(co2e_ug(3'600'000, 473'000), 473'000) << "a watt-hour at 473 g/kWh is 473 mg";
  EXPECT_EQ(co2e_ug(1, 473'000), 1) << "rounded up";
  EXPECT_EQ(co2e_ug(0, 473'000), 0);
  EXPECT_EQ(co2e_ug(kMaxCount, kMaxCount), kMaxCount);
  EnergyModel model({.grid_mg_per_kwh = 400'000,
                     .provider_grid_mg_per_kwh = {{"openai", 350'000}, {"local", 30'000}}});
  EXPECT_EQ(model.grid_mg_per_kwh("openai/gpt-4o"), 350'000);
  EXPECT_EQ(model.grid_mg_per_kwh("local/smollm2"), 30'000);
  EXPECT_EQ(model.grid_mg_per_kwh("azure/gpt-4o"), 400'000);
}

// The defaults of the file are the assumptions of the model.
TEST(EnergySettings, AreTheFactors) {
  const EnergyFactors defaults = EnergySettings{}.factors();
  const EnergyFactors assumed;
  EXPECT_EQ(defaults.core_mw, assumed.core_mw);
  EXPECT_EQ(defaults.gpu_mw, assumed.gpu_mw);
  EXPECT_EQ(defaults.output_token_uj, assumed.output_token_uj);
  EXPECT_EQ(defaults.input_token_uj, assumed.input_token_uj);
  EXPECT_EQ(defaults.cached_token_uj, assumed.cached_token_uj);
  EXPECT_EQ(defaults.embedding_token_uj, assumed.embedding_token_uj);
  EXPECT_EQ(defaults.grid_mg_per_kwh, assumed.grid_mg_per_kwh);
  const auto read = config::read_body<EnergySettings>(
      R"({"grid_gco2e_per_kwh": 41.5, "providers": {"openai": {"grid_gco2e_per_kwh": 380}}})");
  ASSERT_TRUE(read.has_value());
  const EnergyModel model(read->factors());
  EXPECT_EQ(model.grid_mg_per_kwh("local/m"), 41'500);
  EXPECT_EQ(model.grid_mg_per_kwh("openai/m"), 380'000);
}

TEST(BusyUs, AddsWhatIsNotIdle) {
  // user nice system idle iowait irq softirq steal guest guest_nice, in ticks of 10 ms
  EXPECT_EQ(busy_us("cpu  100 1 20 9999 50 3 4 2 77 0\ncpu0 1 1", 100), 1'300'000);
  EXPECT_FALSE(busy_us("cpu 1 2 3", 100).has_value());
  EXPECT_FALSE(busy_us("cpu0 1 2 3 4 5 6 7 8", 100).has_value());
  EXPECT_FALSE(busy_us("", 100).has_value());
  EXPECT_FALSE(busy_us("cpu  a b c d e f g h", 100).has_value());
}

class RaplTest : public testing::Test {
 protected:
  void SetUp() override {
    root_ = std::filesystem::temp_directory_path() / ("rapl_test_" + std::to_string(getpid()));
    std::filesystem::remove_all(root_);
    paths_ = {root_ / "powercap", root_ / "stat"};
    zone("intel-rapl:0", "package-0", 1'000'000);
    zone("intel-rapl:0:0", "core", 400'000);
    zone("intel-rapl:0:1", "dram", 50'000);
    zone("intel-rapl-mmio:0", "package-0", 1'000'000);
    stat(0);
  }
  void TearDown() override { std::filesystem::remove_all(root_); }

  void write(const std::filesystem::path& path, const std::string& text) {
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path) << text << "\n";
  }
  void zone(const std::string& folder, const std::string& name, uint64_t energy_uj) {
    write(paths_.powercap / folder / "name", name);
    write(paths_.powercap / folder / "max_energy_range_uj", "262143328850");
    write(paths_.powercap / folder / "energy_uj", std::to_string(energy_uj));
  }
  void stat(int64_t busy_ticks) {
    write(paths_.stat, "cpu  " + std::to_string(busy_ticks) + " 0 0 5000 0 0 0 0 0 0");
  }

  std::filesystem::path root_;
  RaplPaths paths_;
};

TEST_F(RaplTest, DividesPackageAndMemoryEnergyByBusyTime) {
  const int64_t ticks = sysconf(_SC_CLK_TCK);
  auto meter = RaplMeter::open(paths_);
  ASSERT_NE(meter, nullptr);
  EnergyModel model;
  meter->sample(10'000'000, model);
  EXPECT_EQ(model.measured_core_mw(), 0) << "one sample measures nothing";
  // One second later: 30 J by the package, 2 J by the memory, four cores busy: 8 W each.
  zone("intel-rapl:0", "package-0", 31'000'000);
  zone("intel-rapl:0:1", "dram", 2'050'000);
  stat(4 * ticks);
  meter->sample(11'000'000, model);
  EXPECT_EQ(model.measured_core_mw(), 8'000);
  zone("intel-rapl:0", "package-0", 31'500'000);
  meter->sample(11'100'000, model);
  EXPECT_EQ(model.measured_core_mw(), 8'000) << "too soon to measure again";
  // Nearly idle: the divisor stays one core.
  zone("intel-rapl:0", "package-0", 36'000'000);
  stat(4 * ticks + 1);
  meter->sample(12'000'000, model);
  EXPECT_EQ(model.measured_core_mw(), 5'000);
}

TEST_F(RaplTest, FollowsACounterOverItsEnd) {
  zone("intel-rapl:0", "package-0", 262'143'328'850 - 1'000'000);
  auto meter = RaplMeter::open(paths_);
  EnergyModel model;
  meter->sample(0, model);
  zone("intel-rapl:0", "package-0", 6'000'000);  // 7 J in one second
  meter->sample(1'000'000, model);
  EXPECT_EQ(model.measured_core_mw(), 7'000);
}

TEST_F(RaplTest, WithoutReadableCountersThereIsNoMeter) {
  EXPECT_EQ(RaplMeter::open({root_ / "nowhere", paths_.stat}), nullptr);
  auto meter = RaplMeter::open(paths_);
  EnergyModel model;
  model.set_measured_core_mw(5);
  std::filesystem::remove(paths_.powercap / "intel-rapl:0" / "energy_uj");
  meter->sample(1, model);
  EXPECT_EQ(model.measured_core_mw(), 0) << "falls back to the documented constant";
}

}  // namespace
}  // namespace tandem::cost
