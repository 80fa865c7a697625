// The sink's configuration in, its report out.
#include "config/units.hpp"
#include "loadtest/errc.hpp"
#include "loadtest/sink/intake.hpp"

#include <boost/json.hpp>

namespace pgmuster::loadtest {
namespace {

namespace json = boost::json;

error wrong(const std::string& words) {
  return fail(loadtest_errc::scenario_invalid,
              "the sink's configuration: " + words);
}

result<nanoseconds> read_duration(const json::value& value) {
  if (!value.is_string()) {
    return wrong("expected " + std::string{duration_expected});
  }
  const auto read = parse_duration(std::string_view{value.get_string()});
  if (!read) {
    return read.error();
  }
  return nanoseconds{*read};
}

result<void> read_silence(series_limits& limits, const json::value& value) {
  if (!value.is_object()) {
    return wrong(R"("silence" is an object of durations by metric)");
  }
  for (const auto& [metric, text] : value.get_object()) {
    const auto read = read_duration(text);
    if (!read) {
      return read.error();
    }
    limits.silence[std::string{metric}] = *read;
  }
  return {};
}

result<void> read_truth(std::optional<truth_source>& into,
                        const json::value& value) {
  const auto* all = value.if_object();
  truth_source read;
  const auto text = [&](const char* key) {
    const auto* one = all == nullptr ? nullptr : all->if_contains(key);
    return one != nullptr && one->is_string() ? &one->get_string() : nullptr;
  };
  const auto* scenario = text("scenario");
  const auto* started =
    all == nullptr ? nullptr : all->if_contains("started_unix_nano");
  if (scenario == nullptr || started == nullptr || !started->is_int64()) {
    return wrong(R"("truth" has a "scenario" and its "started_unix_nano")");
  }
  read.scenario = std::string{*scenario};
  read.started = wall_time{nanoseconds{started->get_int64()}};
  if (const auto* prefix = text("target_prefix")) {
    read.target_prefix = std::string{*prefix};
  }
  if (const auto* late = text("late_answers")) {
    read.late_answers = std::string{*late};
  }
  boost::system::error_code why;
  if (const auto* share = all->if_contains("share")) {
    read.share = share->to_number<double>(why);
  }
  if (why || !(read.share >= 0 && read.share <= 1)) {
    return wrong(R"("share" of "truth" is from 0 to 1)");
  }
  into = std::move(read);
  return {};
}

result<void>
read_member(sink_config& into, std::string_view key, const json::value& value) {
  if (key == "seed" && value.is_int64()) {
    into.seed = static_cast<std::uint64_t>(value.get_int64());
    return {};
  }
  if (key == "rules") {
    auto rules = read_rules(value);
    if (!rules) {
      return rules.error();
    }
    into.rules = std::move(*rules);
    return {};
  }
  if (key == "truth") {
    return read_truth(into.truth, value);
  }
  if (key == "silence") {
    return read_silence(into.limits, value);
  }
  if (key == "sum_silence" || key == "statement_silence") {
    const auto read = read_duration(value);
    if (!read) {
      return read.error();
    }
    (key == "sum_silence" ? into.limits.sum_silence
                          : into.limits.statement_silence) = *read;
    return {};
  }
  return wrong("unknown or malformed key \"" + std::string{key} + "\"");
}

json::object faults_of(const check_tally& tally) {
  json::object found;
  for (std::size_t at = 0; at < point_faults; ++at) {
    found[to_string(static_cast<point_fault>(at))] = tally.found[at];
  }
  return found;
}

json::object counted(const std::map<std::string, std::uint64_t>& all) {
  json::object made;
  for (const auto& [name, count] : all) {
    made[name] = count;
  }
  return made;
}

json::object increases_of(const series_check& check) {
  json::object made;
  for (const auto& [name, sum] : check.increase_by_metric()) {
    if (sum.is == number::kind::real) {
      made[name] = sum.real;
    } else {
      made[name] = sum.integer;
    }
  }
  return made;
}

json::object met_of(const intake_tally& tally) {
  json::object made;
  for (std::size_t at = 1; at < misdeeds; ++at) {
    if (tally.met[at] > 0) {
      made[to_string(static_cast<misdeed>(at))] = tally.met[at];
    }
  }
  return made;
}

json::object targets_of(const series_check& check, wall_time now) {
  std::uint64_t up = 0;
  std::uint64_t silent = 0;
  json::object made{{"seen", check.targets().size()}};
  for (const auto& one : check.targets()) {
    if (check.is_up(one, now)) {
      ++up;
    } else if (one.up && silent++ == 0) {
      const auto age = std::chrono::round<seconds>(now - one.up_heard);
      made["silent_example"] = one.name + " was last heard of "
                               + std::to_string(age.count()) + " s ago";
    }
  }
  made["up"] = up;
  made["silent"] = silent;
  return made;
}

/// Tenants that are told apart.
constexpr std::size_t tenants_max = 1'000;

/// Of one target, on average.
json::object series_a_target_of(const series_check& check) {
  struct counted {
    double targets = 0;
    double series = 0;
  };
  std::map<std::string, counted> all;
  for (const auto& one : check.targets()) {
    const auto tenant = one.name.substr(0, one.name.find('/'));
    if (all.size() < tenants_max || all.count(tenant) != 0) {
      auto& of = all[tenant];
      ++of.targets;
      of.series += static_cast<double>(one.series);
    }
  }
  json::object made;
  for (const auto& [tenant, of] : all) {
    made[tenant] = of.series / of.targets;
  }
  return made;
}

} // namespace

result<sink_config> read_sink_config(std::string_view text) {
  boost::system::error_code why;
  const auto document = json::parse(text, why);
  if (why || !document.is_object()) {
    return wrong("not a JSON object");
  }
  sink_config made;
  std::string words;
  for (const auto& [key, value] : document.get_object()) {
    const auto done = read_member(made, std::string_view{key}, value);
    if (!done) {
      const auto& what = done.error();
      words +=
        (words.empty() ? "" : "\n")
        + (what.context.empty() ? std::string{key} + ": " + describe(what)
                                : what.context);
    }
  }
  if (!words.empty()) {
    return fail(loadtest_errc::scenario_invalid, words);
  }
  return made;
}

std::string report_json(const intake& of, wall_time now) {
  const auto& tally = of.tally();
  const auto& check = of.check();
  json::object made;
  made["now_ns"] = now.time_since_epoch().count();
  made["requests"] = tally.requests;
  made["encodings"] = counted(tally.by_encoding);
  made["bytes"] = tally.bytes;
  made["bytes_plain"] = tally.bytes_plain;
  made["points"] = tally.taken;
  made["events"] = tally.events;
  made["events_by_name"] = counted(tally.events_by_name);
  made["points_rejected"] = tally.rejected;
  made["points_redelivered"] = tally.redelivered;
  made["requests_redelivered"] = tally.requests_redelivered;
  made["requests_unreadable"] = tally.unreadable;
  made["misdeeds"] = met_of(tally);
  made["first_point_ns"] = tally.first.time_since_epoch().count();
  made["last_point_ns"] = tally.last.time_since_epoch().count();
  made["series"] = check.series();
  made["series_a_target"] = series_a_target_of(check);
  made["points_unjudged"] = check.tally().unjudged;
  made["targets"] = targets_of(check, now);
  made["faults"] = faults_of(check.tally());
  made["compared_with_truth"] = check.tally().compared;
  made["sums_compared_with_truth"] = check.tally().sums_compared;
  json::array examples;
  for (const auto& one : check.examples()) {
    examples.emplace_back(one);
  }
  made["examples"] = std::move(examples);
  made["age_ms"] = json::object{{"count", check.ages().total()},
                                {"p50", check.ages().quantile_ms(0.5)},
                                {"p95", check.ages().quantile_ms(0.95)},
                                {"p99", check.ages().quantile_ms(0.99)},
                                {"max", check.ages().longest_ms()}};
  made["metrics"] = counted(check.points_by_metric());
  made["increase"] = increases_of(check);
  return json::serialize(made);
}

} // namespace pgmuster::loadtest
