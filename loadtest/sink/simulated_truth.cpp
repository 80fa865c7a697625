#include "loadtest/sink/simulated_truth.hpp"

#include "drivers/postgres/fingerprint/fingerprint.hpp"
#include "loadtest/errc.hpp"
#include "loadtest/simulator/scenario/instance_plans.hpp"
#include "loadtest/simulator/truth.hpp"
#include "loadtest/sink/late_answers.hpp"
#include "loadtest/whole_file.hpp"

#include <fmt/format.h>

#include <xxhash.h>

#include <charconv>
#include <map>

namespace pgmuster::loadtest {
namespace {

/// All instances' truths, made when their first point arrives.
class fleet_truth {
public:
  fleet_truth(instance_plans plans, instance_number instances, truth_source of)
    : plans_(std::move(plans)),
      instances_(instances),
      of_(std::move(of)),
      late_(of_.late_answers) {}

  truth_answer judge(const truth_question& about) {
    const auto instance = instance_of(about.target);
    if (!instance) {
      return {};
    }
    attributes_.clear();
    for (const auto& one : about.point.attributes) {
      attributes_.push_back({one.key, one.value});
    }
    const delivered_value value{about.metric, attributes_, about.point.start,
                                about.point.time, about.point.value};
    return judge_twice(*instance, value.start, value.time,
                       [&](const instance_truth& truth, answered_until late) {
                         return truth.judge(value, late);
                       });
  }

  truth_answer judge_sum(const sum_question& about) {
    const auto instance = instance_of(about.target);
    if (!instance) {
      return {};
    }
    const delivered_sum sum{about.metric, about.database, about.start,
                            about.time,   about.sum,      about.read_until};
    return judge_twice(*instance, sum.start, sum.time,
                       [&](const instance_truth& truth, answered_until late) {
                         return truth.judge_sum(sum, late);
                       });
  }

private:
  static truth_answer answer_of(const truth_verdict& told) {
    switch (told.is) {
    case truth_verdict::kind::right:
    case truth_verdict::kind::plausible:
      return {truth_answer::kind::right, {}};
    case truth_verdict::kind::wrong:
      return {truth_answer::kind::wrong, told.expected};
    default:
      return {};
    }
  }

  /// What is wrong at first may be the answer of a slow server.
  template <class Judge>
  truth_answer judge_twice(instance_number instance,
                           wall_time start,
                           wall_time time,
                           const Judge& judge) {
    const auto& truth = truth_of(instance);
    auto told = judge(truth, answered_until{});
    if (told.is == truth_verdict::kind::wrong) {
      late_.read_on();
      const auto window = truth.window();
      const auto made = [&](wall_time stamped) {
        return late_.made(instance, stamped - window.before,
                          stamped + window.after);
      };
      const answered_until late{made(start), made(time)};
      if (late.start != wall_time{} || late.time != wall_time{}) {
        told = judge(truth, late);
      }
    }
    return answer_of(told);
  }

  std::optional<instance_number> instance_of(std::string_view target) const {
    instance_number number = 0;
    if (!target.starts_with(of_.target_prefix)) {
      return std::nullopt;
    }
    const auto digits = target.substr(of_.target_prefix.size());
    const auto [end, why] =
      std::from_chars(digits.data(), digits.data() + digits.size(), number);
    // Chosen by a hash, so that faults of the first instances are not all of
    // what is compared.
    const bool chosen =
      static_cast<double>(XXH3_64bits(&number, sizeof number) % 1'000)
      < of_.share * 1'000;
    return why == std::errc{} && end == digits.data() + digits.size()
               && number < instances_ && chosen
             ? std::optional{number}
             : std::nullopt;
  }

  const instance_truth& truth_of(instance_number instance) {
    const auto found = truths_.find(instance);
    if (found != truths_.end()) {
      return found->second;
    }
    auto plan = plans_.plan(instance);
    auto& book = books_[plan.major];
    if (book == nullptr) {
      book = std::make_shared<truth_book>(server_book::of(plan.major));
    }
    if (names_ == nullptr) {
      names_ =
        name_statements(plan.size->statements, [](std::string_view text) {
          return fmt::format("{:016x}", postgres::fingerprint_of(text).value);
        });
    }
    return truths_
      .emplace(instance, instance_truth{book, std::move(plan), names_})
      .first->second;
  }

  instance_plans plans_;
  instance_number instances_;
  truth_source of_;
  late_answers late_;
  std::map<int, std::shared_ptr<truth_book>> books_;
  std::shared_ptr<const statement_names> names_;
  std::map<instance_number, instance_truth> truths_;
  std::vector<truth_attribute> attributes_;
};

} // namespace

result<truth_functions> simulated_truth(const truth_source& of) {
  const auto text = read_whole_file(of.scenario);
  if (!text) {
    return text.error();
  }
  const auto scenario = read_scenario(*text, of.scenario.parent_path());
  if (!scenario) {
    return scenario.error();
  }
  auto plans = instance_plans::of(*scenario, of.started);
  if (!plans) {
    return plans.error();
  }
  // A std::function is copied; the truths are not.
  const auto fleet =
    std::make_shared<fleet_truth>(std::move(*plans), scenario->instances, of);
  return truth_functions{
    [fleet](const truth_question& about) { return fleet->judge(about); },
    [fleet](const sum_question& about) { return fleet->judge_sum(about); }};
}

} // namespace pgmuster::loadtest
