// What a destination's answer means: decided once, here.
#pragma once

#include "config/time.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace pgmuster {

/// What came back from a destination.
struct export_answer {
  /// 0: no HTTP answer (connection refused, timed out, reset).
  int status = 0;
  std::string body;
  std::string content_type;
  /// The Retry-After header as sent: seconds or an HTTP date.
  std::string retry_after;
  /// Words for the log when there was no answer.
  std::string failure;
  /// The request may have been taken although no answer came.
  bool ambiguous = false;
  /// False: the status stands for what a file's writer said.
  bool over_http = true;
};

struct export_verdict {
  enum class kind : std::uint8_t {
    /// Taken; `rejected` of its points were refused for good.
    acknowledged,
    /// Send again, not before `after`.
    retry,
    /// The destination cannot read this encoding: send it in the next one.
    other_encoding,
    /// 401, 403 or a proxy's 407: hold and say so; retry slowly.
    unauthorised,
    /// Refused as a whole; parts of it may be taken.
    take_apart,
    /// Its samples come too late, in the wrong order or twice: sending them
    /// again in any form is useless, and nothing is wrong with the next ones.
    rejected,
    /// Never to be taken.
    refused
  };
  kind is = kind::refused;
  std::uint64_t rejected = 0;
  std::optional<milliseconds> after;
  /// The status and the server's words, cut; of a success only its words. For
  /// log and state.
  std::string message;
  /// Counts against the destination's breaker (connection errors, 5xx).
  bool breaker_failure = false;
  /// Nobody knows whether the destination has it.
  bool ambiguous = false;
};

/// `encoding_in_question`: the body had a Content-Encoding that this
/// destination has not taken before. `now` is for Retry-After as a date. Rules:
/// the OTLP specification; 429, 502, 503, 504 and missing answers are retried,
/// nothing else.
[[nodiscard]] export_verdict
judge(const export_answer& answer, bool encoding_in_question, wall_time now);

} // namespace pgmuster
