// One collector in this process before a server and a receiver: what its tests
// start and ask.
#pragma once

#include "actors/auditor.hpp"
#include "actors/fleet.hpp"
#include "actors/services.hpp"
#include "drivers/postgres/dsn.hpp"
#include "tests/support/http/http_receiver.hpp"
#include "tests/support/postgres/postgres_server.hpp"

#include <gtest/gtest.h>

#include <poll.h>

#include <algorithm>
#include <filesystem>

namespace pgmuster::test_fleet {

using test::http_receiver;
using test::postgres_server;
using test::scripted_answer;

inline postgres_server& server() {
  static postgres_server shared;
  return shared;
}

inline target_config target_called(const std::string& name,
                                   const std::string& dsn) {
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
inline configuration fleet_of(std::vector<target_config> targets,
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

inline std::size_t open_descriptors() {
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
    config.tenants.front().events = events_;
    config.tenants.front().series = series_;
    config.spool.directory = spool_;
    config.spool.mode = spool_mode::always;
    config.spool.free_min = byte_count{0};
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
  /// Not empty: each frame is written there before it is sent.
  std::filesystem::path spool_;
  bool carry_logs_ = false;
  event_config events_;
  series_config series_;
  std::unique_ptr<log_sink> log_;
  std::unique_ptr<fleet> fleet_;
};

} // namespace pgmuster::test_fleet
