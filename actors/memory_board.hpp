// How short memory is, and who is turned away for it: asked by many threads,
// told by one.
#pragma once

#include "config/configuration.hpp"
#include "routing/memory_limiter.hpp"

#include <atomic>
#include <map>
#include <memory>

namespace pgmuster {

class memory_board {
public:
  /// Before anything runs.
  void open(const configuration& config, byte_count limit) {
    limit_ = limit;
    for (const auto& tenant : config.tenants) {
      turned_away_[tenant.id] = std::make_unique<std::atomic<bool>>(false);
    }
  }

  void put(const memory_verdict& verdict, byte_count resident) {
    resident_ = resident.value();
    stretch_ = verdict.stretch;
    for (auto& [tenant, away] : turned_away_) {
      *away = verdict.keeps.count(tenant) != 0;
    }
    state_ = verdict.state;
  }

  [[nodiscard]] memory_state state() const noexcept { return state_; }
  /// Every so many cycles one takes place.
  [[nodiscard]] std::uint32_t stretch() const noexcept { return stretch_; }
  [[nodiscard]] bool turns_away(const tenant_id& tenant) const {
    const auto known = turned_away_.find(tenant);
    return known != turned_away_.end() && *known->second;
  }
  [[nodiscard]] std::size_t tenants_turned_away() const {
    std::size_t sum = 0;
    for (const auto& [tenant, away] : turned_away_) {
      sum += *away ? 1U : 0U;
    }
    return sum;
  }
  [[nodiscard]] byte_count limit() const noexcept { return limit_; }
  [[nodiscard]] byte_count resident() const noexcept {
    return byte_count{resident_};
  }

private:
  byte_count limit_;
  std::atomic<std::uint64_t> resident_{0};
  std::atomic<std::uint32_t> stretch_{1};
  std::atomic<memory_state> state_{memory_state::ample};
  /// The tenants never change; that one is turned away does.
  std::map<tenant_id, std::unique_ptr<std::atomic<bool>>> turned_away_;
};

} // namespace pgmuster
