// What /metrics and /readyz say of the spool.
#pragma once

#include "actors/services.hpp"

#include <string>

namespace pgmuster {

void set_spool_gauges(const services& shared, self_metrics& metrics);

/// Why the spool makes this process not ready; empty if it does not.
[[nodiscard]] std::string why_spool_not_ready(const services& shared);

} // namespace pgmuster
