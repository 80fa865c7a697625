// The namespace below is fixed for ever: changing it would end every series.
#include "config/uuid.hpp"

#include <boost/uuid/name_generator_sha1.hpp>
#include <boost/uuid/uuid.hpp>
#include <boost/uuid/uuid_io.hpp>

namespace pgmuster {
namespace {

constexpr boost::uuids::uuid instance_namespace{
  {0x4d, 0x63, 0x00, 0x9a, 0x8d, 0x0f, 0x11, 0xee, 0xaa, 0xd7, 0x4c, 0x79, 0x6e,
   0xd8, 0xe3, 0x20}};

} // namespace

std::string target_uuid(const tenant_id& tenant, const target_name& target) {
  const boost::uuids::name_generator_sha1 generate{instance_namespace};
  return boost::uuids::to_string(
    generate(tenant.value() + "/" + target.value()));
}

} // namespace pgmuster
