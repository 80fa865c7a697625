// Asks a server to stop a statement: sixteen bytes on a socket of our own,
// because PQcancel blocks for as long as the server likes.
#pragma once

#include "drivers/postgres/backend_key.hpp"
#include "drivers/postgres/handles.hpp"
#include "drivers/postgres/loop_task.hpp"

#include <sys/socket.h>

#include <functional>
#include <optional>

namespace pgmuster::postgres {

/// Where and what to cancel; taken when the session begins.
struct cancel_target {
  sockaddr_storage peer{};
  socklen_t peer_length = 0;
  backend_key key;
};

/// Absent when the server gave no key or the socket has no peer.
[[nodiscard]] std::optional<cancel_target>
make_cancel_target(int descriptor, backend_key key) noexcept;

/// Done when the server has closed the socket, which is after it has passed
/// the request on, or when the cap has passed.
class cancel_task final : public loop_task {
public:
  /// `when_done` is called once, told whether the request was sent.
  cancel_task(const cancel_target& target,
              mono_time now,
              std::function<void(bool sent)> when_done);

  void waits_for(std::vector<pollfd>& out) const override;
  [[nodiscard]] mono_time due() const override { return due_; }
  bool step(std::span<const pollfd> ready, mono_time now) override;
  void abandon() override { finish(); }

private:
  bool finish();
  bool send_request();

  descriptor socket_;
  backend_key key_;
  mono_time due_;
  bool sent_ = false;
  std::function<void(bool)> when_done_;
};

} // namespace pgmuster::postgres
