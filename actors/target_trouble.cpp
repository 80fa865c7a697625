#include "actors/target_trouble.hpp"

#include "config/limits.hpp"

#include <fmt/format.h>

namespace pgmuster {

namespace {

constexpr std::size_t named_max = 3;

std::string and_more(std::size_t all) {
  return all > named_max ? fmt::format(" and {} more", all - named_max) : "";
}

void add(std::string& words, const std::string& more) {
  words += (words.empty() ? "" : "; ") + more;
}

} // namespace

std::string describe(const target_trouble& trouble) {
  std::string words;
  std::size_t named = 0;
  for (const auto& [database, why] : trouble.failing) {
    if (named++ == named_max) {
      break;
    }
    add(words, fmt::format("database \"{}\": {}", database, why));
  }
  words += and_more(trouble.failing.size());
  std::string names;
  for (std::size_t at = 0; at < trouble.absent.size() && at < named_max; ++at) {
    names +=
      fmt::format("{}\"{}\"", names.empty() ? "" : ", ", trouble.absent[at]);
  }
  if (!names.empty()) {
    add(words, "listed, and no database that may be entered has that name: "
                 + names + and_more(trouble.absent.size()));
  }
  if (trouble.turned_away > 0) {
    add(words, fmt::format("{} databases beyond the limit of {} are left out",
                           trouble.turned_away, limits::databases_max));
  }
  return words;
}

} // namespace pgmuster
