// The sink's sockets: one thread, HTTP/1.1, and the misdeeds that only a
// connection can do.
#pragma once

#include "config/result.hpp"
#include "drivers/clock.hpp"
#include "loadtest/sink/intake.hpp"

#include <cstdint>
#include <functional>
#include <string>

namespace pgmuster::loadtest {

/// What is beyond is closed at once.
inline constexpr std::size_t sink_connections_max = 10'000;

struct sink_address {
  std::string host = "127.0.0.1";
  /// 0 picks a free one.
  std::uint16_t port = 0;
};

/// Serves until SIGTERM or SIGINT: POST /v1/metrics, GET /begin (starts the
/// rules' time and forgets ages), GET /end (from now on nothing new is asked of
/// the servers), GET /report. `listening` is told the port.
[[nodiscard]] result<void>
serve_sink(const sink_address& at,
           intake& into,
           const clock_source& clock,
           const std::function<void(std::uint16_t)>& listening);

} // namespace pgmuster::loadtest
