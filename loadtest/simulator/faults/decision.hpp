// What the faults of a scenario make of one connection and of one answer.
#pragma once

#include "config/time.hpp"

#include <cstdint>
#include <limits>

namespace pgmuster::loadtest {

/// Which instance of the simulated fleet, from 0.
using instance_number = std::uint32_t;

/// Time as all of the simulator's decisions see it.
struct sim_time {
  /// Since it began to listen.
  nanoseconds since_start{0};
  wall_time wall{};
};

inline constexpr nanoseconds forever{std::numeric_limits<std::int64_t>::max()};

struct startup_decision {
  enum class outcome : std::uint8_t {
    accept,
    /// FATAL 53300, too many clients.
    refuse,
    /// FATAL 57P03, while it restarts.
    starting_up,
    /// Closed without a word.
    close,
    /// Closed so that the client sees a reset.
    reset,
    /// Accepted, and not a byte until `until`.
    silence
  };
  outcome is = outcome::accept;
  nanoseconds until = forever;
  bool wrong_password = false;
  /// 0: as usual.
  std::uint32_t scram_iterations = 0;
};

struct answer_decision {
  enum class outcome : std::uint8_t {
    answer,
    /// Not a row until `until`; neither a cancel nor a time-out is heard.
    hang_before_row,
    /// The same, after half a row.
    hang_within_row,
    reset
  };
  outcome is = outcome::answer;
  nanoseconds until = forever;
  /// Beside what the server itself takes.
  nanoseconds delay{0};
};

} // namespace pgmuster::loadtest
