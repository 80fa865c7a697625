#include "loadtest/sink/misbehaviour.hpp"

#include "config/units.hpp"
#include "loadtest/errc.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>

#include <xxhash.h>

#include <array>
#include <ctime>

namespace pgmuster::loadtest {
namespace {

namespace json = boost::json;

constexpr std::array<std::string_view, misdeeds> names{
  "none",           "throttle",        "unavailable", "refuse",
  "too_large",      "refuse_encoding", "stall",       "reset",
  "take_and_reset", "garbage",         "partial",     "swallow",
  "repeat",         "halve_other"};

error wrong(std::string words) {
  return fail(loadtest_errc::scenario_invalid,
              "a rule of the sink: " + std::move(words));
}

result<void> read_time(std::optional<milliseconds>& into,
                       const json::value& value) {
  if (!value.is_string()) {
    return wrong("expected " + std::string{duration_expected});
  }
  const auto read = parse_duration(std::string_view{value.get_string()});
  if (!read) {
    return read.error();
  }
  into = *read;
  return {};
}

result<void> read_deed(misbehaviour_rule& rule, const json::value& value) {
  const std::string name = value.is_string() ? std::string{value.get_string()}
                                             : json::serialize(value);
  for (std::size_t at = 1; at < names.size(); ++at) {
    if (names[at] == name) {
      rule.deed = static_cast<misdeed>(at);
      return {};
    }
  }
  return wrong(fmt::format("\"do\": \"{}\" is not known", name));
}

result<void> read_form(misbehaviour_rule& rule, const json::value& value) {
  const std::string name = json::serialize(value);
  if (name == R"("seconds")") {
    rule.form = retry_after_form::in_seconds;
  } else if (name == R"("date")") {
    rule.form = retry_after_form::date;
  } else if (name == R"("none")") {
    rule.form = retry_after_form::none;
  } else {
    return wrong(R"("retry_after_as" is "seconds", "date" or "none")");
  }
  return {};
}

result<void> read_number(std::uint64_t& into, const json::value& value) {
  if (!value.is_int64() || value.get_int64() < 0) {
    return wrong("expected a whole number");
  }
  into = static_cast<std::uint64_t>(value.get_int64());
  return {};
}

result<void> read_share(misbehaviour_rule& rule, const json::value& value) {
  boost::system::error_code why;
  rule.share = value.to_number<double>(why);
  if (why || !(rule.share >= 0 && rule.share <= 1)) {
    return wrong(R"("share" is from 0 to 1)");
  }
  return {};
}

result<void> read_text(std::string& into, const json::value& value) {
  if (!value.is_string()) {
    return wrong("expected text, got " + json::serialize(value));
  }
  into = std::string{value.get_string()};
  return {};
}

result<void> read_member(misbehaviour_rule& rule,
                         std::string_view key,
                         const json::value& value) {
  if (key == "do") {
    return read_deed(rule, value);
  }
  if (key == "from") {
    return read_time(rule.from, value);
  }
  if (key == "until") {
    return read_time(rule.until, value);
  }
  if (key == "share") {
    return read_share(rule, value);
  }
  if (key == "larger_than") {
    return read_number(rule.larger_than, value);
  }
  if (key == "rejected") {
    return read_number(rule.rejected, value);
  }
  if (key == "encoding") {
    return read_text(rule.encoding, value);
  }
  if (key == "containing") {
    return read_text(rule.containing, value);
  }
  if (key == "retry_after") {
    std::optional<milliseconds> read;
    const auto done = read_time(read, value);
    rule.retry_after =
      std::chrono::ceil<seconds>(read.value_or(milliseconds{1'000}));
    return done;
  }
  if (key == "retry_after_as") {
    return read_form(rule, value);
  }
  return wrong(fmt::format("unknown key \"{}\"", key));
}

bool chosen(double share, std::uint64_t seed, std::uint64_t number) {
  if (share >= 1) {
    return true;
  }
  const auto drawn = XXH3_64bits_withSeed(&number, sizeof number, seed);
  // 53 bits are what a double holds exactly.
  return static_cast<double>(drawn >> 11U) / 9007199254740992.0 < share;
}

} // namespace

std::string_view to_string(misdeed what) noexcept {
  return names[static_cast<std::size_t>(what)];
}

result<std::vector<misbehaviour_rule>> read_rules(const json::value& rules) {
  if (!rules.is_array()) {
    return wrong("expected a list of rules");
  }
  std::vector<misbehaviour_rule> read;
  for (const auto& one : rules.get_array()) {
    if (!one.is_object()) {
      return wrong("expected an object");
    }
    misbehaviour_rule rule;
    for (const auto& [key, value] : one.get_object()) {
      const auto done = read_member(rule, std::string_view{key}, value);
      if (!done) {
        return done.error();
      }
    }
    if (rule.deed == misdeed::none) {
      return wrong(R"("do" is missing)");
    }
    if (rule.deed == misdeed::reset && !rule.containing.empty()) {
      return wrong(R"("reset" comes before the body could be searched)");
    }
    read.push_back(std::move(rule));
  }
  return read;
}

const misbehaviour_rule* met_by(const std::vector<misbehaviour_rule>& rules,
                                std::uint64_t seed,
                                const met_request& request,
                                const std::string* plain) {
  for (const auto& rule : rules) {
    const auto begun = [&](const std::optional<milliseconds>& edge) {
      return request.since_begin && *request.since_begin >= *edge;
    };
    if ((rule.from && !begun(rule.from)) || (rule.until && begun(rule.until))
        || request.bytes <= rule.larger_than
        || (!rule.encoding.empty() && rule.encoding != request.encoding)
        || !chosen(rule.share, seed, request.number)) {
      continue;
    }
    if (!rule.containing.empty()
        && (plain == nullptr
            || plain->find(rule.containing) == std::string::npos)) {
      continue;
    }
    return &rule;
  }
  return nullptr;
}

std::string retry_after_of(const misbehaviour_rule& rule, wall_time now) {
  if (rule.form == retry_after_form::none) {
    return {};
  }
  if (rule.form == retry_after_form::in_seconds) {
    return fmt::to_string(rule.retry_after.count());
  }
  const auto at = std::chrono::ceil<seconds>(now) + rule.retry_after;
  const std::time_t seconds_since_epoch = at.time_since_epoch().count();
  std::tm parts{};
  ::gmtime_r(&seconds_since_epoch, &parts);
  constexpr std::array<const char*, 7> days{"Sun", "Mon", "Tue", "Wed",
                                            "Thu", "Fri", "Sat"};
  constexpr std::array<const char*, 12> months{"Jan", "Feb", "Mar", "Apr",
                                               "May", "Jun", "Jul", "Aug",
                                               "Sep", "Oct", "Nov", "Dec"};
  return fmt::format(
    "{}, {:02} {} {:04} {:02}:{:02}:{:02} GMT",
    days[static_cast<std::size_t>(parts.tm_wday)], parts.tm_mday,
    months[static_cast<std::size_t>(parts.tm_mon)], parts.tm_year + 1900,
    parts.tm_hour, parts.tm_min, parts.tm_sec);
}

} // namespace pgmuster::loadtest
