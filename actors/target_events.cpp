#include "actors/target_events.hpp"

#include <algorithm>
#include <string_view>

namespace pgmuster {

namespace {

/// What went wrong by its kind alone: the server's sentence may hold names and
/// values of the customer's.
void describe_error(const error& why, attributes& into) {
  const auto state = sqlstate_of(why);
  if (!state.empty()) {
    into.push_back({"db.response.status_code", state});
  }
  into.push_back({"error.type", state.empty() ? why.code.message() : state});
}

} // namespace

std::string sqlstate_of(const error& what) {
  constexpr std::string_view before = "(SQLSTATE ";
  constexpr std::size_t length = 5;
  const std::string_view words = what.context;
  const auto at = words.rfind(before);
  if (at == std::string_view::npos) {
    return {};
  }
  const auto state = words.substr(at + before.size(), length);
  const auto valid =
    state.size() == length
    && std::all_of(state.begin(), state.end(), [](char letter) {
         return (letter >= '0' && letter <= '9')
                || (letter >= 'A' && letter <= 'Z');
       });
  return valid ? std::string{state} : std::string{};
}

target_event state_event(const std::string& before,
                         const std::string& now,
                         const error& why,
                         wall_time when) {
  target_event event;
  event.name = event_names::target_state;
  event.time = when;
  event.severity = now == "up" ? event_severity::info : event_severity::warning;
  event.body = "target is " + now;
  event.described = {{"pgmuster.target.state", now},
                     {"pgmuster.target.previous_state", before}};
  if (now == "down") {
    event.severity = event_severity::error;
    event.body += ": " + why.code.message();
    describe_error(why, event.described);
  }
  return event;
}

target_event probe_event(const std::string& probe,
                         const std::string& database,
                         const error& why,
                         wall_time when) {
  target_event event;
  event.name = event_names::probe_failed;
  event.time = when;
  event.severity = event_severity::warning;
  event.body = "probe " + probe + " failed: " + why.code.message();
  event.described = {{"pgmuster.probe.name", probe}};
  if (!database.empty()) {
    event.described.push_back({"db.namespace", database});
  }
  describe_error(why, event.described);
  return event;
}

target_event gap_event(const std::string& cause,
                       const std::string& database,
                       wall_time when) {
  target_event event;
  event.name = event_names::gap;
  event.time = when;
  event.severity = event_severity::warning;
  event.body = "counters cannot be continued after a " + cause;
  event.described = {{"pgmuster.gap.cause", cause}};
  if (!database.empty()) {
    event.described.push_back({"db.namespace", database});
  }
  return event;
}

} // namespace pgmuster
