// Points that the collector's own mapping makes of the model's answers are
// right; points that were lost, doubled or altered are wrong.
#include "codec/catalog/entry_rows.hpp"
#include "codec/catalog/map_rows.hpp"
#include "loadtest/simulator/simulated_server.hpp"
#include "loadtest/simulator/truth.hpp"
#include "tests/loadtest/simulator/data_rows.hpp"

#include <gtest/gtest.h>

namespace pgmuster::loadtest {
namespace {

using verdict = truth_verdict::kind;

class truth_test : public ::testing::Test {
protected:
  explicit truth_test(int major = 16) {
    plan_.major = major;
    auto size = *size_profile_named("small");
    size.databases = 3;
    plan_.size = std::make_shared<size_profile>(size);
    plan_.born = wall_time{seconds{1'700'000'000}};
    plan_.standbys = 1;
    book_ = server_book::of(major);
    truths_ = std::make_shared<truth_book>(book_);
    names_ = name_statements(size.statements, [](std::string_view text) {
      return std::to_string(key_of(text));
    });
  }

  [[nodiscard]] instance_truth truth() const {
    return {truths_, plan_, names_};
  }
  [[nodiscard]] wall_time at(std::int64_t step) const {
    return plan_.born + seconds{step};
  }
  [[nodiscard]] negotiated_catalog catalog() const {
    std::vector<std::shared_ptr<const probe_definition>> all;
    for (const auto& [name, probe] : book_->probes()) {
      all.push_back(probe);
    }
    return negotiate(all, book_->facts().shape());
  }
  [[nodiscard]] row_set rows(const negotiated_probe& probe, wall_time now) {
    simulated_server server{plan_, book_, std::make_shared<model_counts>()};
    wire_question question;
    question.sql = probe.sql;
    question.binary = true;
    question.database = "app_0001";
    const auto got = server.answer(question, 1, now);
    EXPECT_EQ(got.message, "");
    return cells_of(got.columns, read_rows(got.data_rows).value());
  }

  struct labelled {
    std::string metric;
    std::vector<std::pair<std::string, std::string>> attributes;
    number value;
  };
  /// The points of one cycle, as they would arrive.
  [[nodiscard]] std::vector<labelled> points(wall_time answered) {
    std::vector<labelled> made;
    for (const auto& probe : catalog().probes) {
      if (probe.definition->family != probe_family::raw) {
        continue;
      }
      const auto mapped =
        map_rows(probe, rows(probe, answered), plan_.born, answered);
      EXPECT_EQ(mapped.bad_cells, 0U) << mapped.first_bad;
      const auto& layout = *mapped.block.layout;
      for (const auto& row : mapped.block.rows) {
        for (std::size_t at = 0; at < layout.columns.size(); ++at) {
          if (!row.values[at].present()) {
            continue;
          }
          labelled point{
            layout.metrics[layout.columns[at].metric].name, {}, row.values[at]};
          for (std::size_t key = 0; key < layout.keys.size(); ++key) {
            if (!row.values_of_keys[key].empty()) {
              point.attributes.emplace_back(layout.keys[key],
                                            row.values_of_keys[key]);
            }
          }
          for (const auto& [key, value] : layout.columns[at].fixed) {
            point.attributes.emplace_back(key, value);
          }
          made.push_back(std::move(point));
        }
      }
    }
    return made;
  }

  [[nodiscard]] truth_verdict
  judge(const labelled& point, wall_time stamped, wall_time start = {}) const {
    std::vector<truth_attribute> attributes;
    for (const auto& [key, value] : point.attributes) {
      attributes.push_back({key, value});
    }
    return truth().judge(
      {point.metric, attributes, start, stamped, point.value});
  }

  /// A statement's series as the collector would make it.
  [[nodiscard]] labelled
  statement(std::string metric, std::uint32_t entry, std::int64_t value) const {
    return {std::move(metric),
            {{"db.namespace",
              database_name_of(plan_, database_of(*plan_.size, entry))},
             {"user.name", plan_.role},
             {"postgresql.toplevel", "true"},
             {"postgresql.query.fingerprint",
              std::to_string(key_of(text_of_statement(entry)))}},
            number::of(value)};
  }

  instance_plan plan_;
  std::shared_ptr<server_book> book_;
  std::shared_ptr<truth_book> truths_;
  std::shared_ptr<const statement_names> names_;
};

class truth_of_majors_test : public truth_test,
                             public ::testing::WithParamInterface<int> {
protected:
  truth_of_majors_test() : truth_test(GetParam()) {}
};

TEST_P(truth_of_majors_test, every_point_of_a_cycle_is_right) {
  const auto all = points(at(5'000) + milliseconds{700});
  EXPECT_GT(all.size(), 500U);
  for (const auto& point : all) {
    const auto said = judge(point, at(5'000) + milliseconds{650});
    EXPECT_EQ(said.is, verdict::right) << point.metric << ": " << said.expected;
  }
}

INSTANTIATE_TEST_SUITE_P(majors,
                         truth_of_majors_test,
                         ::testing::Range(13, 19),
                         [](const auto& major) {
                           return std::to_string(major.param);
                         });

TEST_F(truth_test, a_counter_that_moves_is_wrong_a_cycle_later) {
  std::size_t moving = 0;
  for (const auto& point : points(at(5'000))) {
    if (point.metric == "postgresql.commits"
        && point.attributes.front().second.starts_with("app")) {
      ++moving;
      EXPECT_EQ(judge(point, at(5'010)).is, verdict::wrong);
      EXPECT_EQ(judge(point, at(4'990)).is, verdict::wrong);
    }
  }
  EXPECT_EQ(moving, 3U);
}

TEST_F(truth_test, a_slow_answer_is_right_up_to_when_it_was_made) {
  std::size_t moving = 0;
  for (const auto& point : points(at(5'009))) {
    if (point.metric == "postgresql.commits"
        && point.attributes.front().second.starts_with("app")) {
      ++moving;
      const std::vector<truth_attribute> named{
        {"db.namespace", point.attributes.front().second}};
      const delivered_value value{
        point.metric, named, {}, at(5'000), point.value};
      EXPECT_EQ(truth().judge(value).is, verdict::wrong);
      EXPECT_EQ(truth().judge(value, {{}, at(5'009)}).is, verdict::right);
      EXPECT_EQ(truth().judge(value, {{}, at(5'008)}).is, verdict::wrong);
    }
  }
  EXPECT_EQ(moving, 3U);
}

TEST_F(truth_test, a_value_that_is_off_by_one_is_wrong) {
  std::size_t seen = 0;
  for (auto& point : points(at(5'000))) {
    if (point.value.is == number::kind::integer
        && point.metric.starts_with("postgresql.index.")) {
      ++point.value.integer;
      seen += judge(point, at(5'000)).is == verdict::wrong ? 1U : 0U;
    }
  }
  EXPECT_GT(seen, 100U);
}

TEST_F(truth_test, what_tables_without_series_add_up_to_is_nothing) {
  const auto rest = [&](std::int64_t value, const char* database) {
    return judge({"postgresql.index.blocks",
                  {{"db.namespace", database},
                   {"postgresql.index.name", "other"},
                   {"source", "read"}},
                  number::of(value)},
                 at(5'000))
      .is;
  };
  EXPECT_EQ(rest(0, "app"), verdict::right);
  EXPECT_EQ(rest(3, "app"), verdict::plausible);
  EXPECT_EQ(rest(-1, "app"), verdict::wrong);
  EXPECT_EQ(rest(0, "app|public"), verdict::wrong);
}

TEST_F(truth_test, a_row_or_an_attribute_that_is_not_there_is_wrong) {
  for (auto& point : points(at(5'000))) {
    if (point.metric == "postgresql.index.scans") {
      auto more = point;
      more.attributes.emplace_back("left", "over");
      EXPECT_EQ(judge(more, at(5'000)).is, verdict::wrong);
      point.attributes.back().second += "x";
      EXPECT_EQ(judge(point, at(5'000)).is, verdict::wrong);
      return;
    }
  }
  FAIL() << "no index";
}

TEST_F(truth_test, a_metric_of_the_collector_itself_is_not_judged) {
  const labelled up{"pgmuster.up", {}, number::of(std::int64_t{1})};
  EXPECT_EQ(judge(up, at(5'000)).is, verdict::unknown);
}

TEST_F(truth_test, deltas_of_a_statement_add_up_to_its_series) {
  constexpr std::uint32_t entry = 1;
  const auto* const metric = "postgresql.statement.execution.time";
  std::int64_t sum = 0;
  for (std::int64_t cycle = 0; cycle < 30; ++cycle) {
    sum +=
      truth().increment(metric, entry, 5'000 + cycle * 60, 5'060 + cycle * 60);
  }
  EXPECT_GT(sum, 0);
  const auto end = at(5'000 + 30 * 60);
  EXPECT_EQ(judge(statement(metric, entry, sum), end, at(5'000)).is,
            verdict::right);
  EXPECT_EQ(judge(statement(metric, entry, sum + 1), end, at(5'000)).is,
            verdict::wrong);
  // A delta of one cycle lost, or added twice.
  const auto one = truth().increment(metric, entry, 5'060, 5'120);
  EXPECT_EQ(judge(statement(metric, entry, sum - one), end, at(5'000)).is,
            verdict::wrong);
  EXPECT_EQ(judge(statement(metric, entry, sum + one), end, at(5'000)).is,
            verdict::wrong);
}

TEST_P(truth_of_majors_test, entries_grow_by_what_the_truth_says) {
  for (const auto& probe : catalog().probes) {
    if (probe.definition->family != probe_family::accumulated) {
      continue;
    }
    const auto first = rows(probe, at(5'000));
    const auto last = rows(probe, at(5'060));
    entry_rows before{probe, first};
    entry_rows after{probe, last};
    ASSERT_EQ(before.count(), 500U);
    entry_reading then;
    entry_reading now;
    std::size_t moved = 0;
    for (std::uint32_t entry = 0; entry < 40; ++entry) {
      before.decode(entry, then);
      after.decode(entry, now);
      ASSERT_EQ(then.key, now.key);
      std::size_t column = 0;
      for (const auto item : probe.items) {
        const auto& is = probe.definition->items[item];
        if (is.role == item_role::metric) {
          const auto grown = now.values[column] - then.values[column];
          moved += grown > 0 ? 1U : 0U;
          EXPECT_EQ(grown,
                    truth().increment(metric_label(*probe.definition, is),
                                      entry, 5'000, 5'060))
            << is.expression;
          ++column;
        }
      }
    }
    EXPECT_EQ(before.bad().cells + after.bad().cells, 0U);
    EXPECT_GT(moved, 60U);
  }
}

TEST_F(truth_test, what_all_statements_of_a_database_count_is_exact) {
  const std::string metric = "postgresql.statement.calls";
  const auto sum = truth().database_increment(metric, 1, 5'000, 5'300);
  ASSERT_GT(sum, 1'000);
  const auto said = [&](std::int64_t counted, std::string_view database) {
    return truth()
      .judge_sum({metric, database, at(5'000), at(5'300), counted})
      .is;
  };
  EXPECT_EQ(said(sum, "app_0001"), verdict::right);
  EXPECT_EQ(said(sum + 1, "app_0001"), verdict::wrong);
  EXPECT_EQ(said(sum / 2, "app_0001"), verdict::wrong);
  EXPECT_EQ(said(sum, "app"), verdict::wrong);
  EXPECT_EQ(said(sum, "nowhere"), verdict::wrong);
  // Reads that stopped, although the server counted on.
  for (const auto& [until, expected] :
       {std::pair{5'302, verdict::right}, {5'320, verdict::wrong}}) {
    const auto told = truth().judge_sum(
      {metric, "app_0001", at(5'000), at(5'300), sum, at(until)});
    EXPECT_EQ(told.is, expected) << told.expected;
  }
  plan_.happenings = {{at(5'030), happening_kind::restart, 0}};
  EXPECT_EQ(said(0, "app_0001"), verdict::unknown);
}

TEST_F(truth_test, a_statement_in_another_database_is_wrong) {
  auto point = statement("postgresql.statement.calls", 1, 0);
  point.attributes.front().second = "app";
  EXPECT_EQ(judge(point, at(5'000), at(5'000)).is, verdict::wrong);
}

TEST_F(truth_test, counters_go_on_start_anew_or_jump_as_happenings_have_it) {
  const std::vector<truth_attribute> of_database = {{"db.namespace", "app"}};
  const auto commits = [&](std::int64_t step) {
    const auto said = truth().value("postgresql.commits", of_database, step);
    return said && said->integer() != nullptr ? *said->integer() : -1;
  };
  const auto before = commits(5'000);
  const auto undisturbed = commits(5'060);
  EXPECT_GT(undisturbed, before);
  plan_.happenings = {{at(5'030), happening_kind::restart, 0}};
  EXPECT_EQ(commits(5'060), undisturbed);
  for (const auto what :
       {happening_kind::crash, happening_kind::statistics_reset}) {
    plan_.happenings = {{at(5'030), what, 0}};
    EXPECT_EQ(commits(5'000), before);
    EXPECT_EQ(commits(5'030), 0);
    EXPECT_GT(commits(5'060), 0);
    EXPECT_LT(commits(5'060), before);
  }
  plan_.happenings = {{at(5'030), happening_kind::failover, 0}};
  EXPECT_GT(commits(5'030), undisturbed);
}

TEST_F(truth_test, answers_grow_by_the_increments_that_the_truth_expects) {
  for (const auto& [first, last, what] :
       {std::tuple{5'000, 5'060, happening_kind::new_databases},
        std::tuple{5'000, 5'060, happening_kind::statements_reset},
        std::tuple{5'000, 5'060, happening_kind::eviction},
        std::tuple{5'000, 5'060, happening_kind::failover},
        std::tuple{5'000, 5'060, happening_kind::distinct_queries}}) {
    plan_.happenings = {{at(5'030), what, 50}};
    for (const auto& probe : catalog().probes) {
      if (probe.definition->name != "statements") {
        continue;
      }
      // As SEMANTICS has it: by key, all of an entry that is new or fell.
      const auto tell = [&](std::int64_t step) {
        std::map<std::string, std::int64_t> calls;
        simulated_server server{plan_, book_, std::make_shared<model_counts>()};
        const auto got = server.answer(
          {"/* pgmuster:statements */ SELECT s.queryid, s.dbid, s.calls FROM "
           "x AS s",
           false,
           {},
           "app",
           "watcher",
           false},
          1, at(step));
        EXPECT_EQ(got.message, "");
        const auto all = read_rows(got.data_rows);
        for (const auto& row : *all) {
          if (*row[1] == "16384") {
            calls[*row[0]] = std::stoll(*row[2]);
          }
        }
        return calls;
      };
      const auto then = tell(first);
      std::int64_t sum = 0;
      for (const auto& [key, calls] : tell(last)) {
        const auto known = then.find(key);
        sum += known == then.end() || calls < known->second
                 ? calls
                 : calls - known->second;
      }
      if (what == happening_kind::failover) {
        // Another incarnation: a gap, and nothing is counted.
        sum = 0;
      }
      EXPECT_EQ(truth().database_increment("postgresql.statement.calls", 0,
                                           first, last),
                sum)
        << static_cast<int>(what);
    }
  }
}

} // namespace
} // namespace pgmuster::loadtest
