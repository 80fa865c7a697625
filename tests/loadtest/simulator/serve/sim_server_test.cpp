// libpq, the client library of everybody, talks to the simulator.
#include "tests/loadtest/simulator/serve/sim_server_fixture.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <vector>

namespace pgmuster::loadtest {
namespace {

TEST_P(sim_server_test, simple_and_extended_queries_are_answered) {
  start();
  const auto one = connect();
  ASSERT_EQ(PQstatus(one.get()), CONNECTION_OK) << PQerrorMessage(one.get());
  EXPECT_EQ(value(ask(one, "SELECT 1; SELECT 'two'")), "two");
  EXPECT_EQ(value(ask(one, "SELECT pg_backend_pid()")),
            std::to_string(PQbackendPID(one.get())));
  const char* const parameter = "three";
  rows extended{PQexecParams(one.get(), "SELECT $1", 1, nullptr, &parameter,
                             nullptr, nullptr, 0)};
  EXPECT_EQ(value(extended), "three");
  extended.reset(PQexecParams(one.get(), "SELECT 7", 0, nullptr, nullptr,
                              nullptr, nullptr, 1));
  ASSERT_EQ(PQgetlength(extended.get(), 0, 0), 4);
  EXPECT_EQ(PQgetvalue(extended.get(), 0, 0)[3], 7);
  EXPECT_EQ(PQftype(extended.get(), 0), 23U);
}

TEST_P(sim_server_test, a_prepared_statement_can_be_described_and_run) {
  start();
  const auto one = connect();
  rows made{PQprepare(one.get(), "s", "SELECT $1", 0, nullptr)};
  ASSERT_EQ(PQresultStatus(made.get()), PGRES_COMMAND_OK);
  made.reset(PQdescribePrepared(one.get(), "s"));
  EXPECT_EQ(PQnparams(made.get()), 1);
  EXPECT_EQ(PQnfields(made.get()), 1);
  const char* const parameter = "x";
  made.reset(
    PQexecPrepared(one.get(), "s", 1, &parameter, nullptr, nullptr, 0));
  EXPECT_EQ(value(made), "x");
}

TEST_P(sim_server_test, a_pipeline_goes_on_after_an_error) {
  start();
  const auto one = connect();
  ASSERT_EQ(PQenterPipelineMode(one.get()), 1);
  for (const auto* const sql : {"SELECT 1", "SELECT x FROM y", "SELECT 3"}) {
    ASSERT_EQ(PQsendQueryParams(one.get(), sql, 0, nullptr, nullptr, nullptr,
                                nullptr, 1),
              1);
    ASSERT_EQ(PQpipelineSync(one.get()), 1);
  }
  std::vector<ExecStatusType> statuses;
  int synced = 0;
  while (synced < 3) {
    rows next{PQgetResult(one.get())};
    if (next != nullptr) {
      statuses.push_back(PQresultStatus(next.get()));
      synced += statuses.back() == PGRES_PIPELINE_SYNC ? 1 : 0;
    }
  }
  EXPECT_EQ(statuses, (std::vector{PGRES_TUPLES_OK, PGRES_PIPELINE_SYNC,
                                   PGRES_FATAL_ERROR, PGRES_PIPELINE_SYNC,
                                   PGRES_TUPLES_OK, PGRES_PIPELINE_SYNC}));
}

TEST_P(sim_server_test, errors_and_copy_leave_the_session_in_order) {
  start();
  const auto one = connect();
  EXPECT_EQ(state_of(ask(one, "SELECT x FROM y")), "0A000");
  EXPECT_EQ(state_of(ask(one, "COPY t FROM STDIN")), "0A000");
  EXPECT_EQ(state_of(ask(one, "COPY t TO STDOUT")), "0A000");
  ask(one, "BEGIN");
  EXPECT_EQ(PQtransactionStatus(one.get()), PQTRANS_INTRANS);
  ask(one, "SELECT x FROM y");
  EXPECT_EQ(PQtransactionStatus(one.get()), PQTRANS_INERROR);
  ask(one, "ROLLBACK");
  EXPECT_EQ(PQtransactionStatus(one.get()), PQTRANS_IDLE);
  EXPECT_EQ(value(ask(one, "SELECT 1")), "1");
}

TEST_P(sim_server_test, a_cancel_ends_a_query_and_nobody_elses) {
  start();
  const auto one = connect();
  const auto other = connect();
  ASSERT_EQ(PQsendQuery(one.get(), "SELECT pg_sleep(600)"), 1);
  ASSERT_EQ(PQsendQuery(other.get(), "SELECT pg_sleep(0.1)"), 1);
  auto* const cancel = PQgetCancel(one.get());
  std::array<char, 256> words{};
  // It may come before the query does: until it is heard.
  rows ended;
  for (int tries = 0; tries < 1'000 && PQisBusy(one.get()) != 0; ++tries) {
    EXPECT_EQ(PQcancel(cancel, words.data(), words.size()), 1) << words.data();
    pollfd wait{PQsocket(one.get()), POLLIN, 0};
    ::poll(&wait, 1, 50);
    ASSERT_EQ(PQconsumeInput(one.get()), 1);
  }
  PQfreeCancel(cancel);
  ended.reset(PQgetResult(one.get()));
  EXPECT_EQ(state_of(ended), "57014");
  rows slept{PQgetResult(other.get())};
  EXPECT_EQ(PQresultStatus(slept.get()), PGRES_TUPLES_OK);
}

TEST_P(sim_server_test, instances_of_one_address_are_told_apart_by_user) {
  start();
  const auto even = connect({}, "sim00000");
  const auto odd = connect({}, "sim00001");
  EXPECT_EQ(PQserverVersion(even.get()), 130'000);
  EXPECT_EQ(PQserverVersion(odd.get()), 180'000);
  const auto none = connect({}, "sim00100");
  EXPECT_NE(PQstatus(none.get()), CONNECTION_OK);
  EXPECT_NE(std::string{PQerrorMessage(none.get())}.find("sim00100"),
            std::string::npos);
}

TEST_P(sim_server_test, an_address_can_belong_to_one_instance) {
  scenario.listen = {{"127.0.0.3", 0, 1}, {"127.0.0.4", 0, std::nullopt}};
  start();
  const auto one = connect({}, "anybody");
  EXPECT_EQ(PQserverVersion(one.get()), 180'000) << PQerrorMessage(one.get());
}

TEST_P(sim_server_test, scram_lets_in_who_knows_the_password) {
  scenario.password = secret_string{"right"};
  start();
  const auto right = connect("password=right");
  EXPECT_EQ(PQstatus(right.get()), CONNECTION_OK)
    << PQerrorMessage(right.get());
  EXPECT_EQ(value(ask(right, "SELECT 1")), "1");
  const auto wrong = connect("password=wrong");
  EXPECT_NE(PQstatus(wrong.get()), CONNECTION_OK);
  EXPECT_NE(std::string{PQerrorMessage(wrong.get())}.find(
              "password authentication failed"),
            std::string::npos);
}

TEST_P(sim_server_test, an_answer_larger_than_the_sockets_comes_whole) {
  start();
  const auto one = connect();
  const auto many = ask(one, "SELECT generate_series(1, 500000)");
  ASSERT_EQ(PQntuples(many.get()), 500'000);
  EXPECT_STREQ(PQgetvalue(many.get(), 499'999, 0), "500000");
}

TEST_P(sim_server_test, a_session_that_leaves_is_forgotten) {
  start();
  std::vector<connection> many;
  for (int at = 0; at < 300; ++at) {
    many.push_back(
      connect({}, user_of(static_cast<unsigned>(at) % 100, scenario)));
    ASSERT_EQ(PQstatus(many.back().get()), CONNECTION_OK);
  }
  ASSERT_EQ(PQsendQuery(many[0].get(), "SELECT pg_sleep(600)"), 1);
  EXPECT_EQ(on_ring([this] { return server_->counts().sessions_now; }), 300U);
  many.clear();
  EXPECT_TRUE(all_sessions_end());
  EXPECT_EQ(ring_->watched(), 1U);
  EXPECT_EQ(server_->host().instances_used(), 100U);
}

TEST_P(sim_server_test, more_sessions_than_the_limit_are_closed) {
  scenario.sessions_max = 2;
  start();
  const auto one = connect();
  const auto other = connect();
  EXPECT_NE(PQstatus(connect().get()), CONNECTION_OK);
  EXPECT_EQ(on_ring([this] { return server_->counts().sessions_too_many; }),
            1U);
}

TEST_P(sim_server_test, a_restart_ends_all_sessions_of_its_instance_alone) {
  fault restart;
  restart.is = fault_kind::restart;
  restart.instances = {{0, 0}};
  restart.from = seconds{3};
  restart.to = seconds{1'000};
  scenario.faults = {restart};
  start();
  const auto struck = connect();
  const auto spared = connect({}, "sim00001");
  ASSERT_EQ(PQstatus(struck.get()), CONNECTION_OK);
  // PQexec would return the last result: that nobody is there any more.
  ASSERT_EQ(PQsendQuery(struck.get(), "SELECT pg_sleep(600)"), 1);
  EXPECT_EQ(state_of(rows{PQgetResult(struck.get())}), "57P01");
  EXPECT_EQ(value(ask(spared, "SELECT 1")), "1");
  const auto again = connect();
  EXPECT_NE(std::string{PQerrorMessage(again.get())}.find("starting up"),
            std::string::npos);
}

TEST_P(sim_server_test, half_a_row_is_all_that_a_hang_sends) {
  fault hang;
  hang.is = fault_kind::hang;
  hang.place = fault_place::within_row;
  scenario.faults = {hang};
  start();
  auto one = connect();
  ASSERT_EQ(PQsendQuery(one.get(), "SELECT 'abcdefgh'"), 1);
  pollfd wait{PQsocket(one.get()), POLLIN, 0};
  ASSERT_EQ(::poll(&wait, 1, 20'000), 1);
  ASSERT_EQ(PQconsumeInput(one.get()), 1);
  EXPECT_EQ(PQisBusy(one.get()), 1);
  one.reset();
  EXPECT_TRUE(all_sessions_end()) << "a client that leaves is noticed";
}

TEST_P(sim_server_test, a_reset_is_one_on_the_wire) {
  fault reset;
  reset.is = fault_kind::reset;
  reset.place = fault_place::startup;
  scenario.faults = {reset};
  start();
  const int client = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(server_->addresses().front().port);
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  ASSERT_EQ(::connect(client, reinterpret_cast<sockaddr*>(&to), sizeof to), 0);
  const std::string packet{"\0\0\0\x17\0\3\0\0user\0sim00000\0\0", 23};
  ASSERT_EQ(::send(client, packet.data(), packet.size(), MSG_NOSIGNAL), 23);
  std::array<char, 16> answer{};
  EXPECT_EQ(::recv(client, answer.data(), answer.size(), 0), -1);
  EXPECT_EQ(errno, ECONNRESET);
  ::close(client);
}

INSTANTIATE_TEST_SUITE_P(backends,
                         sim_server_test,
                         testing::Values(reactor_choice::epoll,
                                         reactor_choice::io_uring),
                         backend_name);

} // namespace
} // namespace pgmuster::loadtest
