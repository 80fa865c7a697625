// What OpenTelemetry's postgresqlreceiver has on by default, every major sends
// under its name, unit, type and attributes; the page that says so is made
// here.
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <map>
#include <set>
#include <sstream>

namespace pgmuster::postgres {
namespace {

/// Attribute key → the values that are fixed, if any.
using attribute_values = std::map<std::string, std::set<std::string>>;

struct contract {
  bool on = false;
  std::string name;
  std::string unit;
  /// Such as `counter/int`.
  std::string type;
  attribute_values attributes;
  std::string note;
};

contract read_line(const std::string& line) {
  contract made;
  const auto colon = line.find(" : ");
  made.note = colon == std::string::npos ? "" : line.substr(colon + 3);
  std::istringstream words{line.substr(0, colon)};
  std::string word;
  words >> word >> made.name >> made.unit >> made.type;
  made.on = word == "on";
  while (words >> word) {
    const auto equals = word.find('=');
    auto& values = made.attributes[word.substr(0, equals)];
    std::istringstream listed{
      equals == std::string::npos ? "" : word.substr(equals + 1)};
    for (std::string value; std::getline(listed, value, ',');) {
      values.insert(value);
    }
  }
  return made;
}

std::vector<contract> receiver_list() {
  std::ifstream in{PGMUSTER_RECEIVER_METRICS};
  std::vector<contract> all;
  for (std::string line; std::getline(in, line);) {
    if (!line.starts_with('#')) {
      all.push_back(read_line(line));
    }
  }
  return all;
}

/// A metric of ours, as the points of one primary or of several have it.
struct collected {
  std::string unit;
  std::string type;
  std::string temporality;
  attribute_values attributes;
  std::set<std::string> probes;
};

using collected_metrics = std::map<std::string, collected>;

/// Reads what points_pgtest has written down; its lines are described there.
void read_points(const std::string& major, collected_metrics& into) {
  std::ifstream in{PGMUSTER_GOLDEN_FOLDER "/" + major + ".primary.txt"};
  for (std::string line; std::getline(in, line);) {
    std::istringstream words{line};
    std::string probe;
    std::string name;
    words >> probe >> name;
    if (name == "left" || name == "absent") {
      continue;
    }
    auto& metric = into[name];
    metric.probes.insert(probe);
    words >> metric.unit >> metric.type;
    if (!metric.type.starts_with("gauge")) {
      words >> metric.temporality;
    }
    for (std::string word; words >> word;) {
      const auto equals = word.find('=');
      auto& values = metric.attributes[word.substr(0, equals)];
      if (equals != std::string::npos) {
        values.insert(word.substr(equals + 1));
      }
    }
  }
}

constexpr const char* majors[] = {"13", "14", "15", "16", "17", "18"};

collected_metrics our_metrics() {
  collected_metrics all;
  for (const auto* major : majors) {
    read_points(major, all);
  }
  return all;
}

/// What no server of that major can say.
bool unknown_to(const std::string& major,
                const std::string& metric,
                const std::string& value) {
  return (major == "17" || major == "18")
         && metric == "postgresql.bgwriter.buffers.writes"
         && value.starts_with("backend");
}

/// A count has an annotation where the receiver says 1: backends that follow
/// Prometheus take 1 for a ratio and name the metric so.
bool same_unit(const std::string& theirs, const std::string& ours) {
  return theirs == "1" ? ours.starts_with('{') : ours == theirs;
}

std::string attribute_words(const attribute_values& attributes) {
  std::string told;
  for (const auto& [key, values] : attributes) {
    told += fmt::format("{}`{}`", told.empty() ? "" : "; ", key);
    told += values.empty() ? "" : fmt::format(": {}", fmt::join(values, ", "));
  }
  return told;
}

std::string attributes_beside(const attribute_values& theirs,
                              const attribute_values& ours) {
  attribute_values more;
  for (const auto& [key, values] : ours) {
    if (!theirs.contains(key)) {
      more[key] = values;
    }
  }
  return more.empty() ? "" : "also " + attribute_words(more);
}

constexpr const char* opening = R"(# The metrics of OpenTelemetry's receiver

Everything that OpenTelemetry's postgresqlreceiver has on by default is here
under the same name, with its type and attributes, so that its dashboards work.
Made from the receiver's list and the points that tests got from servers of each
major; a test compares them and rewrites this page when `PGMUSTER_UPDATE_DOCS=1`
is set.

What holds for all of them:

- One resource a server, as with the receiver's semantic conventions
  (`useOTelSemconv`): database, schema, table and index are attributes of the
  points; `db.namespace` is `database|schema` for tables and indexes.
- Where the receiver has the unit `1` for a count, ours is an annotation such as
  `{row}`: otherwise backends that follow Prometheus call it a ratio.
- Everything is cumulative. Counters start at the server's own reset or restart,
  not when the collector did. What the server does not know makes no point, not
  0 and not -1.

)";

void tell(const contract& theirs, const collected* ours, std::string& page) {
  if (ours == nullptr) {
    page += fmt::format("| `{}` | `{}` | {} | {} | - | {} |\n", theirs.name,
                        theirs.unit, theirs.type,
                        attribute_words(theirs.attributes), theirs.note);
    return;
  }
  const auto more = attributes_beside(theirs.attributes, ours->attributes);
  page +=
    fmt::format("| `{}` | `{}` | {} | {} | {} | {}{}{} |\n", theirs.name,
                ours->unit, theirs.type, attribute_words(theirs.attributes),
                fmt::join(ours->probes, ", "), more,
                more.empty() || theirs.note.empty() ? "" : "; ", theirs.note);
}

std::string page_of(const std::vector<contract>& receiver,
                    const collected_metrics& ours) {
  std::string page{opening};
  for (const bool on : {true, false}) {
    page += on ? "## On by default there\n\n" : "## Off by default there\n\n";
    page += "| metric | our unit | type | its attributes | probe | what "
            "differs |\n|---|---|---|---|---|---|\n";
    for (const auto& theirs : receiver) {
      const auto found = ours.find(theirs.name);
      if (theirs.on == on) {
        tell(theirs, found == ours.end() ? nullptr : &found->second, page);
      }
    }
    page += on ? "\n" : "";
  }
  return page;
}

class receiver_metrics : public ::testing::TestWithParam<const char*> {};

TEST_P(receiver_metrics, all_that_are_on_by_default_are_sent) {
  collected_metrics ours;
  read_points(GetParam(), ours);
  std::size_t on = 0;
  for (const auto& theirs : receiver_list()) {
    if (!theirs.on) {
      continue;
    }
    ++on;
    ASSERT_TRUE(ours.contains(theirs.name)) << theirs.name;
    const auto& sent = ours.at(theirs.name).attributes;
    for (const auto& [key, values] : theirs.attributes) {
      ASSERT_TRUE(sent.contains(key)) << theirs.name << " has no " << key;
      for (const auto& value : values) {
        EXPECT_NE(sent.at(key).contains(value),
                  unknown_to(GetParam(), theirs.name, value))
          << theirs.name << ' ' << key << '=' << value;
      }
    }
  }
  EXPECT_EQ(on, 22U);
}

TEST_P(receiver_metrics, what_has_its_name_has_its_unit_and_type) {
  collected_metrics ours;
  read_points(GetParam(), ours);
  for (const auto& theirs : receiver_list()) {
    const auto found = ours.find(theirs.name);
    if (found != ours.end()) {
      const auto& is = found->second;
      EXPECT_TRUE(same_unit(theirs.unit, is.unit)) << theirs.name;
      EXPECT_EQ(theirs.type, is.type) << theirs.name;
      EXPECT_EQ(is.temporality,
                theirs.type.starts_with("gauge") ? "" : "cumulative")
        << theirs.name;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(majors,
                         receiver_metrics,
                         ::testing::ValuesIn(majors),
                         [](const auto& each) {
                           return std::string{"pg"} + each.param;
                         });

TEST(receiver_page, is_what_the_points_and_the_list_yield) {
  const auto page = page_of(receiver_list(), our_metrics());
  const auto* update = std::getenv("PGMUSTER_UPDATE_DOCS");
  if (update != nullptr && std::string_view{update} == "1") {
    std::ofstream{PGMUSTER_RECEIVER_PAGE} << page;
  }
  std::ifstream in{PGMUSTER_RECEIVER_PAGE};
  const std::string written{std::istreambuf_iterator<char>{in}, {}};
  EXPECT_TRUE(page == written)
    << "run this test with PGMUSTER_UPDATE_DOCS=1 to write the page";
}

} // namespace
} // namespace pgmuster::postgres
