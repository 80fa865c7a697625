// How the sink misbehaves: rules in a scenario, and which of them meets a
// request; a function of the request, the time and a seed.
#pragma once

#include "config/result.hpp"
#include "config/time.hpp"

#include <boost/json/value.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pgmuster::loadtest {

enum class misdeed : std::uint8_t {
  none,
  /// 429, with Retry-After in seconds, as a date or not at all.
  throttle,
  /// 503.
  unavailable,
  /// 400.
  refuse,
  /// 413.
  too_large,
  /// 415: what a receiver says that does not know the encoding.
  refuse_encoding,
  /// Reads the request and never answers.
  stall,
  /// Reads a part of the body, then resets the connection.
  reset,
  /// Takes the request, then resets the connection: nobody can tell.
  take_and_reset,
  /// Takes nothing, answers bytes that are not HTTP.
  garbage,
  /// 200 that says some points were refused.
  partial,
  /// 200, and nothing is taken: what a judge has to find.
  swallow,
  /// Takes the request twice: the same.
  repeat,
  /// Takes the request with half of what each `other` counted: the same.
  halve_other
};
inline constexpr std::size_t misdeeds = 14;
[[nodiscard]] std::string_view to_string(misdeed what) noexcept;

enum class retry_after_form : std::uint8_t { none, in_seconds, date };

struct misbehaviour_rule {
  misdeed deed = misdeed::none;
  /// Since the sink was told that the test begins; without `from` it holds
  /// from the sink's start on.
  std::optional<milliseconds> from;
  std::optional<milliseconds> until;
  /// Of the requests that the rule fits.
  double share = 1;
  /// Only bodies larger than this, as sent.
  std::uint64_t larger_than = 0;
  /// Only this Content-Encoding; empty for any.
  std::string encoding;
  /// Only requests whose uncompressed bytes contain this.
  std::string containing;
  seconds retry_after{1};
  retry_after_form form = retry_after_form::in_seconds;
  /// Points that `partial` refuses.
  std::uint64_t rejected = 1;
};

/// `rules` is a list of objects as docs/loadtest.md describes them.
[[nodiscard]] result<std::vector<misbehaviour_rule>>
read_rules(const boost::json::value& rules);

struct met_request {
  /// Counted from 0 over the sink's life.
  std::uint64_t number = 0;
  /// Nothing before the test has begun.
  std::optional<milliseconds> since_begin;
  std::uint64_t bytes = 0;
  std::string_view encoding;
};

/// The first rule that fits, or nullptr. Asked before the body is read
/// (`plain` empty: rules with `containing` do not fit) and again with it.
[[nodiscard]] const misbehaviour_rule*
met_by(const std::vector<misbehaviour_rule>& rules,
       std::uint64_t seed,
       const met_request& request,
       const std::string* plain);

/// The value of Retry-After; empty for none.
[[nodiscard]] std::string retry_after_of(const misbehaviour_rule& rule,
                                         wall_time now);

} // namespace pgmuster::loadtest
