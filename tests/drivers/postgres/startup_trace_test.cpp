// The cancel key is found in what libpq traces.
#include "drivers/postgres/startup_trace.hpp"

#include <gtest/gtest.h>

namespace pgmuster::postgres {
namespace {

TEST(startup_trace, the_key_is_read_with_its_sign) {
  const auto found = find_backend_key(
    "B\t8\tAuthenticationOk\t 0\nB\t12\tBackendKeyData\t 4711 -2\nB\t5\t");
  EXPECT_EQ(found.pid, 4711U);
  EXPECT_EQ(found.key, 4'294'967'294U);
}

TEST(startup_trace, without_a_key_there_is_none) {
  EXPECT_EQ(find_backend_key("").pid, 0U);
  EXPECT_EQ(find_backend_key("B\t12\tBackendKeyData\t").pid, 0U);
}

} // namespace
} // namespace pgmuster::postgres
