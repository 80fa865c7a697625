// Header keys and the forms of their values.
#include "codec/catalog/parse_header.hpp"

#include "config/series_config.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <limits>

namespace pgmuster::catalog {

namespace {

using words = std::string;

/// Digits only, within `int`.
[[nodiscard]] std::optional<int> whole(std::string_view text) noexcept {
  int value = 0;
  const auto* end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, value);
  if (text.empty() || read.ec != std::errc{} || read.ptr != end || value < 0) {
    return std::nullopt;
  }
  return value;
}

words read_scope(std::string_view value, probe_definition& into) {
  if (value == "instance" || value == "database") {
    into.scope =
      value == "instance" ? probe_scope::instance : probe_scope::database;
    return {};
  }
  return "scope is instance or database";
}

words read_family(std::string_view value, probe_definition& into) {
  if (value == "raw") {
    into.family = probe_family::raw;
  } else if (value == "accumulated") {
    into.family = probe_family::accumulated;
  } else if (value == "sampled") {
    into.family = probe_family::sampled;
  } else if (value == "internal") {
    into.family = probe_family::internal;
  } else {
    return "family is raw, accumulated, sampled or internal";
  }
  return {};
}

words read_interval(std::string_view value, probe_definition& into) {
  const auto unit = value.find_first_not_of("0123456789");
  if (unit == 0) {
    into.interval_class = value;
    return plain_name(value) ? "" : "interval is a class or such as 5m";
  }
  const auto count = whole(value.substr(0, unit));
  const auto suffix =
    unit == std::string_view::npos ? std::string_view{} : value.substr(unit);
  const int scale = suffix == "s"   ? 1
                    : suffix == "m" ? 60
                    : suffix == "h" ? 3600
                                    : 0;
  if (!count || *count == 0 || scale == 0) {
    return "interval is a class or a duration such as 30s, 5m or 1h";
  }
  into.interval = seconds{static_cast<std::int64_t>(*count) * scale};
  return {};
}

words read_versions(std::string_view value, probe_definition& into) {
  constexpr int one_major = 10'000;
  constexpr int highest = std::numeric_limits<int>::max() / one_major - 1;
  const auto dash = value.find('-');
  const auto from = whole(trimmed(value.substr(0, dash)));
  if (dash == std::string_view::npos || !from || *from > highest) {
    return "versions is such as 13- or 13-16";
  }
  into.version_min = *from * one_major;
  const auto last = trimmed(value.substr(dash + 1));
  if (last.empty()) {
    return {};
  }
  const auto to = whole(last);
  if (!to || *to < *from || *to > highest) {
    return "versions is such as 13- or 13-16, the lower one first";
  }
  into.version_max = (*to + 1) * one_major;
  return {};
}

words read_needs(std::string_view value, probe_definition& into) {
  for (const auto need : listed(value)) {
    if (!need_name(need)) {
      return fmt::format("needs does not take {}", need);
    }
    into.needs.emplace_back(need);
  }
  return {};
}

words read_alias(std::string_view value, probe_header& header) {
  const auto equals = value.find('=');
  const auto name = trimmed(value.substr(0, equals));
  const auto relation = equals == std::string_view::npos
                          ? std::string_view{}
                          : trimmed(value.substr(equals + 1));
  if (!plain_name(name) || !plain_name(relation)) {
    return "alias is such as s = pg_stat_database";
  }
  const bool fresh = header.aliases.emplace(name, relation).second;
  return fresh ? "" : fmt::format("alias {} is given twice", name);
}

words read_kept(std::string_view value, probe_definition& into) {
  if (series_config{}.kept_of(value) != 0) {
    into.kept_class = value;
    return {};
  }
  const auto count = whole(value);
  if (!count || *count == 0) {
    return "kept is a count of series' rows, tables or indexes";
  }
  into.kept = static_cast<std::size_t>(*count);
  return {};
}

words read_limit(std::string_view value, probe_definition& into) {
  constexpr std::string_view by = " by ";
  const auto at = value.find(by);
  const auto count = whole(trimmed(value.substr(0, at)));
  if (at == std::string_view::npos || !count || *count == 0) {
    return "limit is such as 5000 by c.relpages DESC, c.oid";
  }
  into.limit = static_cast<std::size_t>(*count);
  into.limit_order = trimmed(value.substr(at + by.size()));
  return {};
}

words read_key(std::string_view key,
               std::string_view value,
               probe_header& header,
               probe_definition& into) {
  if (key == "probe") {
    into.name = value;
    return plain_name(value) ? "" : "probe is a lower-case name";
  }
  if (key == "summary") {
    into.summary = value;
    return value.empty() ? "summary is empty" : "";
  }
  if (key == "rank") {
    header.rank = value;
    return value.empty() ? "rank is empty" : "";
  }
  if (key == "count") {
    header.count = value;
    return value.empty() ? "count is empty" : "";
  }
  if (key == "alias") {
    return read_alias(value, header);
  }
  using reader = words (*)(std::string_view, probe_definition&);
  static const std::map<std::string_view, reader> readers{
    {"scope", read_scope},       {"family", read_family},
    {"interval", read_interval}, {"versions", read_versions},
    {"needs", read_needs},       {"kept", read_kept},
    {"limit", read_limit}};
  const auto found = readers.find(key);
  return found == readers.end() ? fmt::format("unknown header key {}", key)
                                : found->second(value, into);
}

} // namespace

void parse_header_line(std::string_view comment,
                       std::size_t line,
                       probe_header& header,
                       probe_definition& into,
                       complaints& wrong) {
  const auto colon = comment.find(':');
  const auto key = comment.substr(0, colon);
  if (colon == std::string_view::npos || !plain_name(key)) {
    return;
  }
  const bool repeats = key == "alias" || key == "needs";
  if (!header.seen.emplace(key, line).second && !repeats) {
    wrong.emplace_back(line, fmt::format("{} is given twice", key));
    return;
  }
  auto said = read_key(key, trimmed(comment.substr(colon + 1)), header, into);
  if (!said.empty()) {
    wrong.emplace_back(line, std::move(said));
  }
}

} // namespace pgmuster::catalog
