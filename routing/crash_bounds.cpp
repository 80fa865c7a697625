#include "routing/crash_bounds.hpp"

#include <algorithm>

namespace pgmuster {

crash_bounds::crash_bounds(const configuration& config,
                           crash_allowances allowances,
                           mono_time started)
  : allowances_(allowances), started_(started) {
  for (const auto& tenant : config.tenants) {
    for (const auto& route : tenant.routes) {
      outlets_[{tenant.id, route}].targets = tenant.targets.size();
    }
  }
}

std::map<outlet_key, std::uint64_t>
crash_bounds::look(const std::vector<ledger::tenant_view>& books,
                   mono_time now) {
  std::map<outlet_key, std::uint64_t> held;
  for (const auto& book : books) {
    for (auto at = outlets_.lower_bound({book.tenant, route_name{}});
         at != outlets_.end() && at->first.first == book.tenant; ++at) {
      auto& [key, here] = *at;
      const auto known = book.delivery.find(key.second);
      const auto view =
        known == book.delivery.end() ? delivery_view{} : known->second;
      const auto entered = view.passed + view.made;
      here.peak = std::max(here.peak, entered - here.entered);
      here.entered = entered;
      held[key] =
        book.shaping.held + view.batching + view.in_flight - view.copied;
    }
  }
  const auto settled = now - started_ >= allowances_.settling;
  for (const auto& [key, here] : outlets_) {
    const auto peak =
      settled
        ? here.peak
        : std::max(here.peak, here.targets * allowances_.first_cycle_points);
    held[key] += allowances_.times_the_peak * peak;
  }
  return held;
}

} // namespace pgmuster
