#include "actors/exporter_actor.hpp"

#include "actors/chance.hpp"
#include "codec/otlp_encode.hpp"
#include "config/limits.hpp"

namespace pgmuster {

namespace {

/// Requests of one exporter under way at once, over all its sub-queues.
constexpr std::size_t in_flight_max = 4;
/// A frame never grows beyond this when it is taken apart again.
constexpr std::size_t decompressed_max = 64U * 1024 * 1024;

compression next_encoding(compression refused) {
  return refused == compression::zstd ? compression::gzip : compression::none;
}

std::string_view outcome_of(const export_verdict& verdict) {
  switch (verdict.is) {
  case export_verdict::kind::acknowledged:
    return "acknowledged";
  case export_verdict::kind::retry:
    return "retry";
  case export_verdict::kind::other_encoding:
    return "other_encoding";
  case export_verdict::kind::unauthorised:
    return "unauthorised";
  case export_verdict::kind::rejected:
    return "rejected";
  }
  return "unknown";
}

} // namespace

exporter_actor::exporter_actor(caf::actor_config& config,
                               std::shared_ptr<services> shared,
                               route_config route,
                               std::size_t shard)
  : caf::event_based_actor(config),
    shared_(std::move(shared)),
    route_(std::move(route)),
    shard_(shard),
    queue_(limits::exporter_queue_max,
           in_flight_max,
           retry_limits{},
           breaker_limits{}) {}

caf::behavior exporter_actor::make_behavior() {
  return {
    [this](frame_ready& ready) {
      count_in(ready);
      queue_.offer({understood(std::move(ready.what)), std::move(ready.lease)});
      if (unread_) {
        queue_.abandon(drop_reason::write_failed);
      }
      pump();
    },
    [this](const export_answered& answered) { on_answer(answered); },
    [this](const retry_due&) { pump(); },
    [this](const drain_exports& drain) { on_drain(drain); },
    [this](const marker& passed) { on_marker(passed); },
  };
}

void exporter_actor::on_exit() {
  shared_->loop->cancel_timer(retry_timer_);
  flying_.clear();
}

void exporter_actor::count_in(const frame_ready& ready) {
  shared_->shard_counted.at({route_.name, shard_})
    .received_by_lane[ready.lane][ready.what->tenant] += ready.what->points;
}

void exporter_actor::on_marker(const marker& passed) {
  auto& place = passed.pass->shards.at({route_.name, shard_});
  place.counts.received_by_lane[passed.lane] =
    shared_->shard_counted.at({route_.name, shard_})
      .received_by_lane[passed.lane];
  if (++place.markers == place.counts.received_by_lane.size()) {
    place.counts.in_flight = queue_.points();
    passed.pass->all.one_done();
  }
}

void exporter_actor::pump() {
  while (const auto ready = queue_.next(shared_->clock->mono())) {
    flying_[ready->ticket] = ready->what;
    send(*ready);
  }
  shared_->routes.put(route_.name, shard_,
                      {queue_.breaker().current(), refusal_,
                       unauthorised_ || unread_, queue_.frames(),
                       queue_.waiting().value()});
  if (queue_.empty() && drained_ != nullptr) {
    finish_drain();
    return;
  }
  watch_retry();
}

void exporter_actor::send(const export_queue::sendable& what) {
  if (const auto* otlp = std::get_if<otlp_destination>(&route_.destination)) {
    send_over_http(what, *otlp);
  } else {
    append_to_file(what);
  }
}

void exporter_actor::send_over_http(const export_queue::sendable& what,
                                    const otlp_destination& to) {
  http_request request;
  request.url = to.metrics_url.empty() ? metrics_url(to.url) : to.metrics_url;
  request.headers = to.headers;
  request.content_encoding = std::string{content_encoding(what.what->encoding)};
  // The frame owns the bytes; the alias keeps it alive while they are sent.
  request.body =
    std::shared_ptr<const std::string>{what.what, &what.what->payload};
  request.timeout = to.timeout;
  const auto self = caf::actor_cast<caf::actor>(this);
  const auto sent = shared_->clock->mono();
  shared_->http->post(std::move(request), [self, ticket = what.ticket,
                                           sent](export_answer answer) {
    cafc::tell(self, export_answered{ticket, std::move(answer), sent});
  });
}

void exporter_actor::append_to_file(const export_queue::sendable& what) {
  const auto self = caf::actor_cast<caf::actor>(this);
  const auto sent = shared_->clock->mono();
  auto line = otlp_json_line(what.what->payload);
  if (!line) {
    cafc::tell(self,
               export_answered{what.ticket,
                               {400, describe(line.error()), "", "", "", false},
                               sent});
    return;
  }
  shared_->files.at(route_.name)
    ->append(std::move(line.value()), [self, ticket = what.ticket,
                                       sent](const std::string& failure) {
      export_answer answer;
      answer.status = failure.empty() ? 200 : 503;
      answer.body = failure;
      cafc::tell(self, export_answered{ticket, std::move(answer), sent});
    });
}

void exporter_actor::on_answer(const export_answered& answered) {
  const auto now = shared_->clock->mono();
  const auto flying = flying_.find(answered.ticket);
  if (flying == flying_.end()) {
    return;
  }
  const auto sent = flying->second;
  flying_.erase(flying);
  if (notice_unread()) {
    pump();
    return;
  }
  auto verdict = judge(answered.answer, sent->encoding != compression::none,
                       shared_->clock->wall());
  shared_->metrics->export_finished(
    route_.name.value(), outcome_of(verdict),
    std::chrono::duration_cast<milliseconds>(now - answered.sent),
    sent->payload.size(),
    verdict.is == export_verdict::kind::acknowledged ? sent->points : 0);
  if (verdict.is == export_verdict::kind::acknowledged) {
    shared_->metrics->frame_acknowledged(
      route_.name.value(), std::chrono::duration_cast<milliseconds>(
                             shared_->clock->wall() - sent->oldest));
  }
  say(verdict);
  learn(*sent, verdict);
  const auto refused =
    queue_.settle(answered.ticket, verdict, now, uniform_chance);
  if (refused != nullptr) {
    queue_.replace(answered.ticket, encoded_otherwise(*refused));
  }
  pump();
}

bool exporter_actor::notice_unread() {
  const auto sink = shared_->files.find(route_.name);
  if (sink == shared_->files.end() || !sink->second->reader_gone()) {
    return false;
  }
  queue_.abandon(drop_reason::write_failed);
  flying_.clear();
  if (!unread_) {
    unread_ = true;
    refusal_ = "nobody reads standard output any more";
    shared_->log->log(log_level::warning, refusal_,
                      {{"route", route_.name.value()}});
    // Other routes may still be worth the work.
    shared_->unread = shared_->config.routes.size() == 1;
  }
  return true;
}

void exporter_actor::say(const export_verdict& verdict) {
  const auto fine = verdict.is == export_verdict::kind::acknowledged;
  unauthorised_ = verdict.is == export_verdict::kind::unauthorised;
  if (fine && !refusal_.empty()) {
    refusal_.clear();
    shared_->log->log(log_level::info, "a route delivers again",
                      {{"route", route_.name.value()}});
  }
  if (!fine) {
    const auto words =
      std::string{outcome_of(verdict)} + ": " + verdict.message;
    if (words != refusal_) {
      refusal_ = words;
      shared_->log->log(log_level::warning,
                        "a destination did not take a frame",
                        {{"route", route_.name.value()}, {"answer", words}});
    }
  }
}

std::shared_ptr<const frame>
exporter_actor::understood(std::shared_ptr<const frame> given) {
  if (!learned_ || given->encoding == compression::none
      || given->encoding == *learned_) {
    return given;
  }
  auto again = encoded_otherwise(*given);
  return again != nullptr ? again : given;
}

void exporter_actor::learn(const frame& sent, const export_verdict& verdict) {
  if (verdict.is == export_verdict::kind::other_encoding) {
    trying_other_ = true;
  } else if (trying_other_
             && verdict.is == export_verdict::kind::acknowledged) {
    const auto* otlp = std::get_if<otlp_destination>(&route_.destination);
    if (otlp != nullptr && sent.encoding != otlp->encoding) {
      learned_ = sent.encoding;
      trying_other_ = false;
    }
  }
}

std::shared_ptr<const frame>
exporter_actor::encoded_otherwise(const frame& refused) {
  auto plain = decompress(refused.encoding, refused.payload, decompressed_max);
  if (!plain) {
    return nullptr;
  }
  auto again = std::make_shared<frame>(refused);
  again->encoding = next_encoding(refused.encoding);
  auto packed = compressor_.compress(again->encoding, plain.value());
  if (!packed) {
    return nullptr;
  }
  again->payload = std::move(packed.value());
  return again;
}

void exporter_actor::watch_retry() {
  const auto now = shared_->clock->mono();
  if (const auto wake = queue_.wake_at(now)) {
    shared_->loop->cancel_timer(retry_timer_);
    const auto self = caf::actor_cast<caf::actor>(this);
    retry_timer_ = shared_->loop->start_timer(
      *wake, [self] { cafc::tell(self, retry_due{}); });
  }
}

void exporter_actor::on_drain(const drain_exports& drain) {
  drained_ = drain.done;
  if (shared_->clock->mono() >= drain.deadline) {
    queue_.abandon(drop_reason::stopping);
    flying_.clear();
  }
  pump();
}

void exporter_actor::finish_drain() {
  const auto told = std::move(drained_);
  drained_ = nullptr;
  (*told)();
  quit();
}

} // namespace pgmuster
