#include "routing/member_slots.hpp"

#include "routing/schedule.hpp"

#include <xxhash.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace pgmuster {
namespace {

bool read_whole(std::string_view text, std::uint32_t& into) noexcept {
  const auto [end, why] =
    std::from_chars(text.data(), text.data() + text.size(), into);
  return why == std::errc{} && end == text.data() + text.size();
}

} // namespace

std::optional<fleet_member> parse_member(std::string_view text) noexcept {
  const auto slash = text.find('/');
  fleet_member read;
  if (slash == std::string_view::npos
      || !read_whole(text.substr(0, slash), read.number)
      || !read_whole(text.substr(slash + 1), read.of) || read.number < 1
      || read.number > read.of || read.of > members_max) {
    return std::nullopt;
  }
  return read;
}

std::uint32_t slot_of(std::string_view tenant,
                      std::string_view target) noexcept {
  // Hashed once more: lanes, shards and phases are taken from the same hash,
  // and a member's targets must not fall into one of them.
  const auto hash = stable_hash(tenant, target);
  return static_cast<std::uint32_t>(XXH3_64bits(&hash, sizeof hash)
                                    % member_slots);
}

std::uint32_t owner_of(std::uint32_t slot, std::uint32_t members) noexcept {
  std::uint32_t owner = 1;
  std::uint64_t highest = 0;
  for (std::uint32_t number = 1; number <= members; ++number) {
    const std::array<std::uint32_t, 2> pair{slot, number};
    const auto weight = XXH3_64bits(pair.data(), sizeof pair);
    if (weight > highest) {
      highest = weight;
      owner = number;
    }
  }
  return owner;
}

std::size_t keep_own_targets(configuration& config, fleet_member who) {
  std::size_t kept = 0;
  for (auto& tenant : config.tenants) {
    auto& targets = tenant.targets;
    targets.erase(std::remove_if(targets.begin(), targets.end(),
                                 [&](const target_config& one) {
                                   return owner_of(slot_of(tenant.id.value(),
                                                           one.name.value()),
                                                   who.of)
                                          != who.number;
                                 }),
                  targets.end());
    kept += targets.size();
  }
  return kept;
}

} // namespace pgmuster
