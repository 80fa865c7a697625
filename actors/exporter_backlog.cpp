#include "actors/exporter_backlog.hpp"

#include "config/limits.hpp"

namespace pgmuster {

namespace {

/// A frame that has waited so long is written.
constexpr milliseconds waited_max{1'000};
/// How often that is looked at.
constexpr milliseconds look_every{500};
/// Read back at once, and read ahead.
constexpr byte_count read_at_once{4U * 1024 * 1024};
/// What stays in memory while it is short.
constexpr std::uint64_t kept_while_short = 1024U * 1024;

const otlp_destination* otlp_of(const route_config& route) {
  return std::get_if<otlp_destination>(&route.destination);
}

bool is_relaxed(const route_config& route) {
  const auto* otlp = otlp_of(route);
  return otlp != nullptr && otlp->ordering == delivery_order::relaxed;
}

backlog_rules rules_of(const route_config& route, spool_mode mode) {
  backlog_rules made;
  made.ordering =
    is_relaxed(route) ? delivery_order::relaxed : delivery_order::strict;
  made.mode = mode;
  made.waiting_max = byte_count{limits::exporter_queue_max.value() / 2};
  return made;
}

} // namespace

exporter_backlog::exporter_backlog(std::shared_ptr<services> shared,
                                   const route_config& route,
                                   std::size_t shard,
                                   export_queue& queue)
  : shared_(std::move(shared)),
    route_(route.name),
    shard_(shard),
    shards_(shards_of(route)),
    relaxed_(is_relaxed(route)),
    always_(shared_->config.spool.mode == spool_mode::always),
    queue_(queue),
    of_(rules_of(route, shared_->config.spool.mode)) {}

spooling::partition_key
exporter_backlog::partition_of(const backlog::key& which) const {
  return {route_, which.first, which.second};
}

void exporter_backlog::begin(const caf::actor& self) {
  if (spooling()) {
    shared_->spool->waiting(
      [self](std::vector<spooling::partition_waiting> all) {
        cafc::tell(
          self,
          backlog_found{
            std::make_shared<const std::vector<spooling::partition_waiting>>(
              std::move(all))});
      });
  }
}

void exporter_backlog::on_found(const backlog_found& found) {
  std::set<backlog::key> mine;
  for (const auto& one : *found.waiting) {
    // The number of shards may have been another one then.
    if (one.of.route == route_ && one.of.shard % shards_ == shard_) {
      mine.emplace(one.of.tenant, one.of.shard);
    }
  }
  offer(of_.found(mine));
}

void exporter_backlog::offer(export_queue::entry what) {
  what.since = shared_->clock->mono();
  queue_.offer(std::move(what));
}

void exporter_backlog::offer(std::vector<export_queue::entry> frames) {
  for (auto& one : frames) {
    offer(std::move(one));
  }
}

void exporter_backlog::take_in(export_queue::entry fresh) {
  if (!spooling()) {
    offer(std::move(fresh));
    return;
  }
  const auto bare =
    always_ && queue_.has_bare(fresh.what->tenant, fresh.what->shard);
  if (auto passed = of_.take_in(std::move(fresh), bare)) {
    offer(std::move(*passed));
  }
}

delivery_lease::copy_owner
exporter_backlog::owner_of(const backlog::key& which,
                           spooling::record_position where) const {
  return [spool = shared_->spool, of = partition_of(which), where](bool ended) {
    if (ended) {
      spool->acknowledge(of, where);
    } else {
      spool->release(of, where);
    }
  };
}

void exporter_backlog::on_written(const frame_written& written) {
  const backlog::key which{written.tenant, written.shard};
  if (!written.where) {
    auto refused = of_.not_wrote(which, shared_->clock->mono());
    if (at_once_) {
      for (const auto& one : refused) {
        one.lease->drop(drop_reason::stopping);
      }
      of_.abandon(drop_reason::stopping);
      return;
    }
    offer(std::move(refused));
    return;
  }
  auto done = of_.wrote(which);
  if (done.what.lease->points() == 0) {
    // It has ended while its copy was written.
    shared_->spool->acknowledge(partition_of(which), *written.where);
    return;
  }
  done.what.lease->keep_copy(owner_of(which, *written.where));
  if (done.then == backlog::written::next::send) {
    offer(std::move(done.what));
  } else if (done.then == backlog::written::next::stay) {
    done.what.lease->spool();
    of_.gave_back(which);
  }
}

void exporter_backlog::on_read(const frames_read& read) {
  reading_ = false;
  const backlog::key which{read.tenant, read.shard};
  const auto book = shared_->books.delivery(read.tenant, route_);
  std::uint64_t bytes = 0;
  for (auto& one : read.frames->take()) {
    bytes += one.what->payload.size();
    auto lease = delivery_lease::read_back(book, one.what->points);
    lease->keep_copy(owner_of(which, one.position));
    export_queue::entry made{
      std::move(one.what), std::move(lease), {}, false, false};
    made.replayed = relaxed_;
    offer(std::move(made));
  }
  offer(of_.read(which, bytes < read.asked.value()));
}

bool exporter_backlog::memory_is_short() const {
  return shared_->memory.state() != memory_state::ample;
}

/// What cannot be sent soon goes to disk: all of it when the destination is
/// away, what waits too long otherwise.
void exporter_backlog::spill(mono_time now) {
  if (!of_.spool_takes(now)) {
    return;
  }
  if (at_once_) {
    of_.take_out(queue_.take_all());
    return;
  }
  const auto& breaker = queue_.breaker();
  if (breaker.current() != circuit_breaker::state::closed
      && now < breaker.retry_at()) {
    of_.take_out(queue_.take_waiting([](const auto&) { return true; }));
    return;
  }
  const auto crowded =
    memory_is_short()
    || queue_.waiting().value() > limits::exporter_queue_max.value() / 2;
  std::uint64_t kept = 0;
  of_.take_out(queue_.take_waiting([&](const export_queue::entry& one) {
    kept += one.what->payload.size();
    return (crowded && kept > kept_while_short)
           || (!one.lease->has_copy() && one.since + waited_max <= now);
  }));
}

void exporter_backlog::write(const caf::actor& self, mono_time now) {
  while (auto order = of_.next_write(now)) {
    shared_->spool->append(
      order->what, spooling::custody::kept,
      [self, of = order->of](const result<spooling::record_position>& where) {
        cafc::tell(self,
                   frame_written{of.first, of.second,
                                 where ? std::optional{*where} : std::nullopt});
      });
  }
}

void exporter_backlog::read(const caf::actor& self, mono_time now) {
  const auto& breaker = queue_.breaker();
  const auto closed = breaker.current() == circuit_breaker::state::closed;
  if (stopping_ || reading_ || (!closed && now < breaker.retry_at())
      || queue_.waiting() > read_at_once) {
    return;
  }
  const auto next = of_.next_read([this](const backlog::key& which) {
    return !queue_.has(which.first, which.second, relaxed_);
  });
  if (!next) {
    return;
  }
  reading_ = true;
  // One frame is enough to find out whether a destination is back.
  const auto asked =
    closed && !memory_is_short() ? read_at_once : byte_count{1};
  shared_->spool->read(
    partition_of(*next), asked,
    [self, of = *next, asked, spool = shared_->spool,
     from = partition_of(*next)](std::vector<spooling::spooled_frame> frames) {
      cafc::tell(self, frames_read{of.first, of.second, asked,
                                   std::make_shared<taken_frames>(
                                     spool, from, std::move(frames))});
    });
}

void exporter_backlog::move(const caf::actor& self) {
  if (!spooling()) {
    return;
  }
  const auto now = shared_->clock->mono();
  spill(now);
  write(self, now);
  read(self, now);
}

void exporter_backlog::stop(bool at_once) {
  stopping_ = true;
  at_once_ = at_once;
  if (at_once && !of_.spool_takes(shared_->clock->mono())) {
    of_.abandon(drop_reason::stopping);
  }
}

std::optional<mono_time> exporter_backlog::wake_at(mono_time now) const {
  if (!spooling()) {
    return std::nullopt;
  }
  const auto& breaker = queue_.breaker();
  if (!of_.empty() || queue_.waiting().value() > 0) {
    return now + look_every;
  }
  if (of_.anything_on_disk()) {
    return std::max(now + look_every,
                    breaker.current() == circuit_breaker::state::closed
                      ? now
                      : breaker.retry_at());
  }
  return std::nullopt;
}

} // namespace pgmuster
