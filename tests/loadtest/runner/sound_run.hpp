// A run as it should be, for tests to spoil.
#pragma once

#include "loadtest/runner/judge.hpp"

namespace pgmuster::loadtest {

/// 100 targets each 10 s, watched for 60 s after 20 s of warm-up.
inline run_record sound_run() {
  run_record run;
  run.scenario = "planted";
  run.seed = 7;
  run.targets = 100;
  for (int at = -20; at <= 60; at += 10) {
    sample one;
    one.at_s = at;
    const double passed = at + 20;
    one.processes["collector"] = {passed * 0.05, 50e6, 140, passed * 1000};
    one.processes["sink"] = {passed * 0.01, 20e6, 12, passed * 100};
    auto& of = one.collector;
    of.cycles = passed * 10;
    of.connects = passed > 0 ? 100 : 0;
    of.requests = passed * 2;
    of.bytes = passed * 10'000;
    of.points_acknowledged = passed * 500;
    of.points_observed = passed * 2'000;
    of.connections_open = 100;
    of.targets_up = 100;
    // Within 10 ms 90 of 100 cycles, within 100 ms the rest.
    of.lateness = {{0.01, passed * 9},
                   {0.1, passed * 10},
                   {1, passed * 10},
                   {5, passed * 10}};
    of.delivery_age = {{1, passed}, {2, passed * 2}};
    one.sink.points = static_cast<std::uint64_t>(passed * 500);
    one.sink.targets = 100;
    one.sink.targets_up = 100;
    one.sink.age_p50_ms = 700;
    one.sink.age_p95_ms = 1'200;
    run.samples.push_back(one);
  }
  run.begin = 2;
  run.end = run.samples.size() - 1;
  run.http_sockets_begin = 12;
  run.http_sockets_end = 14;
  run.stray_sockets_begin = 3;
  run.stray_sockets_end = 3;
  run.first_point_s = 1.5;
  run.sink_at_end = run.samples.back().sink;
  run.sink_at_end.points = 41'000;
  run.sink_at_end.series = 5'000;
  run.truth_configured = true;
  run.sink_at_end.compared = 4'000;
  run.stopped = {true, 41'000, 0, true, 0, 0.3};
  return run;
}

} // namespace pgmuster::loadtest
