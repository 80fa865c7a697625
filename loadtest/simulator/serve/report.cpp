// Keys are those of docs/loadtest.md.
#include "loadtest/simulator/serve/report.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <unistd.h>

#include <utility>

namespace pgmuster::loadtest {

std::string listening_line(sim_server& server,
                           std::string_view backend,
                           wall_time started) {
  const auto& scenario = server.host().scenario();
  boost::json::array addresses;
  for (const auto& one : server.addresses()) {
    boost::json::object address{{"host", one.name}, {"port", one.port}};
    if (one.instance) {
      address["instance"] = *one.instance;
    }
    addresses.push_back(std::move(address));
  }
  boost::json::object line{
    {"event", "listening"},
    {"pid", ::getpid()},
    {"addresses", std::move(addresses)},
    {"instances", scenario.instances},
    {"first_user", user_of(0, scenario)},
    {"last_user", user_of(scenario.instances - 1, scenario)},
    {"authentication", scenario.password.empty() ? "trust" : "scram-sha-256"},
    {"tls", scenario.tls.has_value()},
    {"seed", scenario.seed},
    {"started_unix_nano", started.time_since_epoch().count()},
    {"reactor", std::string{backend}}};
  return boost::json::serialize(line);
}

std::string ended_line(sim_server& server) {
  const auto& wire = server.host().counts();
  const auto& sockets = server.counts();
  boost::json::array unknown;
  for (const auto& one : wire.unknown_examples) {
    unknown.push_back(boost::json::string{one});
  }
  boost::json::object line{{"event", "ended"},
                           {"instances_used", server.host().instances_used()},
                           {"sessions", wire.sessions_opened},
                           {"sessions_ready", wire.sessions_ready},
                           {"sessions_most", sockets.sessions_most},
                           {"sessions_too_many", sockets.sessions_too_many},
                           {"accepts_failed", sockets.accepts_failed},
                           {"tls_sessions", wire.tls_sessions},
                           {"startups_refused", wire.startups_refused},
                           {"passwords_wrong", wire.passwords_wrong},
                           {"queries", wire.queries},
                           {"errors", wire.errors},
                           {"unknown_sql", wire.unknown_sql},
                           {"unknown_examples", std::move(unknown)},
                           {"cancels", wire.cancels},
                           {"cancels_unheard", wire.cancels_unheard},
                           {"timeouts", wire.timeouts},
                           {"late_answers", wire.late_answers},
                           {"late_answers_untold", wire.late_answers_untold},
                           {"hangs", wire.hangs},
                           {"resets", wire.resets},
                           {"expelled", sockets.expelled},
                           {"protocol_violations", wire.protocol_violations}};
  return boost::json::serialize(line);
}

} // namespace pgmuster::loadtest
