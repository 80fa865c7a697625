// What stands beside the sums of the books: what a crash would take, and what a
// route does not send.
#include "routing/lease.hpp"

#include <gtest/gtest.h>

#include <map>
#include <string>

namespace pgmuster {
namespace {

TEST(ledger_columns, what_a_crash_would_take_is_told_at_every_change) {
  ledger books;
  std::map<std::string, std::uint64_t> risk;
  const auto into = [&](const std::string& name) -> at_risk {
    return [&risk, name](std::uint64_t points) { risk[name] = points; };
  };
  const tenant_id tenant{"acme"};
  const auto early = books.shaping(tenant);
  early->observe(7);
  books.tell_risks({[&](const tenant_id& one) { return into(one.value()); },
                    [&](const tenant_id& one, const route_name& route) {
                      return into(one.value() + "/" + route.value());
                    }});
  EXPECT_EQ(risk["acme"], 7U) << "of a book that was there before";
  early->settle(7, {.passed = 7});
  EXPECT_EQ(risk["acme"], 0U);
  delivery_lease lease{books.delivery(tenant, route_name{"main"})};
  lease.enter(5, 2);
  EXPECT_EQ(risk["acme/main"], 7U);
  lease.framed(7);
  delivery_end part;
  part.acked = 3;
  lease.end(part);
  EXPECT_EQ(risk["acme/main"], 4U);
  lease.keep_copy();
  EXPECT_EQ(risk["acme/main"], 0U) << "the spool has it";
  lease.spool();
  EXPECT_EQ(risk["acme/main"], 0U);
}

TEST(ledger_columns,
     what_a_delta_route_does_not_send_came_in_and_has_a_column) {
  delivery_book book;
  book.leave_out({.unchanged = 5, .beyond_limit = 2}, 3);
  const auto view = book.view();
  EXPECT_EQ(view.passed, 4U);
  EXPECT_EQ(view.made, 3U);
  EXPECT_EQ(view.unchanged, 5U);
  constexpr auto beyond = static_cast<std::size_t>(drop_reason::delta_limit);
  EXPECT_EQ(view.dropped[beyond], 2U);
  EXPECT_TRUE(view.balanced());
  delivery_view sum;
  add_to(sum, view);
  EXPECT_EQ(sum.unchanged, 5U);
}

} // namespace
} // namespace pgmuster
