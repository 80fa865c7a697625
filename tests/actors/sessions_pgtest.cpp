// Sessions of a real server: their time, who blocks whom, and what is told of
// them, as a destination receives it.
#include "codec/compress.hpp"
#include "codec/otlp_decode.hpp"
#include "codec/otlp_events.hpp"
#include "tests/actors/fleet_case.hpp"
#include "tests/support/postgres/waiting_session.hpp"

#include <map>

namespace pgmuster::test_fleet {
namespace {

using test::waiting_session;
using seen_events = std::vector<target_event>;

constexpr auto literal = "kwyjibo";
constexpr auto parent =
  "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

std::string said(const target_event& event, const std::string& key) {
  for (const auto& one : event.described) {
    if (one.key == key) {
      return one.value;
    }
  }
  return {};
}

struct last_values final : otlp_reader {
  explicit last_values(std::string of) : wanted(std::move(of)) {}
  void on_resource(std::span<const received_attribute>) override {}
  void on_metric(const received_metric& what) override {
    ours = what.name == wanted;
  }
  void on_point(const received_point& point) override {
    if (!ours) {
      return;
    }
    std::string key;
    for (const auto& each : point.attributes) {
      (((key += each.key) += '=') += each.value) += ' ';
    }
    found[key] = point.value.is == number::kind::real
                   ? point.value.real
                   : static_cast<double>(point.value.integer);
  }

  std::string wanted;
  std::map<std::string, double> found;
  bool ours = false;
};

class sessions_case : public fleet_case {
protected:
  void SetUp() override {
    carry_logs_ = true;
    events_.rate_percent = 100;
    events_.blocking = milliseconds{1'000};
    events_.idle_in_transaction = milliseconds{1'000};
  }

  std::vector<std::string> bodies(const std::string& path) {
    std::vector<std::string> plain;
    for (const auto& one : receiver_.requests()) {
      if (one.path == path) {
        auto body = decompress(compression::zstd, one.body, 16U << 20U);
        EXPECT_TRUE(body.has_value());
        plain.push_back(std::move(*body));
      }
    }
    return plain;
  }

  seen_events events(const std::string& name) {
    seen_events found;
    for (const auto& body : bodies("/v1/logs")) {
      const auto read = decode_events(body);
      EXPECT_TRUE(read.has_value());
      for (const auto& one : *read) {
        if (one.event.name == name) {
          found.push_back(one.event);
        }
      }
    }
    return found;
  }

  seen_events samples_of(const std::string& pid) {
    auto all = events(event_names::query_sample);
    std::erase_if(all, [&](const target_event& one) {
      return said(one, "postgresql.pid") != pid;
    });
    return all;
  }

  /// The last value of each series of a metric; keys are its attributes' text.
  std::map<std::string, double> values(const std::string& metric) {
    last_values last{metric};
    otlp_decoder decoder;
    for (const auto& body : bodies("/v1/metrics")) {
      EXPECT_TRUE(decoder.decode(body, last).has_value());
    }
    return last.found;
  }

  double the_value(const std::string& metric) {
    const auto all = values(metric);
    return all.empty() ? -1 : all.begin()->second;
  }

  /// Stops; whatever was told, the books agree and no literal was told.
  void end() {
    const auto ended = fleet_->stop(milliseconds{5'000});
    EXPECT_TRUE(ended.balanced);
    EXPECT_EQ(ended.lost, 0U);
    EXPECT_TRUE(balanced());
    EXPECT_EQ(counted("pgmuster_cardinality_violations_total"), 0.0);
    for (const auto* path : {"/v1/metrics", "/v1/logs"}) {
      for (const auto& body : bodies(path)) {
        EXPECT_EQ(body.find(literal), std::string::npos) << path;
      }
    }
    for (const auto& one : events(event_names::query_sample)) {
      EXPECT_NE(said(one, "postgresql.application_name"), "pgmuster");
    }
  }
};

std::string pid_of(waiting_session&, const std::string& application) {
  return server().wait_for("SELECT count(*) FROM pg_stat_activity WHERE "
                           "application_name = '"
                             + application + "'",
                           "1")
             == "1"
           ? server().ask("SELECT pid FROM pg_stat_activity WHERE "
                          "application_name = '"
                          + application + "'")
           : "";
}

TEST_P(sessions_case, a_chain_of_three_sessions_is_seen_as_a_tree) {
  server().ask("DROP TABLE IF EXISTS chain");
  server().ask("CREATE TABLE chain (id int PRIMARY KEY, words text)");
  server().ask("INSERT INTO chain VALUES (1, '')");
  waiting_session holds{server().dsn()};
  waiting_session second{server().dsn()};
  waiting_session third{server().dsn()};
  ASSERT_TRUE(holds.connected() && second.connected() && third.connected());
  ASSERT_TRUE(holds.run("SET application_name = 'holds'"));
  ASSERT_TRUE(
    holds.run("BEGIN; UPDATE chain SET words = 'kwyjibo' WHERE id = 1"));
  const auto waiting = [](const char* how_many) {
    return server().wait_for("SELECT count(*) FROM pg_stat_activity WHERE "
                             "wait_event_type = 'Lock'",
                             how_many)
           == how_many;
  };
  ASSERT_TRUE(second.begin("UPDATE chain SET words = 'b' WHERE id = 1"));
  ASSERT_TRUE(waiting("1"));
  ASSERT_TRUE(third.begin("UPDATE chain SET words = 'c' WHERE id = 1"));
  ASSERT_TRUE(waiting("2"));
  const auto pid = pid_of(holds, "holds");
  start({target_called("one", server().dsn())});
  ASSERT_TRUE(eventually([&] {
    const auto told = events(event_names::blocking);
    return std::any_of(told.begin(), told.end(), [&](const auto& one) {
      return said(one, "postgresql.pid") == pid
             && said(one, "postgresql.blocking.waiters") == "2"
             && said(one, "postgresql.blocking.depth") == "2"
             && said(one, "postgresql.state") == "idle in transaction";
    });
  }));
  ASSERT_TRUE(eventually([&] {
    return the_value("postgresql.blocking.waiters") == 2
           && the_value("postgresql.blocking.roots") == 1
           && the_value("postgresql.blocking.depth") == 2
           && the_value("postgresql.blocking.wait.age.max") >= 1;
  }));
  // Time spent waiting for the lock, by the shape of what waits.
  ASSERT_TRUE(eventually([&] {
    for (const auto& [key, value] : values("postgresql.session.time")) {
      if (key.find("wait_event_type=Lock ") != std::string::npos
          && key.find("fingerprint=") != std::string::npos && value > 0) {
        return true;
      }
    }
    return false;
  }));
  EXPECT_TRUE(holds.run("ROLLBACK"));
  EXPECT_TRUE(second.end());
  EXPECT_TRUE(third.end());
  ASSERT_TRUE(
    eventually([&] { return the_value("postgresql.blocking.waiters") == 0; }));
  end();
  EXPECT_EQ(events(event_names::blocking).size(), 1U) << "told once";
  server().ask("DROP TABLE chain");
}

TEST_P(sessions_case, the_time_of_a_sleeping_session_is_counted) {
  start({target_called("one", server().dsn())});
  ASSERT_TRUE(eventually([&] { return status("one")->cycles >= 1; }));
  const auto before = std::chrono::steady_clock::now();
  waiting_session sleeper{server().dsn()};
  ASSERT_TRUE(sleeper.connected());
  ASSERT_TRUE(sleeper.run("SET application_name = 'sleeper'"));
  ASSERT_TRUE(sleeper.begin("SELECT pg_sleep(600), 'kwyjibo'"));
  const auto pid = pid_of(sleeper, "sleeper");
  ASSERT_TRUE(eventually([&] { return samples_of(pid).size() >= 5; }));
  server().ask("SELECT pg_cancel_backend(" + pid + ")");
  EXPECT_FALSE(sleeper.end());
  const auto cycles = status("one")->cycles;
  ASSERT_TRUE(eventually([&] { return status("one")->cycles >= cycles + 2; }));
  end();
  const auto after = std::chrono::steady_clock::now();
  const auto samples = samples_of(pid);
  double value = -1;
  for (const auto& [key, one] : values("postgresql.session.time")) {
    if (key.find("wait_event=PgSleep ") != std::string::npos) {
      EXPECT_EQ(value, -1) << "one series";
      value = one;
    }
  }
  // Between two samples of it the session was at work; what lies before the
  // first one went to `other`, since it was not kept yet.
  double least = 0;
  double most = 0;
  constexpr double longest_step = 2e6;
  for (std::size_t at = 1; at < samples.size(); ++at) {
    const auto step =
      std::min(longest_step, std::chrono::duration<double, std::micro>(
                               samples[at].time - samples[at - 1].time)
                               .count());
    least += at > 1 ? step - 1 : 0;
    most += step;
  }
  EXPECT_GE(value, least);
  EXPECT_LE(value, most + longest_step);
  const std::chrono::duration<double, std::micro> all_the_time = after - before;
  EXPECT_LE(value, all_the_time.count());
  EXPECT_GT(value, 0);
}

TEST_P(sessions_case, idle_in_a_transaction_is_told_with_its_trace) {
  waiting_session idle{server().dsn()};
  ASSERT_TRUE(idle.connected());
  ASSERT_TRUE(idle.run(std::string{"SET application_name = '"} + parent + "'"));
  ASSERT_TRUE(idle.run("BEGIN"));
  ASSERT_TRUE(idle.run("SELECT 'kwyjibo'"));
  const auto pid = pid_of(idle, parent);
  start({target_called("one", server().dsn())});
  ASSERT_TRUE(eventually(
    [&] { return !events(event_names::idle_in_transaction).empty(); }));
  const auto cycles = status("one")->cycles;
  ASSERT_TRUE(eventually([&] { return status("one")->cycles >= cycles + 3; }));
  const auto told = events(event_names::idle_in_transaction);
  ASSERT_EQ(told.size(), 1U) << "told once";
  EXPECT_EQ(said(told[0], "postgresql.pid"), pid);
  EXPECT_EQ(said(told[0], query_text_key), "SELECT ?");
  EXPECT_FALSE(said(told[0], query_fingerprint_key).empty());
  ASSERT_TRUE(told[0].trace);
  EXPECT_EQ(told[0].trace->trace.front(), 0x0a);
  EXPECT_EQ(told[0].trace->span.back(), 0x31);
  ASSERT_FALSE(samples_of(pid).empty());
  EXPECT_EQ(samples_of(pid)[0].trace, told[0].trace);
  EXPECT_TRUE(idle.run("ROLLBACK"));
  end();
}

TEST_P(sessions_case, what_is_not_told_of_samples_is_in_the_books) {
  events_.rate_percent = 1;
  waiting_session idle{server().dsn()};
  ASSERT_TRUE(idle.connected());
  ASSERT_TRUE(idle.run("BEGIN"));
  start({target_called("one", server().dsn())});
  ASSERT_TRUE(eventually([&] {
    const auto books = fleet_->shared().books.view();
    return !books.empty() && books[0].shaping.went.sampled_out > 0;
  }));
  for (const auto& one : events(event_names::query_sample)) {
    EXPECT_NEAR(std::stod(said(one, event_weight_key)), 100, 0.001);
  }
  EXPECT_TRUE(idle.run("ROLLBACK"));
  end();
}

TEST_P(sessions_case, statements_that_take_longest_are_told_by_name) {
  server().ask("CREATE EXTENSION IF NOT EXISTS pg_stat_statements");
  const std::string sql = "SELECT count(*) FROM generate_series(1, 99999) AS n "
                          "WHERE 'kwyjibo' <> n::text";
  server().ask(sql);
  start({target_called("one", server().dsn())});
  const auto told = [&] {
    auto all = events(event_names::top_query);
    std::erase_if(all, [](const target_event& one) {
      return said(one, query_text_key).find("generate_series")
             == std::string::npos;
    });
    return all;
  };
  ASSERT_TRUE(eventually([&] {
    server().ask(sql);
    return !told().empty();
  }));
  const auto event = told().front();
  EXPECT_EQ(said(event, "db.namespace"), "postgres");
  EXPECT_EQ(said(event, "postgresql.rolname"), "postgres");
  EXPECT_GE(std::stol(said(event, "postgresql.calls")), 1);
  EXPECT_GT(std::stod(said(event, "postgresql.total_exec_time")), 0);
  EXPECT_FALSE(said(event, "postgresql.queryid").empty());
  EXPECT_FALSE(said(event, query_fingerprint_key).empty());
  end();
  server().ask("DROP EXTENSION pg_stat_statements");
}

INSTANTIATE_TEST_SUITE_P(reactors,
                         sessions_case,
                         testing::Values(reactor_choice::io_uring,
                                         reactor_choice::epoll),
                         [](const auto& given) {
                           return given.param == reactor_choice::epoll
                                    ? "epoll"
                                    : "io_uring";
                         });

} // namespace
} // namespace pgmuster::test_fleet
