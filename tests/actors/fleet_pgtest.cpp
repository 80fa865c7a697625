#include "actors/auditor.hpp"
#include "actors/fleet.hpp"
#include "actors/services.hpp"
#include "codec/compress.hpp"
#include "codec/otlp_events.hpp"
#include "drivers/postgres/dsn.hpp"
#include "tests/support/http/http_receiver.hpp"
#include "tests/support/postgres/postgres_server.hpp"

#include <gtest/gtest.h>

#include <poll.h>

#include <algorithm>
#include <array>
#include <filesystem>

namespace pgmuster {
namespace {

using test::http_receiver;
using test::postgres_server;
using test::scripted_answer;

postgres_server& server() {
  static postgres_server shared;
  return shared;
}

target_config target_called(const std::string& name, const std::string& dsn) {
  target_config made;
  made.name = target_name{name};
  made.dsn = secret_string{dsn};
  const auto parts = postgres::parse_dsn(dsn);
  if (parts) {
    made.host = parts->host;
    made.port = parts->port;
    made.database = parts->database;
  }
  return made;
}

/// One tenant, one OTLP route, cycles each second, no admin address.
configuration fleet_of(std::vector<target_config> targets,
                       const std::string& url,
                       reactor_choice reactor) {
  configuration config;
  const route_name main{"main"};
  otlp_destination to;
  to.url = url;
  config.routes[main] = {main, to, {}};
  config.tenants.push_back({tenant_id{"acme"}, {main}, std::move(targets)});
  config.intervals.default_interval = milliseconds{1'000};
  config.intervals.by_name["database"] = milliseconds{1'000};
  config.intervals.by_name["statements"] = milliseconds{1'000};
  config.admin.listen.clear();
  config.process.reactor = reactor;
  config.process.workers = 2;
  return config;
}

/// Looks again every 20 ms, at most 20 s.
template <class Condition>
bool eventually(Condition holds) {
  for (int tries = 0; tries < 1'000; ++tries) {
    if (holds()) {
      return true;
    }
    (void)poll(nullptr, 0, 20);
  }
  return false;
}

std::size_t open_descriptors() {
  const std::filesystem::directory_iterator all{"/proc/self/fd"};
  return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

class fleet_case : public testing::TestWithParam<reactor_choice> {
protected:
  void start(std::vector<target_config> targets) {
    std::string why;
    auto loop = start_reactor(GetParam(), why);
    if (!loop) {
      GTEST_SKIP() << why;
    }
    log_ = make_log_sink({log_level::error, log_format::text},
                         system_clock_source());
    auto catalog = postgres::load_catalog({});
    ASSERT_TRUE(catalog.has_value()) << describe(catalog.error());
    auto config = fleet_of(std::move(targets), receiver_.url(), GetParam());
    config.routes.begin()->second.signals.logs = carry_logs_;
    auto made = fleet::start(std::move(config), std::move(*catalog),
                             std::move(loop.value()), why, *log_);
    ASSERT_TRUE(made.has_value()) << describe(made.error());
    fleet_ = std::move(made.value());
  }

  /// Whatever a test does to the fleet, its markers find nothing wrong.
  void TearDown() override {
    if (fleet_ != nullptr) {
      EXPECT_EQ(fleet_->shared().audit.disagreements(),
                std::vector<std::string>{});
    }
  }

  /// A counter of /metrics without labels.
  double counted(const std::string& name) {
    const auto text = fleet_->shared().metrics->expose();
    const auto at = text.find("\n" + name + " ");
    return at == std::string::npos
             ? 0
             : std::stod(text.substr(at + 2 + name.size()));
  }

  std::shared_ptr<const target_status> status(const std::string& target) {
    for (const auto& one : fleet_->shared().board.all()) {
      if (one->target.value() == target) {
        return one;
      }
    }
    return std::make_shared<target_status>();
  }

  /// Both books of every tenant, at this moment.
  ::testing::AssertionResult balanced() {
    for (const auto& book : fleet_->shared().books.view()) {
      if (!book.shaping.balanced()) {
        return ::testing::AssertionFailure()
               << "book A of " << book.tenant.value();
      }
      for (const auto& [route, view] : book.delivery) {
        if (!view.balanced()) {
          return ::testing::AssertionFailure() << "book B of " << route.value();
        }
      }
    }
    return ::testing::AssertionSuccess();
  }

  std::uint64_t credit_in_use() {
    std::uint64_t sum = 0;
    for (const auto& [key, account] : fleet_->shared().credit) {
      sum += account->in_use().value();
    }
    return sum;
  }

  http_receiver receiver_;
  bool carry_logs_ = false;
  std::unique_ptr<log_sink> log_;
  std::unique_ptr<fleet> fleet_;
};

TEST_P(fleet_case, a_target_is_collected_and_all_points_are_acknowledged) {
  ASSERT_TRUE(server().running());
  server().ask("CREATE EXTENSION IF NOT EXISTS pg_stat_statements");
  start({target_called("one", server().dsn())});
  ASSERT_TRUE(eventually([&] { return status("one")->cycles >= 3; }));
  EXPECT_EQ(status("one")->state, "up");
  EXPECT_EQ(status("one")->role, "primary");
  EXPECT_TRUE(status("one")->sessions.has_value());
  EXPECT_TRUE(balanced());
  const auto end = fleet_->stop(milliseconds{5'000});
  EXPECT_TRUE(end.drained);
  EXPECT_TRUE(end.balanced);
  EXPECT_EQ(end.lost, 0U);
  EXPECT_GT(end.acknowledged, 100U);
  EXPECT_TRUE(balanced());
  EXPECT_EQ(credit_in_use(), 0U);
}

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

TEST_P(fleet_case, a_dead_target_says_so_and_costs_its_neighbour_nothing) {
  start({target_called("alive", server().dsn()),
         target_called("dead", "host=127.0.0.1 port=1 user=x dbname=x")});
  ASSERT_TRUE(eventually([&] { return status("dead")->state == "down"; }));
  ASSERT_TRUE(eventually([&] { return status("alive")->cycles >= 3; }));
  EXPECT_EQ(status("alive")->state, "up");
  EXPECT_NE(status("dead")->reason.find("refused"), std::string::npos);
  EXPECT_TRUE(balanced());
}

TEST_P(fleet_case, one_crashed_database_actor_is_started_again_alone) {
  start({target_called("first", server().dsn()),
         target_called("second", server().dsn())});
  ASSERT_TRUE(eventually([&] {
    return status("first")->cycles >= 2 && status("second")->cycles >= 2;
  }));
  auto& directory = fleet_->shared().databases;
  const auto before = directory.find("acme/first");
  const auto neighbour = directory.find("acme/second");
  ASSERT_TRUE(before);
  const auto cycles_of_neighbour = status("second")->cycles;
  caf::anon_send_exit(before, caf::exit_reason::kill);
  ASSERT_TRUE(eventually([&] {
    const auto now = directory.find("acme/first");
    return now && now != before;
  }));
  // It counts from the start again: a new actor, a new connection.
  ASSERT_TRUE(eventually([&] {
    return status("second")->cycles >= cycles_of_neighbour + 3
           && status("first")->state == "up";
  }));
  EXPECT_EQ(directory.find("acme/second"), neighbour);
  EXPECT_TRUE(balanced());
  ASSERT_TRUE(eventually([&] { return credit_in_use() == 0; }));
}

TEST_P(fleet_case, a_crashed_stage_s_points_are_counted_and_credit_returns) {
  start({target_called("one", server().dsn())});
  ASSERT_TRUE(eventually([&] { return status("one")->cycles >= 2; }));
  auto& stages = *fleet_->shared().stages;
  for (std::size_t lane = 0; lane < 2; ++lane) {
    for (std::size_t which = 0; which < pgmuster::stages; ++which) {
      caf::anon_send_exit(stages.find(lane, static_cast<stage>(which)),
                          caf::exit_reason::kill);
    }
  }
  const auto cycles = status("one")->cycles;
  ASSERT_TRUE(eventually([&] { return status("one")->cycles >= cycles + 4; }));
  EXPECT_TRUE(balanced());
  const auto end = fleet_->stop(milliseconds{5'000});
  EXPECT_TRUE(end.balanced);
  EXPECT_EQ(credit_in_use(), 0U);
  EXPECT_GT(end.acknowledged, 0U);
}

TEST_P(fleet_case,
       whatever_kind_of_actor_dies_under_load_books_and_credit_hold) {
  // A destination that is slow to take frames, so that exporters hold some.
  for (int times = 0; times < 6; ++times) {
    scripted_answer busy;
    busy.status = 503;
    receiver_.then(busy);
  }
  start({target_called("one", server().dsn()),
         target_called("two", server().dsn())});
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

TEST_P(fleet_case, a_destination_that_refuses_for_a_while_loses_nothing) {
  for (int times = 0; times < 3; ++times) {
    scripted_answer busy;
    busy.status = 503;
    receiver_.then(busy);
  }
  scripted_answer cut;
  cut.misbehaves = scripted_answer::fault::reset;
  receiver_.then(cut);
  start({target_called("one", server().dsn())});
  ASSERT_TRUE(receiver_.wait_for(7));
  EXPECT_TRUE(balanced());
  const auto end = fleet_->stop(milliseconds{10'000});
  EXPECT_EQ(end.lost, 0U);
  EXPECT_TRUE(end.balanced);
}

TEST_P(fleet_case, a_destination_that_refuses_our_key_is_told) {
  for (int times = 0; times < 8; ++times) {
    receiver_.then({401, {}, "no such key"});
  }
  start({target_called("one", server().dsn())});
  ASSERT_TRUE(eventually([&] {
    const auto routes = fleet_->shared().routes.all();
    return std::any_of(routes.begin(), routes.end(),
                       [](const auto& one) { return one.second.unauthorised; });
  }));
}

TEST_P(fleet_case, a_destination_that_refuses_zstd_is_learned) {
  // As some receivers do: 400 for an encoding that they do not know.
  scripted_answer unknown;
  unknown.status = 400;
  receiver_.then(unknown);
  start({target_called("one", server().dsn())});
  ASSERT_TRUE(receiver_.wait_for(4));
  const auto requests = receiver_.requests();
  EXPECT_EQ(requests.at(0).headers.at("content-encoding"), "zstd");
  EXPECT_EQ(requests.at(1).headers.at("content-encoding"), "gzip");
  EXPECT_EQ(requests.back().headers.at("content-encoding"), "gzip");
  const auto end = fleet_->stop(milliseconds{5'000});
  EXPECT_EQ(end.lost, 0U);
}

TEST_P(fleet_case, databases_that_come_and_go_are_followed) {
  server().ask("DROP DATABASE IF EXISTS comes");
  start({target_called("one", server().dsn())});
  ASSERT_TRUE(eventually([&] { return status("one")->cycles >= 1; }));
  server().ask("CREATE DATABASE comes");
  auto& directory = fleet_->shared().databases;
  ASSERT_TRUE(
    eventually([&] { return bool{directory.find("acme/one/comes")}; }));
  ASSERT_TRUE(eventually([&] {
    server().ask("DROP DATABASE comes WITH (FORCE)");
    return !directory.find("acme/one/comes");
  }));
  EXPECT_TRUE(balanced());
}

TEST_P(fleet_case, behind_a_pooler_a_target_is_collected_all_the_same) {
  const test::pooler pooled{server(), "transaction"};
  if (!pooled.running()) {
    GTEST_SKIP() << "no pooler to be had";
  }
  start({target_called("pooled", pooled.dsn())});
  ASSERT_TRUE(eventually([&] { return status("pooled")->cycles >= 3; }));
  EXPECT_EQ(status("pooled")->state, "up") << status("pooled")->reason;
  EXPECT_TRUE(status("pooled")->pooled);
  EXPECT_EQ(status("pooled")->role, "primary");
  const auto end = fleet_->stop(milliseconds{5'000});
  EXPECT_EQ(end.lost, 0U);
  EXPECT_TRUE(end.balanced);
}

TEST_P(fleet_case, an_extension_that_comes_later_is_found) {
  server().ask("DROP DATABASE IF EXISTS later");
  server().ask("CREATE DATABASE later");
  server().ask("CREATE EXTENSION pg_stat_statements", "later");
  start({target_called("one", server().dsn("later"))});
  ASSERT_TRUE(eventually([&] { return status("one")->cycles >= 2; }));
  server().ask("DROP EXTENSION pg_stat_statements", "later");
  ASSERT_TRUE(eventually([&] { return status("one")->state == "degraded"; }));
  // The catalog is fitted again, and asks only what is there.
  ASSERT_TRUE(eventually([&] { return status("one")->state == "up"; }))
    << status("one")->reason;
  EXPECT_TRUE(balanced());
  (void)fleet_->stop(milliseconds{5'000});
  server().ask("DROP DATABASE later WITH (FORCE)");
}

TEST_P(fleet_case, stopping_leaves_no_descriptor_actor_or_session_behind) {
  const auto before = open_descriptors();
  {
    start({target_called("one", server().dsn()),
           target_called("dead", "host=127.0.0.1 port=1 user=x dbname=x")});
    ASSERT_TRUE(eventually([&] { return status("one")->cycles >= 2; }));
    (void)fleet_->stop(milliseconds{5'000});
    EXPECT_EQ(fleet_->shared().connections.load(), 0U);
    EXPECT_EQ(fleet_->shared().connector->counts().open, 0U);
    fleet_.reset();
  }
  receiver_.stop();
  log_.reset();
  EXPECT_LE(open_descriptors(), before);
  EXPECT_EQ(server().wait_for("SELECT count(*) FROM pg_stat_activity WHERE "
                              "application_name = 'pgmuster'",
                              "0"),
            "0");
}

INSTANTIATE_TEST_SUITE_P(reactors,
                         fleet_case,
                         testing::Values(reactor_choice::io_uring,
                                         reactor_choice::epoll),
                         [](const auto& given) {
                           return given.param == reactor_choice::epoll
                                    ? "epoll"
                                    : "io_uring";
                         });

} // namespace
} // namespace pgmuster
