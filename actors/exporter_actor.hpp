// One shard of a route: sends frames, tries again, and says how it goes.
#pragma once

#include "actors/messages.hpp"
#include "actors/services.hpp"
#include "codec/compress.hpp"
#include "routing/export_queue.hpp"

namespace pgmuster {

class exporter_actor final : public caf::event_based_actor {
public:
  exporter_actor(caf::actor_config& config,
                 std::shared_ptr<services> shared,
                 route_config route,
                 std::size_t shard);
  caf::behavior make_behavior() override;
  void on_exit() override;
  const char* name() const override { return "pgmuster.exporter"; }

private:
  void count_in(const frame_ready& ready);
  void on_marker(const marker& passed);
  void pump();
  void send(const export_queue::sendable& what);
  void send_over_http(const export_queue::sendable& what,
                      const otlp_destination& to);
  /// Re-encodes a frame whose encoding this destination is known to refuse.
  [[nodiscard]] std::shared_ptr<const frame>
  understood(std::shared_ptr<const frame> given);
  void learn(const frame& sent, const export_verdict& verdict);
  void append_to_file(const export_queue::sendable& what);
  void on_answer(const export_answered& answered);
  void say(const export_verdict& verdict);
  /// True when the route has no reader any more.
  bool notice_unread();
  /// In the next encoding that this destination may understand; null if that
  /// cannot be made.
  [[nodiscard]] std::shared_ptr<const frame>
  encoded_otherwise(const frame& refused);
  void watch_retry();
  void on_drain(const drain_exports& drain);
  void finish_drain();

  std::shared_ptr<services> shared_;
  route_config route_;
  std::size_t shard_;
  export_queue queue_;
  compressor compressor_;
  std::string refusal_;
  bool unauthorised_ = false;
  /// The reader of standard output has gone: all that comes is dropped.
  bool unread_ = false;
  /// Learned: frames are re-encoded with this before they are sent. Set when a
  /// destination took it after it had refused another.
  std::optional<compression> learned_;
  bool trying_other_ = false;
  timer_token retry_timer_;
  std::shared_ptr<std::function<void()>> drained_;
  std::map<std::uint64_t, std::shared_ptr<const frame>> flying_;
};

} // namespace pgmuster
