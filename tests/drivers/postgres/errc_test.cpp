// Each SQLSTATE that policy tells apart finds its errc.
#include "drivers/postgres/errc.hpp"

#include <gtest/gtest.h>

namespace pgmuster::postgres {
namespace {

TEST(errc, sqlstates_are_told_apart) {
  EXPECT_EQ(classify_sqlstate("28P01"), errc::authentication_failed);
  EXPECT_EQ(classify_sqlstate("28000"), errc::authentication_failed);
  EXPECT_EQ(classify_sqlstate("3D000"), errc::no_such_database);
  EXPECT_EQ(classify_sqlstate("53300"), errc::too_many_connections);
  EXPECT_EQ(classify_sqlstate("57P03"), errc::server_not_ready);
  EXPECT_EQ(classify_sqlstate("57014"), errc::cancelled);
  EXPECT_EQ(classify_sqlstate("42501"), errc::insufficient_privilege);
  EXPECT_EQ(classify_sqlstate("55P03"), errc::lock_not_available);
  EXPECT_EQ(classify_sqlstate("26000"), errc::stale_statement);
  EXPECT_EQ(classify_sqlstate("42703"), errc::undefined);
  EXPECT_EQ(classify_sqlstate("08P01"), errc::protocol_violation);
  EXPECT_EQ(classify_sqlstate("08006"), errc::connection_lost);
  EXPECT_EQ(classify_sqlstate("22012"), errc::statement_failed);
  EXPECT_EQ(classify_sqlstate(""), errc::statement_failed);
  EXPECT_EQ(classify_sqlstate(nullptr), errc::statement_failed);
}

TEST(errc, each_has_words_of_its_own) {
  for (int code = 0; code <= static_cast<int>(errc::stopping); ++code) {
    for (int other = 0; other < code; ++other) {
      EXPECT_NE(category().message(code), category().message(other));
    }
  }
  EXPECT_EQ(make_error_code(errc::stopping).message(),
            "the process is stopping");
  EXPECT_EQ(category().message(99), "unknown");
}

} // namespace
} // namespace pgmuster::postgres
