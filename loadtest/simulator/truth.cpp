// Asks the model what it would have said, at each step that may have been seen.
#include "loadtest/simulator/truth.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace pgmuster::loadtest {

namespace {

constexpr std::string_view fingerprint_key = "postgresql.query.fingerprint";
constexpr std::string_view database_key = "db.namespace";
using verdict = truth_verdict::kind;

std::string_view find(std::span<const truth_attribute> all,
                      std::string_view key) {
  for (const auto& each : all) {
    if (each.key == key) {
      return each.value;
    }
  }
  return {};
}

bool has_fixed(const truth_series& series,
               std::span<const truth_attribute> all) {
  return std::all_of(
    series.fixed.begin(), series.fixed.end(),
    [&](const auto& fixed) { return find(all, fixed.key) == fixed.value; });
}

/// The row fills exactly those attributes that the item itself does not.
bool is_row(const truth_series& series,
            const model_row& row,
            std::span<const truth_attribute> all) {
  std::size_t filled = series.fixed.size();
  for (const auto& item : series.probe->items) {
    if (item.role != item_role::attribute) {
      continue;
    }
    const auto said =
      std::find_if(row.said.begin(), row.said.end(),
                   [&](const auto& each) { return each.first == item.name; });
    const auto* const text =
      said == row.said.end() ? nullptr : said->second.text();
    const std::string_view here = text == nullptr ? std::string_view{} : *text;
    if (find(all, item.name) != here) {
      return false;
    }
    filled += here.empty() ? 0U : 1U;
  }
  return filled == all.size();
}

/// What a bounded raw probe's rows without series add up to: there is a
/// database without a schema, and the word.
bool is_other(const truth_series& series,
              std::span<const truth_attribute> all) {
  return series.probe->ranked_by_metric.has_value()
         && find(all, database_key).find('|') == std::string_view::npos
         && std::any_of(all.begin(), all.end(),
                        [](const auto& each) { return each.value == "other"; });
}

/// `app|public` belongs to the database `app`.
std::string_view session_database(std::span<const truth_attribute> all) {
  const auto name = find(all, database_key);
  return name.substr(0, name.find('|'));
}

bool same(const field& expected, const number& value) {
  if (const auto* real = expected.real(); real != nullptr) {
    return value.is == number::kind::real && value.real == *real;
  }
  const auto* const integer = expected.integer();
  return integer != nullptr && value.is == number::kind::integer
         && value.integer == *integer;
}

std::string words(const field& value) {
  if (const auto* real = value.real(); real != nullptr) {
    return fmt::format("{}", *real);
  }
  const auto* const integer = value.integer();
  return integer == nullptr ? "null" : fmt::format("{}", *integer);
}

} // namespace

instance_truth::instance_truth(std::shared_ptr<truth_book> book,
                               instance_plan plan,
                               std::shared_ptr<const statement_names> names,
                               truth_window window)
  : book_(std::move(book)),
    plan_(std::move(plan)),
    names_(std::move(names)),
    window_(window) {}

instance_truth::steps instance_truth::around(wall_time time,
                                             wall_time until) const noexcept {
  return {step_at(plan_, time - window_.before),
          step_at(plan_, std::max(time + window_.after, until))};
}

std::optional<field>
instance_truth::value(std::string_view metric,
                      std::span<const truth_attribute> attributes,
                      step_number step) const {
  std::optional<field> found;
  for (const auto& series : book_->series_of(metric)) {
    if (series.probe->family != probe_family::raw
        || !has_fixed(series, attributes)) {
      continue;
    }
    const auto now = moment_at(plan_, step);
    // Other probes say the same whichever database is asked.
    const auto database = series.probe->scope == probe_scope::database
                            ? session_database(attributes)
                            : std::string_view{};
    for (const auto& row :
         book_->rows(series.probe->name, plan_, database, now)) {
      if (!is_row(series, row, attributes)) {
        continue;
      }
      // Rows of two groupings may look alike: each has what the other lacks.
      found = value_of(series.item, row, now);
      if (!found->null()) {
        return found;
      }
    }
  }
  return found;
}

truth_verdict instance_truth::judge(const delivered_value& point,
                                    answered_until late) const {
  const auto& all = book_->series_of(point.metric);
  if (all.empty()) {
    return {};
  }
  const auto series =
    std::find_if(all.begin(), all.end(), [&](const auto& each) {
      return has_fixed(each, point.attributes);
    });
  if (series == all.end()) {
    return {verdict::wrong, "no such attributes"};
  }
  if (series->probe->family == probe_family::raw) {
    if (is_other(*series, point.attributes)) {
      return judge_rest(point);
    }
    return judge_raw(point, late);
  }
  if (series->probe->family == probe_family::sampled) {
    return judge_time(point);
  }
  const auto fingerprint = find(point.attributes, fingerprint_key);
  if (fingerprint == "other" || fingerprint == "unattributed") {
    return judge_other(point, *series, late);
  }
  return judge_entry(point, *series, fingerprint, late);
}

/// Tables are fewer than those that are kept; one that is made while it is
/// looked at has its first count in there.
truth_verdict instance_truth::judge_rest(const delivered_value& point) {
  if (point.value.is != number::kind::integer || point.value.integer < 0) {
    return {verdict::wrong, "a count"};
  }
  return {point.value.integer == 0 ? verdict::right : verdict::plausible, {}};
}

truth_verdict instance_truth::judge_raw(const delivered_value& point,
                                        answered_until late) const {
  const auto seen = around(point.time, late.time);
  std::string expected;
  for (auto step = seen.first; step <= seen.last; ++step) {
    const auto here = value(point.metric, point.attributes, step);
    if (here && same(*here, point.value)) {
      return {verdict::right, {}};
    }
    expected += expected.empty() ? "" : ", ";
    expected += here ? words(*here) : "no such series";
  }
  return {verdict::wrong, "one of " + expected};
}

/// Which moments were sampled is not known: no more than all sessions of the
/// database at work all the time.
truth_verdict instance_truth::judge_time(const delivered_value& point) const {
  const auto passed = std::chrono::duration_cast<microseconds>(
    point.time - point.start + window_.before + window_.after);
  const auto most =
    passed.count() * (plan_.size->sessions_of_database + std::int64_t{2});
  return point.value.is == number::kind::integer && point.value.integer >= 0
             && point.value.integer <= most
           ? truth_verdict{verdict::plausible, {}}
           : truth_verdict{verdict::wrong, fmt::format("at most {}", most)};
}

std::int64_t instance_truth::most_possible(const asked_item& item,
                                           std::uint32_t entry,
                                           step_number first,
                                           step_number last) const {
  // As if it had been counted without a break, and once more from the start.
  auto whole = plan_;
  whole.happenings.clear();
  const auto key = key_of_instance(plan_);
  const auto at = [&](step_number step) {
    const auto now = moment_at(whole, step);
    return entry_counter(key, item, entry, entry_at(whole, now, entry), 0);
  };
  return (at(last) - at(first)) * 2;
}

truth_verdict instance_truth::judge_entry(const delivered_value& point,
                                          const truth_series& series,
                                          std::string_view fingerprint,
                                          answered_until late) const {
  if (names_ == nullptr || point.value.is != number::kind::integer) {
    return {};
  }
  const auto named = names_->find(std::string{fingerprint});
  if (named == names_->end()) {
    return {};
  }
  const auto entry = named->second;
  if (database_name_of(plan_, database_of(*plan_.size, entry))
      != find(point.attributes, database_key)) {
    return {verdict::wrong, "the statement runs in another database"};
  }
  const auto begun = around(point.start, late.start);
  const auto seen = around(point.time, late.time);
  const auto past = moment_at(plan_, begun.first);
  const auto now = moment_at(plan_, seen.last);
  const auto then = entry_at(plan_, past, entry);
  const auto here = entry_at(plan_, now, entry);
  if (past.incarnation != now.incarnation
      || past.postmaster_start != now.postmaster_start
      || then.entered != here.entered || !then.visible()) {
    const auto most = most_possible(series.item, entry, begun.first, seen.last);
    return point.value.integer >= 0 && point.value.integer <= most
             ? truth_verdict{verdict::plausible, {}}
             : truth_verdict{verdict::wrong, fmt::format("at most {}", most)};
  }
  std::string expected;
  for (auto to = seen.first; to <= seen.last; ++to) {
    for (auto from = begun.first; from <= begun.last && from <= to; ++from) {
      const auto grown = increment(series.item.name, entry, from, to);
      if (grown == point.value.integer) {
        return {verdict::right, {}};
      }
      expected += fmt::format("{}{}", expected.empty() ? "" : ", ", grown);
    }
  }
  return {verdict::wrong, "one of " + expected};
}

truth_verdict instance_truth::judge_other(const delivered_value& point,
                                          const truth_series& series,
                                          answered_until late) const {
  const auto name = find(point.attributes, database_key);
  const auto database = database_number(plan_, name);
  if (point.value.is != number::kind::integer || !database
      || !plan_.happenings.empty()) {
    return {};
  }
  const auto most = database_increment(series.item.name, *database,
                                       around(point.start, late.start).first,
                                       around(point.time, late.time).last);
  return point.value.integer >= 0 && point.value.integer <= most
           ? truth_verdict{verdict::plausible, {}}
           : truth_verdict{verdict::wrong, fmt::format("at most {}", most)};
}

std::int64_t instance_truth::counted(std::string_view metric,
                                     std::uint32_t database,
                                     step_number first,
                                     step_number last) const {
  std::int64_t sum = 0;
  for (const auto& series : book_->series_of(metric)) {
    if (series.probe->family == probe_family::accumulated) {
      sum += database_increment(series.item.name, database, first, last);
    }
  }
  return sum;
}

truth_verdict instance_truth::judge_sum(const delivered_sum& all,
                                        answered_until late) const {
  const auto database = database_number(plan_, all.database);
  const auto series = book_->series_of(all.metric);
  // Which sessions a sample met is chance; what statements count is not.
  const bool exact =
    std::any_of(series.begin(), series.end(), [](const auto& one) {
      return one.probe->family == probe_family::accumulated;
    });
  if (!database || !exact || !plan_.happenings.empty()) {
    return {};
  }
  const auto begun = around(all.start, late.start);
  const auto seen = around(all.time, late.time);
  const auto until = step_at(plan_, all.read_until);
  if (all.read_until != wall_time{} && until > seen.last) {
    const auto missed = counted(all.metric, *database, seen.last, until);
    if (missed != 0) {
      return {verdict::wrong,
              fmt::format("{} more, counted in {} steps after the last read",
                          missed, until - seen.last)};
    }
  }
  // Nothing happens to it, so increments since the earliest step say all.
  const auto since = [&](step_number to) {
    return counted(all.metric, *database, begun.first, to);
  };
  std::vector<std::int64_t> before;
  for (auto from = begun.first; from <= begun.last; ++from) {
    before.push_back(since(from));
  }
  std::int64_t least = 0;
  std::int64_t most = 0;
  for (auto to = seen.first; to <= seen.last; ++to) {
    const auto after = since(to);
    for (const auto one : before) {
      if (after - one == all.sum) {
        return {verdict::right, {}};
      }
    }
    least = to == seen.first ? after - before.back() : least;
    most = after - before.front();
  }
  return {verdict::wrong, fmt::format("{} to {}, by the step of each read",
                                      std::max<std::int64_t>(least, 0), most)};
}

std::int64_t instance_truth::increment_between(const asked_item& column,
                                               std::uint32_t entry,
                                               const moment& past,
                                               const moment& now) const {
  if (past.incarnation != now.incarnation
      || past.postmaster_start != now.postmaster_start) {
    return 0;
  }
  const auto then = entry_at(plan_, past, entry);
  const auto here = entry_at(plan_, now, entry);
  const bool same_entry = then.visible() && then.entered == here.entered;
  if (!here.visible() || (same_entry && then.steps == here.steps)) {
    return 0;
  }
  const auto key = key_of_instance(plan_);
  const auto counted = entry_counter(key, column, entry, here, now.incarnation);
  return same_entry
           ? counted - entry_counter(key, column, entry, then, past.incarnation)
           : counted;
}

std::int64_t instance_truth::increment(std::string_view label,
                                       std::uint32_t entry,
                                       step_number first,
                                       step_number last) const {
  const auto* const column = book_->entry_column(label);
  return column == nullptr
           ? 0
           : increment_between(column->item, entry, moment_at(plan_, first),
                               moment_at(plan_, last));
}

std::int64_t instance_truth::database_increment(std::string_view label,
                                                std::uint32_t database,
                                                step_number first,
                                                step_number last) const {
  const auto* const column = book_->entry_column(label);
  if (column == nullptr) {
    return 0;
  }
  const auto past = moment_at(plan_, first);
  const auto now = moment_at(plan_, last);
  std::int64_t sum = 0;
  for (std::uint32_t at = 0; at < plan_.size->statements; ++at) {
    if (database_of(*plan_.size, at) == database) {
      sum += increment_between(column->item, at, past, now);
    }
  }
  if (database == 0 && past.postmaster_start == now.postmaster_start) {
    const auto then = distinct_at(plan_, past);
    const auto here = distinct_at(plan_, now);
    for (auto at = std::max(then.last, here.first); at < here.last; ++at) {
      sum += distinct_counter(column->item, at);
    }
  }
  return sum;
}

} // namespace pgmuster::loadtest
