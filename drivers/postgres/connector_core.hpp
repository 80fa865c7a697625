// What sessions and connector threads share: counts, the queue of connects,
// and the way back for connections that are done with.
#pragma once

#include "config/limits.hpp"
#include "drivers/postgres/admission.hpp"
#include "drivers/postgres/cancel.hpp"
#include "drivers/postgres/connector.hpp"
#include "drivers/postgres/server_link.hpp"
#include "drivers/postgres/trust_roots.hpp"

#include <atomic>
#include <deque>
#include <mutex>
#include <optional>

namespace pgmuster::postgres {

class connector_thread;

/// Connects that wait for the rate; what is beyond is refused at once.
inline constexpr std::size_t waiting_max = 50'000;
/// Connects that may begin at the same moment: a tenth of a second's worth.
[[nodiscard]] constexpr std::size_t
connect_burst(std::size_t per_second) noexcept {
  return std::max<std::size_t>(per_second / 10, 1);
}

struct waiting_connect {
  connect_request request;
  connect_callback done;
};

/// Counted where it happens, from any thread.
struct live_counts {
  std::atomic<std::uint64_t> started{0};
  std::atomic<std::uint64_t> succeeded{0};
  std::atomic<std::uint64_t> failed{0};
  std::atomic<std::uint64_t> turned_away{0};
  std::atomic<std::uint64_t> open{0};
  std::atomic<std::uint64_t> closed{0};
  std::atomic<std::uint64_t> cancels_sent{0};
  std::atomic<std::uint64_t> cancels_refused{0};
  std::atomic<std::uint64_t> roots_not_shared{0};
};

class connector_core;

/// A connection that is counted as open, and keeps its permit, while it lives;
/// closing it is the destructor's work at the latest, on whichever thread drops
/// the last reference.
class counted_connection {
public:
  counted_connection(server_link link,
                     std::shared_ptr<connector_core> core,
                     std::shared_ptr<const void> permit);
  counted_connection(const counted_connection&) = delete;
  counted_connection& operator=(const counted_connection&) = delete;
  ~counted_connection();

  [[nodiscard]] const server_link& link() const noexcept { return link_; }

  /// For closing it elsewhere while it is still counted.
  [[nodiscard]] server_link release() noexcept { return std::move(link_); }

private:
  server_link link_;
  std::shared_ptr<connector_core> core_;
  std::shared_ptr<const void> permit_;
};

/// Outlives the connector as long as a session does. All members may be called
/// from any thread.
class connector_core : public std::enable_shared_from_this<connector_core> {
public:
  connector_core(pgmuster::reactor& reactor,
                 const clock_source& clock,
                 std::size_t connects_per_second,
                 std::string name_servers);
  ~connector_core();
  connector_core(const connector_core&) = delete;
  connector_core& operator=(const connector_core&) = delete;

  void start(std::size_t threads);
  void stop();

  void enqueue(waiting_connect what);
  /// The next connect the rate allows, for a thread that has room. Otherwise
  /// `wake` becomes no later than the moment to ask again.
  [[nodiscard]] std::optional<waiting_connect> admit(mono_time now,
                                                     mono_time& wake);

  /// Fire and forget; refused beyond limits::cancels_max. False: refused.
  bool cancel(const std::optional<cancel_target>& target,
              std::function<void()> when_done);

  /// Closes on a connector thread, after stopping what still runs on the
  /// server if `running` names it.
  void reap(std::shared_ptr<counted_connection> connection,
            const std::optional<cancel_target>& running);

  /// Closes on a connector thread; `keeps` is let go when the server has
  /// closed too.
  void close(server_link link, std::shared_ptr<const void> keeps);

  /// Connects that wait for the rate.
  [[nodiscard]] std::size_t waiting() const;

  [[nodiscard]] pgmuster::reactor& reactor() noexcept { return reactor_; }
  [[nodiscard]] const clock_source& clock() const noexcept { return clock_; }
  [[nodiscard]] live_counts& counts() noexcept { return counts_; }
  [[nodiscard]] roots_library& roots() noexcept { return roots_; }
  [[nodiscard]] const std::string& name_servers() const noexcept {
    return name_servers_;
  }

private:
  /// False when the threads are gone; then the caller acts by itself.
  bool post(std::unique_ptr<loop_task> task);

  pgmuster::reactor& reactor_;
  const clock_source& clock_;
  std::string name_servers_;
  live_counts counts_;
  roots_library roots_;
  std::atomic<std::size_t> cancels_under_way_{0};

  mutable std::mutex mutex_;
  bool stopping_ = false;
  admission admission_;
  std::deque<waiting_connect> waiting_;
  std::size_t next_thread_ = 0;
  std::vector<std::unique_ptr<connector_thread>> threads_;
};

} // namespace pgmuster::postgres
