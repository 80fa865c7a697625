// A permit is let go when the server has ended the session, not before; and
// connects keep to their rate at a real listener.
#include "drivers/postgres/connector_core.hpp"
#include "tests/drivers/postgres/driver_fixture.hpp"

#include <poll.h>

namespace pgmuster::postgres {
namespace {

class close_pgtest : public driver_pgtest {
protected:
  struct permitted {
    std::unique_ptr<session> own;
    std::weak_ptr<const void> permit;
  };

  permitted connect_permitted(const std::string& dsn) {
    auto permit = std::make_shared<const int>(0);
    permitted made;
    made.permit = permit;
    connect_request request;
    request.dsn = secret_string{dsn};
    request.permit = std::move(permit);
    auto outcome = connect_and_wait(*connector_, std::move(request));
    if (outcome) {
      made.own = std::move(outcome.value());
    }
    return made;
  }

  static bool let_go(const std::weak_ptr<const void>& permit) {
    for (int tries = 0; tries < 10'000 && !permit.expired(); ++tries) {
      ::poll(nullptr, 0, 1);
    }
    return permit.expired();
  }
};

TEST_P(close_pgtest, a_permit_comes_back_when_the_server_s_process_has_ended) {
  const auto& server = shared_server();
  const std::string tls = " sslmode=require";
  for (int round = 0; round < 12; ++round) {
    auto made =
      connect_permitted(server.dsn() + (round % 2 == 0 ? tls : std::string{}));
    ASSERT_TRUE(made.own);
    const auto pid = std::to_string(made.own->facts().backend_pid);
    if (round % 4 >= 2) {
      ASSERT_TRUE(
        made.own->start({{"", "select pg_catalog.pg_sleep(30)", ""}}));
    }
    ASSERT_FALSE(made.permit.expired());
    made.own.reset();
    ASSERT_TRUE(let_go(made.permit));
    EXPECT_EQ(
      server.ask("select count(*) from pg_stat_activity where pid = " + pid),
      "0")
      << "round " << round;
  }
}

TEST_P(close_pgtest, a_session_that_is_closed_has_said_farewell) {
  const auto& server = shared_server();
  // Sessions whose client went away without a word.
  const std::string abandoned = "select sum(sessions_abandoned) from "
                                "pg_stat_database";
  const auto before = server.ask(abandoned);
  for (const auto* const mode : {" sslmode=disable", " sslmode=require"}) {
    auto made = connect_permitted(server.dsn() + mode);
    ASSERT_TRUE(made.own);
    ASSERT_TRUE(run(*made.own, {{"a", "select 1", ""}}));
    made.own.reset();
    ASSERT_TRUE(let_go(made.permit));
    EXPECT_EQ(server.ask(abandoned), before) << mode;
  }
}

TEST_P(close_pgtest, a_refused_connect_gives_its_permit_back) {
  auto made = connect_permitted(shared_server().dsn("no_such_one"));
  EXPECT_FALSE(made.own);
  EXPECT_TRUE(let_go(made.permit));
}

TEST_P(close_pgtest, a_server_that_hangs_keeps_a_permit_only_for_a_while) {
  test::postgres_server hanging;
  ASSERT_TRUE(hanging.running());
  auto made = connect_permitted(hanging.dsn());
  ASSERT_TRUE(made.own);
  hanging.pause();
  made.own.reset();
  EXPECT_TRUE(let_go(made.permit));
  EXPECT_EQ(open_in_the_end(), 0U);
  hanging.resume();
}

TEST_P(close_pgtest, connects_keep_to_their_rate) {
  constexpr std::size_t rate = 20;
  constexpr std::size_t all = 50;
  const auto slow = start_connector(*reactor_, system_clock_source(), 2, rate);
  const auto& server = shared_server();
  std::mutex mutex;
  std::vector<std::unique_ptr<session>> sessions;
  const auto first = std::stod(server.ask("select extract(epoch from now())"));
  for (std::size_t made = 0; made < all; ++made) {
    connect_request request;
    request.dsn = secret_string{server.dsn()};
    slow->connect(std::move(request), [&](auto outcome) {
      const std::lock_guard lock{mutex};
      if (outcome) {
        sessions.push_back(std::move(outcome.value()));
      }
    });
  }
  EXPECT_GT(slow->counts().waiting, all / 2);
  const auto size = [&] {
    const std::lock_guard lock{mutex};
    return sessions.size();
  };
  for (int tries = 0; tries < 2'000 && size() < all; ++tries) {
    ::poll(nullptr, 0, 10);
  }
  ASSERT_EQ(size(), all);
  // As the server saw them begin: a connect that comes late breaks no rate.
  for (std::size_t nth = 0; nth < all; ++nth) {
    const auto at = std::stod(server.ask(
      "select extract(epoch from backend_start) from pg_stat_activity where "
      "application_name = 'pgmuster' order by backend_start offset "
      + std::to_string(nth) + " limit 1"));
    EXPECT_LE(static_cast<double>(nth + 1),
              static_cast<double>(rate) * (at - first)
                + static_cast<double>(connect_burst(rate)) + 1)
      << "connect " << nth;
  }
  sessions.clear();
  for (int tries = 0; tries < 500 && slow->counts().open > 0; ++tries) {
    ::poll(nullptr, 0, 10);
  }
  EXPECT_EQ(slow->counts().open, 0U);
  slow->stop();
}

INSTANTIATE_TEST_SUITE_P(reactors,
                         close_pgtest,
                         ::testing::Values(reactor_choice::io_uring,
                                           reactor_choice::epoll),
                         backend_name);

} // namespace
} // namespace pgmuster::postgres
