// Listens on all addresses of a scenario and owns what is connected to them.
#pragma once

#include "drivers/clock.hpp"
#include "drivers/reactor/reactor.hpp"
#include "loadtest/simulator/serve/fleet_host.hpp"
#include "loadtest/simulator/serve/live_session.hpp"

#include <memory>
#include <string>
#include <vector>

namespace pgmuster::loadtest {

/// Connections that wait to be accepted, for each listener.
inline constexpr int backlog = 4'096;
/// Descriptors that are no session: listeners come on top.
inline constexpr std::size_t descriptors_kept = 64;

struct serve_counts {
  std::uint64_t sessions_now = 0;
  std::uint64_t sessions_most = 0;
  /// Closed at once, because there were `sessions_max`.
  std::uint64_t sessions_too_many = 0;
  /// Times that the kernel had no descriptor for a connection.
  std::uint64_t accepts_failed = 0;
  std::uint64_t expelled = 0;
};

/// Constructed, started and destroyed by one thread; between `start` and the
/// ring's end everything else happens on the ring's thread.
class sim_server {
public:
  /// The ring must be stopped before the server is destroyed.
  sim_server(const simulator_scenario& scenario,
             instance_factory make,
             reactor& ring,
             const clock_source& clock);
  sim_server(const sim_server&) = delete;
  sim_server& operator=(const sim_server&) = delete;
  ~sim_server();

  /// Binds all addresses. Errors: serve_errc.
  [[nodiscard]] result<void> open();
  /// Time zero of the faults; begins to accept.
  void start(mono_time now);
  /// From any thread: closes all, on the ring's thread; the caller then stops
  /// the ring.
  void close_all();

  struct address {
    std::string name;
    std::uint16_t port = 0;
    std::optional<instance_number> instance;
  };
  [[nodiscard]] const std::vector<address>& addresses() const noexcept {
    return addresses_;
  }
  /// On the ring's thread, or when it has ended.
  [[nodiscard]] const serve_counts& counts() const noexcept { return counts_; }
  [[nodiscard]] fleet_host& host() noexcept { return host_; }

private:
  struct listener {
    int descriptor = -1;
    std::optional<instance_number> instance;
    watch_token watch;
  };

  [[nodiscard]] result<void> open_one(const listen_place& place);
  void accept_some(std::size_t which);
  void admit(int descriptor, std::optional<instance_number> fixed);
  void forget(std::uint32_t slot);
  void cancel(std::uint32_t pid, std::uint32_t key);
  void plan_expulsion();
  void expel_due();

  fleet_host host_;
  reactor& ring_;
  const clock_source& clock_;
  std::vector<char> scratch_;
  ssl_context tls_;
  session_surroundings around_;
  std::vector<listener> listeners_;
  std::vector<address> addresses_;
  std::size_t sessions_max_;
  std::vector<std::unique_ptr<live_session>> sessions_;
  std::vector<std::uint32_t> free_;
  /// Slots of each instance's sessions.
  std::vector<std::vector<std::uint32_t>> members_;
  std::vector<expulsion> expulsions_;
  std::size_t expelled_to_ = 0;
  serve_counts counts_;
  bool closing_ = false;
};

} // namespace pgmuster::loadtest
