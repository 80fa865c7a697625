// Attributes of `db.server.query_sample`; empty ones are left out.
#include "drivers/postgres/sessions/session_events.hpp"

#include "config/utf8.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

namespace pgmuster::postgres {

namespace {

/// Names are cut here; the server's own are shorter.
constexpr std::size_t name_bytes_max = 128;

void add(target_event& into, const char* key, std::string_view value) {
  if (!value.empty()) {
    into.described.push_back(
      {key, std::string{value.substr(0, name_bytes_max)}});
  }
}

std::string rfc3339(std::int64_t microseconds_since_epoch) {
  if (microseconds_since_epoch == 0) {
    return {};
  }
  const std::chrono::sys_time<microseconds> time{
    microseconds{microseconds_since_epoch}};
  const auto whole = std::chrono::floor<seconds>(time);
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:06}Z",
                     fmt::gmtime(std::chrono::system_clock::to_time_t(whole)),
                     (time - whole).count());
}

std::string listed(const std::vector<std::int64_t>& pids) {
  return fmt::format("{{{}}}", fmt::join(pids, ","));
}

/// The application's name without the trace that it may carry.
std::string_view told_application(std::string_view name) {
  auto before = before_trace_context(name);
  if (before.size() < name.size()) {
    constexpr std::string_view label = "traceparent";
    while (!before.empty()
           && std::string_view{" =:'\";,/"}.find(before.back())
                != std::string_view::npos) {
      before.remove_suffix(1);
    }
    if (before.ends_with(label)) {
      before.remove_suffix(label.size());
    }
    while (!before.empty() && before.back() == ' ') {
      before.remove_suffix(1);
    }
  }
  return before;
}

/// Who it is, on every event about a session.
void describe_session(const seen_session& one, target_event& into) {
  add(into, "db.system.name", "postgresql");
  add(into, "db.namespace", one.database);
  add(into, "user.name", one.user);
  add(into, "postgresql.state", one.state);
  add(into, application_name_key, told_application(one.application));
  into.measured.push_back({"postgresql.pid", number::of(one.id)});
  into.trace = find_trace_context(one.application);
}

microseconds running(const seen_session& one, std::int64_t server_now) {
  return microseconds{one.query_start == 0 || server_now < one.query_start
                        ? 0
                        : server_now - one.query_start};
}

/// The finaliser of splitmix64.
std::uint64_t mixed(std::uint64_t value) noexcept {
  value = (value ^ (value >> 30U)) * 0xbf58476d1ce4e5b9U;
  value = (value ^ (value >> 27U)) * 0x94d049bb133111ebU;
  return value ^ (value >> 31U);
}

std::uint64_t hash_of(std::string_view type, std::string_view wait) {
  std::uint64_t made = 14'695'981'039'346'656'037U;
  for (const auto part : {type, wait}) {
    for (const char letter : part) {
      made = (made ^ static_cast<unsigned char>(letter)) * 1'099'511'628'211U;
    }
    made = (made ^ 0xffU) * 1'099'511'628'211U;
  }
  return made;
}

} // namespace

target_event sample_event(const seen_session& one, const session_moment& at) {
  target_event made;
  made.name = event_names::query_sample;
  made.kind = event_kind::sample;
  made.time = at.now;
  made.body = "a session at work";
  describe_session(one, made);
  add(made, "network.peer.address", one.client_address);
  if (one.client_port > 0) {
    made.measured.push_back({"network.peer.port", number::of(one.client_port)});
  }
  add(made, "postgresql.wait_event_type", one.wait_type);
  add(made, "postgresql.wait_event", one.wait);
  add(made, "postgresql.query_start", rfc3339(one.query_start));
  if (one.query_id != 0) {
    add(made, "postgresql.query_id", std::to_string(one.query_id));
  }
  const auto runs = running(one, at.server_now);
  // The receiver's name for how long the query has been running, in ms.
  made.measured.push_back(
    {"postgresql.total_exec_time",
     number::of(static_cast<double>(runs.count()) / 1e3)});
  if (!one.blocked_by.empty()) {
    add(made, "postgresql.blocking.pids", listed(one.blocked_by));
    made.measured.push_back(
      {"postgresql.blocking.wait_duration",
       number::of(std::int64_t{
         std::chrono::duration_cast<seconds>(at.blocked).count()})});
    add(made, "postgresql.blocking.transaction.start_time",
        rfc3339(one.transaction_start));
  }
  const auto moment =
    static_cast<std::uint64_t>(at.now.time_since_epoch().count());
  made.sample.identity =
    mixed(mixed(at.target ^ moment) + static_cast<std::uint64_t>(one.id));
  made.sample.wait =
    one.wait_type.empty() ? 0 : hash_of(one.wait_type, one.wait);
  made.sample.blocked = at.blocked;
  made.sample.running = runs;
  return made;
}

target_event lasting_event(const char* name,
                           const seen_session& one,
                           const session_moment& at,
                           microseconds lasts) {
  target_event made;
  made.name = name;
  made.severity = event_severity::warning;
  made.time = at.now;
  const auto whole = std::chrono::duration_cast<seconds>(lasts).count();
  made.body = fmt::format("{} for {} s",
                          made.name == event_names::long_transaction
                            ? "a transaction has been open"
                          : made.name == event_names::blocking
                            ? "others have waited for a session"
                            : "a session has done nothing in a transaction",
                          whole);
  describe_session(one, made);
  add(made, "postgresql.transaction.start_time",
      rfc3339(one.transaction_start));
  if (one.snapshot_age >= 0) {
    made.measured.push_back(
      {"postgresql.backend_xmin.age", number::of(one.snapshot_age)});
  }
  made.measured.push_back(
    {"pgmuster.session.age",
     number::of(static_cast<double>(lasts.count()) / 1e6)});
  return made;
}

void add_waiters(target_event& into, std::size_t waiters, std::size_t depth) {
  into.measured.push_back({"postgresql.blocking.waiters",
                           number::of(static_cast<std::int64_t>(waiters))});
  into.measured.push_back({"postgresql.blocking.depth",
                           number::of(static_cast<std::int64_t>(depth))});
}

} // namespace pgmuster::postgres
