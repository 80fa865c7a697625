// The sizes that have names.
#include "loadtest/simulator/plan.hpp"

#include <algorithm>
#include <array>
#include <iterator>

namespace pgmuster::loadtest {

std::optional<size_profile> size_profile_named(std::string_view name) {
  std::array<size_profile, 3> all;
  all[0].name = "small";
  all[1].name = "usual";
  all[1].databases = 4;
  all[1].tables = 60;
  all[1].indexes_of_table = 3;
  all[1].statements = 2'000;
  all[1].sessions_of_database = 20;
  all[2].name = "huge";
  all[2].databases = 200;
  all[2].tables = 100;
  all[2].indexes_of_table = 3;
  all[2].statements = 5'000;
  all[2].statements_max = 10'000;
  all[2].sessions_of_database = 4;
  const auto found =
    std::find_if(all.begin(), all.end(),
                 [&](const auto& profile) { return profile.name == name; });
  return found == all.end() ? std::nullopt : std::optional{*found};
}

} // namespace pgmuster::loadtest
