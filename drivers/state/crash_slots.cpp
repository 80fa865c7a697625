#include "drivers/state/crash_slots.hpp"

namespace pgmuster {

crash_slots::crash_slots(const std::vector<crash_bound>& bounds) {
  for (const auto& one : bounds) {
    of_routes_.emplace(std::pair{one.tenant, one.route}, of_routes_.size());
  }
  for (const auto& one : bounds) {
    of_tenants_.emplace(one.tenant, of_routes_.size() + of_tenants_.size());
  }
}

std::optional<std::size_t> crash_slots::of(const tenant_id& tenant,
                                           const route_name& route) const {
  const auto found = of_routes_.find({tenant, route});
  return found == of_routes_.end() ? std::nullopt
                                   : std::optional{found->second};
}

std::optional<std::size_t> crash_slots::of(const tenant_id& tenant) const {
  const auto found = of_tenants_.find(tenant);
  return found == of_tenants_.end() ? std::nullopt
                                    : std::optional{found->second};
}

std::optional<std::vector<crash_bound>>
counted_at_death(const crash_document& left,
                 const std::vector<std::uint64_t>& counts) {
  const crash_slots slots{left.bounds};
  if (counts.size() != slots.count()) {
    return std::nullopt;
  }
  auto counted = left.bounds;
  for (auto& one : counted) {
    one.points =
      counts[*slots.of(one.tenant, one.route)] + counts[*slots.of(one.tenant)];
  }
  return counted;
}

} // namespace pgmuster
