// One Sync a call. On a session of our own everything is sent at once; behind
// a pooler each call is a transaction, and the next waits for its end, because
// a failed one must be rolled back before anything else.
#include "drivers/postgres/live_session.hpp"

#include "config/free_capacity.hpp"
#include "drivers/postgres/answer_queue.hpp"
#include "drivers/postgres/conninfo.hpp"
#include "drivers/postgres/packet_hold.hpp"

#include <fmt/format.h>

#include <openssl/ssl.h>
#include <sys/ioctl.h>

#include <algorithm>

namespace pgmuster::postgres {

namespace {

using part = answer_queue::part;

/// What one `advance` reads at most before it lets its thread go on; the
/// socket is armed again and the rest follows.
constexpr int reads_max = 256;

/// It is not worth waking for each of the server's 8 KiB of a large result, nor
/// for each small answer of a cycle: this is what gathers meanwhile. Bounds
/// what a call's time may seem longer than it was.
constexpr milliseconds gathering{10};

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

/// None or one, as libpq wants to be told.
struct parameters {
  explicit parameters(const std::string& only)
    : count(only.empty() ? 0 : 1),
      value(only.data()),
      length(static_cast<int>(only.size())) {}
  int count;
  const char* value;
  int length;
  int format = 1;
};

/// Short, since the server cuts names at 63 bytes and an id has no bound. Made
/// ten times a cycle: without a format to be parsed.
std::string server_name(std::size_t number) {
  const fmt::format_int digits{number};
  return std::string{"pgmuster_"}.append(digits.data(), digits.size());
}

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
    return answers_.empty() && next_ == calls_.size();
  }
  void cancel() override { parts_.core->cancel(parts_.target, nullptr); }
  void forget_prepared() override;
  std::uint64_t bytes_read() const noexcept override {
    return answers_.bytes();
  }

private:
  bool send_next();
  bool send_own(const statement_call& call, std::size_t index);
  bool send_transaction(const statement_call& call, std::size_t index);
  bool send_alone(const char* sql);
  std::size_t number_of(const std::string& id);
  bool send_text(const std::string& sql,
                 part what,
                 std::size_t index,
                 const std::string& parameter = {});
  bool sync(part what, std::size_t index);
  bool harvest(std::vector<statement_result>& out);
  bool block_ended(answer_queue::ended what,
                   std::vector<statement_result>& out);
  [[nodiscard]] bool more_to_read() const;
  [[nodiscard]] std::optional<microseconds> time_call();
  /// `gather`: more is on its way, it is looked for in a moment.
  bool flush_and_arm(bool gather = false);
  error lost();

  live_session_parts parts_;
  PGconn* connection_;
  std::shared_ptr<doorbell> doorbell_ = std::make_shared<doorbell>();
  watch_token token_;
  /// Behind a pooler, in each transaction.
  std::string settings_sql_;
  answer_queue answers_;
  /// Hashes of ids in order of first use: what is prepared is known by its
  /// number. They are a catalog's probes, few enough to be looked through and
  /// for two never to have one hash.
  std::vector<std::size_t> ids_;
  std::vector<statement_call> calls_;
  /// The first call that was not sent yet.
  std::size_t next_ = 0;
  /// Held back until its transaction is rolled back.
  std::optional<statement_result> held_;
  bool deallocate_ = false;
  bool broken_ = false;
  mono_time head_since_{};
  reading when_ = reading::prompt;
};

live_session::live_session(live_session_parts parts)
  : parts_(std::move(parts)), connection_(parts_.connection->get()) {
  if (parts_.facts.pooled) {
    settings_sql_ = fmt::format(
      "SELECT pg_catalog.set_config('statement_timeout', '{}', true), "
      "pg_catalog.set_config('lock_timeout', '{}', true), "
      "pg_catalog.set_config('search_path', '', true)",
      parts_.statement_timeout.count(), parts_.lock_timeout.count());
  }
  broken_ = PQenterPipelineMode(connection_) == 0;
  token_ = parts_.core->reactor().watch(
    PQsocket(connection_),
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
  calls_ = std::move(calls);
  next_ = 0;
  when_ = parts_.facts.pooled ? reading::prompt : when;
  head_since_ = parts_.core->clock().mono();
  if (std::exchange(deallocate_, false) && !send_alone("DEALLOCATE ALL")) {
    return lost();
  }
  const bool all_at_once = !parts_.facts.pooled;
  const packet_hold together{PQsocket(connection_)};
  do {
    if (!send_next()) {
      return lost();
    }
  } while (all_at_once && next_ < calls_.size());
  if (all_at_once) {
    // Texts that were sent would be held until the next cycle.
    free_capacity(calls_);
    next_ = 0;
  }
  // The first answer alone is not worth waking for, either.
  if (!flush_and_arm(when_ == reading::gathered)) {
    return lost();
  }
  return {};
}

bool live_session::send_next() {
  if (next_ == calls_.size()) {
    return true;
  }
  const auto index = next_++;
  auto& call = calls_[index];
  const bool sent =
    parts_.facts.pooled ? send_transaction(call, index) : send_own(call, index);
  // Behind a pooler the calls stay until the next cycle.
  free_capacity(call.parameter);
  return sent;
}

bool live_session::send_own(const statement_call& call, std::size_t index) {
  if (call.id.empty()) {
    return send_text(call.sql, part::rows, index, call.parameter)
           && sync(part::end_of_call, index);
  }
  const auto number = number_of(call.id);
  const auto name = server_name(number);
  if (!answers_.has(number)) {
    if (PQsendPrepare(connection_, name.c_str(), call.sql.c_str(), 0, nullptr)
        == 0) {
      return false;
    }
    answers_.expect(part::prepare, index, number);
  }
  const parameters with{call.parameter};
  if (PQsendQueryPrepared(connection_, name.c_str(), with.count, &with.value,
                          &with.length, &with.format, 1)
      == 0) {
    return false;
  }
  answers_.expect(part::rows, index);
  return sync(part::end_of_call, index);
}

std::size_t live_session::number_of(const std::string& id) {
  const auto hash = std::hash<std::string>{}(id);
  const auto found = std::find(ids_.begin(), ids_.end(), hash);
  if (found != ids_.end()) {
    return static_cast<std::size_t>(found - ids_.begin());
  }
  ids_.push_back(hash);
  return ids_.size() - 1;
}

bool live_session::send_transaction(const statement_call& call,
                                    std::size_t index) {
  return send_text("BEGIN TRANSACTION READ ONLY", part::step, index)
         && send_text(settings_sql_, part::step, index)
         && (call.companion_sql.empty()
             || send_text(call.companion_sql, part::companion, index))
         && send_text(call.sql, part::rows, index, call.parameter)
         && send_text("COMMIT", part::step, index)
         && sync(part::end_of_call, index);
}

bool live_session::send_alone(const char* sql) {
  return send_text(sql, part::step, 0) && sync(part::end_of_own, 0);
}

bool live_session::send_text(const std::string& sql,
                             part what,
                             std::size_t index,
                             const std::string& parameter) {
  answers_.expect(what, index);
  const parameters with{parameter};
  return PQsendQueryParams(connection_, sql.c_str(), with.count, nullptr,
                           &with.value, &with.length, &with.format, 1)
         != 0;
}

bool live_session::sync(part what, std::size_t index) {
  answers_.expect(what, index);
  return PQpipelineSync(connection_) != 0;
}

result<std::vector<statement_result>> live_session::advance() {
  std::vector<statement_result> done;
  if (broken_) {
    return fail(errc::connection_lost);
  }
  const auto taken_before = answers_.bytes();
  const bool anything = more_to_read();
  for (int reads = 0; reads < reads_max; ++reads) {
    if (PQconsumeInput(connection_) == 0 || !harvest(done)) {
      return lost();
    }
    if (idle() || !more_to_read()) {
      break;
    }
  }
  const bool amid_result = answers_.bytes() == taken_before;
  // Where nothing came, what is missing may be long in coming.
  if (!flush_and_arm(anything && (amid_result || when_ == reading::gathered))) {
    return lost();
  }
  return done;
}

bool live_session::harvest(std::vector<statement_result>& out) {
  while (!answers_.empty() && PQisBusy(connection_) == 0) {
    result_ptr rows{PQgetResult(connection_)};
    if (rows == nullptr) {
      if (!answers_.end_of_part()) {
        return false;
      }
      continue;
    }
    if (!block_ended(answers_.take(std::move(rows)), out)) {
      return false;
    }
  }
  return PQstatus(connection_) == CONNECTION_OK;
}

/// False when the connection is of no more use.
bool live_session::block_ended(answer_queue::ended what,
                               std::vector<statement_result>& out) {
  if (what == answer_queue::ended::nothing
      || what == answer_queue::ended::never) {
    return what == answer_queue::ended::nothing;
  }
  if (what == answer_queue::ended::own) {
    const bool failed = answers_.failed();
    static_cast<void>(answers_.finish_call());
    if (held_) {
      out.push_back(*std::exchange(held_, std::nullopt));
      return !failed && send_next();
    }
    return !failed;
  }
  const bool failed = answers_.failed();
  auto finished = answers_.finish_call();
  finished.took = time_call();
  if (parts_.facts.pooled && failed) {
    held_ = std::move(finished);
    return send_alone("ROLLBACK");
  }
  out.push_back(std::move(finished));
  return !parts_.facts.pooled || send_next();
}

/// Of the call that has just ended.
std::optional<microseconds> live_session::time_call() {
  const auto now = parts_.core->clock().mono();
  const auto took = now - std::exchange(head_since_, now);
  if (when_ == reading::gathered && took < 2 * gathering) {
    return std::nullopt;
  }
  return std::chrono::duration_cast<microseconds>(took);
}

bool live_session::more_to_read() const {
  // libpq 15 may leave bytes in OpenSSL's buffer, where no poll sees them.
  if (auto* const tls = static_cast<SSL*>(PQsslStruct(connection_, "OpenSSL"));
      tls != nullptr && SSL_pending(tls) > 0) {
    return true;
  }
  int waiting = 0;
  return ::ioctl(PQsocket(connection_), FIONREAD, &waiting) == 0 && waiting > 0;
}

bool live_session::flush_and_arm(bool gather) {
  const int unflushed = PQflush(connection_);
  if (unflushed < 0) {
    return false;
  }
  if (gather && !idle() && unflushed == 0) {
    parts_.core->reactor().start_timer(parts_.core->clock().mono() + gathering,
                                       [bell = doorbell_] { bell->ring(); });
  } else if (!idle()) {
    parts_.core->reactor().arm(token_, true, unflushed == 1);
  }
  return true;
}

error live_session::lost() {
  broken_ = true;
  // What the server said last, if it said why. Where the end is noticed by a
  // failing send, libpq has taken its words in but not told them yet.
  std::vector<statement_result> unheard;
  static_cast<void>(harvest(unheard));
  if (answers_.failed()) {
    if (auto last = answers_.finish_call(); !last.rows) {
      return last.rows.error();
    }
  }
  return fail(errc::connection_lost, one_line(PQerrorMessage(connection_), {}));
}

void live_session::forget_prepared() {
  deallocate_ = deallocate_ || answers_.has_any();
  answers_.forget_prepared();
}

} // namespace

std::unique_ptr<session> make_live_session(live_session_parts parts) {
  return std::make_unique<live_session>(std::move(parts));
}

} // namespace pgmuster::postgres
