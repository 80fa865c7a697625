// Two tries a server, within the patience; hosts file first.
#include "drivers/postgres/resolver.hpp"

#include "drivers/postgres/errc.hpp"

#include <fmt/format.h>

#include <arpa/inet.h>
#include <netdb.h>
#include <sys/time.h>

#include <algorithm>
#include <array>
#include <mutex>
#include <span>

namespace pgmuster::postgres {

namespace {

constexpr int tries = 2;
/// c-ares doubles its timeout: two tries last three of them.
constexpr int timeouts_in_patience = 3;
constexpr milliseconds longest_step{1'000};

/// c-ares reads these by value and writes nothing to them.
char lookups_hosts_first[] = "fb"; // NOLINT

void initialise_once() {
  static std::once_flag once;
  std::call_once(once, [] { ares_library_init(ARES_LIB_INIT_ALL); });
}

std::vector<std::string> numeric(const ares_addrinfo& found) {
  std::vector<std::string> addresses;
  for (const auto* node = found.nodes; node != nullptr; node = node->ai_next) {
    std::array<char, NI_MAXHOST> text{};
    if (::getnameinfo(node->ai_addr, node->ai_addrlen, text.data(), text.size(),
                      nullptr, 0, NI_NUMERICHOST)
          == 0
        && std::find(addresses.begin(), addresses.end(), text.data())
             == addresses.end()) {
      addresses.emplace_back(text.data());
    }
  }
  return addresses;
}

} // namespace

resolver::resolver(const std::string& host,
                   milliseconds patience,
                   const std::string& servers)
  : host_(host) {
  initialise_once();
  ares_options options{};
  options.sock_state_cb = &resolver::on_socket;
  options.sock_state_cb_data = this;
  options.timeout = static_cast<int>(std::clamp<std::int64_t>(
    patience.count() / timeouts_in_patience, 50, 3'000));
  options.tries = tries;
  options.lookups = lookups_hosts_first;
  ares_channel channel = nullptr;
  const int status =
    ares_init_options(&channel, &options,
                      ARES_OPT_SOCK_STATE_CB | ARES_OPT_TIMEOUTMS
                        | ARES_OPT_TRIES | ARES_OPT_LOOKUPS);
  if (status != ARES_SUCCESS) {
    outcome_.emplace(fail(errc::name_not_resolved,
                          fmt::format("{}: {}", host_, ares_strerror(status))));
    return;
  }
  channel_.reset(channel);
  if (!servers.empty()) {
    ares_set_servers_ports_csv(channel, servers.c_str());
  }
  ares_addrinfo_hints hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  ares_getaddrinfo(channel, host_.c_str(), nullptr, &hints,
                   &resolver::on_answer, this);
}

void resolver::waits_for(std::vector<pollfd>& out) const {
  for (const auto& [socket, events] : sockets_) {
    out.push_back({socket, events, 0});
  }
}

milliseconds resolver::patience() const {
  if (outcome_ || channel_ == nullptr) {
    return milliseconds{0};
  }
  timeval longest{longest_step.count() / 1'000, 0};
  timeval left{};
  const timeval* const wait = ares_timeout(channel_.get(), &longest, &left);
  // Rounded up, or the last millisecond would be spun through.
  return milliseconds{wait->tv_sec * 1'000 + wait->tv_usec / 1'000 + 1};
}

void resolver::step(std::span<const pollfd> ready) {
  bool any = false;
  for (const auto& one : ready) {
    if (one.revents == 0 || outcome_) {
      continue;
    }
    any = true;
    const bool read = (one.revents & ~POLLOUT) != 0;
    const bool write = (one.revents & POLLOUT) != 0;
    ares_process_fd(channel_.get(), read ? one.fd : ARES_SOCKET_BAD,
                    write ? one.fd : ARES_SOCKET_BAD);
  }
  if (!any && !outcome_) {
    ares_process_fd(channel_.get(), ARES_SOCKET_BAD, ARES_SOCKET_BAD);
  }
}

void resolver::on_socket(void* self,
                         ares_socket_t socket,
                         int read,
                         int write) {
  auto& sockets = static_cast<resolver*>(self)->sockets_;
  if (read == 0 && write == 0) {
    sockets.erase(socket);
    return;
  }
  sockets[socket] =
    static_cast<short>((read != 0 ? POLLIN : 0) | (write != 0 ? POLLOUT : 0));
}

void resolver::on_answer(void* self,
                         int status,
                         int /*timeouts*/,
                         ares_addrinfo* found) {
  auto& me = *static_cast<resolver*>(self);
  if (status != ARES_SUCCESS || found == nullptr) {
    me.outcome_.emplace(
      fail(errc::name_not_resolved,
           fmt::format("{}: {}", me.host_, ares_strerror(status))));
    return;
  }
  auto addresses = numeric(*found);
  ares_freeaddrinfo(found);
  if (addresses.empty()) {
    me.outcome_.emplace(
      fail(errc::name_not_resolved, fmt::format("{}: no address", me.host_)));
    return;
  }
  me.outcome_.emplace(std::move(addresses));
}

} // namespace pgmuster::postgres
