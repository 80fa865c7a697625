#include "actors/exporter_actor.hpp"

#include "actors/chance.hpp"
#include "codec/otlp_encode.hpp"
#include "codec/reframe.hpp"
#include "config/limits.hpp"
#include "drivers/otlp/route_request.hpp"

namespace pgmuster {

namespace {

/// Requests of one exporter under way at once, over all its sub-queues.
constexpr std::size_t in_flight_max = 4;
constexpr const char* unread_words = "nobody reads standard output any more";
/// A sender that has something to send and delivers nothing for so long, or for
/// as long as two requests may take, is stuck.
constexpr milliseconds stuck_after{60'000};

/// A probe's own request must have ended before it counts as lost.
delivery_rules rules_of(const route_config& route) {
  delivery_rules rules;
  if (const auto* otlp = std::get_if<otlp_destination>(&route.destination)) {
    rules = {otlp->retry, otlp->breaker, otlp->on_ambiguous};
    rules.breaker.probe_lost_after =
      std::max(rules.breaker.probe_lost_after, 2 * otlp->timeout);
  }
  return rules;
}

compression encoding_of(const route_config& route) {
  const auto* otlp = std::get_if<otlp_destination>(&route.destination);
  return otlp != nullptr ? otlp->encoding : compression::none;
}

milliseconds hold_max_of(const route_config& route) {
  return rules_of(route).retry.retry_after_max;
}

milliseconds patience_with(const route_config& route) {
  const auto* otlp = std::get_if<otlp_destination>(&route.destination);
  return otlp != nullptr ? std::max(stuck_after, 2 * otlp->timeout)
                         : stuck_after;
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
    queue_(limits::exporter_queue_max, in_flight_max, rules_of(route_)),
    backlog_(shared_, route_, shard_, queue_),
    words_(hold_max_of(route_)),
    encoding_(encoding_of(route_)) {}

caf::behavior exporter_actor::make_behavior() {
  backlog_.begin(caf::actor_cast<caf::actor>(this));
  return {
    [this](frame_ready& ready) {
      count_in(ready);
      backlog_.take_in({std::move(ready.what), std::move(ready.lease)});
      if (unread_) {
        queue_.abandon(drop_reason::write_failed);
      }
      pump();
    },
    [this](const export_answered& answered) { on_answer(answered); },
    [this](const put_aside_ended& ended) { on_put_aside(ended); },
    [this](const retry_due&) { pump(); },
    [this](const backlog_found& found) {
      backlog_.on_found(found);
      pump();
    },
    [this](const frame_written& written) {
      backlog_.on_written(written);
      pump();
    },
    [this](const frames_read& read) {
      backlog_.on_read(read);
      pump();
    },
    [this](const drain_exports& drain) { on_drain(drain); },
    [this](const shed_frames& short_of) {
      // With a spool they go to disk instead: `pump` sees to that.
      for (const auto& [tenant, keeps] : *short_of.keeps) {
        if (!backlog_.spooling()) {
          queue_.shed(tenant, keeps);
        }
      }
      pump();
    },
    [this](const marker& passed) { on_marker(passed); },
  };
}

void exporter_actor::on_exit() {
  shared_->loop->cancel_timer(retry_timer_);
  // A request under way keeps this object alive, and must not keep its frames.
  queue_.let_go();
  backlog_.let_go();
  flying_.clear();
  leaving_.clear();
}

void exporter_actor::pump() {
  drop_too_old();
  backlog_.move(caf::actor_cast<caf::actor>(this));
  while (auto ready = queue_.next(shared_->clock->mono())) {
    ready->what = understood(std::move(ready->what));
    flying_[ready->ticket] = *ready;
    send(*ready);
  }
  show();
  if (queue_.empty() && leaving_.empty() && backlog_.empty()
      && drained_ != nullptr) {
    finish_drain();
    return;
  }
  watch_retry();
}

void exporter_actor::show() {
  const auto now = shared_->clock->mono();
  log(words_.on_breaker(queue_.breaker(), now));
  progress_.look(!queue_.empty() || backlog_.holds_anything(), now);
  sender_health health;
  health.breaker = queue_.breaker().current();
  health.barred = unauthorised_ || unread_;
  health.refusal = unread_ ? unread_words : words_.refusal();
  health.waiting_since = progress_.waiting_since();
  health.last_delivered = progress_.last_delivered();
  health.patience = patience_with(route_);
  shared_->routes.put(route_.name, shard_,
                      {std::move(health), queue_.frames() + backlog_.frames(),
                       queue_.waiting().value() + backlog_.bytes().value()});
}

void exporter_actor::drop_too_old() {
  const auto* otlp = std::get_if<otlp_destination>(&route_.destination);
  if (otlp != nullptr && otlp->age_max) {
    queue_.drop_older(shared_->clock->wall() - *otlp->age_max);
  }
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
  auto request = route_request(to, what.what->carries, what.what->tenant);
  request.fresh_connection = what.attempt > 1;
  request.content_encoding = std::string{content_encoding(what.what->encoding)};
  // The frame owns the bytes; the alias keeps it alive while they are sent.
  request.body =
    std::shared_ptr<const std::string>{what.what, &what.what->payload};
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
  auto line = otlp_json_line(what.what->carries, what.what->payload);
  if (!line) {
    cafc::tell(self, export_answered{
                       what.ticket,
                       {400, describe(line.error()), "", "", "", false, false},
                       sent});
    return;
  }
  shared_->files.at(route_.name)
    ->append(std::move(line.value()), [self, ticket = what.ticket,
                                       sent](const std::string& failure) {
      export_answer answer;
      answer.status = failure.empty() ? 200 : 503;
      answer.body = failure;
      answer.over_http = false;
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
  // Its frame was too large in every encoding; smaller is what a part can be.
  const bool too_large = sent.part && answered.answer.status == 413;
  const auto verdict = judge(
    answered.answer, !too_large && encoding_.in_question(sent.what->encoding),
    shared_->clock->wall());
  count(answered, sent, verdict);
  unauthorised_ = verdict.is == export_verdict::kind::unauthorised;
  if (verdict.is == export_verdict::kind::acknowledged
      || verdict.is == export_verdict::kind::rejected) {
    progress_.delivered(now);
  }
  log(words_.on_verdict(verdict, now));
  follow_up(sent, queue_.settle(sent.ticket, verdict, now, uniform_chance),
            verdict.message);
  pump();
}

void exporter_actor::count(const export_answered& answered,
                           const export_queue::sendable& sent,
                           const export_verdict& verdict) {
  const auto fine = verdict.is == export_verdict::kind::acknowledged;
  const auto& name = route_.name.value();
  shared_->metrics->export_finished(name, outcome_of(verdict),
                                    std::chrono::duration_cast<milliseconds>(
                                      shared_->clock->mono() - answered.sent),
                                    sent.what->payload.size(),
                                    fine ? sent.what->points : 0);
  if (fine) {
    encoding_.taken(sent.what->encoding);
    shared_->metrics->frame_acknowledged(
      name, std::chrono::duration_cast<milliseconds>(shared_->clock->wall()
                                                     - sent.what->oldest));
  }
}

void exporter_actor::follow_up(const export_queue::sendable& sent,
                               export_queue::task left,
                               const std::string& words) {
  using kind = export_queue::task::kind;
  if (left.is == kind::take_apart) {
    left = queue_.divide(
      sent.ticket, halves_of(*left.what, encoding_.for_part(), compressor_),
      shared_->clock->mono(), uniform_chance);
  }
  if (left.is == kind::encode_again) {
    queue_.replace(sent.ticket,
                   encoded_as(encoding_.after_refusal(sent.what->encoding),
                              *left.what, compressor_));
  } else if (left.is == kind::put_aside) {
    put_aside(left, words);
  }
}

void exporter_actor::put_aside(const export_queue::task& refused,
                               const std::string& words) {
  if (refused.wholly_refused) {
    encoding_.refused_wholly();
  }
  if (shared_->clock->mono() >= next_refused_) {
    next_refused_ = shared_->clock->mono() + delivery_words::words_apart;
    shared_->log->log(log_level::warning, "a frame is refused for good",
                      {{"route", route_.name.value()},
                       {"tenant", refused.what->tenant.value()},
                       {"points", std::to_string(refused.points)},
                       {"answer", words}});
  }
  if (!shared_->quarantine) {
    delivery_end end;
    end.dropped = dropped_for(drop_reason::refused, refused.points);
    refused.lease->end(end);
    return;
  }
  leaving_[++refusals_] = refused;
  const auto self = caf::actor_cast<caf::actor>(this);
  shared_->quarantine(
    refused.what, words, [self, refusal = refusals_](const result<void>& put) {
      cafc::tell(self, put_aside_ended{refusal, !put.has_error()});
    });
}

void exporter_actor::on_put_aside(const put_aside_ended& ended) {
  const auto found = leaving_.find(ended.refusal);
  if (found == leaving_.end()) {
    return;
  }
  const auto& refused = found->second;
  delivery_end end;
  if (ended.kept) {
    end.quarantined = refused.points;
  } else {
    end.dropped = dropped_for(drop_reason::quarantine_full, refused.points);
  }
  refused.lease->end(end);
  leaving_.erase(found);
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
    shared_->log->log(log_level::warning, unread_words,
                      {{"route", route_.name.value()}});
    // Other routes may still be worth the work.
    shared_->unread = shared_->config.routes.size() == 1;
  }
  return true;
}

void exporter_actor::log(const std::optional<delivery_line>& line) {
  if (!line) {
    return;
  }
  const auto level = line->warning ? log_level::warning : log_level::info;
  const log_field route{"route", route_.name.value()};
  const auto number = std::to_string(shard_);
  const log_field which{"sender", number};
  const log_field answer{"answer", line->answer};
  if (!line->figure.empty()) {
    shared_->log->log(level, line->message,
                      {route, which, {line->figure, line->value}, answer});
  } else if (!line->answer.empty()) {
    shared_->log->log(level, line->message, {route, which, answer});
  } else {
    shared_->log->log(level, line->message, {route, which});
  }
}

std::shared_ptr<const frame>
exporter_actor::understood(std::shared_ptr<const frame> given) {
  const auto wanted = encoding_.for_frame(given->encoding);
  if (wanted == given->encoding) {
    return given;
  }
  auto again = encoded_as(wanted, *given, compressor_);
  return again != nullptr ? again : given;
}

void exporter_actor::watch_retry() {
  const auto now = shared_->clock->mono();
  auto wake = queue_.wake_at(now);
  if (const auto also = backlog_.wake_at(now)) {
    wake = std::min(wake.value_or(*also), *also);
  }
  if (wake) {
    shared_->loop->cancel_timer(retry_timer_);
    const auto self = caf::actor_cast<caf::actor>(this);
    retry_timer_ = shared_->loop->start_timer(
      *wake, [self] { cafc::tell(self, retry_due{}); });
  }
}

void exporter_actor::on_drain(const drain_exports& drain) {
  drained_ = drain.done;
  const auto over = shared_->clock->mono() >= drain.deadline;
  backlog_.stop(over);
  if (over) {
    backlog_.move(caf::actor_cast<caf::actor>(this));
    queue_.abandon(drop_reason::stopping);
    flying_.clear();
    for (const auto& [refusal, refused] : leaving_) {
      delivery_end end;
      end.dropped = dropped_for(drop_reason::stopping, refused.points);
      refused.lease->end(end);
    }
    leaving_.clear();
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
