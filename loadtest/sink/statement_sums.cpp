#include "loadtest/sink/statement_sums.hpp"

#include <xxhash.h>

#include <algorithm>

namespace pgmuster::loadtest {
namespace {

constexpr std::string_view database_key = "db.namespace";

std::uint64_t hash_of(std::string_view text, std::uint64_t with) {
  return XXH3_64bits_withSeed(text.data(), text.size(), with);
}

} // namespace

std::string_view attribute_of(std::span<const received_attribute> all,
                              std::string_view key) noexcept {
  const auto found = std::find_if(
    all.begin(), all.end(), [&](const auto& one) { return one.key == key; });
  return found == all.end() ? std::string_view{} : found->value;
}

void statement_sums::add(const truth_question& of, std::int64_t grown) {
  const auto database = attribute_of(of.point.attributes, database_key);
  const auto key = hash_of(
    of.metric, hash_of(database, hash_of(of.target, hash_of(of.tenant, 0))));
  auto found = sums_.find(key);
  if (found == sums_.end()) {
    if (sums_.size() >= sums_max_) {
      ++beyond_;
      return;
    }
    found =
      sums_
        .emplace(key, counted{std::string{of.target}, std::string{of.metric},
                              std::string{database}, of.point.start,
                              of.point.time, 0})
        .first;
  }
  auto& one = found->second;
  one.sum += grown;
  one.first = std::min(one.first, of.point.start);
  one.last = std::max(one.last, of.point.time);
}

void statement_sums::each(
  const std::function<void(const sum_question&)>& told) const {
  for (const auto& [key, one] : sums_) {
    told(
      {one.target, one.metric, one.database, one.first, one.last, one.sum, {}});
  }
}

} // namespace pgmuster::loadtest
