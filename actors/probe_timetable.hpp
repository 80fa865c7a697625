// Which probes a database actor runs in a cycle. Pure.
#pragma once

#include "codec/catalog/negotiate.hpp"
#include "config/configuration.hpp"

#include <optional>
#include <string_view>
#include <vector>

namespace pgmuster {

/// How often a probe runs: by its name, else its class, else by scope; never
/// more often than its own floor.
[[nodiscard]] milliseconds interval_of(const probe_definition& probe,
                                       const interval_config& intervals);

/// Remembers when each probe ran last. Cycles come on a grid of `base`; a probe
/// of a longer interval joins the cycle nearest to its due time.
class probe_timetable {
public:
  probe_timetable() = default;
  probe_timetable(std::vector<const negotiated_probe*> probes,
                  const interval_config& intervals);

  /// The shortest interval of all probes.
  [[nodiscard]] milliseconds base() const noexcept { return base_; }

  /// What is due; they count as run.
  [[nodiscard]] std::vector<const negotiated_probe*> take_due(mono_time now);

  /// What it last said could not be taken: it runs again after a tenth of its
  /// interval, so that the server is not asked all the time.
  void ask_again(std::string_view probe, mono_time now);

  /// What a run of a probe cost: as measured, else as last measured (0 before).
  [[nodiscard]] microseconds cost_of(const negotiated_probe& probe,
                                     std::optional<microseconds> measured);

private:
  struct line {
    const negotiated_probe* probe;
    milliseconds interval;
    mono_time due;
    microseconds cost{0};
  };
  std::vector<line> lines_;
  milliseconds base_{10'000};
};

} // namespace pgmuster
