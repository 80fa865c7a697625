// What /readyz answers; who decides the reasons is not known here.
#pragma once

#include "drivers/admin/admin_server.hpp"

#include <string>
#include <vector>

namespace pgmuster {

/// 200 without reasons, 503 with them:
/// {"ready": …, "reasons": ["a sentence", …]}.
[[nodiscard]] admin_answer
readiness_answer(const std::vector<std::string>& reasons);

} // namespace pgmuster
