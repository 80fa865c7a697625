// Name → addresses in turn → libpq's handshake → whose session is it → SETs.
#include "drivers/postgres/connect_task.hpp"

#include "drivers/postgres/backend_key.hpp"
#include "drivers/postgres/connect_error.hpp"
#include "drivers/postgres/connect_tls.hpp"
#include "drivers/postgres/conninfo.hpp"
#include "drivers/postgres/live_session.hpp"
#include "drivers/postgres/resolver.hpp"
#include "drivers/postgres/tls_options.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace pgmuster::postgres {
namespace {

constexpr const char* whose_session_sql = "SELECT pg_catalog.pg_backend_pid()";
/// For the day a transaction of ours is left open.
constexpr milliseconds idle_in_transaction{10'000};

void ignore_notice(void* /*unused*/, const PGresult* /*notice*/) {}
enum class stage : std::uint8_t {
  failed,
  resolving,
  handshake,
  whose_session,
  settings
};

class connect_task final : public loop_task {
public:
  connect_task(std::shared_ptr<connector_core> core,
               waiting_connect what,
               mono_time now)
    : core_(std::move(core)),
      what_(std::move(what)),
      now_(now),
      deadline_(now + what_.request.deadline),
      due_(deadline_) {
    begin();
  }

  void waits_for(std::vector<pollfd>& out) const override;
  [[nodiscard]] mono_time due() const override { return due_; }
  bool step(std::span<const pollfd> ready, mono_time now) override;
  void abandon() override { answer(fail(errc::stopping)); }

private:
  void begin();
  result<void> read_dsn();
  void begin_resolving();
  void begin_address();
  void address_failed(error why);
  void let_go();
  void give_up(error why);
  /// Where a peer fell silent: a firewall, a proxy and a sick server differ.
  [[nodiscard]] std::string what_was_awaited() const;
  void step_resolving(std::span<const pollfd> ready);
  void step_handshake();
  void handshake_failed(ConnStatusType before);
  void step_query();
  void handshake_done();
  void send(const char* sql, stage next);
  void query_done();
  void keep(result_ptr rows);
  std::string settings_sql();
  bool answer(result<std::unique_ptr<session>> outcome);
  std::unique_ptr<session> make();
  [[nodiscard]] error explain(errc code, std::string_view words) const;
  [[nodiscard]] const endpoint& here() const { return endpoints_.front(); }

  std::shared_ptr<connector_core> core_;
  waiting_connect what_;
  mono_time now_;
  mono_time deadline_;
  mono_time due_;
  stage stage_ = stage::failed;
  error error_;

  option_map options_;
  secret_string password_;
  endpoint endpoint_;
  std::unique_ptr<resolver> resolver_;
  std::deque<endpoint> endpoints_;
  std::string warning_;
  PostgresPollingStatusType polling_ = PGRES_POLLING_WRITING;
  connect_tls tls_{core_->roots(), core_->counts().roots_not_shared};
  connection_ptr connection_;
  bool unflushed_ = false;
  std::string answer_;
};

void connect_task::begin() {
  if (auto read = read_dsn(); !read) {
    return give_up(read.error());
  }
  if (is_socket_folder(endpoint_.host) && endpoint_.address.empty()) {
    endpoints_.push_back(endpoint_);
    return begin_address();
  }
  if (endpoint_.address.empty() && is_numeric(endpoint_.host)) {
    endpoint_.address = endpoint_.host;
  }
  if (!endpoint_.address.empty()) {
    endpoints_.push_back(endpoint_);
    return begin_address();
  }
  begin_resolving();
}

result<void> connect_task::read_dsn() {
  auto options = parse_conninfo(what_.request.dsn.reveal());
  if (!options) {
    return options.error();
  }
  options_ = std::move(options.value());
  if (auto named = name_tls_files(options_, what_.request.tls); !named) {
    return named.error();
  }
  auto port = parse_port(options_["port"]);
  if (!port) {
    return port.error();
  }
  endpoint_ = {options_["host"], options_["hostaddr"], port.value()};
  auto password = read_password(what_.request.password);
  if (!password) {
    return password.error();
  }
  password_ = password->empty() ? secret_string{options_["password"]}
                                : std::move(password.value());
  return {};
}

void connect_task::begin_resolving() {
  // Half of the deadline at most, so that a slow name server leaves time.
  resolver_ = std::make_unique<resolver>(
    endpoint_.host, what_.request.deadline / 2, core_->name_servers());
  stage_ = stage::resolving;
  due_ = std::min(deadline_, now_ + resolver_->patience());
}

void connect_task::begin_address() {
  const auto left = deadline_ - now_;
  due_ = now_ + left / static_cast<std::int64_t>(endpoints_.size());
  auto made =
    make_parameters(options_, here(), what_.request.database, password_);
  warning_ = made.warning;
  if (auto ready = tls_.prepare(here(), made.values); !ready) {
    return give_up(explain(errc::tls_failed, ready.error().context));
  }
  connection_ = start_connecting(made.values);
  if (connection_ == nullptr) {
    return give_up(explain(errc::too_many_ours, "out of memory"));
  }
  PQsetNoticeReceiver(connection_.get(), ignore_notice, nullptr);
  PQsetErrorVerbosity(connection_.get(), PQERRORS_VERBOSE);
  if (PQstatus(connection_.get()) == CONNECTION_BAD) {
    const auto code =
      classify_connect_failure(connection_.get(), CONNECTION_BAD);
    return address_failed(explain(code, PQerrorMessage(connection_.get())));
  }
  polling_ = PGRES_POLLING_WRITING;
  stage_ = stage::handshake;
}

std::string connect_task::what_was_awaited() const {
  const std::string words = "no answer in time";
  if (stage_ != stage::handshake) {
    return words + " to our first statement";
  }
  switch (PQstatus(connection_.get())) {
  case CONNECTION_STARTED:
    return words + " to TCP";
  case CONNECTION_SSL_STARTUP:
    return words + " to our TLS handshake";
  default:
    return words + " to our greeting";
  }
}

/// Tries the next address, or gives up with the last one's reason.
void connect_task::address_failed(error why) {
  const auto code = static_cast<errc>(why.code.value());
  let_go();
  if (endpoints_.size() > 1 && now_ < deadline_
      && worth_another_address(code)) {
    endpoints_.pop_front();
    return begin_address();
  }
  give_up(std::move(why));
}

/// Closed like a session: the server may still have its half of it.
void connect_task::let_go() {
  if (connection_ != nullptr) {
    core_->close(server_link{std::move(connection_)}, what_.request.permit);
  }
}

void connect_task::give_up(error why) {
  let_go();
  stage_ = stage::failed;
  error_ = std::move(why);
  due_ = now_;
}

void connect_task::waits_for(std::vector<pollfd>& out) const {
  short events = POLLIN;
  switch (stage_) {
  case stage::failed:
    return;
  case stage::resolving:
    return resolver_->waits_for(out);
  case stage::handshake:
    events = polling_ == PGRES_POLLING_READING ? POLLIN : POLLOUT;
    break;
  case stage::whose_session:
  case stage::settings:
    events = static_cast<short>(POLLIN | (unflushed_ ? POLLOUT : 0));
    break;
  }
  out.push_back({PQsocket(connection_.get()), events, 0});
}

bool connect_task::step(std::span<const pollfd> ready, mono_time now) {
  now_ = now;
  const bool signalled = !ready.empty() && ready.front().revents != 0;
  if (stage_ == stage::resolving) {
    step_resolving(ready);
  } else if (stage_ != stage::failed && now_ >= due_) {
    // Asked first: a peer that trickles bytes has no more time than others.
    address_failed(explain(errc::timed_out, what_was_awaited()));
  } else if (stage_ == stage::handshake && signalled) {
    step_handshake();
  } else if (stage_ != stage::failed && signalled) {
    step_query();
  }
  return stage_ == stage::failed ? answer(error_) : what_.done != nullptr;
}

void connect_task::step_resolving(std::span<const pollfd> ready) {
  resolver_->step(ready);
  if (const auto& outcome = resolver_->outcome(); outcome) {
    if (!*outcome) {
      return give_up(outcome->error());
    }
    for (const auto& address : outcome->value()) {
      endpoints_.push_back({endpoint_.host, address, endpoint_.port});
    }
    resolver_.reset();
    return begin_address();
  }
  if (now_ >= deadline_) {
    return give_up(fail(errc::name_not_resolved,
                        fmt::format("{}: no answer in time", endpoint_.host)));
  }
  due_ = std::min(deadline_, now_ + resolver_->patience());
}

void connect_task::step_handshake() {
  const auto before = PQstatus(connection_.get());
  polling_ = tls_.poll(connection_.get());
  if (polling_ == PGRES_POLLING_OK) {
    handshake_done();
  } else if (polling_ == PGRES_POLLING_FAILED) {
    handshake_failed(before);
  }
}

void connect_task::handshake_failed(ConnStatusType before) {
  const std::string_view said = PQerrorMessage(connection_.get());
  const auto code = classify_connect_failure(connection_.get(), before);
  if (code != errc::tls_failed) {
    return address_failed(explain(code, said));
  }
  if (tls_.again(said)) {
    connection_.reset();
    return begin_address();
  }
  address_failed(explain(code, tls_.words(without_preamble(said))));
}

void connect_task::handshake_done() {
  connect_tls::finish(connection_.get());
  PQsetErrorVerbosity(connection_.get(), PQERRORS_DEFAULT);
  PQsetnonblocking(connection_.get(), 1);
  due_ = deadline_;
  send(whose_session_sql, stage::whose_session);
}

void connect_task::send(const char* sql, stage next) {
  stage_ = next;
  if (PQsendQuery(connection_.get(), sql) == 0) {
    return give_up(
      explain(errc::connection_lost, PQerrorMessage(connection_.get())));
  }
  unflushed_ = PQflush(connection_.get()) == 1;
}

void connect_task::step_query() {
  PGconn* const connection = connection_.get();
  if (PQconsumeInput(connection) == 0) {
    return give_up(explain(errc::connection_lost, PQerrorMessage(connection)));
  }
  unflushed_ = PQflush(connection) == 1;
  while (PQisBusy(connection) == 0) {
    result_ptr rows{PQgetResult(connection)};
    if (rows == nullptr) {
      return query_done();
    }
    keep(std::move(rows));
    if (stage_ == stage::failed) {
      return;
    }
  }
}

void connect_task::keep(result_ptr rows) {
  const auto status = PQresultStatus(rows.get());
  if (status == PGRES_TUPLES_OK && PQntuples(rows.get()) == 1
      && PQnfields(rows.get()) == 1) {
    answer_ = PQgetvalue(rows.get(), 0, 0);
  } else if (status != PGRES_COMMAND_OK) {
    const char* const state = PQresultErrorField(rows.get(), PG_DIAG_SQLSTATE);
    give_up(explain(state == nullptr ? errc::connection_lost
                                     : classify_sqlstate(state),
                    PQresultErrorMessage(rows.get())));
  }
}

void connect_task::query_done() {
  const bool own = answer_ == std::to_string(PQbackendPID(connection_.get()));
  if (stage_ == stage::whose_session && own) {
    return send(settings_sql().c_str(), stage::settings);
  }
  answer(make());
}

// Plans are for catalogs, small and cached: indexes, no workers, no compiling.
std::string connect_task::settings_sql() {
  const auto& request = what_.request;
  const text_ptr name{PQescapeLiteral(connection_.get(),
                                      request.application_name.c_str(),
                                      request.application_name.size())};
  return fmt::format(
    R"(SET default_transaction_read_only = on; SET statement_timeout = {};
SET lock_timeout = {}; SET idle_in_transaction_session_timeout = {};
SET application_name = {}; SET search_path = ''; SET jit = off;
SET client_min_messages = error; SET max_parallel_workers_per_gather = 0;
SET random_page_cost = 1.1; SET plan_cache_mode = force_generic_plan)",
    request.statement_timeout.count(), request.lock_timeout.count(),
    idle_in_transaction.count(), name ? name.get() : "''");
}

std::unique_ptr<session> connect_task::make() {
  PGconn* const connection = connection_.get();
  live_session_parts parts;
  parts.facts.version_num = PQserverVersion(connection);
  parts.facts.backend_pid = std::atoi(answer_.c_str());
  parts.facts.pooled = stage_ == stage::whose_session;
  parts.facts.encrypted = PQsslInUse(connection) != 0;
  parts.facts.warning = warning_;
  parts.target = make_cancel_target(PQsocket(connection), key_of(connection));
  parts.statement_timeout = what_.request.statement_timeout;
  parts.lock_timeout = what_.request.lock_timeout;
  parts.connection = std::make_shared<counted_connection>(
    server_link::ready(std::move(connection_)), core_,
    std::move(what_.request.permit));
  parts.core = core_;
  return make_live_session(std::move(parts));
}

/// False, for `step` to return.
bool connect_task::answer(result<std::unique_ptr<session>> outcome) {
  if (what_.done != nullptr) {
    auto& counts = core_->counts();
    ++(outcome ? counts.succeeded : counts.failed);
    std::exchange(what_.done, nullptr)(std::move(outcome));
  }
  return false;
}

error connect_task::explain(errc code, std::string_view words) const {
  return fail(code, fmt::format("{}: {}", here().label(),
                                one_line(without_preamble(words), password_)));
}

} // namespace

std::unique_ptr<loop_task>
make_connect_task(std::shared_ptr<connector_core> core,
                  waiting_connect what,
                  mono_time now) {
  return std::make_unique<connect_task>(std::move(core), std::move(what), now);
}

} // namespace pgmuster::postgres
