// What a backlog holds ends when its exporter does.
#include "routing/backlog.hpp"

#include <gtest/gtest.h>

namespace pgmuster {
namespace {

TEST(backlog_end, what_it_holds_ends_with_its_owner) {
  backlog of{{}};
  (void)of.found({});
  const auto book = std::make_shared<delivery_book>();
  std::vector<backlog::entry> waiting;
  for (int at = 0; at < 3; ++at) {
    auto what = std::make_shared<frame>();
    what->tenant = tenant_id{"acme"};
    what->points = 10;
    auto lease = std::make_shared<delivery_lease>(book);
    lease->enter(10, 0);
    lease->framed(10);
    waiting.push_back({std::move(what), std::move(lease)});
  }
  of.take_out(std::move(waiting));
  // One is being written: its outcome will find nobody.
  ASSERT_TRUE(of.next_write(mono_time{seconds{100}}));
  EXPECT_EQ(book->view().in_flight, 30U);
  of.let_go();
  EXPECT_TRUE(of.empty());
  constexpr auto lost = static_cast<std::size_t>(drop_reason::actor_lost);
  EXPECT_EQ(book->view().dropped[lost], 30U);
  EXPECT_EQ(book->view().in_flight, 0U);
  EXPECT_TRUE(book->view().balanced());
}

} // namespace
} // namespace pgmuster
