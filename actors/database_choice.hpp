// Which of an instance's databases get an actor of their own. Pure.
#pragma once

#include "actors/cycle_harvest.hpp"
#include "config/configuration.hpp"

namespace pgmuster {

/// False for the DSN's own database, since the instance's actor answers for it,
/// for databases nobody may enter, and for those a provider keeps for itself.
[[nodiscard]] bool selects(const target_config& target,
                           const known_database& found);

} // namespace pgmuster
