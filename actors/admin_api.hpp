// What the admin address answers: metrics, health, targets, ledger.
#pragma once

#include "drivers/admin/admin_server.hpp"

#include <memory>

namespace pgmuster {

struct services;

[[nodiscard]] admin_handlers make_admin_handlers(std::shared_ptr<services>);

/// Sets gauges that are read at each scrape: connections, lanes, books, routes.
void publish_gauges_on_scrape(const std::shared_ptr<services>& shared);

} // namespace pgmuster
