// A probe's file in three parts: header comments, items, tail.
#include "codec/catalog/errc.hpp"
#include "codec/catalog/parse_header.hpp"
#include "codec/catalog/parse_item.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace pgmuster {

namespace {

using namespace std::string_view_literals;
using catalog::complaints;

enum class part : std::uint8_t { header, items, tail };

[[nodiscard]] std::string upper(std::string_view text) {
  std::string made{text};
  std::transform(made.begin(), made.end(), made.begin(), [](char c) {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  });
  return made;
}

[[nodiscard]] bool opens_tail(std::string_view sql) {
  constexpr std::array openers{"FROM"sv,  "WHERE"sv, "GROUP"sv,
                               "ORDER"sv, "LIMIT"sv, "CROSS"sv};
  const auto first = upper(catalog::next_word(sql));
  return std::find(openers.begin(), openers.end(), first) != openers.end();
}

struct reader {
  probe_definition made;
  catalog::probe_header header;
  complaints wrong;
  part where = part::header;

  void take(std::string_view line, std::size_t number) {
    const auto text = catalog::split(line);
    if (where == part::header) {
      take_header(text, number);
    } else if (text.sql.empty()) {
      return;
    } else if (where == part::items && !opens_tail(text.sql)) {
      take_item(text, number);
    } else {
      where = part::tail;
      take_tail(text, number);
    }
  }

  void take_header(const catalog::split_line& text, std::size_t number) {
    if (upper(text.sql) == "SELECT") {
      where = part::items;
    } else if (!text.sql.empty()) {
      wrong.emplace_back(number, "expected a line that is only SELECT");
    } else {
      catalog::parse_header_line(text.comment, number, header, made, wrong);
    }
  }

  void take_item(catalog::split_line text, std::size_t number) {
    if (text.comment.empty()) {
      wrong.emplace_back(number, "an item ends with a comment: its role");
      return;
    }
    const bool comma = text.sql.front() == ',';
    if (comma == made.items.empty()) {
      wrong.emplace_back(number, "items after the first open with a comma");
    }
    if (comma) {
      text.sql = catalog::trimmed(text.sql.substr(1));
    }
    catalog::parse_item(text, number, header.aliases, made, wrong);
  }

  void take_tail(const catalog::split_line& text, std::size_t number) {
    if (text.sql.find(';') != std::string_view::npos) {
      wrong.emplace_back(number, "one statement without a semicolon");
    }
    probe_tail_line line;
    line.text = text.sql;
    line.needs = catalog::tail_needs(text.comment, number, wrong);
    catalog::add_implied_needs(text.sql, header.aliases, line.needs);
    catalog::add_extensions(text.sql, made.extensions);
    made.tail.push_back(std::move(line));
  }

  void lint_whole();
  void lint_item(const probe_item& item);
  [[nodiscard]] std::optional<std::size_t> find_metric(const char* key,
                                                       std::string_view name);
  void find_rank();
  void find_ranking_metric();
  void lint_sampled();
  void lint_bounded();
  void lint_digest();
};

void reader::lint_item(const probe_item& item) {
  const auto complain = [&](const char* words) {
    wrong.emplace_back(item.line, words);
  };
  const auto family = made.family;
  const auto role = item.role;
  if (std::any_of(wrong.begin(), wrong.end(),
                  [&](const auto& told) { return told.first == item.line; })) {
    return; // what follows from a misread line only confuses
  }
  if (family == probe_family::internal && role != item_role::field
      && role != item_role::key) {
    complain("an internal probe has only key and field items");
  }
  const bool read_by_name =
    family == probe_family::internal || family == probe_family::sampled;
  if (!read_by_name && role == item_role::field) {
    complain("field items belong to internal and sampled probes");
  }
  if (family == probe_family::raw && role == item_role::key) {
    complain("key items belong to accumulated, sampled and internal probes");
  }
  if (family == probe_family::sampled && role == item_role::start) {
    complain("a sampled probe has no start: it counts time itself");
  }
  if (family != probe_family::accumulated && !item.part.empty()) {
    complain("part= is for accumulated probes");
  }
  if (family != probe_family::accumulated && family != probe_family::sampled) {
    return;
  }
  if (family == probe_family::accumulated && role == item_role::attribute) {
    complain("an accumulated probe has no attributes of its own");
  }
  if (role == item_role::metric && item.metric < made.metrics.size()
      && (made.metrics[item.metric].kind != instrument::counter
          || made.metrics[item.metric].real)) {
    complain("an accumulated or sampled probe has only integer counters (or "
             "as=us)");
  }
}

/// The item that a header's key names.
std::optional<std::size_t> reader::find_metric(const char* key,
                                               std::string_view name) {
  const auto& items = made.items;
  const auto found =
    std::find_if(items.begin(), items.end(), [&](const probe_item& item) {
      const auto dot = item.expression.rfind('.');
      return item.role == item_role::metric && item.metric < made.metrics.size()
             && (item.expression == name
                 || made.metrics[item.metric].name == name
                 || (dot != std::string::npos
                     && item.expression.substr(dot + 1) == name));
    });
  if (found == items.end()) {
    const auto at = header.seen.find(key);
    wrong.emplace_back(at == header.seen.end() ? 1 : at->second,
                       fmt::format("{} names no metric item", key));
    return std::nullopt;
  }
  return static_cast<std::size_t>(found - items.begin());
}

void reader::find_rank() {
  made.ranked_by_item = find_metric("rank", header.rank).value_or(0);
  if (!header.count.empty()) {
    made.counted_by_item = find_metric("count", header.count);
  }
}

/// The metric whose columns rank the rows of a raw probe.
void reader::find_ranking_metric() {
  const auto& metrics = made.metrics;
  const auto found =
    std::find_if(metrics.begin(), metrics.end(),
                 [&](const auto& one) { return one.name == header.rank; });
  if (found == metrics.end()) {
    const auto at = header.seen.find("rank");
    wrong.emplace_back(at == header.seen.end() ? header.seen.at("kept")
                                               : at->second,
                       "rank names no metric of this probe");
    return;
  }
  made.ranked_by_metric = static_cast<std::size_t>(found - metrics.begin());
}

/// Each database has an `other`, which is the last attribute's value there.
void reader::lint_bounded() {
  const auto line = header.seen.find("kept");
  if (line == header.seen.end()) {
    if (header.seen.contains("rank")) {
      wrong.emplace_back(header.seen.at("rank"), "rank belongs to kept");
    }
    return;
  }
  std::vector<std::string_view> attributes;
  for (const auto& item : made.items) {
    if (item.role == item_role::attribute) {
      attributes.emplace_back(item.name);
    }
  }
  if (made.scope != probe_scope::database || attributes.size() < 2
      || attributes.front() != "db.namespace") {
    wrong.emplace_back(line->second,
                       "a raw probe whose rows are kept has the scope database "
                       "and several attributes, the first of them "
                       "db.namespace");
  }
  find_ranking_metric();
}

/// Its first attribute is the database, of which each has an `other`.
void reader::lint_sampled() {
  const auto first =
    std::find_if(made.items.begin(), made.items.end(), [](const auto& item) {
      return item.role == item_role::attribute;
    });
  if (first == made.items.end() || first->name != "db.namespace") {
    wrong.emplace_back(1, "the first attribute of a sampled probe is "
                          "db.namespace");
  }
  if (made.metrics.size() > 1
      || (made.metrics.size() == 1 && made.metrics.front().unit != "us")) {
    wrong.emplace_back(1, "a sampled probe has one counter, in us");
  }
}

/// What is known is joined to the lines after the items.
void reader::lint_digest() {
  if (made.digests.empty()) {
    return;
  }
  const auto line = made.digests.front().line;
  if (made.family != probe_family::accumulated) {
    wrong.emplace_back(line, "only an accumulated probe has a digest");
  }
  if (made.tail.size() != 1 || !catalog::one_relation(made.tail[0].text)) {
    wrong.emplace_back(line, "a probe with a digest has one line after its "
                             "items: FROM and one relation");
  }
}

void reader::lint_whole() {
  for (const auto* key : {"probe", "summary"}) {
    if (!header.seen.contains(std::string_view{key})) {
      wrong.emplace_back(1, fmt::format("the header lacks {}", key));
    }
  }
  if (where == part::header || made.items.empty()) {
    wrong.emplace_back(1, "there is no SELECT with items");
  }
  std::for_each(made.items.begin(), made.items.end(),
                [&](const probe_item& item) { lint_item(item); });
  const auto roles = [&](item_role role) {
    return std::any_of(made.items.begin(), made.items.end(),
                       [&](const auto& item) { return item.role == role; });
  };
  if (made.limit > 0 && made.family != probe_family::raw
      && made.family != probe_family::sampled) {
    wrong.emplace_back(header.seen.at("limit"),
                       "only a raw or sampled probe has a limit");
  }
  if (made.family != probe_family::internal && !roles(item_role::metric)) {
    wrong.emplace_back(1, "no item feeds a metric");
  }
  if (made.family == probe_family::sampled) {
    lint_sampled();
  }
  if (made.family == probe_family::raw) {
    lint_bounded();
  }
  lint_digest();
  if (!made.kept_class.empty() && made.family != probe_family::raw) {
    wrong.emplace_back(header.seen.at("kept"),
                       "only a raw probe keeps tables or indexes");
  }
  if (made.family != probe_family::accumulated) {
    return;
  }
  if (!roles(item_role::key)) {
    wrong.emplace_back(1, "an accumulated probe needs key items");
  }
  find_rank();
}

} // namespace

result<probe_definition> parse_probe(std::string_view text,
                                     std::string_view origin) {
  reader reading;
  reading.made.origin = origin;
  std::size_t number = 0;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    reading.take(text.substr(0, end), ++number);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  reading.lint_whole();
  if (reading.wrong.empty()) {
    if (reading.made.limit > 0) {
      probe_item found;
      found.expression = "pg_catalog.count(*) OVER ()";
      found.role = item_role::rows_found;
      found.name = "rows_found";
      reading.made.items.push_back(std::move(found));
    }
    return std::move(reading.made);
  }
  std::stable_sort(
    reading.wrong.begin(), reading.wrong.end(),
    [](const auto& a, const auto& b) { return a.first < b.first; });
  std::string told;
  for (const auto& [line, words] : reading.wrong) {
    told +=
      fmt::format("{}{}:{}: {}", told.empty() ? "" : "\n", origin, line, words);
  }
  return fail(catalog::errc::malformed_probe, std::move(told));
}

} // namespace pgmuster
