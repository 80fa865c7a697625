// "pgmuster: stopped; 3 targets, 5 databases; 120 points delivered, 0 lost; …
// books balanced"
#include "loadtest/runner/run_record.hpp"

#include <charconv>

namespace pgmuster::loadtest {
namespace {

/// The number that stands right before `words`.
std::optional<std::uint64_t> number_before(std::string_view line,
                                           std::string_view words) {
  const auto end = line.find(words);
  if (end == std::string_view::npos) {
    return std::nullopt;
  }
  auto from = end;
  while (from > 0 && line[from - 1] >= '0' && line[from - 1] <= '9') {
    --from;
  }
  std::uint64_t read = 0;
  const auto [rest, why] =
    std::from_chars(line.data() + from, line.data() + end, read);
  return why == std::errc{} ? std::optional{read} : std::nullopt;
}

} // namespace

std::optional<stop_figures> read_last_words(std::string_view line) {
  if (!line.starts_with("pgmuster: stopped;")) {
    return std::nullopt;
  }
  const auto delivered = number_before(line, " points delivered");
  const auto lost = number_before(line, " lost");
  if (!delivered || !lost) {
    return std::nullopt;
  }
  stop_figures made;
  made.said = true;
  made.delivered = *delivered;
  made.lost = *lost;
  made.balanced = line.find("books balanced") != std::string_view::npos;
  return made;
}

} // namespace pgmuster::loadtest
