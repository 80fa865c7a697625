// What the sink does with one request, without a socket: bytes in, an answer
// and tallies out.
#pragma once

#include "codec/frame.hpp"
#include "codec/otlp_decode.hpp"
#include "config/configuration.hpp"
#include "loadtest/sink/misbehaviour.hpp"
#include "loadtest/sink/series_check.hpp"
#include "loadtest/sink/simulated_truth.hpp"

#include <boost/unordered/unordered_flat_set.hpp>

#include <array>
#include <deque>
#include <map>
#include <optional>

namespace pgmuster::loadtest {

struct sink_config {
  std::uint64_t seed = 1;
  std::vector<misbehaviour_rule> rules;
  series_limits limits;
  /// With it values are compared with what was simulated.
  std::optional<truth_source> truth;
};

/// {"seed": …, "rules": […], "silence": {"metric": "25s"}, "sum_silence": …,
/// "statement_silence": …,
/// "truth": {"scenario": …, "started_unix_nano": …, "target_prefix": …,
/// "share": …}}; every key may be left out.
[[nodiscard]] result<sink_config> read_sink_config(std::string_view text);

/// Requests whose bytes were taken once; older ones are forgotten.
inline constexpr std::size_t recent_requests_max = 100'000;
/// Of one request, uncompressed: OTLP's own advice.
inline constexpr std::size_t request_bytes_max = 64U * 1024U * 1024U;

struct intake_answer {
  /// What the connection does; none, partial: it sends `status` and `body`.
  misdeed deed = misdeed::none;
  int status = 200;
  std::string body;
  std::string retry_after;
};

struct intake_tally {
  std::uint64_t requests = 0;
  std::uint64_t bytes = 0;
  std::uint64_t bytes_plain = 0;
  /// Points that count as delivered: taken once, with a 2xx or a reset after.
  std::uint64_t taken = 0;
  /// Of requests that came once more, byte for byte.
  std::uint64_t redelivered = 0;
  /// Of `taken`: events; and how often each was told.
  std::uint64_t events = 0;
  std::map<std::string, std::uint64_t> events_by_name;
  std::uint64_t requests_redelivered = 0;
  /// Told in partial successes.
  std::uint64_t rejected = 0;
  std::uint64_t unreadable = 0;
  std::array<std::uint64_t, misdeeds> met{};
  std::map<std::string, std::uint64_t> by_encoding;
  wall_time first{};
  wall_time last{};
};

/// One thread's.
class intake {
public:
  explicit intake(sink_config config, truth_functions truth = {});

  /// From now on rules with `from` and `until` count their time.
  void begin(wall_time now) { begun_ = now; }
  /// Before the body is read; only `reset` and `stall` come of it.
  [[nodiscard]] misdeed
  meet(std::string_view encoding, std::uint64_t bytes, wall_time now);
  [[nodiscard]] intake_answer take(std::string_view encoding,
                                   const std::string& body,
                                   wall_time now,
                                   signal carries = signal::metrics);

  [[nodiscard]] const intake_tally& tally() const noexcept { return tally_; }
  [[nodiscard]] const series_check& check() const noexcept { return check_; }
  void forget_ages() { check_.forget_ages(); }
  /// The sender is told to stop now.
  void end(wall_time now) { ended_ = now; }
  /// All has arrived: what can only be judged then.
  void finish() { check_.finish(ended_); }

private:
  [[nodiscard]] met_request describe_request(std::string_view encoding,
                                             std::uint64_t bytes,
                                             wall_time now) const;
  [[nodiscard]] intake_answer refuse(const misbehaviour_rule& rule,
                                     wall_time now) const;
  [[nodiscard]] result<std::uint64_t> read(const std::string& plain,
                                           wall_time now,
                                           signal carries,
                                           bool halved = false);
  [[nodiscard]] result<std::uint64_t> read_events(const std::string& plain);
  void forget(const std::string& plain);

  sink_config config_;
  series_check check_;
  otlp_decoder decoder_;
  intake_tally tally_;
  std::optional<wall_time> begun_;
  std::optional<wall_time> ended_;
  boost::unordered_flat_set<std::uint64_t> seen_;
  std::deque<std::uint64_t> order_;
};

/// The sink's report, as `GET /report` and the end of the process give it.
[[nodiscard]] std::string report_json(const intake& of, wall_time now);

} // namespace pgmuster::loadtest
