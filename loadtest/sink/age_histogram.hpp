// How old data are when they arrive: counts in steps of a tenth, so that a
// quantile is exact to 10 %.
#pragma once

#include "config/time.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>

namespace pgmuster::loadtest {

class age_histogram {
public:
  void add(nanoseconds age) {
    const double ms =
      static_cast<double>(std::max(age, nanoseconds{0}).count()) / 1e6;
    const auto step = ms <= 1 ? 0.0 : std::ceil(std::log(ms) / step_log());
    ++counts_[std::min(static_cast<std::size_t>(step), counts_.size() - 1)];
    ++total_;
    longest_ms_ = std::max(longest_ms_, ms);
  }

  /// The smallest bound in milliseconds that `share` of the ages do not
  /// exceed; 0 without any.
  [[nodiscard]] double quantile_ms(double share) const {
    const auto wanted = static_cast<std::uint64_t>(
      std::ceil(share * static_cast<double>(total_)));
    std::uint64_t seen = 0;
    for (std::size_t at = 0; at < counts_.size(); ++at) {
      seen += counts_[at];
      if (seen >= wanted && seen > 0) {
        return std::min(std::exp(static_cast<double>(at) * step_log()),
                        longest_ms_);
      }
    }
    return 0;
  }
  [[nodiscard]] double longest_ms() const noexcept { return longest_ms_; }
  [[nodiscard]] std::uint64_t total() const noexcept { return total_; }
  void clear() { *this = {}; }

private:
  static double step_log() { return std::log(1.1); }

  /// 1.1^200 ms are two days.
  std::array<std::uint64_t, 200> counts_{};
  std::uint64_t total_ = 0;
  double longest_ms_ = 0;
};

} // namespace pgmuster::loadtest
