// The books of a collector under load: markers find nothing wrong, whoever
// dies, and events are in them.
#include "codec/compress.hpp"
#include "codec/otlp_events.hpp"
#include "tests/actors/fleet_case.hpp"

#include <array>

namespace pgmuster::test_fleet {
namespace {

TEST_P(fleet_case, markers_compare_the_books_while_points_pass) {
  start({target_called("one", server().dsn()),
         target_called("two", server().dsn())});
  ASSERT_TRUE(eventually([&] { return status("one")->cycles >= 1; }));
  auditor also{std::shared_ptr<services>{&fleet_->shared(), [](auto*) {}}};
  for (int times = 0; times < 200; ++times) {
    also.audit(milliseconds{10'000});
    ASSERT_EQ(fleet_->shared().audit.disagreements(),
              std::vector<std::string>{});
    (void)poll(nullptr, 0, 10);
  }
  EXPECT_EQ(counted("pgmuster_ledger_mismatches_total"), 0.0);
  EXPECT_EQ(counted("pgmuster_ledger_markers_lost_total"), 0.0);
  // Two books, and some moved just then.
  EXPECT_GE(counted("pgmuster_ledger_books_compared_total"), 200.0);
  EXPECT_TRUE(fleet_->stop(milliseconds{5'000}).balanced);
}

class fleet_deaths : public fleet_case {
protected:
  ~fleet_deaths() override {
    fleet_.reset();
    if (!spool_.empty()) {
      std::filesystem::remove_all(spool_);
    }
  }
  void start_busily();
  void kill_each_kind();
};

void fleet_deaths::start_busily() {
  // A destination that is slow to take frames, so that exporters hold some.
  for (int times = 0; times < 6; ++times) {
    scripted_answer busy;
    busy.status = 503;
    receiver_.then(busy);
  }
  start({target_called("one", server().dsn()),
         target_called("two", server().dsn())});
}

void fleet_deaths::kill_each_kind() {
  ASSERT_TRUE(eventually([&] { return status("one")->cycles >= 1; }));
  auto& shared = fleet_->shared();
  auditor also{std::shared_ptr<services>{&shared, [](auto*) {}}};
  for (std::size_t which = 0; which <= pgmuster::stages; ++which) {
    const auto find = [&](std::size_t at) {
      return which < pgmuster::stages
               ? shared.stages->find(at, static_cast<stage>(which))
               : shared.stages->find_exporter(route_name{"main"}, at);
    };
    const std::array before{find(0), find(1)};
    for (const auto& one : before) {
      caf::anon_send_exit(one, caf::exit_reason::kill);
    }
    ASSERT_TRUE(
      eventually([&] { return find(0) != before[0] && find(1) != before[1]; }))
      << "kind " << which;
    const auto cycles = status("two")->cycles;
    ASSERT_TRUE(
      eventually([&] { return status("two")->cycles >= cycles + 2; }));
    also.audit(milliseconds{10'000});
    EXPECT_EQ(shared.audit.disagreements(), std::vector<std::string>{})
      << "kind " << which;
    EXPECT_TRUE(balanced()) << "kind " << which;
  }
}

TEST_P(fleet_deaths, of_each_kind_under_load_leave_books_and_credit_right) {
  start_busily();
  kill_each_kind();
  ASSERT_FALSE(HasFatalFailure());
  auto& shared = fleet_->shared();
  const auto end = fleet_->stop(milliseconds{20'000});
  EXPECT_TRUE(end.balanced);
  EXPECT_GT(end.acknowledged, 0U);
  // Whatever was lost was lost with an actor, and is counted as that.
  EXPECT_EQ(end.lost,
            end.dropped[static_cast<std::size_t>(drop_reason::actor_lost)]);
  EXPECT_EQ(credit_in_use(), 0U);
  for (const auto& book : shared.books.view()) {
    EXPECT_EQ(book.shaping.held, 0U);
    for (const auto& [route, view] : book.delivery) {
      EXPECT_EQ(view.batching + view.in_flight + view.bytes, 0U);
    }
  }
}

TEST_P(fleet_deaths, lose_no_frame_that_the_spool_has) {
  spool_ = std::filesystem::temp_directory_path()
           / ("pgmuster-deaths-" + std::to_string(::getpid()) + "-"
              + (GetParam() == reactor_choice::epoll ? "epoll" : "io_uring"));
  start_busily();
  kill_each_kind();
  ASSERT_FALSE(HasFatalFailure());
  auto end = fleet_->stop(milliseconds{20'000});
  EXPECT_TRUE(end.balanced);
  EXPECT_GT(end.acknowledged, 0U);
  EXPECT_EQ(end.lost,
            end.dropped[static_cast<std::size_t>(drop_reason::actor_lost)]);
  const auto waits = end.spooled;
  // What waits, and what died on its way to the disk, comes with the next run.
  fleet_.reset();
  start({target_called("one", server().dsn())});
  ASSERT_TRUE(eventually([&] {
    const auto view = fleet_->shared()
                        .books.delivery(tenant_id{"acme"}, route_name{"main"})
                        ->view();
    return view.recovered >= waits && view.acked > 0 && view.spooled == 0;
  }));
  EXPECT_TRUE(balanced());
  end = fleet_->stop(milliseconds{20'000});
  EXPECT_TRUE(end.balanced);
  EXPECT_EQ(end.lost, 0U);
}

TEST_P(fleet_case, events_of_a_target_go_the_way_of_its_points) {
  carry_logs_ = true;
  start({target_called("dead", "host=127.0.0.1 port=1 user=x dbname=x")});
  ASSERT_TRUE(eventually([&] {
    const auto requests = receiver_.requests();
    return std::any_of(requests.begin(), requests.end(),
                       [](const auto& one) { return one.path == "/v1/logs"; });
  }));
  for (const auto& one : receiver_.requests()) {
    if (one.path != "/v1/logs") {
      continue;
    }
    const auto plain = decompress(compression::zstd, one.body, 1U << 20U);
    ASSERT_TRUE(plain.has_value());
    const auto events = decode_events(*plain);
    ASSERT_TRUE(events.has_value());
    EXPECT_EQ(events->front().event.name, event_names::target_state);
    EXPECT_EQ(events->front().event.body, "target is down: connection refused");
    break;
  }
  const auto end = fleet_->stop(milliseconds{5'000});
  EXPECT_TRUE(end.balanced);
  EXPECT_EQ(end.lost, 0U);
}

const auto both =
  testing::Values(reactor_choice::io_uring, reactor_choice::epoll);
const auto named = [](const auto& given) {
  return given.param == reactor_choice::epoll ? "epoll" : "io_uring";
};

INSTANTIATE_TEST_SUITE_P(reactors, fleet_case, both, named);
INSTANTIATE_TEST_SUITE_P(reactors, fleet_deaths, both, named);

} // namespace
} // namespace pgmuster::test_fleet
