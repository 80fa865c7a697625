// A target's id is fixed by RFC 4122 and by nothing of ours.
#include "config/uuid.hpp"

#include <gtest/gtest.h>

namespace pgmuster {
namespace {

TEST(target_uuid, is_version_five_of_tenant_and_target) {
  // From Python: uuid.uuid5(uuid.UUID("4d63009a-…"), "acme/orders").
  EXPECT_EQ(target_uuid(tenant_id{"acme"}, target_name{"orders"}),
            "73af9a97-4ca2-5af9-b0a9-4a609110e587");
}

TEST(target_uuid, differs_where_either_part_does) {
  const auto id = target_uuid(tenant_id{"acme"}, target_name{"orders"});
  EXPECT_NE(id, target_uuid(tenant_id{"acme"}, target_name{"order"}));
  EXPECT_NE(id, target_uuid(tenant_id{"acm"}, target_name{"eorders"}));
}

} // namespace
} // namespace pgmuster
