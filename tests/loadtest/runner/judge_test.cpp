// The judge passes a sound run, and fails it for each thing that is planted,
// in words.
#include "loadtest/runner/judge.hpp"
#include "tests/loadtest/runner/sound_run.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>

namespace pgmuster::loadtest {
namespace {

verdict judged(const run_record& run) {
  return judge_run(run, figures_of(run), usual_criteria());
}

TEST(judge_run, passes_a_sound_run) {
  const auto over = judged(sound_run());
  EXPECT_TRUE(over.passed) << over.line;
  EXPECT_EQ(over.findings.size(), usual_criteria().size());
}

struct planted {
  const char* name;
  std::function<void(run_record&)> spoil;
  /// The one figure that fails, and what its words say.
  const char* figure;
  const char* words;
};

class judge_planted : public testing::TestWithParam<planted> {};

TEST_P(judge_planted, fails_for_it_alone_and_says_so) {
  auto run = sound_run();
  GetParam().spoil(run);
  const auto over = judged(run);
  ASSERT_FALSE(over.passed);
  EXPECT_EQ(over.findings[0].figure, GetParam().figure);
  EXPECT_NE(over.findings[0].words.find(GetParam().words), std::string::npos)
    << over.findings[0].words;
  EXPECT_TRUE(over.findings[1].passed) << over.findings[1].words;
  EXPECT_NE(over.line.find(GetParam().figure), std::string::npos);
  EXPECT_EQ(over.line.rfind("FAIL planted: 1 of ", 0), 0U) << over.line;
}

INSTANTIATE_TEST_SUITE_P(
  every_defect,
  judge_planted,
  testing::Values(
    planted{"lost_frame",
            [](run_record& run) { run.sink_at_end.points -= 250; },
            "points_lost", "delivered 41000, the sink took 40750"},
    planted{"doubled_point",
            [](run_record& run) { run.sink_at_end.points += 1; },
            "points_doubled", "delivered 41000, the sink took 41001"},
    planted{"wrong_value",
            [](run_record& run) {
              run.sink_at_end.faults["wrong_value"] = 1;
              run.sink_at_end.examples = {
                "wrong_value: a/b calls{}: 6, in truth 5"};
            },
            "wrong_values", "6, in truth 5"},
    planted{"blind_truth",
            [](run_record& run) { run.sink_at_end.compared = 0; },
            "points_compared", "no value was compared with the truth"},
    planted{"wrong_sum",
            [](run_record& run) {
              run.sink_at_end.faults["wrong_sum"] = 1;
              run.sink_at_end.examples = {
                "wrong_sum: a/b calls of the database c: counted 6"};
            },
            "wrong_sums", "of the database c: counted 6"},
    planted{"late_cycles",
            [](run_record& run) {
              for (auto& one : run.samples) {
                const double all = one.collector.lateness[5];
                one.collector.lateness = {{0.01, all * 0.98},
                                          {0.1, all * 0.98},
                                          {1, all * 0.98},
                                          {5, all}};
              }
            },
            "late_p99_s", "at most 1"},
    planted{"skipped_cycles",
            [](run_record& run) {
              for (auto& one : run.samples) {
                one.collector.cycles *= 0.9;
              }
            },
            "cycles_done_share", "at least 0.95"},
    planted{"leaked_sockets",
            [](run_record& run) { run.http_sockets_end += 40; },
            "leaked_sockets", "of HTTP 12 at the begin, 54 at the end"},
    planted{"one_leaked_session",
            [](run_record& run) { ++run.stray_sockets_end; }, "leaked_sockets",
            "is 1, at most 0"},
    planted{"unbalanced_book_on_the_way",
            [](run_record& run) { run.samples[4].collector.balanced = false; },
            "books_unbalanced", "is 1, at most 0"},
    planted{"unbalanced_book_at_the_end",
            [](run_record& run) { run.stopped.balanced = false; },
            "books_unbalanced", "is 1, at most 0"},
    planted{"dropped_points", [](run_record& run) { run.stopped.lost = 5; },
            "points_dropped", "is 5"},
    planted{"fallen_counter",
            [](run_record& run) {
              run.sink_at_end.faults["fell"] = 2;
              run.sink_at_end.examples = {"fell: a/b calls{}: 4 after 5"};
            },
            "faults_fell", "4 after 5"},
    planted{"gap", [](run_record& run) { run.sink_at_end.faults["gap"] = 1; },
            "faults_gap", "silent for too long"},
    planted{"lost_target",
            [](run_record& run) { run.samples.back().sink.targets_up = 99; },
            "targets_missing", "is 1"},
    planted{
      "failing_probe",
      [](run_record& run) { run.samples.back().collector.probe_errors = 3; },
      "probe_errors", "is 3, at most 0"},
    planted{
      "restarted_actor",
      [](run_record& run) { run.samples.back().collector.actor_restarts = 1; },
      "actor_restarts", "is 1, at most 0"},
    planted{"unknown_statement",
            [](run_record& run) {
              run.unknown_sql = 2;
              run.unknown_example = "select planted";
            },
            "unknown_sql", "select planted"},
    planted{"simulator_without_a_report",
            [](run_record& run) { run.unknown_sql = std::nullopt; },
            "unknown_sql", "the simulator left no report"},
    planted{"interruption",
            [](run_record& run) {
              run.cut_short = "SIGINT ended the measurement after 60 s";
            },
            "measured_s", "SIGINT ended the measurement"},
    planted{"crash", [](run_record& run) { run.stopped.exit_code = 139; },
            "collector_failures", "exit code 139"},
    planted{"early_end",
            [](run_record& run) {
              run.ended_early = {"the sink ended early with code 1"};
            },
            "collector_failures", "the sink ended early with code 1"},
    planted{"no_last_words",
            [](run_record& run) {
              run.samples.back().collector.points_acknowledged = 41'000;
              run.stopped = {};
            },
            "collector_failures", "without its last words"}),
  [](const auto& of) { return of.param.name; });

TEST(judge_run, fails_for_a_bystander_and_not_for_who_was_struck) {
  auto run = sound_run();
  run.struck = {"t-0"};
  run.sink_at_end.series_a_target = {{"t-0", 9'000}, {"t-1", 1'900}};
  const criteria pass{{"bystander_series_a_target", {1'000, 2'200}}};
  EXPECT_TRUE(judge_run(run, figures_of(run), pass).passed);
  run.sink_at_end.series_a_target["t-2"] = 2'300;
  const auto over = judge_run(run, figures_of(run), pass);
  ASSERT_FALSE(over.passed);
  EXPECT_NE(over.findings[0].words.find("is 2300, at most 2200"),
            std::string::npos)
    << over.findings[0].words;
}

TEST(judge_run, finds_a_lost_frame_behind_a_doubled_one) {
  auto run = sound_run();
  // 250 points lost, 250 others twice: the sums agree.
  run.sink_at_end.faults["duplicate"] = 250;
  const auto found = figures_of(run);
  EXPECT_EQ(found.at("points_lost"), 250);
  EXPECT_EQ(found.at("points_doubled"), 250);
  EXPECT_FALSE(judged(run).passed);
}

TEST(judge_run, says_who_did_not_answer_where_a_figure_is_unknown) {
  auto run = sound_run();
  auto& last = run.samples.back();
  last.collector = {};
  last.collector.heard = false;
  last.sink = {};
  last.sink.heard = false;
  last.processes.clear();
  run.sink_at_end = {};
  run.sink_at_end.heard = false;
  const auto found = figures_of(run);
  for (const char* name :
       {"cycles", "cycles_done_share", "points_per_s", "cpu_ms_a_cycle",
        "collector_cpu_percent", "sink_cpu_percent", "points_lost",
        "leaked_sockets", "targets_missing"}) {
    EXPECT_TRUE(std::isnan(found.at(name))) << name << ' ' << found.at(name);
  }
  for (const auto& [name, value] : found) {
    EXPECT_FALSE(value < 0 || value > 1e9) << name << ' ' << value;
  }
  auto over = judge_run(run, found, usual_criteria());
  ASSERT_FALSE(over.passed);
  std::string words;
  for (const auto& one : over.findings) {
    words += one.words + "\n";
  }
  for (const char* said :
       {"cycles_done_share is unknown", "the collector did not answer",
        "the sink did not answer", "the sink left no report"}) {
    EXPECT_NE(words.find(said), std::string::npos) << said << " in\n" << words;
  }
  verdict compared;
  compare(compared, found, figures_of(sound_run()), 20);
  conclude(compared, "planted");
  EXPECT_NE(compared.line.find("late_p99_s"), std::string::npos)
    << compared.line;
}

TEST(judge_run, fails_a_run_that_showed_nothing) {
  run_record nothing;
  nothing.scenario = "nothing";
  nothing.stopped.said = true;
  nothing.stopped.balanced = true;
  EXPECT_FALSE(judge_run(nothing, figures_of(nothing), {}).passed);
}

TEST(judge_run, fails_for_a_figure_that_is_not_there) {
  EXPECT_FALSE(judge_run(sound_run(), {{"cycles", 1}},
                         {{"points_lost", {std::nullopt, 0}}})
                 .passed);
}

TEST(figures_of, computes_costs_over_the_measurement_only) {
  const auto found = figures_of(sound_run());
  EXPECT_DOUBLE_EQ(found.at("measured_s"), 60);
  EXPECT_DOUBLE_EQ(found.at("cycles"), 600);
  EXPECT_DOUBLE_EQ(found.at("cycles_done_share"), 1);
  EXPECT_DOUBLE_EQ(found.at("cpu_ms_a_cycle"), 5);
  EXPECT_DOUBLE_EQ(found.at("collector_cpu_percent"), 5);
  EXPECT_DOUBLE_EQ(found.at("points_per_s"), 500);
  EXPECT_DOUBLE_EQ(found.at("bytes_a_point"), 20);
  EXPECT_DOUBLE_EQ(found.at("connects"), 0);
  EXPECT_DOUBLE_EQ(found.at("context_switches_per_s"), 1000);
  EXPECT_NEAR(found.at("late_p50_s"), 0.0056, 1e-4);
  EXPECT_NEAR(found.at("late_p99_s"), 0.091, 1e-3);
  EXPECT_DOUBLE_EQ(found.at("late_max_s"), 0.1);
  EXPECT_DOUBLE_EQ(found.at("received_p95_s"), 1.2);
  EXPECT_DOUBLE_EQ(found.at("acknowledged_p95_s"), 1.9);
}

TEST(figures_of, knows_every_figure_of_the_list_and_no_other) {
  const auto found = figures_of(sound_run());
  EXPECT_EQ(found.size(), figure_infos().size());
  for (const auto& one : figure_infos()) {
    EXPECT_TRUE(found.contains(one.name)) << one.name;
    EXPECT_TRUE(is_figure(one.name));
  }
  EXPECT_FALSE(is_figure("points_lots"));
}

TEST(compare, fails_for_a_cost_that_grew_and_not_for_noise) {
  const auto before = figures_of(sound_run());
  auto now = before;
  now["cpu_ms_a_cycle"] *= 1.19;
  now["late_p99_s"] *= 1.4; // 36 ms
  now["points_per_s"] *= 0.1;
  auto over = judged(sound_run());
  compare(over, now, before, 20);
  conclude(over, "planted");
  EXPECT_TRUE(over.passed) << over.line;
  now["cpu_ms_a_cycle"] *= 1.1;
  compare(over, now, before, 20);
  conclude(over, "planted");
  ASSERT_FALSE(over.passed);
  EXPECT_EQ(over.findings[0].figure, "cpu_ms_a_cycle");
  EXPECT_NE(over.findings[0].words.find("before it was 5: +30.9 %"),
            std::string::npos)
    << over.findings[0].words;
}

TEST(compare, fails_for_a_collector_that_collects_less) {
  const auto before = figures_of(sound_run());
  EXPECT_DOUBLE_EQ(before.at("points_observed_a_cycle"), 200);
  for (const auto& [name, allowed] :
       {std::pair{"series", 0.9}, {"points_observed_a_cycle", 0.5}}) {
    auto now = before;
    now[name] *= allowed + 0.01;
    auto over = judged(sound_run());
    compare(over, now, before, 20, 10);
    conclude(over, "planted");
    EXPECT_TRUE(over.passed) << over.line;
    now[name] = before.at(name) * (allowed - 0.01);
    over = judged(sound_run());
    compare(over, now, before, 20, 10);
    conclude(over, "planted");
    ASSERT_FALSE(over.passed);
    EXPECT_EQ(over.findings[0].figure, name);
    EXPECT_NE(over.findings[0].words.find("down to"), std::string::npos)
      << over.findings[0].words;
  }
}

TEST(read_last_words, reads_how_the_collector_ends) {
  const auto read = read_last_words(
    "pgmuster: stopped; 3 targets, 5 databases; 120 points delivered, 7 lost; "
    "the servers spent 12.3 ms on it; books NOT balanced");
  ASSERT_TRUE(read);
  EXPECT_EQ(read->delivered, 120U);
  EXPECT_EQ(read->lost, 7U);
  EXPECT_FALSE(read->balanced);
  const auto why = read_last_words(
    "pgmuster: stopped; 3 targets, 5 databases; 120 points delivered, 7 lost "
    "(2 rejected, 5 stopping), 30 spooled; the servers spent 12.3 ms on it; "
    "books balanced");
  ASSERT_TRUE(why);
  EXPECT_EQ(why->lost, 7U);
  EXPECT_TRUE(why->balanced);
  EXPECT_FALSE(read_last_words("pgmuster: second signal, ending at once"));
  EXPECT_FALSE(read_last_words("pgmuster: stopped; a lot delivered"));
}

} // namespace
} // namespace pgmuster::loadtest
