// What /api/v1/ledger says: both books in plain numbers, filled in by whoever
// keeps them.
#pragma once

#include "config/time.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace pgmuster {

/// Points by the name of the reason.
using dropped_by_reason = std::map<std::string, std::uint64_t>;

/// Book A of a tenant.
struct shaping_account {
  std::uint64_t observed = 0;
  std::uint64_t passed = 0;
  std::uint64_t unchanged = 0;
  std::uint64_t folded = 0;
  std::uint64_t sampled_out = 0;
  dropped_by_reason dropped;
  std::uint64_t held = 0;
  /// As the book itself judges; nothing is computed here.
  bool balanced = false;
};

/// Book B of a tenant and route.
struct delivery_account {
  std::uint64_t passed = 0;
  std::uint64_t made = 0;
  std::uint64_t recovered = 0;
  std::uint64_t acked = 0;
  std::uint64_t rejected = 0;
  std::uint64_t quarantined = 0;
  std::uint64_t unchanged = 0;
  dropped_by_reason dropped;
  std::uint64_t batching = 0;
  std::uint64_t in_flight = 0;
  std::uint64_t spooled = 0;
  /// At most so many of the run before are missing, if it died; no part of the
  /// sum.
  std::uint64_t lost_in_crash = 0;
  bool balanced = false;
};

struct tenant_account {
  std::string tenant;
  shaping_account shaping;
  /// By the route's name.
  std::map<std::string, delivery_account> delivery;
};

/// The process's memory, and who pays for it when it is short.
struct memory_account {
  /// "ample", "tight", "scarce", "exhausted".
  std::string state = "ample";
  std::uint64_t resident_bytes = 0;
  std::uint64_t limit_bytes = 0;
  std::uint64_t tenants_turned_away = 0;
};

struct ledger_document {
  wall_time now{};
  std::vector<tenant_account> tenants;
  /// What the last marker found wrong; one sentence each.
  std::vector<std::string> disagreements;
  memory_account memory;
};

/// {"now": …, "balanced": …, "disagreements": […], "memory": {…}, "tenants":
/// [{"tenant": …, "shaping": {…}, "delivery": {route: {…}}}]}, tenants by name;
/// "balanced" is that of all books.
[[nodiscard]] std::string ledger_json(ledger_document document);

} // namespace pgmuster
