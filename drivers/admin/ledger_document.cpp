// What /api/v1/ledger says: both books in plain numbers, filled in by whoever
// keeps them.
#include "drivers/admin/ledger_document.hpp"

#include "drivers/logging/legible.hpp"
#include "drivers/logging/rfc3339.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <utility>

namespace pgmuster {

namespace {

namespace json = boost::json;

json::object to_json(const dropped_by_reason& dropped) {
  json::object reasons;
  for (const auto& [reason, points] : dropped) {
    reasons[legible(reason)] = points;
  }
  return reasons;
}

json::object to_json(const shaping_account& book) {
  return {{"observed", book.observed},
          {"passed", book.passed},
          {"unchanged", book.unchanged},
          {"folded", book.folded},
          {"sampled_out", book.sampled_out},
          {"dropped", to_json(book.dropped)},
          {"held", book.held},
          {"balanced", book.balanced}};
}

json::object to_json(const delivery_account& book) {
  return {{"passed", book.passed},       {"made", book.made},
          {"recovered", book.recovered}, {"acked", book.acked},
          {"rejected", book.rejected},   {"quarantined", book.quarantined},
          {"unchanged", book.unchanged}, {"dropped", to_json(book.dropped)},
          {"batching", book.batching},   {"in_flight", book.in_flight},
          {"spooled", book.spooled},     {"lost_in_crash", book.lost_in_crash},
          {"balanced", book.balanced}};
}

json::object to_json(const memory_account& memory) {
  return {{"state", memory.state},
          {"resident_bytes", memory.resident_bytes},
          {"limit_bytes", memory.limit_bytes},
          {"tenants_turned_away", memory.tenants_turned_away}};
}

bool balanced(const tenant_account& account) {
  return account.shaping.balanced
         && std::all_of(
           account.delivery.begin(), account.delivery.end(),
           [](const auto& route) { return route.second.balanced; });
}

json::object to_json(const tenant_account& account) {
  json::object routes;
  for (const auto& [route, book] : account.delivery) {
    routes[legible(route)] = to_json(book);
  }
  return {{"tenant", legible(account.tenant)},
          {"shaping", to_json(account.shaping)},
          {"delivery", std::move(routes)}};
}

} // namespace

std::string ledger_json(ledger_document document) {
  auto& accounts = document.tenants;
  std::sort(accounts.begin(), accounts.end(),
            [](const tenant_account& left, const tenant_account& right) {
              return left.tenant < right.tenant;
            });
  json::array tenants;
  for (const tenant_account& account : accounts) {
    tenants.emplace_back(to_json(account));
  }
  json::array disagreements;
  for (const std::string& words : document.disagreements) {
    disagreements.emplace_back(legible(words));
  }
  return json::serialize(json::object{
    {"now", rfc3339(document.now)},
    {"balanced", std::all_of(accounts.begin(), accounts.end(), balanced)},
    {"disagreements", std::move(disagreements)},
    {"memory", to_json(document.memory)},
    {"tenants", std::move(tenants)}});
}

} // namespace pgmuster
