// CancelRequest: length 16, code 80877102, pid, key (PostgreSQL's protocol,
// "Canceling Requests in Progress").
#include "drivers/postgres/cancel.hpp"

#include <netinet/in.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace pgmuster::postgres {

namespace {

constexpr milliseconds cap{1'000};
constexpr std::uint32_t cancel_code = 80877102;

} // namespace

std::optional<cancel_target> make_cancel_target(int descriptor,
                                                backend_key key) noexcept {
  cancel_target target;
  target.key = key;
  target.peer_length = sizeof target.peer;
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): its interface
  auto* const peer = reinterpret_cast<sockaddr*>(&target.peer);
  if (key.pid == 0 || descriptor < 0
      || ::getpeername(descriptor, peer, &target.peer_length) != 0) {
    return std::nullopt;
  }
  return target;
}

cancel_task::cancel_task(const cancel_target& target,
                         mono_time now,
                         std::function<void(bool sent)> when_done)
  : socket_(::socket(target.peer.ss_family,
                     SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC,
                     0)),
    key_(target.key),
    due_(now + cap),
    when_done_(std::move(when_done)) {
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): its interface
  const auto* const peer = reinterpret_cast<const sockaddr*>(&target.peer);
  if (!socket_
      || (::connect(socket_.number(), peer, target.peer_length) != 0
          && errno != EINPROGRESS)) {
    due_ = now;
  }
}

void cancel_task::waits_for(std::vector<pollfd>& out) const {
  out.push_back(
    {socket_.number(), static_cast<short>(sent_ ? POLLIN : POLLOUT), 0});
}

bool cancel_task::step(std::span<const pollfd> ready, mono_time now) {
  if (now >= due_) {
    return finish();
  }
  if (ready.front().revents == 0) {
    return true;
  }
  if (!sent_) {
    return send_request() || finish();
  }
  // The server says nothing: whatever comes is the end.
  return finish();
}

bool cancel_task::finish() {
  socket_ = descriptor{};
  if (when_done_) {
    std::exchange(when_done_, nullptr)(sent_);
  }
  return false;
}

bool cancel_task::send_request() {
  const std::array<std::uint32_t, 4> request{htonl(16), htonl(cancel_code),
                                             htonl(key_.pid), htonl(key_.key)};
  sent_ = ::send(socket_.number(), request.data(), sizeof request, MSG_NOSIGNAL)
          == static_cast<ssize_t>(sizeof request);
  return sent_;
}

} // namespace pgmuster::postgres
