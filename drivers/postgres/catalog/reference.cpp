// Words and tables of docs/metrics.md.
#include "drivers/postgres/catalog/reference.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace pgmuster::postgres {

namespace {

constexpr int one_major = 10'000;

constexpr std::string_view opening = R"(# Metrics

Generated from the probes in `drivers/postgres/catalog/`; do not edit.
A test compares this page with the catalog and rewrites it when
`PGMUSTER_UPDATE_DOCS=1` is set.

Counters and up-down counters are cumulative. *Needs* names the columns,
relations or extensions of the server without which a metric is left out; what
stands before `or` and after it are alternatives. Beside these, the collector
itself makes `pgmuster.up` (1 while the target answers), `pgmuster.target.info`
(what was observed of it), `pgmuster.probe.degraded` (for a probe that lost
lines to what this server lacks, how many), `pgmuster.probe.rows_turned_away`
(rows beyond a probe's limit, by probe and database) and
`postgresql.statement.info` (the texts of statements, see
[queries.md](queries.md)). From `session_samples` it makes
`postgresql.blocking.roots` (`{session}`: others wait for them, and they wait for
nobody), `.waiters`, `.depth` (how many waits the farthest waiter is away) and
`.wait.age.max` (`s`: how long the longest wait has been seen).

)";

constexpr std::string_view closing = R"(## Writing a probe

A probe is one `.sql` file: header comments, then one SELECT with one item a
line, each with its role in the trailing comment. Files in the configured folder
are added to the built-in ones; a file with the name of a built-in probe
replaces it.

```sql
-- probe: queue
-- summary: how many jobs wait
-- scope: database
-- versions: 13-
-- alias: t = pg_stat_user_tables
SELECT
  t.schemaname      -- attribute db.namespace
, t.n_live_tup      -- gauge queue.jobs {job} : jobs that wait
FROM pg_catalog.pg_stat_user_tables AS t
WHERE t.relname = 'jobs'
```

| header | value |
|---|---|
| `probe`, `summary` | name and one sentence; required |
| `scope` | `instance` (default) or `database`: once in each database |
| `family` | `raw` (default): the server's own values; `accumulated`: entries whose increments are added up; `sampled`: sessions seen at work, each counting the time since the previous sample; `internal`: read by the collector, exports nothing |
| `interval` | a class of the configuration's `intervals`, or the shortest interval, such as `5m` |
| `versions` | majors: `13-`, `13-16` |
| `needs` | relations, `relation.column`, `function()` or extensions without which the probe is left out; `!` in front: with which |
| `alias` | `s = pg_stat_database`: each `s.column` of a line needs that column by itself; may repeat |
| `limit` | raw and sampled: such as `5000 by c.relpages DESC, c.oid`: at most so many rows, the first in that order; the others are counted in `pgmuster.probe.rows_turned_away` |
| `kept`, `rank`, `count` | accumulated: how many entries have series of their own, the item that ranks them, and the one that counts what that adds up; sampled: `kept` alone, time ranks; raw: how many rows of a database have series of their own (a number, or `tables` or `indexes` of the configuration's `series`) and the metric whose columns rank them, see [queries.md](queries.md#budgets-and-other) |

| role of an item | meaning |
|---|---|
| `attribute KEY` | fills an attribute of the row's points; with `as=words`, of what people and programs write as they like, which goes through the [second net](queries.md#the-second-net) |
| `key NAME` | an integer that is part of an entry's identity |
| `start` | a timestamptz: when the row's counters began |
| `digest` | accumulated: an int8 over the entry's key that changes whenever the entry does; takes `needs=`. The collector tells the server the digests it knows, and only what differs is sent. Such a probe has unique keys, and one line after its items, `FROM` and one relation |
| `field NAME` | internal and sampled: read by name |
| `gauge`, `counter` or `updown`, `/double` if not integers, then `METRIC UNIT` | a value; then `key=value` attributes, `as=us` (milliseconds to integer microseconds), `needs=a.b,c`, `part=NAME` (accumulated: lines beside each other that are mostly all 0 travel as one null), `other=sum` (a gauge that adds up; of another one `other` says the highest), and `: description` |

Items that fill the same thing are alternatives: the first that the server can
answer is taken. A line whose needs are not met is left out, also among the
lines after the items. `{ext:NAME}` stands for the quoted schema of an
extension. The `search_path` is empty: qualify every relation. Results are
booleans, integers, oids, floats, timestamps, intervals, LSNs, names and texts;
cast anything else (`numeric` to `int8`, `inet` by `host()`, `xid` by
`::text::int8`). An accumulated probe is asked for one row value a row, in which
NULL stands for 0; it cannot order by a column's number.
)";

[[nodiscard]] std::string versions(const probe_definition& probe) {
  const auto from = probe.version_min / one_major;
  return probe.version_max == 0
           ? fmt::format("{} and newer", from)
           : fmt::format("{} to {}", from, probe.version_max / one_major - 1);
}

[[nodiscard]] std::string interval(const probe_definition& probe) {
  std::string told = !probe.interval_class.empty() ? probe.interval_class
                     : probe.scope == probe_scope::database ? "database"
                                                            : "default";
  if (probe.interval) {
    const auto whole = std::chrono::duration_cast<seconds>(*probe.interval);
    told += fmt::format(", at least {} s", whole.count());
  }
  return told;
}

template <class Range>
[[nodiscard]] std::string joined(const Range& words, const char* by) {
  std::string made;
  for (const auto& word : words) {
    made += (made.empty() ? "" : by) + ("`" + std::string{word} + "`");
  }
  return made;
}

/// Attributes that differ from point to point of one metric, grouped by key.
[[nodiscard]] std::string attribute_words(const probe_definition& probe,
                                          std::size_t metric) {
  std::vector<std::pair<std::string, std::vector<std::string>>> fixed;
  for (const auto& item : probe.items) {
    if (item.role != item_role::metric || item.metric != metric) {
      continue;
    }
    for (const auto& [key, value] : item.fixed) {
      // Named again, since clang 14 does not capture a structured binding.
      auto at = std::find_if(
        fixed.begin(), fixed.end(),
        [&wanted = key](const auto& pair) { return pair.first == wanted; });
      if (at == fixed.end()) {
        at = fixed.insert(at, {key, {}});
      }
      if (std::find(at->second.begin(), at->second.end(), value)
          == at->second.end()) {
        at->second.push_back(value);
      }
    }
  }
  std::string told;
  for (const auto& [key, values] : fixed) {
    told += fmt::format("{}`{}`: {}", told.empty() ? "" : "; ", key,
                        fmt::join(values, ", "));
  }
  return told;
}

/// The needs of each point of the metric; those of alternatives by `or`.
[[nodiscard]] std::string needs_words(const probe_definition& probe,
                                      std::size_t metric) {
  std::vector<std::pair<attributes, std::string>> points;
  for (const auto& item : probe.items) {
    if (item.role != item_role::metric || item.metric != metric
        || item.needs.empty()) {
      continue;
    }
    const auto same =
      std::find_if(points.begin(), points.end(), [&](const auto& point) {
        return point.first == item.fixed;
      });
    if (same == points.end()) {
      points.emplace_back(item.fixed, joined(item.needs, ", "));
    } else {
      same->second += " or " + joined(item.needs, ", ");
    }
  }
  std::string told;
  for (const auto& point : points) {
    told += (told.empty() ? "" : "; ") + point.second;
  }
  return told;
}

[[nodiscard]] std::string kind_words(const metric_descriptor& metric) {
  constexpr const char* names[] = {"gauge", "counter", "updown"};
  return std::string{names[static_cast<std::size_t>(metric.kind)]}
         + (metric.real ? ", double" : "");
}

/// A summary as a sentence.
[[nodiscard]] std::string sentence(std::string words) {
  if (!words.empty() && words[0] >= 'a' && words[0] <= 'z') {
    words[0] = static_cast<char>(words[0] - 'a' + 'A');
  }
  return words + ".";
}

void tell_header(const probe_definition& probe, std::string& page) {
  page += fmt::format("## {}\n\n{}\n\n", probe.name, sentence(probe.summary));
  page += fmt::format("Once {}; PostgreSQL {}; interval: {}.",
                      probe.scope == probe_scope::instance ? "an instance"
                                                           : "a database",
                      versions(probe), interval(probe));
  if (!probe.needs.empty()) {
    page += " Needs " + joined(probe.needs, ", ") + ".";
  }
  std::vector<std::string> keys;
  if (probe.family == probe_family::accumulated) {
    keys.assign(std::begin(entry_series_keys), std::end(entry_series_keys));
    page += fmt::format(" {} entries a database have series of their own, the "
                        "others are added up as `other`.",
                        probe.kept);
  }
  if (probe.limit > 0) {
    page += fmt::format(" At most {} rows.", probe.limit);
  }
  if (probe.ranked_by_metric) {
    page += fmt::format(" {} rows a database have series of their own, the "
                        "others are in `other`.",
                        probe.kept_class.empty()
                          ? fmt::format("{}", probe.kept)
                          : "`series." + probe.kept_class + "`");
  }
  for (const auto& item : probe.items) {
    if (item.role == item_role::attribute) {
      keys.push_back(item.name);
    }
  }
  if (probe.family == probe_family::sampled) {
    keys.emplace_back(query_fingerprint_key);
    page += fmt::format(" Each row counts the time since the previous sample. "
                        "{} series a database are kept, the others are added "
                        "up as `other`.",
                        probe.kept);
  }
  if (!keys.empty()) {
    page += " Attributes: " + joined(keys, ", ") + ".";
  }
  page += "\n\n";
}

void tell_metrics(const probe_definition& probe, std::string& page) {
  page += "| metric | unit | kind | attributes | description | needs |\n"
          "|---|---|---|---|---|---|\n";
  for (std::size_t at = 0; at < probe.metrics.size(); ++at) {
    const auto& metric = probe.metrics[at];
    page +=
      fmt::format("| `{}` | `{}` | {} | {} | {} | {} |\n", metric.name,
                  metric.unit, kind_words(metric), attribute_words(probe, at),
                  metric.description, needs_words(probe, at));
  }
  page += "\n";
}

} // namespace

std::string metrics_reference(const probe_catalog& catalog) {
  std::string page{opening};
  std::string internal;
  for (const auto& probe : catalog) {
    if (probe->family == probe_family::internal) {
      internal += fmt::format("- `{}`: {}.\n", probe->name, probe->summary);
    } else {
      tell_header(*probe, page);
      tell_metrics(*probe, page);
    }
  }
  if (!internal.empty()) {
    page += "## Internal probes\n\nThese export nothing.\n\n" + internal + "\n";
  }
  return page + std::string{closing};
}

} // namespace pgmuster::postgres
