// Where the sink asks what a value should have been; whoever simulates the
// servers answers, and without an answerer nothing is asked.
#pragma once

#include "codec/otlp_decode.hpp"

#include <functional>
#include <string>
#include <string_view>

namespace pgmuster::loadtest {

struct truth_question {
  std::string_view tenant;
  std::string_view target;
  std::string_view metric;
  instrument kind = instrument::gauge;
  const received_point& point;
};

struct truth_answer {
  enum class kind : std::uint8_t { unknown, right, wrong };
  kind is = kind::unknown;
  /// What it should have been, for a person; only when wrong.
  std::string expected;
};

/// What all statement series of a database counted, `other` included.
struct sum_question {
  std::string_view target;
  std::string_view metric;
  std::string_view database;
  wall_time start{};
  wall_time time{};
  std::int64_t sum = 0;
  /// What was counted up to then has to be in it; the epoch: nothing more.
  wall_time read_until{};
};

using sum_truth_function = std::function<truth_answer(const sum_question&)>;
using truth_function = std::function<truth_answer(const truth_question&)>;

} // namespace pgmuster::loadtest
