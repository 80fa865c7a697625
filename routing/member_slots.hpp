// Which member of a fleet collects a target: 4,096 slots by hash, each owned
// by one member by rendezvous, so that a new member takes only what it needs.
#pragma once

#include "config/configuration.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

namespace pgmuster {

inline constexpr std::uint32_t member_slots = 4096;
/// Beyond it members would own too few slots to be even.
inline constexpr std::uint32_t members_max = 256;

/// The `number`th of `of`, counted from 1.
struct fleet_member {
  std::uint32_t number = 1;
  std::uint32_t of = 1;
};

/// `3/16`; nothing for anything else.
[[nodiscard]] std::optional<fleet_member>
parse_member(std::string_view text) noexcept;

/// The same in every process and release.
[[nodiscard]] std::uint32_t slot_of(std::string_view tenant,
                                    std::string_view target) noexcept;

/// The number of the member that owns the slot, from 1 to `members`. With one
/// member more a slot either stays where it is or goes to the new one.
[[nodiscard]] std::uint32_t owner_of(std::uint32_t slot,
                                     std::uint32_t members) noexcept;

/// Takes out the targets that other members collect; returns how many stay.
/// Tenants stay, also those without a target.
std::size_t keep_own_targets(configuration& config, fleet_member who);

} // namespace pgmuster
