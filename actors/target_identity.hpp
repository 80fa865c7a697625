// Who a target is, from configuration only; shared by all of its actors.
#pragma once

#include "codec/points.hpp"
#include "config/configuration.hpp"

#include <memory>

namespace pgmuster {

struct target_identity {
  tenant_id tenant;
  target_config target;
  std::shared_ptr<const resource> described;
  std::size_t lane = 0;
};

[[nodiscard]] std::shared_ptr<const target_identity>
identify(const tenant_id& tenant,
         const target_config& target,
         const attributes& everywhere,
         std::size_t lanes);

/// `tenant/target`, for the log.
[[nodiscard]] std::string label(const target_identity& who);

} // namespace pgmuster
