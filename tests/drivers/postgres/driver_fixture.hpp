// A reactor, a connector and one server for all tests of the binary.
#pragma once

#include "drivers/clock.hpp"
#include "drivers/postgres/blocking.hpp"
#include "tests/support/postgres/postgres_server.hpp"

#include <gtest/gtest.h>

namespace pgmuster::postgres {

/// Started by the first test that asks; stopped when the binary ends.
[[nodiscard]] test::postgres_server& shared_server();

/// Runs each test on both backends of the reactor.
class driver_pgtest : public ::testing::TestWithParam<reactor_choice> {
protected:
  void SetUp() override;
  void TearDown() override;

  [[nodiscard]] result<std::unique_ptr<session>>
  try_connect(const std::string& dsn,
              milliseconds deadline = milliseconds{10'000});
  /// Fails the test and returns null when it cannot.
  [[nodiscard]] std::unique_ptr<session> connect(const std::string& dsn);
  [[nodiscard]] std::unique_ptr<session> connect() {
    return connect(shared_server().dsn());
  }

  [[nodiscard]] static result<std::vector<statement_result>>
  run(session& session,
      std::vector<statement_call> calls,
      milliseconds deadline = milliseconds{10'000},
      reading when = reading::prompt);
  /// One statement, one cell, as text.
  [[nodiscard]] static std::string value(session& session,
                                         const std::string& sql);

  /// Waits until no session is open; the number that still is.
  [[nodiscard]] std::uint64_t open_in_the_end() const;

  std::unique_ptr<reactor> reactor_;
  std::unique_ptr<connector> connector_;
};

[[nodiscard]] std::string
backend_name(const ::testing::TestParamInfo<reactor_choice>& which);

/// Entries of /proc/self/fd.
[[nodiscard]] std::size_t open_descriptors();

} // namespace pgmuster::postgres
