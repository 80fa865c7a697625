// libpq makes a connection and ends it; between, the protocol is spoken here,
// with one Sync a call. On a session of our own everything is sent at once;
// behind a pooler each call is a transaction, and the next waits for its end,
// because a failed one must be rolled back before anything else.
#include "drivers/postgres/live_session.hpp"

#include "config/free_capacity.hpp"
#include "drivers/postgres/answer_queue.hpp"
#include "drivers/postgres/byte_channel.hpp"
#include "drivers/postgres/call_writer.hpp"
#include "drivers/postgres/conninfo.hpp"
#include "drivers/postgres/look_pace.hpp"
#include "drivers/postgres/spare_bytes.hpp"
#include "drivers/postgres/wire/message_splitter.hpp"

#include <array>

namespace pgmuster::postgres {

namespace {

using kind = byte_channel::outcome::kind;

/// What one `advance` reads at most before it lets its thread go on; the
/// socket is armed again and the rest follows.
constexpr std::uint64_t advance_bytes_max = 4 * 1024 * 1024;
/// What is read at once: most cycles' answers whole; over TLS, one record.
constexpr std::size_t read_size = 64 * 1024;

/// Who is told of readiness; shared with the reactor's callback.
class doorbell {
public:
  void set(std::function<void()> on_ready) {
    const std::lock_guard lock{mutex_};
    on_ready_ =
      on_ready
        ? std::make_shared<const std::function<void()>>(std::move(on_ready))
        : nullptr;
  }
  void ring() {
    std::shared_ptr<const std::function<void()>> target;
    {
      const std::lock_guard lock{mutex_};
      target = on_ready_;
    }
    if (target) {
      (*target)();
    }
  }

private:
  std::mutex mutex_;
  std::shared_ptr<const std::function<void()>> on_ready_;
};

/// In a cycle that is gathered, a call that answers this long after the last
/// look is told to have taken it: longer than a look is late by itself.
constexpr milliseconds long_call = 3 * look_pace::step;

class live_session final : public session {
public:
  explicit live_session(live_session_parts parts);
  live_session(const live_session&) = delete;
  live_session& operator=(const live_session&) = delete;
  ~live_session() override;

  const session_facts& facts() const noexcept override { return parts_.facts; }
  void notify(std::function<void()> on_ready) override {
    doorbell_->set(std::move(on_ready));
  }
  result<void> start(std::vector<statement_call> calls, reading when) override;
  result<std::vector<statement_result>> advance() override;
  bool idle() const noexcept override {
    return answers_.empty() && next_ == calls_.size() && !lost_;
  }
  void cancel() override { parts_.core->cancel(parts_.target, nullptr); }
  void forget_prepared() override;
  std::uint64_t bytes_read() const noexcept override { return bytes_read_; }

private:
  void send_next();
  void send_alone(const char* sql) {
    call_writer::write_alone(sql, unsent_, answers_);
  }
  /// Reads what has come, or enough of it for one advance.
  kind read_all(std::vector<statement_result>& out);
  byte_channel::outcome read_once(std::vector<statement_result>& out);
  bool take(std::string_view bytes, std::vector<statement_result>& out);
  bool block_ended(answer_queue::ended what,
                   std::vector<statement_result>& out);
  void time_calls(std::vector<statement_result>& done);
  bool flush();
  /// `gather`: more is on its way, it is looked for after that.
  bool flush_and_arm(std::optional<milliseconds> gather);
  error lost();

  live_session_parts parts_;
  byte_channel channel_;
  std::shared_ptr<doorbell> doorbell_ = std::make_shared<doorbell>();
  watch_token token_;
  /// What was asked and not sent yet.
  std::string unsent_;
  message_splitter splitter_;
  answer_queue answers_;
  std::uint64_t bytes_read_ = 0;
  call_writer writer_;
  std::vector<statement_call> calls_;
  /// The first call that was not sent yet.
  std::size_t next_ = 0;
  /// Held back until its transaction is rolled back.
  std::optional<statement_result> held_;
  bool deallocate_ = false;
  bool broken_ = false;
  /// Why it is broken, where that is still to be told.
  std::optional<error> lost_;
  mono_time head_since_{};
  reading when_ = reading::prompt;
  look_pace pace_;
  bool looked_ = false;
};

live_session::live_session(live_session_parts parts)
  : parts_(std::move(parts)), channel_(parts_.connection->link()) {
  if (parts_.facts.pooled) {
    writer_ = {parts_.statement_timeout, parts_.lock_timeout};
  }
  broken_ = !channel_.usable();
  token_ = parts_.core->reactor().watch(
    channel_.descriptor(),
    [bell = doorbell_](readiness /*which*/) { bell->ring(); });
}

live_session::~live_session() {
  doorbell_->set(nullptr);
  const auto running = idle() ? std::nullopt : parts_.target;
  parts_.core->reactor().unwatch(
    token_,
    [core = parts_.core, connection = std::move(parts_.connection),
     running]() mutable { core->reap(std::move(connection), running); });
}

result<void> live_session::start(std::vector<statement_call> calls,
                                 reading when) {
  if (broken_ || !idle()) {
    return fail(errc::connection_lost, broken_ ? "" : "a call is pending");
  }
  if (!unsent_.empty()) {
    answers_.break_off(errc::protocol_violation,
                       "the server answered before it was asked");
  }
  if (answers_.failed()) {
    return lost();
  }
  calls_ = std::move(calls);
  next_ = 0;
  when_ = parts_.facts.pooled ? reading::prompt : when;
  head_since_ = parts_.core->clock().mono();
  unsent_ = take_spare_bytes();
  if (std::exchange(deallocate_, false)) {
    answers_.forget_prepared();
    send_alone("DEALLOCATE ALL");
  }
  const bool all_at_once = !parts_.facts.pooled;
  do {
    send_next();
  } while (all_at_once && next_ < calls_.size());
  if (all_at_once) {
    // Texts that were sent would be held until the next cycle.
    free_capacity(calls_);
    next_ = 0;
  }
  looked_ = false;
  // The first answer alone is not worth waking for, either.
  if (!flush_and_arm(when_ == reading::gathered
                       ? std::optional{pace_.first_wait()}
                       : std::nullopt)) {
    return lost();
  }
  return {};
}

void live_session::send_next() {
  if (next_ == calls_.size()) {
    return;
  }
  const auto index = next_++;
  auto& call = calls_[index];
  writer_.write(call, index, unsent_, answers_);
  // Behind a pooler the calls stay until the next cycle.
  free_capacity(call.parameter);
}

result<std::vector<statement_result>> live_session::advance() {
  std::vector<statement_result> done;
  if (lost_) {
    return *std::exchange(lost_, std::nullopt);
  }
  if (broken_) {
    return fail(errc::connection_lost);
  }
  const auto answered_before = answers_.answered();
  const auto read_before = bytes_read_;
  const auto ended = read_all(done);
  time_calls(done);
  looked_ = true;
  std::optional<milliseconds> gather;
  const bool amid_result = answers_.answered() == answered_before;
  // Where nothing came, what is missing may be long in coming; and where there
  // is more than one advance reads, it is not waited for.
  if (ended == kind::later && bytes_read_ != read_before
      && (amid_result || when_ == reading::gathered)) {
    gather = look_pace::next_wait();
  }
  if (ended != kind::over && flush_and_arm(gather)) {
    return done;
  }
  auto why = lost();
  if (done.empty()) {
    return why;
  }
  // What had come before is told first.
  lost_ = std::move(why);
  parts_.core->reactor().start_timer(parts_.core->clock().mono(),
                                     [bell = doorbell_] { bell->ring(); });
  return done;
}

/// `moved`: there may be more.
kind live_session::read_all(std::vector<statement_result>& out) {
  const auto enough = bytes_read_ + advance_bytes_max;
  while (!idle() && bytes_read_ < enough) {
    const auto came = read_once(out);
    if (came.is != kind::moved) {
      return came.is;
    }
    if (!channel_.may_have_more(came.bytes, read_size)) {
      return kind::later;
    }
  }
  return kind::moved;
}

byte_channel::outcome
live_session::read_once(std::vector<statement_result>& out) {
  std::array<char, read_size> bytes;
  const auto came = channel_.read(bytes);
  if (came.is != kind::moved) {
    return came;
  }
  bytes_read_ += came.bytes;
  return take({bytes.data(), came.bytes}, out)
           ? came
           : byte_channel::outcome{kind::over};
}

/// False when the connection is of no more use.
bool live_session::take(std::string_view bytes,
                        std::vector<statement_result>& out) {
  server_message message;
  for (;;) {
    switch (splitter_.next(bytes, message)) {
    case message_splitter::outcome::more:
      return true;
    case message_splitter::outcome::broken:
      answers_.break_off(errc::protocol_violation,
                         "the server sent a message of a length that cannot "
                         "be");
      return false;
    case message_splitter::outcome::message:
      if (!block_ended(answers_.take(message), out)) {
        return false;
      }
    }
  }
}

/// False when the connection is of no more use.
bool live_session::block_ended(answer_queue::ended what,
                               std::vector<statement_result>& out) {
  if (what == answer_queue::ended::nothing
      || what == answer_queue::ended::never) {
    return what == answer_queue::ended::nothing;
  }
  if (what == answer_queue::ended::own) {
    if (held_) {
      out.push_back(*std::exchange(held_, std::nullopt));
    }
    if (answers_.failed()) {
      return false;
    }
    send_next();
    return true;
  }
  const bool failed = answers_.failed();
  auto finished = answers_.finish_call();
  if (parts_.facts.pooled && failed) {
    held_ = std::move(finished);
    send_alone("ROLLBACK");
    return true;
  }
  out.push_back(std::move(finished));
  if (parts_.facts.pooled) {
    send_next();
  }
  return true;
}

/// Those that were read together have the same share of the time since the last
/// ones: what each of them took is not known.
void live_session::time_calls(std::vector<statement_result>& done) {
  const bool first_look = !looked_;
  if (first_look && when_ == reading::gathered) {
    pace_.looked(idle());
  }
  if (done.empty()) {
    return;
  }
  const auto now = parts_.core->clock().mono();
  const auto took = std::chrono::duration_cast<microseconds>(
    now - std::exchange(head_since_, now));
  if (when_ == reading::prompt) {
    for (auto& one : done) {
      one.took = took / static_cast<std::int64_t>(done.size());
    }
  } else if (!first_look && took >= long_call) {
    // The first look waits by itself.
    done.front().took = took;
  }
}

/// False when the connection is of no more use.
bool live_session::flush() {
  std::string_view rest{unsent_};
  while (!rest.empty()) {
    const auto went = channel_.write(rest);
    if (went.is == kind::over) {
      return false;
    }
    if (went.is == kind::later) {
      unsent_.erase(0, unsent_.size() - rest.size());
      return true;
    }
    rest.remove_prefix(went.bytes);
  }
  give_spare_bytes(std::move(unsent_));
  return true;
}

bool live_session::flush_and_arm(std::optional<milliseconds> gather) {
  if (!flush()) {
    return false;
  }
  if (idle()) {
    return true;
  }
  const bool to_write = channel_.waits_to_write();
  if (gather && !to_write) {
    parts_.core->reactor().start_timer(parts_.core->clock().mono() + *gather,
                                       [bell = doorbell_] { bell->ring(); });
  } else {
    parts_.core->reactor().arm(token_, true, to_write);
  }
  return true;
}

error live_session::lost() {
  broken_ = true;
  // What the server said last, if it said why: where the end is noticed by a
  // failing send, its words wait to be read.
  std::vector<statement_result> unheard;
  const auto why = channel_.why();
  const auto enough = bytes_read_ + advance_bytes_max;
  while (!answers_.failed() && bytes_read_ < enough
         && read_once(unheard).is == kind::moved) {
  }
  if (answers_.failed()) {
    return answers_.finish_call().rows.error();
  }
  return fail(errc::connection_lost, one_line(why, {}));
}

void live_session::forget_prepared() {
  // Answers that are on their way have no columns but those that are known.
  deallocate_ = deallocate_ || answers_.has_any() || !answers_.empty();
}

} // namespace

std::unique_ptr<session> make_live_session(live_session_parts parts) {
  return std::make_unique<live_session>(std::move(parts));
}

} // namespace pgmuster::postgres
