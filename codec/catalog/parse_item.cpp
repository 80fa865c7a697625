// Reads `counter postgresql.commits {transaction} key=value : words` and kin.
#include "codec/catalog/parse_item.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace pgmuster::catalog {

namespace {

/// `needs=a.b,c`: adds each, or complains.
void read_needs(std::string_view value,
                std::size_t line,
                needs_list& needs,
                complaints& wrong) {
  for (const auto need : listed(value)) {
    if (need_name(need)) {
      needs.emplace_back(need);
    } else {
      wrong.emplace_back(line, fmt::format("needs does not take {}", need));
    }
  }
}

/// One `key=value` word of an item.
void read_option(std::string_view word,
                 std::size_t line,
                 probe_item& item,
                 complaints& wrong) {
  const auto equals = word.find('=');
  const auto key = word.substr(0, equals);
  const auto value = equals == std::string_view::npos ? std::string_view{}
                                                      : word.substr(equals + 1);
  if (value.empty()) {
    wrong.emplace_back(line, fmt::format("{} is not key=value; words of a "
                                         "description follow a colon",
                                         word));
  } else if (key == "needs") {
    read_needs(value, line, item.needs, wrong);
  } else if (key == "as") {
    item.milliseconds_to_microseconds = value == "us";
    item.words = value == "words";
    if (value != "us" && value != "words") {
      wrong.emplace_back(line, "as= takes only us and words");
    }
  } else if (key == "part") {
    item.part = value;
  } else if (key == "other") {
    item.adds = value == "sum";
    if (!item.adds) {
      wrong.emplace_back(line, "other= takes only sum");
    }
  } else if (!dotted_name(key)) {
    wrong.emplace_back(line, fmt::format("attribute {} is not a lower-case "
                                         "dotted name",
                                         key));
  } else {
    item.fixed.push_back({std::string{key}, std::string{value}});
  }
}

/// Options up to the colon; returns the description after it.
std::string_view read_options(std::string_view rest,
                              std::size_t line,
                              probe_item& item,
                              complaints& wrong) {
  for (auto word = next_word(rest); !word.empty(); word = next_word(rest)) {
    if (word == ":") {
      return trimmed(rest);
    }
    read_option(word, line, item, wrong);
  }
  return {};
}

[[nodiscard]] std::optional<instrument> kind_of(std::string_view word) {
  if (word == "gauge") {
    return instrument::gauge;
  }
  if (word == "counter") {
    return instrument::counter;
  }
  if (word == "updown") {
    return instrument::updown;
  }
  return std::nullopt;
}

void lint_metric(const metric_descriptor& metric,
                 const probe_item& item,
                 complaints& wrong) {
  const auto complain = [&](std::string words) {
    wrong.emplace_back(item.line, std::move(words));
  };
  if (!dotted_name(metric.name)) {
    complain(
      fmt::format("metric {} is not a lower-case dotted name", metric.name));
  }
  if (metric.unit.empty() || metric.unit == "1") {
    complain(fmt::format("metric {} has no unit: write UCUM or an annotation "
                         "such as {{transaction}}",
                         metric.name));
  }
  if (item.milliseconds_to_microseconds
      && (metric.real || metric.unit != "us")) {
    complain("as=us makes an integer whose unit is us");
  }
  if (item.adds && metric.kind != instrument::gauge) {
    complain("other=sum is for gauges: counters and up-down counters add "
             "anyway");
  }
}

/// Finds the metric among those that are there, or adds it.
std::size_t place_metric(metric_descriptor metric,
                         std::size_t line,
                         probe_definition& into,
                         complaints& wrong) {
  const auto found = std::find_if(
    into.metrics.begin(), into.metrics.end(),
    [&](const metric_descriptor& other) { return other.name == metric.name; });
  if (found == into.metrics.end()) {
    if (metric.description.empty()) {
      wrong.emplace_back(
        line, fmt::format("metric {} has no description", metric.name));
    }
    into.metrics.push_back(std::move(metric));
    return into.metrics.size() - 1;
  }
  if (found->unit != metric.unit || found->kind != metric.kind
      || found->real != metric.real) {
    wrong.emplace_back(line, fmt::format("metric {} was given another unit or "
                                         "kind above",
                                         metric.name));
  }
  return static_cast<std::size_t>(found - into.metrics.begin());
}

void read_metric(std::string_view role,
                 std::string_view rest,
                 probe_item& item,
                 probe_definition& into,
                 complaints& wrong) {
  const auto slash = role.find('/');
  const auto kind = kind_of(role.substr(0, slash));
  const bool real = slash != std::string_view::npos;
  if (!kind || (real && role.substr(slash) != "/double")) {
    wrong.emplace_back(item.line,
                       fmt::format("unknown role {}: attribute, key, start, "
                                   "digest, field, counter, gauge or updown",
                                   role));
    return;
  }
  metric_descriptor metric;
  metric.kind = *kind;
  metric.real = real;
  metric.name = next_word(rest);
  metric.unit = next_word(rest);
  item.role = item_role::metric;
  metric.description = read_options(rest, item.line, item, wrong);
  lint_metric(metric, item, wrong);
  item.metric = place_metric(std::move(metric), item.line, into, wrong);
  if (item.words) {
    wrong.emplace_back(item.line, "as=words is for attributes");
  }
}

void read_named(std::string_view role,
                std::string_view rest,
                probe_item& item,
                complaints& wrong) {
  item.role = role == "attribute" ? item_role::attribute
              : role == "key"     ? item_role::key
              : role == "start"   ? item_role::start
                                  : item_role::field;
  item.name =
    item.role == item_role::start ? "start" : std::string{next_word(rest)};
  const bool fits = item.role == item_role::attribute ? dotted_name(item.name)
                                                      : plain_name(item.name);
  if (!fits) {
    wrong.emplace_back(item.line,
                       fmt::format("{} needs a lower-case name", role));
  }
  static_cast<void>(read_options(rest, item.line, item, wrong));
  if (!item.fixed.empty() || item.milliseconds_to_microseconds || item.adds
      || !item.part.empty()
      || (item.words && item.role != item_role::attribute)) {
    wrong.emplace_back(
      item.line,
      fmt::format("{} takes only needs={}", role,
                  item.role == item_role::attribute ? " and as=words" : ""));
  }
}

void read_digest(std::string_view rest,
                 const alias_map& aliases,
                 probe_item item,
                 probe_definition& into,
                 complaints& wrong) {
  static_cast<void>(read_options(rest, item.line, item, wrong));
  if (!item.fixed.empty() || item.milliseconds_to_microseconds || item.adds
      || !item.part.empty() || item.words) {
    wrong.emplace_back(item.line, "digest takes only needs=");
  }
  add_implied_needs(item.expression, aliases, item.needs);
  into.digests.push_back(std::move(item));
}

} // namespace

void parse_item(const split_line& text,
                std::size_t line,
                const alias_map& aliases,
                probe_definition& into,
                complaints& wrong) {
  probe_item item;
  item.line = line;
  item.expression = text.sql;
  auto rest = text.comment;
  const auto role = next_word(rest);
  if (!text.balanced) {
    wrong.emplace_back(line, "quotes or parentheses do not end on this line");
  }
  if (role == "digest") {
    read_digest(rest, aliases, std::move(item), into, wrong);
    return;
  }
  if (role == "attribute" || role == "key" || role == "start"
      || role == "field") {
    read_named(role, rest, item, wrong);
  } else {
    read_metric(role, rest, item, into, wrong);
  }
  add_implied_needs(item.expression, aliases, item.needs);
  add_extensions(item.expression, into.extensions);
  into.items.push_back(std::move(item));
}

needs_list
tail_needs(std::string_view comment, std::size_t line, complaints& wrong) {
  constexpr std::string_view mark = "needs=";
  needs_list needs;
  for (auto word = next_word(comment); !word.empty();
       word = next_word(comment)) {
    if (word.substr(0, mark.size()) == mark) {
      read_needs(word.substr(mark.size()), line, needs, wrong);
    }
  }
  return needs;
}

} // namespace pgmuster::catalog
