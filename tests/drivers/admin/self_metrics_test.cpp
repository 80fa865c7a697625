// /metrics counts what it is told, within its bounds, from many threads.
#include "drivers/admin/process_reading.hpp"
#include "drivers/admin/self_metrics.hpp"
#include "drivers/admin/series_table.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace pgmuster {
namespace {

// The value of the sample that is written `series`, or NaN.
double sample(const std::string& text, const std::string& series) {
  std::istringstream lines{text};
  for (std::string line; std::getline(lines, line);) {
    if (line.rfind(series + " ", 0) == 0) {
      return std::stod(line.substr(series.size() + 1));
    }
  }
  return std::nan("");
}

std::size_t occurrences(const std::string& text, const std::string& what) {
  std::size_t count = 0;
  for (auto at = text.find(what); at != std::string::npos;
       at = text.find(what, at + 1)) {
    ++count;
  }
  return count;
}

void use_everything(self_metrics& metrics) {
  metrics.probe_finished("wal", microseconds{1'500}, 3, 21);
  metrics.probe_finished("wal", microseconds{20'000}, 1, 7);
  metrics.probe_finished("wal", std::nullopt, 1, 7);
  metrics.probe_failed("wal", "42501");
  metrics.cycle_finished(milliseconds{12}, milliseconds{3});
  metrics.cycle_skipped("still_running");
  metrics.connect_finished("ok", milliseconds{9});
  metrics.export_finished("main", "ok", milliseconds{4}, 1'000, 50);
  metrics.config_loaded(true);
  metrics.actor_restarted("database");
}

TEST(self_metrics, counts_what_it_is_told) {
  self_metrics metrics;
  use_everything(metrics);
  metrics.count("pgmuster_log_lines_dropped_total", "Lines.", 2);
  const std::string text = metrics.expose();
  const auto is = [&](const char* series, double value) {
    EXPECT_DOUBLE_EQ(sample(text, series), value) << series << "\n" << text;
  };
  is("pgmuster_probe_duration_seconds_count{probe=\"wal\"}", 2);
  is("pgmuster_probe_duration_seconds_bucket{probe=\"wal\",le=\"0.0025\"}", 1);
  is("pgmuster_probe_runs_total{probe=\"wal\"}", 3);
  is("pgmuster_probe_rows_total{probe=\"wal\"}", 5);
  is("pgmuster_probe_points_total{probe=\"wal\"}", 35);
  is("pgmuster_probe_errors_total{code=\"42501\",probe=\"wal\"}", 1);
  is("pgmuster_cycle_duration_seconds_sum", 0.012);
  is("pgmuster_cycle_lateness_seconds_count", 1);
  is("pgmuster_cycles_skipped_total{reason=\"still_running\"}", 1);
  is("pgmuster_connects_total{outcome=\"ok\"}", 1);
  is("pgmuster_connect_duration_seconds_count{outcome=\"ok\"}", 1);
  is("pgmuster_export_requests_total{outcome=\"ok\",route=\"main\"}", 1);
  is("pgmuster_export_bytes_total{route=\"main\"}", 1'000);
  is("pgmuster_export_points_total{route=\"main\"}", 50);
  is("pgmuster_config_loads_total{outcome=\"ok\"}", 1);
  is("pgmuster_actor_restarts_total{kind=\"database\"}", 1);
  is("pgmuster_log_lines_dropped_total", 2);
  is("pgmuster_metrics_refused_total", 0);
}

TEST(self_metrics, every_metric_is_in_the_operating_page) {
  std::ifstream file{PGMUSTER_OPERATING_PAGE};
  std::stringstream page;
  page << file.rdbuf();
  self_metrics metrics;
  use_everything(metrics);
  std::istringstream lines{metrics.expose()};
  std::size_t families = 0;
  for (std::string word, name; lines >> word;) {
    if (word == "TYPE" && lines >> name) {
      ++families;
      EXPECT_NE(page.str().find("`" + name + "`"), std::string::npos) << name;
    }
  }
  EXPECT_GE(families, 22U);
}

TEST(self_metrics, asks_its_hooks_at_each_scrape) {
  self_metrics metrics;
  int asked = 0;
  metrics.on_scrape([&](self_metrics& into) {
    into.gauge("pgmuster_connections", "Open.", ++asked);
    into.gauge("pgmuster_lane_bytes", "Held.", 7, "lane", "0");
  });
  metrics.on_scrape([](self_metrics&) { throw std::runtime_error("hook"); });
  EXPECT_DOUBLE_EQ(sample(metrics.expose(), "pgmuster_connections"), 1);
  const std::string text = metrics.expose();
  EXPECT_DOUBLE_EQ(sample(text, "pgmuster_connections"), 2);
  EXPECT_DOUBLE_EQ(sample(text, "pgmuster_lane_bytes{lane=\"0\"}"), 7);
  EXPECT_DOUBLE_EQ(sample(text, "pgmuster_metrics_refused_total"), 2);
}

TEST(self_metrics, label_values_over_the_limit_add_into_other) {
  self_metrics metrics;
  for (std::size_t i = 0; i < series_per_metric_max + 50; ++i) {
    metrics.cycle_skipped("reason" + std::to_string(i));
    metrics.gauge("pgmuster_g", "G.", 1, "route", "r" + std::to_string(i));
  }
  const std::string text = metrics.expose();
  EXPECT_EQ(occurrences(text, "pgmuster_cycles_skipped_total{"),
            series_per_metric_max + 1);
  EXPECT_DOUBLE_EQ(
    sample(text, "pgmuster_cycles_skipped_total{reason=\"other\"}"), 50);
  EXPECT_DOUBLE_EQ(sample(text, "pgmuster_g{route=\"other\"}"), 1);
}

TEST(self_metrics, names_that_cannot_be_taken_are_refused_and_counted) {
  self_metrics metrics;
  metrics.count("no name", "Bad.");
  metrics.gauge("pgmuster_cycles_skipped_total", "A counter already.", 1);
  metrics.gauge("pgmuster_g", "G.", 1, "bad-label", "x");
  EXPECT_DOUBLE_EQ(sample(metrics.expose(), "pgmuster_metrics_refused_total"),
                   3);
  for (std::size_t i = 0; i < metric_names_max + 5; ++i) {
    metrics.count("pgmuster_n" + std::to_string(i), "N.");
  }
  EXPECT_DOUBLE_EQ(sample(metrics.expose(), "pgmuster_metrics_refused_total"),
                   8);
}

TEST(self_metrics, tells_what_the_kernel_says_of_the_process) {
  self_metrics metrics;
  const std::string text = metrics.expose();
  EXPECT_GE(sample(text, "process_cpu_seconds_total"), 0);
  EXPECT_GT(sample(text, "process_resident_memory_bytes"), 1e6);
  EXPECT_GE(sample(text, "process_open_fds"), 3);
  EXPECT_GE(sample(text, "process_threads"), 1);
  EXPECT_GT(sample(text, "process_start_time_seconds"), 1.6e9);
}

TEST(process_reading, a_command_may_be_named_anything) {
  const auto read = parse_proc_stat(
    "7 (a) b) c) S 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 42 18 9000 20 33 x");
  ASSERT_TRUE(read);
  EXPECT_EQ(read->threads, 42);
  EXPECT_EQ(read->start_ticks, 9'000U);
  EXPECT_FALSE(parse_proc_stat("7 (a) S 1 2"));
  EXPECT_FALSE(parse_proc_stat(""));
}

TEST(process_reading, resident_memory_is_what_the_status_says) {
  EXPECT_EQ(parse_resident_bytes("Name:\tx\nVmRSS:\t    1644 kB\nRssAnon:\t1"),
            1'644.0 * 1024);
  EXPECT_FALSE(parse_resident_bytes("Name:\tVmRSS\n"));
  EXPECT_FALSE(parse_resident_bytes("Name:\tx\nVmRSS:"));
}

TEST(self_metrics, loses_nothing_between_threads) {
  self_metrics metrics;
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&metrics, t] {
        for (int i = 0; i < 1'000; ++i) {
          metrics.probe_finished("p" + std::to_string(i % 5), microseconds{1},
                                 1, 1);
          if (t == 0 && i % 100 == 0) {
            (void)metrics.expose();
          }
        }
      });
    }
  }
  EXPECT_DOUBLE_EQ(
    sample(metrics.expose(), "pgmuster_probe_rows_total{probe=\"p3\"}"), 800);
}

} // namespace
} // namespace pgmuster
