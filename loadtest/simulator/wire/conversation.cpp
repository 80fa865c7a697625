// The loop over messages, and what flows in and out.
#include "loadtest/simulator/wire/conversation.hpp"

#include <algorithm>

namespace pgmuster::loadtest {

namespace {

/// As PostgreSQL's own buffer.
constexpr std::size_t flush_bytes = 8'192;

} // namespace

conversation::conversation(session_host& host,
                           session_key key,
                           std::optional<instance_number> fixed)
  : host_(&host), key_(key), instance_(fixed) {}

void conversation::note_question(sim_time now) noexcept {
  const bool first = asked_since_ == wall_time{};
  const bool anew =
    !before_queries() && now.wall - asked_until_ > next_question;
  if (first || anew) {
    asked_since_ = now.wall;
  }
  asked_until_ = std::max(asked_until_, now.wall);
}

void conversation::receive(std::string_view bytes, sim_time now) {
  note_question(now);
  if (in_.empty()) {
    // The common case copies nothing.
    in_ = bytes.substr(run(bytes, now));
  } else {
    in_ += bytes;
    in_.erase(0, run(in_, now));
  }
  if (in_.empty()) {
    in_.shrink_to_fit();
  }
}

void conversation::resume(sim_time now) {
  if (waiting_ && waiting_->until <= now.since_start) {
    const bool was_startup = waiting_->how.where == delivery::to::startup;
    finish_waiting();
    if (was_startup) {
      decide_startup(now);
    }
  }
  if (simple_ && can_go_on()) {
    run_simple(now);
  }
  in_.erase(0, run(in_, now));
  if (in_.empty()) {
    in_.shrink_to_fit();
  }
}

bool conversation::can_go_on() const noexcept {
  return course_ == course::open && !waiting_
         && out_.size() - sent_ < output_backlog_max;
}

bool conversation::wants_input() const noexcept {
  return can_go_on()
         || (course_ == course::open && waiting_
             && in_.size() < input_backlog_max);
}

std::size_t conversation::run(std::string_view bytes, sim_time now) {
  std::size_t consumed = 0;
  while (can_go_on() && !simple_) {
    const auto rest = bytes.substr(consumed);
    const auto message =
      stage_ == stage::startup ? cut_startup(rest) : cut_typed(rest);
    if (message.is == cut_message::outcome::partial) {
      break;
    }
    if (message.is == cut_message::outcome::broken) {
      violation("invalid message length");
      break;
    }
    consumed += message.size;
    take(message, now);
    flush_if_full();
    if (course_ == course::begin_tls && consumed < bytes.size()) {
      // As PostgreSQL: somebody may have slipped them in before the TLS.
      violation("received unencrypted data after SSL request");
    }
  }
  return course_ == course::open || course_ == course::begin_tls ? consumed
                                                                 : bytes.size();
}

void conversation::flush_if_full() noexcept {
  if (out_.size() - flushable_ >= flush_bytes) {
    flush();
  }
}

void conversation::take(const cut_message& message, sim_time now) {
  if (stage_ == stage::startup) {
    return take_startup(message.body, now);
  }
  if (stage_ != stage::queries) {
    if (message.type != 'p') {
      return violation("expected a password");
    }
    return stage_ == stage::sasl_first ? take_sasl_first(message.body)
                                       : take_sasl_last(message.body);
  }
  if (message.type == 'X') {
    course_ = course::close;
    return;
  }
  if (message.type == 'Q') {
    const auto sql = read_text(message.body);
    return sql ? take_query(*sql, now) : violation("invalid message format");
  }
  take_extended(message, now);
}

void conversation::violation(std::string_view words) {
  ++host_->counts().protocol_violations;
  write().complaint(severity::fatal, "08P01", words);
  flush();
  course_ = course::close;
}

void conversation::cancel(sim_time now) {
  if (!waiting_ || waiting_->deaf
      || waiting_->how.where == delivery::to::startup) {
    ++host_->counts().cancels_unheard;
    return;
  }
  ++host_->counts().cancels;
  waiting_->answer = wire_answer{};
  waiting_->answer.sqlstate = "57014";
  waiting_->answer.message = "canceling statement due to user request";
  waiting_->until = now.since_start;
  resume(now);
}

void conversation::shut(std::string_view sqlstate, std::string_view words) {
  // Half a row was sent: nothing can be said any more.
  const bool cut_off = waiting_ && waiting_->how.sent != 0;
  waiting_.reset();
  if (course_ == course::open && stage_ != stage::startup && !cut_off) {
    write().complaint(severity::fatal, sqlstate, words);
    flush();
  }
  if (course_ != course::reset) {
    course_ = course::close;
  }
}

std::string_view conversation::output() const noexcept {
  return std::string_view{out_}.substr(sent_, flushable_ - sent_);
}

void conversation::sent(std::size_t bytes) {
  sent_ += bytes;
  if (sent_ == out_.size()) {
    // An idle session keeps no buffer. (Assigning an empty string would.)
    std::string{}.swap(out_);
    sent_ = flushable_ = 0;
  }
}

void conversation::tls_begun() noexcept {
  ++host_->counts().tls_sessions;
  encrypted_ = true;
  course_ = course::open;
}

std::optional<nanoseconds> conversation::wakes_at() const noexcept {
  if (!waiting_ || waiting_->until == forever) {
    return std::nullopt;
  }
  return waiting_->until;
}

} // namespace pgmuster::loadtest
