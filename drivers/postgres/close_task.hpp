// Closes a connection and waits for the server's own end of it, so that who
// counts connections counts those that the server still has.
#pragma once

#include "drivers/postgres/loop_task.hpp"
#include "drivers/postgres/server_link.hpp"

namespace pgmuster::postgres {

/// Says farewell in its first step, on a connector thread. Done when the server
/// has closed the socket, which is when its process has ended, or when
/// limits::closing_max has passed; only then is `keeps` let go.
class close_task final : public loop_task {
public:
  close_task(server_link link,
             std::shared_ptr<const void> keeps,
             mono_time now) noexcept;

  void waits_for(std::vector<pollfd>& out) const override;
  [[nodiscard]] mono_time due() const override { return due_; }
  bool step(std::span<const pollfd> ready, mono_time now) override;
  void abandon() override {}

private:
  // In this order: what it keeps outlives the link.
  std::shared_ptr<const void> keeps_;
  server_link link_;
  /// The same socket under another number, which outlives the link's.
  descriptor socket_;
  mono_time due_;
};

} // namespace pgmuster::postgres
