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

} // namespace pgmuster
