// Starts and stops what the driver's tests share.
#include "tests/drivers/postgres/driver_fixture.hpp"

#include <poll.h>

#include <filesystem>
#include <iterator>

namespace pgmuster::postgres {

test::postgres_server& shared_server() {
  static test::postgres_server server;
  return server;
}

void driver_pgtest::SetUp() {
  ASSERT_TRUE(shared_server().running());
  std::string why;
  auto started = start_reactor(GetParam(), why);
  if (!started) {
    GTEST_SKIP() << describe(started.error());
  }
  reactor_ = std::move(started.value());
  connector_ = start_connector(*reactor_, system_clock_source(), 2);
}

void driver_pgtest::TearDown() {
  if (connector_) {
    EXPECT_EQ(open_in_the_end(), 0U);
    EXPECT_EQ(reactor_->watched(), 0U);
    connector_->stop();
    reactor_->stop();
  }
}

result<std::unique_ptr<session>>
driver_pgtest::try_connect(const std::string& dsn, milliseconds deadline) {
  connect_request request;
  request.dsn = secret_string{dsn};
  request.deadline = deadline;
  return connect_and_wait(*connector_, std::move(request));
}

std::unique_ptr<session> driver_pgtest::connect(const std::string& dsn) {
  auto made = try_connect(dsn);
  if (!made) {
    ADD_FAILURE() << describe(made.error());
    return nullptr;
  }
  return std::move(made.value());
}

result<std::vector<statement_result>>
driver_pgtest::run(session& session,
                   std::vector<statement_call> calls,
                   milliseconds deadline,
                   reading when) {
  return run_and_wait(session, std::move(calls), deadline,
                      system_clock_source(), when);
}

std::string driver_pgtest::value(session& session, const std::string& sql) {
  const auto all = run(session, {{"", "select (" + sql + ")::text", ""}});
  if (!all) {
    return describe(all.error());
  }
  const auto& rows = all->front().rows;
  return rows ? std::string{rows->row(0)[0].text()} : describe(rows.error());
}

std::uint64_t driver_pgtest::open_in_the_end() const {
  for (int tries = 0; tries < 500 && connector_->counts().open > 0; ++tries) {
    ::poll(nullptr, 0, 10);
  }
  return connector_->counts().open;
}

std::string
backend_name(const ::testing::TestParamInfo<reactor_choice>& which) {
  return which.param == reactor_choice::epoll ? "epoll" : "io_uring";
}

std::size_t open_descriptors() {
  return static_cast<std::size_t>(
    std::distance(std::filesystem::directory_iterator{"/proc/self/fd"},
                  std::filesystem::directory_iterator{}));
}

} // namespace pgmuster::postgres
