// Adds up what the statement series of each database have counted, since the
// sum is exact where `other` alone has bounds only.
#pragma once

#include "loadtest/sink/truth.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>

namespace pgmuster::loadtest {

/// Of a statement's series; `other` stands there too.
inline constexpr std::string_view fingerprint_key =
  "postgresql.query.fingerprint";

[[nodiscard]] std::string_view
attribute_of(std::span<const received_attribute> all,
             std::string_view key) noexcept;

class statement_sums {
public:
  explicit statement_sums(std::size_t sums_max) : sums_max_(sums_max) {}

  /// What a series counted since its last point, or since its start.
  void add(const truth_question& of, std::int64_t grown);

  /// Each with the time of its first zero and of its last point: what did not
  /// move since then has the same sum then.
  void each(const std::function<void(const sum_question&)>& told) const;

  /// Additions beyond the limit: what they belong to is not judged.
  [[nodiscard]] std::uint64_t beyond() const noexcept { return beyond_; }

private:
  struct counted {
    std::string target;
    std::string metric;
    std::string database;
    wall_time first{};
    wall_time last{};
    std::int64_t sum = 0;
  };

  std::size_t sums_max_;
  std::uint64_t beyond_ = 0;
  boost::unordered_flat_map<std::uint64_t, counted> sums_;
};

} // namespace pgmuster::loadtest
