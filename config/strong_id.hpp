// Identifiers that cannot be swapped: explicit in, `.value()` out.
#pragma once

#include <compare>
#include <functional>
#include <string>
#include <utility>

namespace pgmuster {

template <class Tag, class Rep>
class strong_id {
public:
  strong_id() = default;
  explicit strong_id(Rep value) : value_(std::move(value)) {}

  [[nodiscard]] const Rep& value() const noexcept { return value_; }

  auto operator<=>(const strong_id&) const = default;
  bool operator==(const strong_id&) const = default;

private:
  Rep value_{};
};

/// A customer: owns targets, budgets and routes.
using tenant_id = strong_id<struct tenant_id_tag, std::string>;
/// A target's name; unique within its tenant.
using target_name = strong_id<struct target_name_tag, std::string>;
/// A destination's name in the configuration.
using route_name = strong_id<struct route_name_tag, std::string>;

} // namespace pgmuster

template <class Tag, class Rep>
struct std::hash<pgmuster::strong_id<Tag, Rep>> {
  std::size_t
  operator()(const pgmuster::strong_id<Tag, Rep>& id) const noexcept {
    return std::hash<Rep>{}(id.value());
  }
};
