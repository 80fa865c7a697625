// One target of a tenant.
#pragma once

#include "config/loading/build.hpp"

namespace pgmuster::loading {

/// The name is empty if it cannot be used, which has been reported.
[[nodiscard]] target_config read_target(const cursor& at,
                                        const build_context& context);

/// Attributes that pgmuster itself puts on every resource.
[[nodiscard]] bool is_reserved_attribute(std::string_view key);

} // namespace pgmuster::loading
