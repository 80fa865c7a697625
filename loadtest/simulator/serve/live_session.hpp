// One connection on the ring: moves bytes between its socket and its
// conversation, and waits when the conversation waits.
#pragma once

#include "drivers/clock.hpp"
#include "drivers/reactor/reactor.hpp"
#include "loadtest/simulator/serve/byte_stream.hpp"
#include "loadtest/simulator/serve/fleet_host.hpp"
#include "loadtest/simulator/wire/conversation.hpp"

#include <functional>
#include <optional>

namespace pgmuster::loadtest {

/// As PostgreSQL's authentication_timeout.
inline constexpr nanoseconds startup_time_max = seconds{60};

/// What all sessions share. The ring's thread.
struct session_surroundings {
  reactor& ring;
  const clock_source& clock;
  mono_time started;
  fleet_host& host;
  /// Null: no TLS.
  SSL_CTX* tls = nullptr;
  /// Where bytes are read to, for whoever reads just now.
  std::span<char> scratch;
  /// A start-up packet has told whose session it is.
  std::function<void(std::uint32_t slot, instance_number instance)> joined;
  /// The session's descriptor is nobody's any more: it may be destroyed.
  std::function<void(std::uint32_t slot)> gone;

  [[nodiscard]] sim_time now() const noexcept {
    return {clock.mono() - started, clock.wall()};
  }
};

class live_session {
public:
  live_session(session_surroundings& around,
               std::uint32_t slot,
               int descriptor,
               session_key key,
               std::optional<instance_number> fixed);
  live_session(const live_session&) = delete;
  live_session& operator=(const live_session&) = delete;

  /// Once, after construction.
  void begin();
  void cancel(std::uint32_t secret);
  /// FATAL 57P01, and the end.
  void expel();
  /// The end, which the client sees as a reset.
  void reset() { finish(ending::reset); }
  /// At once, without a word.
  void drop() { finish(ending::quiet); }

  [[nodiscard]] std::optional<instance_number> instance() const noexcept {
    return joined_ ? talk_.instance() : std::nullopt;
  }

private:
  enum class ending : std::uint8_t { polite, quiet, reset };
  enum class tls_stage : std::uint8_t { none, delayed, handshake, open };

  void on_ready(readiness ready);
  void on_timer();
  /// Reads, answers and writes until there is nothing to do but wait.
  void pump();
  void go_on();
  [[nodiscard]] bool read_some(bool& may_have_more);
  [[nodiscard]] bool write_some();
  void note_instance();
  void begin_tls();
  void shake_hands();
  void wait();
  void set_timer();
  void finish(ending how);

  session_surroundings* around_;
  std::uint32_t slot_;
  byte_stream stream_;
  conversation talk_;
  watch_token watch_;
  timer_token timer_;
  std::optional<nanoseconds> timer_due_;
  nanoseconds opened_;
  nanoseconds tls_due_{0};
  tls_stage tls_ = tls_stage::none;
  bool joined_ = false;
  bool write_blocked_ = false;
  bool read_wants_write_ = false;
  bool finished_ = false;
};

} // namespace pgmuster::loadtest
