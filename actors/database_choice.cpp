#include "actors/database_choice.hpp"

#include <algorithm>

namespace pgmuster {

namespace {

bool reserved_database(const std::string& name) {
  static const char* const names[] = {"rdsadmin", "cloudsqladmin",
                                      "azure_maintenance", "azure_sys"};
  return std::any_of(std::begin(names), std::end(names),
                     [&](const char* one) { return name == one; });
}

} // namespace

bool selects(const target_config& target, const known_database& found) {
  const auto& wanted = target.databases;
  if (!found.connectable || reserved_database(found.name)
      || found.name == target.database) {
    return false;
  }
  switch (wanted.which) {
  case database_selection::kind::all:
    return true;
  case database_selection::kind::own:
    return false;
  case database_selection::kind::listed:
    return std::find(wanted.names.begin(), wanted.names.end(), found.name)
           != wanted.names.end();
  }
  return false;
}

std::vector<std::string>
absent_databases(const target_config& target,
                 const std::vector<known_database>& found) {
  if (target.databases.which != database_selection::kind::listed) {
    return {};
  }
  std::vector<std::string> absent;
  for (const auto& name : target.databases.names) {
    const auto collected = [&](const known_database& one) {
      return one.name == name && selects(target, one);
    };
    if (name != target.database
        && std::none_of(found.begin(), found.end(), collected)) {
      absent.push_back(name);
    }
  }
  return absent;
}

} // namespace pgmuster
