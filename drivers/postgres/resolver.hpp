// One name's addresses by c-ares: never a blocking call, never a cached answer.
#pragma once

#include "config/result.hpp"
#include "config/time.hpp"

#include <ares.h>
#include <poll.h>

#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace pgmuster::postgres {

/// A lookup of its own channel, so that resolv.conf and hosts are read anew.
class resolver {
public:
  /// Numeric addresses in the order to try, never empty.
  using answer = result<std::vector<std::string>>;

  /// Starts at once. A silent name server costs at most `patience`. `servers`
  /// (`address:port`, comma-separated) stand in for resolv.conf's.
  resolver(const std::string& host,
           milliseconds patience,
           const std::string& servers = {});
  resolver(const resolver&) = delete;
  resolver& operator=(const resolver&) = delete;
  ~resolver() = default;

  void waits_for(std::vector<pollfd>& out) const;
  /// How long to wait at most before `step`.
  [[nodiscard]] milliseconds patience() const;
  void step(std::span<const pollfd> ready);

  /// Absent while the lookup is under way.
  [[nodiscard]] const std::optional<answer>& outcome() const noexcept {
    return outcome_;
  }

private:
  struct destroy_channel {
    void operator()(ares_channeldata* channel) const noexcept {
      ares_destroy(channel);
    }
  };

  static void on_socket(void* self, ares_socket_t socket, int read, int write);
  static void
  on_answer(void* self, int status, int timeouts, ares_addrinfo* found);

  std::string host_;
  std::map<ares_socket_t, short> sockets_;
  std::optional<answer> outcome_;
  // Last: destroying it calls back into the members above.
  std::unique_ptr<ares_channeldata, destroy_channel> channel_;
};

} // namespace pgmuster::postgres
