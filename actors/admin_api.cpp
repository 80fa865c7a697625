#include "actors/admin_api.hpp"

#include "actors/services.hpp"
#include "actors/spool_gauges.hpp"
#include "config/load.hpp"
#include "drivers/admin/ledger_document.hpp"
#include "drivers/admin/readiness.hpp"
#include "drivers/admin/status_page.hpp"
#include "drivers/postgres/fingerprint/fingerprint.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace pgmuster {

namespace {

dropped_by_reason by_reason(const drop_tally& dropped) {
  dropped_by_reason named;
  for (std::size_t why = 0; why < dropped.size(); ++why) {
    named[std::string{to_string(static_cast<drop_reason>(why))}] = dropped[why];
  }
  return named;
}

shaping_account account_of(const shaping_view& view) {
  shaping_account made;
  made.observed = view.observed;
  made.passed = view.went.passed;
  made.unchanged = view.went.unchanged;
  made.folded = view.went.folded;
  made.sampled_out = view.went.sampled_out;
  made.dropped = by_reason(view.went.dropped);
  made.held = view.held;
  made.balanced = view.balanced();
  return made;
}

delivery_account account_of(const delivery_view& view) {
  delivery_account made;
  made.passed = view.passed;
  made.made = view.made;
  made.recovered = view.recovered;
  made.acked = view.acked;
  made.rejected = view.rejected;
  made.quarantined = view.quarantined;
  made.unchanged = view.unchanged;
  made.dropped = by_reason(view.dropped);
  made.batching = view.batching;
  made.in_flight = view.in_flight;
  made.spooled = view.spooled;
  made.balanced = view.balanced();
  return made;
}

/// Of a tenant that is perhaps not collected any more.
tenant_account& account_of(ledger_document& document, const tenant_id& tenant) {
  for (auto& one : document.tenants) {
    if (one.tenant == tenant.value()) {
      return one;
    }
  }
  auto& made = document.tenants.emplace_back();
  made.tenant = tenant.value();
  made.shaping.balanced = true;
  return made;
}

ledger_document document_of(const services& shared) {
  ledger_document made;
  made.now = shared.clock->wall();
  for (const auto& one : shared.books.view()) {
    tenant_account account;
    account.tenant = one.tenant.value();
    account.shaping = account_of(one.shaping);
    for (const auto& [route, view] : one.delivery) {
      account.delivery[route.value()] = account_of(view);
    }
    made.tenants.push_back(std::move(account));
  }
  for (const auto& [key, points] : shared.lost_in_crash) {
    auto& of = account_of(made, key.first).delivery;
    const auto [at, fresh] = of.try_emplace(key.second.value());
    at->second.balanced = at->second.balanced || fresh;
    at->second.lost_in_crash = points;
  }
  const auto& memory = shared.memory;
  made.memory = {std::string{to_string(memory.state())},
                 memory.resident().value(), memory.limit().value(),
                 memory.tenants_turned_away()};
  made.disagreements = shared.audit.disagreements();
  return made;
}

bool ledger_balanced(const services& shared) {
  const auto books = shared.books.view();
  return std::all_of(books.begin(), books.end(), [](const auto& one) {
    return one.shaping.balanced()
           && std::all_of(one.delivery.begin(), one.delivery.end(),
                          [](const auto& of) { return of.second.balanced(); });
  });
}

/// One sentence for each thing that is not as it should be.
std::vector<std::string> why_not_ready(const services& shared) {
  if (shared.stopping.load()) {
    return {"stopping"};
  }
  std::vector<std::string> reasons;
  std::map<route_name, std::vector<sender_health>> routes;
  for (const auto& [key, status] : shared.routes.all()) {
    routes[key.first].push_back(status.health);
  }
  for (const auto& [route, senders] : routes) {
    if (const auto why = why_cannot_deliver(senders, shared.clock->mono());
        !why.empty()) {
      reasons.push_back(fmt::format("route {} {}", route.value(), why));
    }
  }
  const auto& memory = shared.memory;
  if (memory.state() >= memory_state::scarce) {
    reasons.push_back(fmt::format(
      "memory is {}: {} of {} MiB are used, {} tenants are turned away",
      to_string(memory.state()), memory.resident().value() >> 20U,
      memory.limit().value() >> 20U, memory.tenants_turned_away()));
  }
  if (auto words = why_spool_not_ready(shared); !words.empty()) {
    reasons.push_back(std::move(words));
  }
  const auto targets = shared.board.all();
  if (std::none_of(targets.begin(), targets.end(),
                   [](const auto& one) { return one->state != "starting"; })) {
    reasons.emplace_back("starting: no target has been tried yet");
  }
  if (!ledger_balanced(shared)) {
    reasons.emplace_back("the books do not balance");
  }
  for (const auto& words : shared.audit.disagreements()) {
    reasons.push_back("the books disagree with the stages: " + words);
  }
  return reasons;
}

admin_answer text(int status, std::string body) {
  return {status, "text/plain; charset=utf-8", std::move(body)};
}

void set_connection_gauges(const services& shared, self_metrics& metrics) {
  const auto counts = shared.connector->counts();
  const auto gauge = [&](const char* name, const char* help, auto value) {
    metrics.gauge(name, help, static_cast<double>(value));
  };
  gauge("pgmuster_connections_open",
        "Database sessions, those being closed included.", counts.open);
  gauge("pgmuster_connections_max", "Sessions that may be open at once.",
        shared.connections_max);
  gauge("pgmuster_connects_waiting",
        "Connects that wait for their turn under the rate.", counts.waiting);
  gauge("pgmuster_cancels_sent", "Cancel requests sent.", counts.cancels_sent);
  gauge("pgmuster_tls_bundles_read",
        "Bundles of trusted roots read; connections share what was read.",
        counts.roots_read);
  gauge("pgmuster_tls_roots_not_shared",
        "TLS handshakes for which libpq read the whole bundle itself.",
        counts.roots_not_shared);
  gauge("pgmuster_cancels_refused",
        "Cancel requests not sent: too many at once, or no key.",
        counts.cancels_refused);
  gauge("pgmuster_connects_turned_away",
        "Connects not begun: too many wait, or the process stops.",
        counts.turned_away);
}

void set_process_gauges(const services& shared, self_metrics& metrics) {
  const auto gauge = [&](const char* name, const char* help, auto value) {
    metrics.gauge(name, help, static_cast<double>(value));
  };
  const auto loop = shared.loop->counts();
  gauge("pgmuster_reactor_watched", "Descriptors the reactor watches.",
        shared.loop->watched());
  gauge("pgmuster_reactor_commands_pending",
        "What other threads have asked of the reactor and wait for.",
        loop.commands_pending);
  gauge("pgmuster_reactor_timers_pending", "Timers on the reactor's wheel.",
        loop.timers_pending);
  metrics.gauge("pgmuster_reactor_info", "The reactor's backend; 1.", 1,
                "backend", shared.loop->backend());
  gauge("pgmuster_log_lines_dropped", "Log lines nobody will see.",
        shared.log->dropped());
  if (const auto* admin = shared.admin.load()) {
    gauge("pgmuster_admin_turned_away",
          "Connections and requests that the admin address refused.",
          admin->turned_away());
  }
}

void set_memory_gauges(const services& shared, self_metrics& metrics) {
  const auto& memory = shared.memory;
  metrics.gauge("pgmuster_memory_limit_bytes",
                "What this process may use; see memory.limit.",
                static_cast<double>(memory.limit().value()));
  metrics.gauge("pgmuster_tenants_turned_away",
                "Tenants whose data are not taken in for lack of memory.",
                static_cast<double>(memory.tenants_turned_away()));
  for (const auto state : {memory_state::ample, memory_state::tight,
                           memory_state::scarce, memory_state::exhausted}) {
    metrics.gauge("pgmuster_memory_state", "1 for the state memory is in.",
                  memory.state() == state ? 1 : 0, "state", to_string(state));
  }
}

double figure_of(circuit_breaker::state state) {
  switch (state) {
  case circuit_breaker::state::closed:
    return 0;
  case circuit_breaker::state::half_open:
    return 1;
  case circuit_breaker::state::open:
    return 2;
  }
  return 2;
}

void set_lane_gauges(const services& shared, self_metrics& metrics) {
  std::map<std::size_t, std::uint64_t> bytes;
  for (const auto& [key, account] : shared.credit) {
    bytes[key.first] += account->in_use().value();
  }
  for (const auto& [lane, used] : bytes) {
    metrics.gauge("pgmuster_lane_bytes",
                  "Bytes in a lane's mailboxes and stages.",
                  static_cast<double>(used), "lane", std::to_string(lane));
  }
  for (const auto& [tenant, budget] : shared.series) {
    metrics.gauge(
      "pgmuster_series_taken",
      "Series that entries, tables and indexes have of their own, of those a "
      "tenant may have.",
      static_cast<double>(budget.tenant->taken()), "tenant", tenant.value());
  }
  std::map<route_name, std::uint64_t> waiting;
  for (const auto& [key, status] : shared.routes.all()) {
    waiting[key.first] += status.bytes_waiting;
    metrics.gauge("pgmuster_breaker_state",
                  "Of each sender, as route/sender: 0 closed, 1 half open, 2 "
                  "open.",
                  figure_of(status.health.breaker), "sender",
                  fmt::format("{}/{}", key.first.value(), key.second));
  }
  for (const auto& [route, used] : waiting) {
    metrics.gauge("pgmuster_export_waiting_bytes",
                  "Bytes of frames that wait to be delivered.",
                  static_cast<double>(used), "route", route.value());
  }
}

void set_fingerprint_gauges(const services& shared, self_metrics& metrics) {
  const auto counts = shared.fingerprints->counted();
  const auto gauge = [&](const char* name, const char* help,
                         std::uint64_t value) {
    metrics.gauge(name, help, static_cast<double>(value));
  };
  gauge("pgmuster_fingerprint_cache_bytes",
        "Bytes of remembered texts and shapes of statements.", counts.bytes);
  gauge("pgmuster_fingerprint_cache_shapes",
        "Shapes of statements that are remembered.", counts.shapes);
  gauge("pgmuster_fingerprint_cache_hits", "Texts that were known.",
        counts.hits);
  gauge("pgmuster_fingerprint_cache_misses", "Texts that were not known.",
        counts.misses);
  gauge("pgmuster_fingerprint_cache_evictions",
        "Texts and shapes that were forgotten for room.", counts.evictions);
  for (const bool lexical : {false, true}) {
    metrics.gauge("pgmuster_fingerprints",
                  "Texts fingerprinted since the start, by algorithm: the "
                  "parser's, or the words' where it refused the text.",
                  static_cast<double>(lexical ? counts.lexical : counts.parsed),
                  "algorithm", postgres::fingerprint_algorithm(lexical));
  }
}

/// The books of all tenants and routes as one.
void set_ledger_gauges(const services& shared, self_metrics& metrics) {
  shaping_view shaped;
  delivery_view delivered;
  drop_tally dropped{};
  for (const auto& one : shared.books.view()) {
    add_to(shaped, one.shaping);
    for (const auto& [route, view] : one.delivery) {
      add_to(delivered, view);
    }
  }
  add_to(dropped, shaped.went.dropped);
  add_to(dropped, delivered.dropped);
  const auto gauge = [&](const char* name, const char* help,
                         std::uint64_t value) {
    metrics.gauge(name, help, static_cast<double>(value));
  };
  gauge("pgmuster_points_observed", "Points taken in.", shaped.observed);
  gauge("pgmuster_points_unchanged",
        "Points not sent since their value was the one sent before.",
        shaped.went.unchanged);
  gauge("pgmuster_points_folded", "Points added into a series `other`.",
        shaped.went.folded);
  gauge("pgmuster_points_sampled_out", "Events that were not chosen.",
        shaped.went.sampled_out);
  gauge("pgmuster_points_passed",
        "Points handed to delivery, once for each route.", delivered.passed);
  gauge("pgmuster_points_made", "Points of our own, once for each route.",
        delivered.made);
  gauge("pgmuster_points_recovered",
        "Points found in the spool of an earlier run.", delivered.recovered);
  gauge("pgmuster_points_acknowledged", "Points that were delivered.",
        delivered.acked);
  gauge("pgmuster_points_rejected", "Points that a destination refused.",
        delivered.rejected);
  gauge("pgmuster_points_quarantined",
        "Points of frames that no destination will take, kept on disk.",
        delivered.quarantined);
  gauge("pgmuster_points_without_a_delta",
        "Points that routes of deltas do not send: nothing was added.",
        delivered.unchanged);
  gauge("pgmuster_points_in_flight",
        "Points in frames that wait in memory or are being sent.",
        delivered.in_flight);
  gauge("pgmuster_points_spooled", "Points that wait on disk.",
        delivered.spooled);
  std::uint64_t lost_in_crash = 0;
  for (const auto& [key, points] : shared.lost_in_crash) {
    lost_in_crash += points;
  }
  gauge("pgmuster_points_lost_in_crash",
        "At most so many points of the run before are missing.", lost_in_crash);
  gauge("pgmuster_points_held",
        "Points on their way in memory: in lanes, batches and requests.",
        shaped.held + delivered.batching + delivered.in_flight);
  gauge("pgmuster_books_balanced", "1 while every book balances.",
        ledger_balanced(shared) ? 1 : 0);
  for (std::size_t why = 0; why < drop_reasons; ++why) {
    metrics.gauge("pgmuster_points_dropped", "Points discarded, by reason.",
                  static_cast<double>(dropped[why]), "reason",
                  to_string(static_cast<drop_reason>(why)));
  }
}

} // namespace

void publish_gauges_on_scrape(const std::shared_ptr<services>& shared) {
  shared->metrics->on_scrape([shared](self_metrics& metrics) {
    set_connection_gauges(*shared, metrics);
    set_process_gauges(*shared, metrics);
    set_memory_gauges(*shared, metrics);
    set_spool_gauges(*shared, metrics);
    set_lane_gauges(*shared, metrics);
    set_fingerprint_gauges(*shared, metrics);
    set_ledger_gauges(*shared, metrics);
    std::map<std::string, double> by_state;
    for (const auto& one : shared->board.all()) {
      by_state[one->state] += 1;
    }
    for (const auto* state : {"starting", "up", "degraded", "down"}) {
      metrics.gauge("pgmuster_targets", "Targets by state.", by_state[state],
                    "state", state);
    }
  });
}

admin_handlers make_admin_handlers(std::shared_ptr<services> shared) {
  admin_handlers handlers;
  handlers["/metrics"] = [shared] {
    return admin_answer{200, "text/plain; version=0.0.4; charset=utf-8",
                        shared->metrics->expose()};
  };
  handlers["/healthz"] = [] { return text(200, "ok\n"); };
  handlers["/readyz"] = [shared] {
    return readiness_answer(why_not_ready(*shared));
  };
  handlers["/api/v1/targets"] = [shared] {
    return admin_answer{200, "application/json",
                        targets_json(shared->board, shared->clock->wall())};
  };
  handlers["/api/v1/ledger"] = [shared] {
    return admin_answer{200, "application/json",
                        ledger_json(document_of(*shared))};
  };
  handlers["/api/v1/config"] = [shared] {
    return admin_answer{200, "application/json",
                        print_configuration(shared->config)};
  };
  handlers["/"] = [] {
    return admin_answer{200, "text/html; charset=utf-8",
                        std::string{status_page()}};
  };
  return handlers;
}

} // namespace pgmuster
