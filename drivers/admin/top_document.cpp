// What `pgmuster top` reads out of the API's two documents.
#include "drivers/admin/top_document.hpp"

#include "drivers/logging/legible.hpp"
#include "drivers/logging/rfc3339.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include <algorithm>
#include <array>
#include <tuple>
#include <utility>

namespace pgmuster {

namespace {

namespace json = boost::json;

std::string safe(const json::string& text) {
  return without_controls(legible(std::string_view{text.data(), text.size()}));
}

std::string text_of(const json::object& from, std::string_view key) {
  const json::value* found = from.if_contains(key);
  const json::string* text = found != nullptr ? found->if_string() : nullptr;
  return text != nullptr ? safe(*text) : std::string{};
}

std::optional<double> number_of(const json::object& from,
                                std::string_view key) {
  const json::value* found = from.if_contains(key);
  if (found == nullptr || !found->is_number()) {
    return std::nullopt;
  }
  boost::system::error_code why;
  const double value = found->to_number<double>(why);
  return why ? std::nullopt : std::optional{value};
}

std::vector<std::string> texts_of(const json::object& from,
                                  std::string_view key) {
  std::vector<std::string> texts;
  const json::value* found = from.if_contains(key);
  if (found == nullptr || !found->is_array()) {
    return texts;
  }
  for (const json::value& item : found->get_array()) {
    if (const json::string* text = item.if_string()) {
      texts.push_back(safe(*text));
    }
  }
  return texts;
}

const json::array* array_of(const json::value& document, std::string_view key) {
  const json::object* object = document.if_object();
  const json::value* found =
    object != nullptr ? object->if_contains(key) : nullptr;
  return found != nullptr ? found->if_array() : nullptr;
}

const json::object* object_of(const json::object& from, std::string_view key) {
  const json::value* found = from.if_contains(key);
  return found != nullptr ? found->if_object() : nullptr;
}

top_target target_of(const json::object& from) {
  top_target made;
  made.tenant = text_of(from, "tenant");
  made.target = text_of(from, "target");
  made.state = text_of(from, "state");
  made.reason = text_of(from, "reason");
  made.version = text_of(from, "version");
  made.role = text_of(from, "role");
  made.degraded_probes = texts_of(from, "degraded_probes");
  made.state_since = parse_rfc3339(text_of(from, "state_since"));
  made.last_cycle = parse_rfc3339(text_of(from, "last_cycle"));
  made.transactions_per_second = number_of(from, "transactions_per_second");
  made.active_sessions = number_of(from, "active_sessions");
  made.waiting_sessions = number_of(from, "waiting_sessions");
  made.cache_hit_ratio = number_of(from, "cache_hit_ratio");
  made.lag_seconds = number_of(from, "lag_seconds");
  made.lag_bytes = number_of(from, "lag_bytes");
  made.last_cycle_cost_us = number_of(from, "last_cycle_cost_us");
  made.databases = number_of(from, "databases").value_or(0);
  made.points = number_of(from, "points").value_or(0);
  return made;
}

std::size_t urgency(const std::string& state) {
  constexpr std::array<std::string_view, 4> order{"down", "degraded",
                                                  "starting", "up"};
  return static_cast<std::size_t>(std::find(order.begin(), order.end(), state)
                                  - order.begin());
}

double sum_of(const json::object* reasons) {
  double sum = 0;
  if (reasons != nullptr) {
    for (const auto& reason : *reasons) {
      sum += number_of(*reasons, reason.key()).value_or(0);
    }
  }
  return sum;
}

double lost_by(const json::object& tenant) {
  double lost = 0;
  if (const json::object* shaping = object_of(tenant, "shaping")) {
    lost += sum_of(object_of(*shaping, "dropped"));
  }
  if (const json::object* routes = object_of(tenant, "delivery")) {
    for (const auto& route : *routes) {
      if (const json::object* book = route.value().if_object()) {
        lost += sum_of(object_of(*book, "dropped"))
                + number_of(*book, "rejected").value_or(0);
      }
    }
  }
  return lost;
}

void read_memory(const json::object& document, top_books& into) {
  const json::object* memory = object_of(document, "memory");
  if (memory == nullptr) {
    return;
  }
  const auto state = text_of(*memory, "state");
  const auto limit = number_of(*memory, "limit_bytes").value_or(0);
  if (!state.empty() && state != "ample" && limit > 0) {
    into.memory = state;
    into.memory_share =
      number_of(*memory, "resident_bytes").value_or(0) / limit;
    into.tenants_turned_away =
      number_of(*memory, "tenants_turned_away").value_or(0);
  }
}

json::value parsed(std::string_view text) {
  boost::system::error_code why;
  json::value document = json::parse(text, why);
  return why ? json::value{} : document;
}

} // namespace

std::optional<top_fleet> read_targets(std::string_view text) {
  const json::value document = parsed(text);
  const json::array* targets = array_of(document, "targets");
  if (targets == nullptr) {
    return std::nullopt;
  }
  top_fleet fleet;
  fleet.now = parse_rfc3339(text_of(document.get_object(), "now"));
  for (const json::value& target : *targets) {
    if (const json::object* object = target.if_object()) {
      fleet.targets.push_back(target_of(*object));
    }
  }
  std::sort(fleet.targets.begin(), fleet.targets.end(),
            [](const top_target& left, const top_target& right) {
              return std::tuple{urgency(left.state),
                                std::tie(left.tenant, left.target)}
                     < std::tuple{urgency(right.state),
                                  std::tie(right.tenant, right.target)};
            });
  return fleet;
}

std::optional<top_books> read_books(std::string_view text) {
  const json::value document = parsed(text);
  const json::array* tenants = array_of(document, "tenants");
  if (tenants == nullptr) {
    return std::nullopt;
  }
  const json::value* balanced = document.get_object().if_contains("balanced");
  top_books books;
  books.balanced =
    balanced != nullptr && balanced->is_bool() && balanced->get_bool();
  const json::array* disagreements = array_of(document, "disagreements");
  books.disagree = disagreements != nullptr && !disagreements->empty();
  read_memory(document.get_object(), books);
  for (const json::value& tenant : *tenants) {
    if (const json::object* object = tenant.if_object()) {
      books.lost += lost_by(*object);
    }
  }
  return books;
}

} // namespace pgmuster
