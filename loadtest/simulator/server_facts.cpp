// Reads the two tables that were taken from real servers.
#include "loadtest/simulator/server_facts.hpp"

#include "loadtest/simulator/fact_tables.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace pgmuster::loadtest {

namespace {

/// The minor release and pg_stat_statements of 13 … 18.
struct release {
  int minor;
  std::string_view statements;
};
constexpr std::array<release, 6> releases = {{{23, "1.8"},
                                              {23, "1.9"},
                                              {18, "1.10"},
                                              {14, "1.10"},
                                              {10, "1.11"},
                                              {4, "1.12"}}};

const release& release_of(int major) {
  return releases[static_cast<std::size_t>(major - server_facts::major_min)];
}

std::string_view next(std::string_view& text, char end) {
  const auto at = std::min(text.find(end), text.size());
  const auto word = text.substr(0, at);
  text.remove_prefix(std::min(at + 1, text.size()));
  return word;
}

int number(std::string_view text) {
  int value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

/// `13-`, `14-17`.
bool covers(std::string_view range, int major) {
  const auto first = number(next(range, '-'));
  return first <= major && (range.empty() || major <= number(range));
}

/// Blanks in names are written as underscores.
std::string words(std::string_view text) {
  std::string made{text};
  std::replace(made.begin(), made.end(), '_', ' ');
  return made;
}

} // namespace

server_facts server_facts::of(int major) {
  server_facts made;
  made.major_ = major;
  made.version_num_ = major * 10'000 + release_of(major).minor;
  made.version_ = fmt::format("{}.{}", major, release_of(major).minor);
  for (auto rest = server_columns_table(); !rest.empty();) {
    auto line = next(rest, '\n');
    const auto relation = next(line, ' ');
    const auto column = next(line, ' ');
    const auto type = wire_type_named(next(line, ' '));
    if (type && covers(line, major)) {
      made.relations_[std::string{relation}].emplace_back(column, *type);
    }
  }
  for (auto rest = io_rows_table(); !rest.empty();) {
    auto line = next(rest, '\n');
    io_row row;
    row.backend_type = words(next(line, ' '));
    row.object = words(next(line, ' '));
    row.context = next(line, ' ');
    row.operations = next(line, ' ');
    if (covers(line, major)) {
      made.io_rows_.push_back(std::move(row));
    }
  }
  return made;
}

std::string server_facts::long_version() const {
  return fmt::format("PostgreSQL {} on x86_64-pc-linux-gnu, simulated by "
                     "pgmuster-pgsim, 64-bit",
                     version_);
}

std::string_view server_facts::statements_version() const noexcept {
  return release_of(major_).statements;
}

const server_facts::columns*
server_facts::relation(std::string_view name) const {
  const auto found = relations_.find(name);
  return found == relations_.end() ? nullptr : &found->second;
}

std::optional<wire_type> server_facts::column(std::string_view relation_name,
                                              std::string_view name) const {
  if (const auto* all = relation(relation_name); all != nullptr) {
    for (const auto& [called, type] : *all) {
      if (called == name) {
        return type;
      }
    }
  }
  return std::nullopt;
}

server_shape server_facts::shape() const {
  server_shape made;
  made.version_num = version_num_;
  for (const auto& [relation_name, all] : relations_) {
    for (const auto& each : all) {
      made.columns[relation_name].insert(each.first);
    }
  }
  for (const auto* function :
       {"pg_control_system()", "pg_control_checkpoint()"}) {
    made.columns.try_emplace(function);
  }
  made.extensions["pg_stat_statements"] = {std::string{statements_version()},
                                           "public", true};
  made.extensions["plpgsql"] = {"1.0", "pg_catalog", true};
  return made;
}

} // namespace pgmuster::loadtest
