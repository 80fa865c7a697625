// Something that happened to one target, told once: a log record with a name.
#pragma once

#include "config/attribute.hpp"
#include "config/time.hpp"

#include <cstdint>
#include <string>

namespace pgmuster {

/// OTLP's numbers.
enum class event_severity : std::uint8_t { info = 9, warning = 13, error = 17 };

struct target_event {
  std::string name;
  event_severity severity = event_severity::info;
  wall_time time{};
  /// Words for a person; never a statement's text or a literal of one.
  std::string body;
  attributes described;
};

/// Their names.
namespace event_names {
/// A target came up, went down or is degraded.
inline constexpr auto target_state = "pgmuster.target.state";
/// A probe fails, for a reason that it did not fail for before.
inline constexpr auto probe_failed = "pgmuster.probe.failed";
/// What was counted before cannot be continued: a restart, a failover, a reset.
inline constexpr auto gap = "pgmuster.gap";
} // namespace event_names

} // namespace pgmuster
