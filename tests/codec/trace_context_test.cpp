// A trace is found wherever an application puts it, and only if it is one.
#include "codec/trace_context.hpp"

#include <gtest/gtest.h>

#include <string>

namespace pgmuster {
namespace {

const std::string parent =
  "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

TEST(find_trace_context, reads_ids_and_flags) {
  const auto found = find_trace_context(parent);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->trace.front(), 0x0a);
  EXPECT_EQ(found->trace.back(), 0x9c);
  EXPECT_EQ(found->span.front(), 0xb7);
  EXPECT_EQ(found->span.back(), 0x31);
  EXPECT_EQ(found->flags, 1);
}

TEST(find_trace_context, it_may_stand_among_other_words) {
  EXPECT_TRUE(find_trace_context("shop 00-" + parent + ";x"));
  EXPECT_TRUE(find_trace_context("traceparent='" + parent + "'"));
  EXPECT_EQ(before_trace_context("shop " + parent), "shop ");
  EXPECT_EQ(before_trace_context("shop 00-1"), "shop 00-1");
}

TEST(find_trace_context, what_is_none_is_not_found) {
  for (std::size_t cut = 0; cut < parent.size(); ++cut) {
    EXPECT_FALSE(find_trace_context(parent.substr(0, cut))) << cut;
  }
  auto upper = parent;
  upper[4] = 'A';
  EXPECT_FALSE(find_trace_context(upper));
  auto zeros = parent;
  zeros.replace(3, 32, std::string(32, '0'));
  EXPECT_FALSE(find_trace_context(zeros));
  auto no_span = parent;
  no_span.replace(36, 16, std::string(16, '0'));
  EXPECT_FALSE(find_trace_context(no_span));
  EXPECT_FALSE(find_trace_context("01" + parent.substr(2)));
  EXPECT_FALSE(find_trace_context(""));
}

} // namespace
} // namespace pgmuster
