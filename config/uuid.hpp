// service.instance.id: the same target has the same id in every process.
#pragma once

#include "config/strong_id.hpp"

#include <string>

namespace pgmuster {

/// UUIDv5 (RFC 4122) of "tenant/target" in this project's own namespace, as
/// 36 lower-case characters. Neither part may contain "/" (the loader refuses
/// it), so no two targets share an id.
[[nodiscard]] std::string target_uuid(const tenant_id& tenant,
                                      const target_name& target);

} // namespace pgmuster
