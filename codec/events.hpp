// Something that happened to one target, told once: a log record with a name.
#pragma once

#include "codec/number.hpp"
#include "codec/trace_context.hpp"
#include "config/attribute.hpp"
#include "config/time.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace pgmuster {

/// OTLP's numbers.
enum class event_severity : std::uint8_t { info = 9, warning = 13, error = 17 };

enum class event_kind : std::uint8_t {
  /// Something changed, or is wrong: told once, and never left to chance.
  change,
  /// One of many alike: told with a chance, and with a weight.
  sample,
  /// The first few of a ranking: they are bounded where they are made.
  ranked
};

/// What is known of a sample when it is decided whether it is told.
struct sample_traits {
  /// Which sample it is: with the seed it decides, and nothing else does.
  std::uint64_t identity = 0;
  /// The shape of its query and what it waits for, as hashes; 0: none.
  std::uint64_t shape = 0;
  std::uint64_t wait = 0;
  /// How long others have kept it waiting, and how long it has been running.
  microseconds blocked{0};
  microseconds running{0};
};

struct measured_attribute {
  std::string key;
  number value;
};

/// Which query of an observation something is about: an index; or none.
inline constexpr std::uint32_t no_query = 0xffff'ffffU;

struct target_event {
  std::string name;
  event_severity severity = event_severity::info;
  wall_time time{};
  /// Words for a person; never a statement's text or a literal of one.
  std::string body;
  attributes described;
  std::vector<measured_attribute> measured{};
  std::optional<trace_context> trace{};
  event_kind kind = event_kind::change;
  /// Its shape and text are added where shapes are known.
  std::uint32_t query = no_query;
  sample_traits sample{};
  /// Of a sample: for how many it stands; 0 before that is decided.
  double weight = 0;
};

/// Their names.
namespace event_names {
/// A target came up, went down or is degraded.
inline constexpr auto target_state = "pgmuster.target.state";
/// A probe fails, for a reason that it did not fail for before.
inline constexpr auto probe_failed = "pgmuster.probe.failed";
/// What was counted before cannot be continued: a restart, a failover, a reset.
inline constexpr auto gap = "pgmuster.gap";
/// A transaction has been open for long.
inline constexpr auto long_transaction = "pgmuster.session.long_transaction";
/// A session has done nothing in a transaction for long.
inline constexpr auto idle_in_transaction =
  "pgmuster.session.idle_in_transaction";
/// Others have waited for a session for long.
inline constexpr auto blocking = "pgmuster.session.blocking";
/// A session at work, and a statement that took long: OpenTelemetry's names.
inline constexpr auto query_sample = "db.server.query_sample";
inline constexpr auto top_query = "db.server.top_query";
} // namespace event_names

/// Of how many samples this one is told.
inline constexpr auto event_weight_key = "pgmuster.event.weight";
/// A shape's identity, on events and on series.
inline constexpr auto query_fingerprint_key = "postgresql.query.fingerprint";
inline constexpr auto query_text_key = "db.query.text";

} // namespace pgmuster
