// Does libcurl's waiting on the reactor: its sockets and its one timer.
#pragma once

#include "drivers/reactor/reactor.hpp"

#include <curl/curl.h>

#include <functional>
#include <memory>
#include <unordered_map>

namespace pgmuster {

/// Owns the multi handle. All members on the reactor's thread, except making
/// and destroying it.
///
/// What is watched is a duplicate of curl's descriptor, closed once the reactor
/// has let go of it: curl closes sockets (also some that it never shows, the
/// resolver's) at moments of its own, and a number that is in use again must
/// not be mistaken for the one still being watched.
class curl_sockets : public std::enable_shared_from_this<curl_sockets> {
public:
  /// `on_progress` is called after each step of curl, outside of it.
  static std::shared_ptr<curl_sockets> make(reactor& reactor,
                                            std::function<void()> on_progress);

  curl_sockets(reactor& reactor, std::function<void()> on_progress);
  ~curl_sockets();
  curl_sockets(const curl_sockets&) = delete;
  curl_sockets& operator=(const curl_sockets&) = delete;

  /// Null once closed, or if libcurl had no memory.
  [[nodiscard]] CURLM* multi() const noexcept { return multi_; }

  /// Closes all connections; `when_gone` comes when no descriptor is watched
  /// any more. No transfer may be under way. Once only.
  void close(std::function<void()> when_gone);

private:
  class owned_descriptor;

  struct watched_socket {
    watch_token token;
    std::shared_ptr<owned_descriptor> duplicate;
    bool read = false;
    bool write = false;
  };

  static int
  on_socket(CURL* easy, curl_socket_t socket, int what, void* self, void* data);
  static int on_timer(CURLM* multi, long delay_ms, void* self);

  void want(curl_socket_t socket, bool read, bool write);
  void let_go(curl_socket_t socket);
  void ready(curl_socket_t socket, watch_token token, readiness how);
  void set_timer(long delay_ms);
  void timer_due(std::uint64_t generation);
  void step(curl_socket_t socket, int events);
  void tell_if_gone();

  reactor& reactor_;
  std::function<void()> on_progress_;
  CURLM* multi_ = nullptr;
  std::unordered_map<curl_socket_t, watched_socket> sockets_;
  timer_token timer_;
  /// Of the timer's settings: what was set before the last one is stale.
  std::uint64_t timer_generation_ = 0;
  /// Unwatched, but not yet let go by the reactor.
  std::size_t leaving_ = 0;
  std::function<void()> when_gone_;
};

} // namespace pgmuster
