// All members run on the ring's thread.
#include "loadtest/simulator/serve/live_session.hpp"

#include <algorithm>

namespace pgmuster::loadtest {

live_session::live_session(session_surroundings& around,
                           std::uint32_t slot,
                           int descriptor,
                           session_key key,
                           std::optional<instance_number> fixed)
  : around_(&around),
    slot_(slot),
    stream_(descriptor),
    talk_(around.host, key, fixed),
    opened_(around.now().since_start) {}

void live_session::begin() {
  watch_ = around_->ring.watch(stream_.descriptor(),
                               [this](readiness ready) { on_ready(ready); });
  wait();
}

void live_session::cancel(std::uint32_t secret) {
  if (finished_ || secret != talk_.key().secret) {
    ++around_->host.counts().cancels_unheard;
    return;
  }
  talk_.cancel(around_->now());
  pump();
}

void live_session::expel() {
  if (finished_) {
    return;
  }
  talk_.shut("57P01", "terminating connection due to administrator command");
  pump();
}

void live_session::on_ready(readiness /*ready*/) {
  // What has happened is found out by using the descriptor.
  pump();
}

void live_session::on_timer() {
  timer_due_.reset();
  const auto now = around_->now();
  if (talk_.before_queries() && now.since_start - opened_ >= startup_time_max) {
    return finish(ending::quiet);
  }
  if (tls_ == tls_stage::delayed && now.since_start >= tls_due_) {
    tls_ = tls_stage::handshake;
  }
  talk_.resume(now);
  pump();
}

void live_session::pump() {
  if (finished_) {
    return;
  }
  write_blocked_ = false;
  read_wants_write_ = false;
  if (tls_ == tls_stage::handshake) {
    shake_hands();
  }
  bool may_have_more = true;
  for (;;) {
    const bool wrote = write_some();
    if (finished_ || talk_.what_next() != conversation::course::open) {
      break;
    }
    if (wrote && talk_.held_back()) {
      talk_.resume(around_->now());
      if (!talk_.output().empty() && !write_blocked_) {
        continue;
      }
    }
    if (!may_have_more || !read_some(may_have_more)) {
      break;
    }
  }
  if (!finished_) {
    go_on();
  }
}

void live_session::go_on() {
  switch (talk_.what_next()) {
  case conversation::course::open:
    return wait();
  case conversation::course::begin_tls:
    return begin_tls();
  case conversation::course::close:
    return finish(ending::polite);
  case conversation::course::reset:
    return finish(ending::reset);
  }
}

/// True: bytes came.
bool live_session::read_some(bool& may_have_more) {
  const bool ready = tls_ == tls_stage::none || tls_ == tls_stage::open;
  if (!ready || !talk_.wants_input()) {
    return false;
  }
  // At first no more than a request for TLS: what follows it is not for us to
  // read.
  constexpr std::size_t request_bytes = 8;
  const bool at_first =
    tls_ == tls_stage::none && talk_.before_startup() && !talk_.held_back();
  const auto room =
    around_->scratch.first(at_first ? request_bytes : around_->scratch.size());
  const auto got = stream_.read(room);
  // A socket that gave less has no more; what OpenSSL has, it does not say.
  may_have_more = got.bytes == room.size() || tls_ == tls_stage::open;
  switch (got.is) {
  case stream_state::good:
    talk_.receive({around_->scratch.data(), got.bytes}, around_->now());
    note_instance();
    return true;
  case stream_state::wants_write:
    read_wants_write_ = true;
    return false;
  case stream_state::wants_read:
    return false;
  case stream_state::ended:
    finish(ending::quiet);
    return false;
  }
  return false;
}

/// True: something was sent.
bool live_session::write_some() {
  bool moved = false;
  while (!write_blocked_ && !talk_.output().empty()
         && talk_.what_next() != conversation::course::reset) {
    const auto put = stream_.write(talk_.output());
    if (put.is == stream_state::ended) {
      finish(ending::quiet);
      return moved;
    }
    write_blocked_ = put.is != stream_state::good;
    talk_.sent(put.bytes);
    moved = moved || put.bytes != 0;
  }
  return moved;
}

void live_session::note_instance() {
  if (!joined_ && !talk_.before_startup() && talk_.instance()) {
    joined_ = true;
    around_->joined(slot_, *talk_.instance());
  }
}

void live_session::begin_tls() {
  const auto now = around_->now();
  const auto delay = around_->host.faults().tls_delay(
    talk_.instance(), now.since_start, around_->host.random());
  if (!stream_.begin_tls(around_->tls)) {
    return finish(ending::quiet);
  }
  talk_.tls_begun();
  tls_ = delay > nanoseconds{0} ? tls_stage::delayed : tls_stage::handshake;
  tls_due_ = now.since_start + delay;
  wait();
}

void live_session::shake_hands() {
  switch (stream_.handshake()) {
  case stream_state::good:
    tls_ = tls_stage::open;
    return;
  case stream_state::wants_write:
    write_blocked_ = true;
    return;
  case stream_state::wants_read:
    return;
  case stream_state::ended:
    return finish(ending::quiet);
  }
}

void live_session::wait() {
  const bool read = tls_ == tls_stage::handshake
                    || (tls_ != tls_stage::delayed && talk_.wants_input());
  const bool write = write_blocked_ || read_wants_write_;
  if (read || write) {
    around_->ring.arm(watch_, read, write);
  }
  set_timer();
}

void live_session::set_timer() {
  auto due = talk_.wakes_at();
  const auto sooner = [&due](nanoseconds other) {
    due = due ? std::min(*due, other) : other;
  };
  if (tls_ == tls_stage::delayed) {
    sooner(tls_due_);
  }
  if (talk_.before_queries()) {
    sooner(opened_ + startup_time_max);
  }
  if (due == timer_due_) {
    return;
  }
  around_->ring.cancel_timer(timer_);
  timer_due_ = due;
  if (due) {
    timer_ = around_->ring.start_timer(around_->started + *due,
                                       [this] { on_timer(); });
  }
}

void live_session::finish(ending how) {
  if (finished_) {
    return;
  }
  finished_ = true;
  around_->ring.cancel_timer(timer_);
  if (how == ending::reset) {
    stream_.make_reset();
  } else if (how == ending::polite) {
    stream_.farewell();
  }
  around_->ring.unwatch(
    watch_, [gone = &around_->gone, slot = slot_] { (*gone)(slot); });
}

} // namespace pgmuster::loadtest
