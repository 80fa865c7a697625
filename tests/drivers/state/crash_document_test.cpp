// What one run writes the next one reads, and nothing else.
#include "drivers/state/crash_document.hpp"
#include "drivers/state/errc.hpp"

#include <gtest/gtest.h>

namespace pgmuster {
namespace {

TEST(crash_document, is_read_as_it_was_written) {
  crash_document document;
  document.written = wall_time{milliseconds{1'700'000'000'123}};
  document.run = "17";
  document.boot = "b";
  document.bounds = {{tenant_id{"acme"}, route_name{"main"}, 17},
                     {tenant_id{"acme"}, route_name{"copy"}, UINT64_MAX}};
  const auto read = parse_crash_json(crash_json(document));
  ASSERT_TRUE(read.has_value());
  EXPECT_FALSE(read->clean);
  EXPECT_EQ(read->written, document.written);
  EXPECT_EQ(read->run, "17");
  EXPECT_EQ(read->boot, "b");
  ASSERT_EQ(read->bounds.size(), 2U);
  EXPECT_EQ(read->bounds[0].tenant.value(), "acme");
  EXPECT_EQ(read->bounds[0].points, 17U);
  EXPECT_EQ(read->bounds[1].route.value(), "copy");
  EXPECT_EQ(read->bounds[1].points, UINT64_MAX);
}

TEST(crash_document, says_when_the_run_has_ended) {
  crash_document document;
  document.clean = true;
  EXPECT_TRUE(parse_crash_json(crash_json(document))->clean);
}

TEST(crash_document, another_version_s_is_refused_as_that) {
  const auto read = parse_crash_json(R"({"format": 2, "clean": true})");
  ASSERT_FALSE(read.has_value());
  EXPECT_EQ(read.error().code, make_error_code(state_errc::other_version));
}

TEST(crash_document, what_we_did_not_write_is_refused) {
  const auto whole =
    crash_json({false, {}, {}, {}, {{tenant_id{"a"}, route_name{"r"}, 1}}});
  for (std::size_t kept = 0; kept + 2 < whole.size(); ++kept) {
    const auto read = parse_crash_json(whole.substr(0, kept));
    ASSERT_FALSE(read.has_value()) << kept;
    EXPECT_EQ(read.error().code, make_error_code(state_errc::not_ours));
  }
  for (
    const auto* text :
    {"[]", "{}", R"({"format": 1})", R"({"format": "1"})",
     R"({"format": 1, "clean": true, "written": "now", "bounds": []})",
     R"({"format": 1, "clean": true, "written": "2026-01-01T00:00:00Z", "bounds": [{"tenant": "a", "route": "r", "points": -1}]})"}) {
    EXPECT_FALSE(parse_crash_json(text).has_value()) << text;
  }
}

} // namespace
} // namespace pgmuster
