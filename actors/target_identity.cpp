#include "actors/target_identity.hpp"

#include "config/uuid.hpp"
#include "routing/lane_for.hpp"
#include "routing/schedule.hpp"

namespace pgmuster {

std::shared_ptr<const target_identity> identify(const tenant_id& tenant,
                                                const target_config& target,
                                                const attributes& everywhere,
                                                std::size_t lanes) {
  auto described = std::make_shared<resource>();
  described->tenant = tenant;
  described->target = target.name;
  described->port = target.port;
  described->hash = stable_hash(tenant.value(), target.name.value());
  described->described = {
    {"service.namespace", tenant.value()},
    {"service.name", target.name.value()},
    {"service.instance.id", target_uuid(tenant, target.name)},
    {"server.address", target.host},
    {"db.system.name", "postgresql"},
  };
  const auto add = [&](const attribute& extra) {
    for (auto& present : described->described) {
      if (present.key == extra.key) {
        return;
      }
    }
    described->described.push_back(extra);
  };
  for (const auto& own : target.extra) {
    add(own);
  }
  for (const auto& shared : everywhere) {
    add(shared);
  }
  auto made = std::make_shared<target_identity>();
  made->tenant = tenant;
  made->target = target;
  made->lane = lane_for(described->hash, lanes);
  made->described = std::move(described);
  return made;
}

std::string label(const target_identity& who) {
  return who.tenant.value() + "/" + who.target.name.value();
}

} // namespace pgmuster
