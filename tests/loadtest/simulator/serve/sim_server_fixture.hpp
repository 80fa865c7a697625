// A simulator in this process, on a ring of its own, and libpq to talk to it.
#pragma once

#include "drivers/reactor/detect.hpp"
#include "loadtest/simulator/serve/sim_server.hpp"
#include "tests/loadtest/simulator/wire/small_talk.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <libpq-fe.h>
#include <poll.h>

#include <future>
#include <memory>
#include <string>
#include <utility>

namespace pgmuster::loadtest {

struct connection_end {
  void operator()(PGconn* one) const { PQfinish(one); }
};
using connection = std::unique_ptr<PGconn, connection_end>;
struct result_end {
  void operator()(PGresult* one) const { PQclear(one); }
};
using rows = std::unique_ptr<PGresult, result_end>;

inline std::string state_of(const rows& from) {
  const char* const state = PQresultErrorField(from.get(), PG_DIAG_SQLSTATE);
  return state == nullptr ? "" : state;
}
inline std::string value(const rows& from) {
  return PQntuples(from.get()) == 1 ? PQgetvalue(from.get(), 0, 0)
                                    : PQresultErrorMessage(from.get());
}
inline rows ask(const connection& of, const std::string& sql) {
  return rows{PQexec(of.get(), sql.c_str())};
}

class sim_server_test : public testing::TestWithParam<reactor_choice> {
protected:
  simulator_scenario scenario;

  void SetUp() override {
    std::string why;
    if (GetParam() == reactor_choice::io_uring && !detect_uring(why)) {
      GTEST_SKIP() << why;
    }
    scenario.instances = 100;
    scenario.versions = {13, 18};
  }

  void TearDown() override {
    if (server_ != nullptr) {
      server_->close_all();
    }
    if (ring_ != nullptr) {
      ring_->stop();
    }
  }

  void start() {
    std::string why;
    auto made = start_reactor(GetParam(), why);
    ASSERT_TRUE(made) << why;
    ring_ = *std::move(made);
    server_ = std::make_unique<sim_server>(
      scenario,
      [this](instance_number instance) {
        const int major = scenario.versions[instance % 2];
        const auto version = fmt::format("{}.0", major);
        return simulated_instance{std::make_unique<small_talk>(major, version),
                                  version};
      },
      *ring_, system_clock_source());
    const auto opened = server_->open();
    ASSERT_TRUE(opened) << pgmuster::describe(opened.error());
    server_->start(system_clock_source().mono());
  }

  connection connect(const std::string& more = {},
                     const std::string& user = "sim00000") {
    const auto& at = server_->addresses().front();
    const auto info =
      fmt::format("host={} port={} user={} dbname=app gssencmode=disable "
                  "connect_timeout=20 sslmode=disable {}",
                  at.name, at.port, user, more);
    return connection{PQconnectdb(info.c_str())};
  }

  /// Runs on the ring's thread and waits.
  template <class Function>
  auto on_ring(Function run) {
    std::packaged_task<decltype(run())()> task{std::move(run)};
    auto done = task.get_future();
    ring_->post([&task] { task(); });
    return done.get();
  }
  bool all_sessions_end() {
    for (int tries = 0; tries < 1'000; ++tries) {
      if (on_ring([this] { return server_->counts().sessions_now; }) == 0) {
        return true;
      }
      ::poll(nullptr, 0, 10);
    }
    return false;
  }

  std::unique_ptr<reactor> ring_;
  std::unique_ptr<sim_server> server_;
};

inline constexpr auto backend_name = [](const auto& chosen) {
  return chosen.param == reactor_choice::epoll ? "epoll" : "io_uring";
};

} // namespace pgmuster::loadtest
