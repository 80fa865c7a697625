// How much of each tenant and route would be lost if the process died before
// the books are looked at again.
#pragma once

#include "config/configuration.hpp"
#include "routing/audit.hpp"

#include <map>
#include <vector>

namespace pgmuster {

struct crash_allowances {
  /// Times the largest intake between two looks so far: what may come in before
  /// the next one.
  std::uint64_t times_the_peak = 2;
  /// A run younger than this does not know its peak: every target may send its
  /// first cycle at once.
  seconds settling{300};
  std::uint64_t first_cycle_points = 5'000;
};

/// Looked at about once a second. Used by one thread.
class crash_bounds {
public:
  crash_bounds(const configuration& config,
               crash_allowances allowances,
               mono_time started);

  /// What is held in memory without a copy on disk, and what may join it.
  [[nodiscard]] std::map<outlet_key, std::uint64_t>
  look(const std::vector<ledger::tenant_view>& books, mono_time now);

private:
  struct outlet {
    std::size_t targets = 0;
    std::uint64_t entered = 0;
    std::uint64_t peak = 0;
  };

  crash_allowances allowances_;
  mono_time started_;
  std::map<outlet_key, outlet> outlets_;
};

} // namespace pgmuster
