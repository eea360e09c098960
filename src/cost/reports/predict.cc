#include <array>
#include <boost/math/distributions/students_t.hpp>
#include <cmath>

#include "cost/reports/forecast.h"

namespace tandem::cost {
namespace {

constexpr int kWeekdays = 7;
constexpr size_t kEnoughForWeekdays = 14;
constexpr size_t kEnoughForMargin = 3;

struct Means {
  std::array<double, kWeekdays> mean{};
  std::array<double, kWeekdays> count{};  // days that each mean is of
  double parameters = 1;
};

Means means_of(std::span<const DayCost> history) {
  Means out;
  const bool by_weekday = history.size() >= kEnoughForWeekdays;
  std::array<double, kWeekdays> sums{};
  double all = 0;
  for (const DayCost& day : history) {
    sums[static_cast<size_t>(day.weekday)] += day.cost;
    out.count[static_cast<size_t>(day.weekday)] += 1;
    all += day.cost;
  }
  const auto n = static_cast<double>(history.size());
  for (size_t i = 0; i < kWeekdays; ++i) {
    if (by_weekday) {
      out.mean[i] = sums[i] / out.count[i];
    } else {
      out.mean[i] = n > 0 ? all / n : 0;
    }
  }
  out.parameters = by_weekday ? kWeekdays : 1;
  return out;
}

}  // namespace

Prediction predict_sum(std::span<const DayCost> history, std::span<const int> weekdays_ahead,
                       double level) {
  Prediction out;
  out.days_of_history = static_cast<int>(history.size());
  const Means means = means_of(history);
  std::array<double, kWeekdays> ahead{};
  for (const int weekday : weekdays_ahead) {
    out.sum += means.mean[static_cast<size_t>(weekday)];
    ahead[static_cast<size_t>(weekday)] += 1;
  }
  if (history.size() < kEnoughForMargin) return out;
  double squares = 0;
  for (const DayCost& day : history) {
    const double residual = day.cost - means.mean[static_cast<size_t>(day.weekday)];
    squares += residual * residual;
  }
  const auto n = static_cast<double>(history.size());
  const auto h = static_cast<double>(weekdays_ahead.size());
  double of_means = 0;
  if (means.parameters > 1) {
    for (size_t i = 0; i < kWeekdays; ++i) {
      if (ahead[i] > 0) of_means += ahead[i] * ahead[i] / means.count[i];
    }
  } else {
    of_means = h * h / n;
  }
  const double freedom = n - means.parameters;
  const boost::math::students_t t(freedom);
  const double quantile = boost::math::quantile(t, 0.5 + level / 2);
  out.margin = quantile * std::sqrt(squares / freedom * (h + of_means));
  return out;
}

}  // namespace tandem::cost
