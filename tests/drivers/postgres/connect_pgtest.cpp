// What a connect ends in: each kind of refusal by its name, TLS and passwords.
#include "drivers/postgres/handles.hpp"
#include "tests/drivers/postgres/driver_fixture.hpp"

#include <fmt/format.h>

#include <arpa/inet.h>
#include <sys/socket.h>

namespace pgmuster::postgres {
namespace {

constexpr const char* role_password = "secret of the role";

/// A bound port of loopback: it listens, and never answers, or refuses.
struct dead_port {
  explicit dead_port(bool listens)
    : socket{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)} {
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof at;
    auto* const address = reinterpret_cast<sockaddr*>(&at);
    ::bind(socket.number(), address, length);
    ::getsockname(socket.number(), address, &length);
    number = ntohs(at.sin_port);
    if (listens) {
      ::listen(socket.number(), 8);
    }
  }
  std::string dsn() const {
    return fmt::format("host=127.0.0.1 port={} user=u dbname=d password={}",
                       number, "hunter2");
  }
  descriptor socket;
  int number = 0;
};

class connect_pgtest : public driver_pgtest {
protected:
  error refusal(const std::string& dsn,
                milliseconds deadline = milliseconds{10'000}) {
    const auto made = try_connect(dsn, deadline);
    if (made) {
      ADD_FAILURE() << "connected";
      return {};
    }
    EXPECT_EQ(describe(made.error()).find("hunter2"), std::string::npos);
    EXPECT_EQ(describe(made.error()).find('\n'), std::string::npos);
    return made.error();
  }
};

INSTANTIATE_TEST_SUITE_P(connect,
                         connect_pgtest,
                         ::testing::Values(reactor_choice::epoll),
                         backend_name);

TEST_P(connect_pgtest, a_wrong_password_is_told) {
  const auto why =
    refusal(shared_server().dsn("postgres", "scram") + " password=hunter2");
  EXPECT_EQ(why.code, errc::authentication_failed) << describe(why);
  EXPECT_NE(why.context.find(std::to_string(shared_server().port())),
            std::string::npos);
  EXPECT_EQ(refusal(shared_server().dsn("postgres", "scram")).code,
            errc::authentication_failed)
    << "none was given";
}

TEST_P(connect_pgtest, a_missing_database_or_role_is_told) {
  EXPECT_EQ(refusal(shared_server().dsn("no_such_one")).code,
            errc::no_such_database);
  EXPECT_EQ(refusal(shared_server().dsn("postgres", "nobody")).code,
            errc::authentication_failed);
}

TEST_P(connect_pgtest, a_port_that_refuses_is_told) {
  const dead_port port{false};
  const auto why = refusal(port.dsn());
  EXPECT_EQ(why.code, errc::refused) << describe(why);
  EXPECT_EQ(refusal("host=/tmp/no_such_folder user=u dbname=d").code,
            errc::refused);
}

TEST_P(connect_pgtest, a_listener_that_never_answers_costs_the_deadline) {
  const dead_port port{true};
  const auto why = refusal(port.dsn(), milliseconds{200});
  EXPECT_EQ(why.code, errc::timed_out) << describe(why);
}

TEST_P(connect_pgtest, a_bad_dsn_is_refused_at_once) {
  EXPECT_EQ(refusal("host=a password=hunter2 x").code, errc::bad_dsn);
  EXPECT_EQ(refusal(shared_server().dsn() + " sslmode=maybe").code,
            errc::bad_dsn);
}

TEST_P(connect_pgtest, scram_takes_the_password_from_its_source) {
  connect_request request;
  request.dsn = secret_string{shared_server().dsn("postgres", "scram")
                              + " password=hunter2"};
  ::setenv("PGMUSTER_TEST_WORD", role_password, 1);
  request.password = {password_source::kind::environment, "PGMUSTER_TEST_WORD"};
  const auto made = connect_and_wait(*connector_, request);
  ASSERT_TRUE(made) << describe(made.error());
  EXPECT_EQ(value(**made, "current_user"), "scram");
  request.password.name = "PGMUSTER_TEST_NOTHING";
  const auto missing = connect_and_wait(*connector_, request);
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, errc::bad_password_source);
}

TEST_P(connect_pgtest, tls_verifies_the_server_by_its_ca_and_name) {
  const auto& server = shared_server();
  const auto with = [&](const std::string& host, const std::string& ca) {
    return fmt::format("host={} port={} dbname=postgres user=tls_scram "
                       "password='{}' sslmode=verify-full sslrootcert={}",
                       host, server.port(), role_password, ca);
  };
  const auto good = connect(with("localhost", server.ca_file()));
  ASSERT_TRUE(good);
  EXPECT_TRUE(good->facts().encrypted);
  EXPECT_EQ(value(*good, "current_user"), "tls_scram");
  const auto bad = refusal(with("localhost", server.other_ca_file()));
  EXPECT_EQ(bad.code, errc::tls_failed) << describe(bad);
  const auto other_name =
    refusal(with("db.other hostaddr=127.0.0.1", server.ca_file()));
  EXPECT_EQ(other_name.code, errc::tls_failed) << describe(other_name);
  EXPECT_TRUE(connect(with("db.test hostaddr=127.0.0.1", server.ca_file())));
  EXPECT_EQ(refusal(server.dsn("postgres", "tls_scram")
                    + " sslmode=disable password=hunter2")
              .code,
            errc::authentication_failed);
}

TEST_P(connect_pgtest, a_unix_socket_and_ipv6_serve_as_well) {
  const auto& server = shared_server();
  const auto local = connect(fmt::format(
    "host={} port={} user=postgres", server.socket_folder(), server.port()));
  ASSERT_TRUE(local);
  EXPECT_FALSE(local->facts().encrypted);
  EXPECT_EQ(value(*local, "inet_client_addr() is null"), "true");
  local->notify([] {});
  ASSERT_TRUE(
    local->start({{"z", "select pg_catalog.pg_sleep(2.9)::text", ""}}));
  local->cancel();
  const auto six = connect(
    fmt::format("postgresql://postgres@[::1]:{}/postgres", server.port()));
  ASSERT_TRUE(six);
  EXPECT_EQ(value(*six, "host(inet_server_addr())"), "::1");
}

TEST_P(connect_pgtest, another_address_of_the_name_is_tried) {
  // localhost is both ::1 and 127.0.0.1; this port listens on one only.
  const test::postgres_server four{test::majors().front(),
                                   {"listen_addresses = '127.0.0.1'"}};
  ASSERT_TRUE(four.running());
  const auto made = connect(fmt::format(
    "host=localhost port={} user=postgres dbname=postgres", four.port()));
  EXPECT_TRUE(made);
}

TEST_P(connect_pgtest, a_paused_server_costs_the_deadline_and_a_dead_one_not) {
  test::postgres_server server;
  ASSERT_TRUE(server.running());
  auto own = connect(server.dsn());
  ASSERT_TRUE(own);
  server.pause();
  EXPECT_EQ(refusal(server.dsn(), milliseconds{300}).code, errc::timed_out);
  const auto silent = run(*own, {{"a", "select 1", ""}}, milliseconds{200});
  ASSERT_FALSE(silent);
  EXPECT_EQ(silent.error().code, errc::timed_out);
  own.reset();
  EXPECT_EQ(open_in_the_end(), 0U) << "closing waits for nobody";
  server.resume();
  server.crash();
  EXPECT_EQ(refusal(server.dsn()).code, errc::refused);
  server.restart();
  EXPECT_TRUE(connect(server.dsn()));
}

TEST_P(connect_pgtest, listeners_that_never_answer_hold_up_nobody) {
  const dead_port port{true};
  constexpr int silent = 300;
  std::atomic<int> given_up{0};
  for (int made = 0; made < silent; ++made) {
    connect_request request;
    request.dsn = secret_string{port.dsn()};
    request.deadline = milliseconds{600'000};
    connector_->connect(std::move(request), [&](auto) { ++given_up; });
  }
  EXPECT_TRUE(connect());
  EXPECT_EQ(given_up, 0) << "it did not wait for them";
  connector_->stop();
  EXPECT_EQ(given_up, silent);
}

TEST_P(connect_pgtest, stopping_answers_whoever_waits) {
  const dead_port port{true};
  std::atomic<int> stopped{0};
  for (int made = 0; made < 30; ++made) {
    connect_request request;
    request.dsn = secret_string{port.dsn()};
    connector_->connect(std::move(request), [&](auto outcome) {
      stopped += !outcome && outcome.error().code == errc::stopping ? 1 : 0;
    });
  }
  connector_->stop();
  EXPECT_EQ(stopped, 30);
  EXPECT_EQ(refusal(shared_server().dsn()).code, errc::stopping);
}

} // namespace
} // namespace pgmuster::postgres
