// A port that a child can be told to listen on.
#pragma once

#include <cstdint>

namespace pgmuster::loadtest {

/// Nobody listens there now; whoever is quick may take it. 0: there is none.
[[nodiscard]] std::uint16_t free_port();

} // namespace pgmuster::loadtest
