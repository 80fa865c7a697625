// Which of an instance's databases get an actor of their own. Pure.
#pragma once

#include "actors/cycle_harvest.hpp"
#include "config/configuration.hpp"

namespace pgmuster {

/// False for the DSN's own database, since the instance's actor answers for it,
/// for databases nobody may enter, and for those a provider keeps for itself.
[[nodiscard]] bool selects(const target_config& target,
                           const known_database& found);

/// The names that the configuration lists and no database has that is
/// collected: that may be entered and no provider keeps for itself. The DSN's
/// own is always collected, whatever the server calls it (a pooler may have
/// names of its own).
[[nodiscard]] std::vector<std::string>
absent_databases(const target_config& target,
                 const std::vector<known_database>& found);

} // namespace pgmuster
