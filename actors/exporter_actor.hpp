// One shard of a route: sends frames, tries again, and says how it goes.
#pragma once

#include "actors/exporter_backlog.hpp"
#include "actors/messages.hpp"
#include "actors/services.hpp"
#include "codec/compress.hpp"
#include "routing/delivery_words.hpp"
#include "routing/encoding_choice.hpp"
#include "routing/export_queue.hpp"
#include "routing/route_health.hpp"

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
  void drop_too_old();
  void send(const export_queue::sendable& what);
  void send_over_http(const export_queue::sendable& what,
                      const otlp_destination& to);
  /// In the encoding that this destination is known to take.
  [[nodiscard]] std::shared_ptr<const frame>
  understood(std::shared_ptr<const frame> given);
  void append_to_file(const export_queue::sendable& what);
  void on_answer(const export_answered& answered);
  void log(const std::optional<delivery_line>& line);
  void show();
  /// True when the route has no reader any more.
  bool notice_unread();
  void count(const export_answered& answered,
             const export_queue::sendable& sent,
             const export_verdict& verdict);
  /// Does what the queue wants done with a refused frame.
  void follow_up(const export_queue::sendable& sent,
                 export_queue::task left,
                 const std::string& words);
  void put_aside(const export_queue::task& refused, const std::string& words);
  void on_put_aside(const put_aside_ended& ended);
  void watch_retry();
  void on_drain(const drain_exports& drain);
  void finish_drain();

  std::shared_ptr<services> shared_;
  route_config route_;
  std::size_t shard_;
  export_queue queue_;
  exporter_backlog backlog_;
  compressor compressor_;
  delivery_words words_;
  delivery_progress progress_;
  /// Not before then is the next frame that was refused for good told.
  mono_time next_refused_{};
  bool unauthorised_ = false;
  /// The reader of standard output has gone: all that comes is dropped.
  bool unread_ = false;
  encoding_choice encoding_;
  timer_token retry_timer_;
  std::shared_ptr<std::function<void()>> drained_;
  std::map<std::uint64_t, export_queue::sendable> flying_;
  /// Refused frames that are being written to the quarantine.
  std::map<std::uint64_t, export_queue::task> leaving_;
  std::uint64_t refusals_ = 0;
};

} // namespace pgmuster
