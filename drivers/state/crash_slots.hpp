// Which count of a run's `mapped_counts` is whose, and what they say of a run
// that died.
#pragma once

#include "drivers/state/crash_document.hpp"

#include <map>
#include <optional>

namespace pgmuster {

/// First a count a bound, in the bounds' order: what is held for that route.
/// Then a count a tenant, in the order of their first bounds: what is in lanes,
/// on its way to each of its routes.
class crash_slots {
public:
  explicit crash_slots(const std::vector<crash_bound>& bounds);

  [[nodiscard]] std::size_t count() const noexcept {
    return of_routes_.size() + of_tenants_.size();
  }
  [[nodiscard]] std::optional<std::size_t> of(const tenant_id& tenant,
                                              const route_name& route) const;
  [[nodiscard]] std::optional<std::size_t> of(const tenant_id& tenant) const;

private:
  std::map<std::pair<tenant_id, route_name>, std::size_t> of_routes_;
  std::map<tenant_id, std::size_t> of_tenants_;
};

/// The document's bounds with what the counts held when the process died; empty
/// if there are not as many as there are to be.
[[nodiscard]] std::optional<std::vector<crash_bound>>
counted_at_death(const crash_document& left,
                 const std::vector<std::uint64_t>& counts);

} // namespace pgmuster
