// TLS as libpq wants it verified.
#include "tests/loadtest/simulator/serve/sim_server_fixture.hpp"

#include <cstdlib>
#include <filesystem>

namespace pgmuster::loadtest {
namespace {

class sim_server_tls_test : public sim_server_test {
protected:
  std::filesystem::path folder_;

  void SetUp() override {
    sim_server_test::SetUp();
    std::string made =
      (std::filesystem::temp_directory_path() / "pgmuster-pgsim-XXXXXX");
    ASSERT_NE(::mkdtemp(made.data()), nullptr);
    folder_ = made;
    const auto command = fmt::format(
      "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes "
      "-subj /CN=pgsim -addext subjectAltName=IP:127.0.0.1 -days 2 "
      "-keyout {0}/key -out {0}/crt 2>/dev/null",
      made);
    ASSERT_EQ(std::system(command.c_str()), 0);
    scenario.tls = {folder_ / "crt", folder_ / "key"};
  }
  void TearDown() override {
    sim_server_test::TearDown();
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }
  [[nodiscard]] std::string verified() const {
    return fmt::format("sslmode=verify-full sslrootcert={}/crt",
                       folder_.string());
  }
};

TEST_P(sim_server_tls_test, a_verified_session_is_encrypted) {
  scenario.password = secret_string{"right"};
  start();
  const auto one = connect(verified() + " password=right");
  ASSERT_EQ(PQstatus(one.get()), CONNECTION_OK) << PQerrorMessage(one.get());
  EXPECT_EQ(PQsslInUse(one.get()), 1);
  const auto many = ask(one, "SELECT generate_series(1, 200000)");
  EXPECT_EQ(PQntuples(many.get()), 200'000);
  const auto plain = connect("sslmode=disable password=right");
  EXPECT_EQ(PQstatus(plain.get()), CONNECTION_OK);
}

TEST_P(sim_server_tls_test, a_slow_handshake_ends_well_at_last) {
  fault slow;
  slow.is = fault_kind::slow_tls;
  slow.by = milliseconds{300};
  scenario.faults = {slow};
  start();
  const auto before = system_clock_source().mono();
  const auto one = connect(verified());
  EXPECT_EQ(PQstatus(one.get()), CONNECTION_OK) << PQerrorMessage(one.get());
  EXPECT_GE(system_clock_source().mono() - before, milliseconds{300});
}

TEST_P(sim_server_tls_test, files_that_are_no_certificate_are_an_error) {
  scenario.tls->key = scenario.tls->certificate;
  std::string why;
  auto made = start_reactor(GetParam(), why);
  ASSERT_TRUE(made);
  ring_ = *std::move(made);
  sim_server server{scenario, {}, *ring_, system_clock_source()};
  EXPECT_FALSE(server.open());
}

INSTANTIATE_TEST_SUITE_P(backends,
                         sim_server_tls_test,
                         testing::Values(reactor_choice::epoll,
                                         reactor_choice::io_uring),
                         backend_name);

} // namespace
} // namespace pgmuster::loadtest
