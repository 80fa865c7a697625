#include "loadtest/sink/late_answers.hpp"

#include <algorithm>
#include <charconv>
#include <fstream>
#include <optional>

namespace pgmuster::loadtest {
namespace {

/// The number at the begin, which goes with the blank after it.
template <class Number>
std::optional<Number> take_number(std::string_view& text) {
  Number read{};
  const auto* const end = text.data() + text.size();
  const auto [stop, why] = std::from_chars(text.data(), end, read);
  if (why != std::errc{}) {
    return std::nullopt;
  }
  text.remove_prefix(static_cast<std::size_t>(stop - text.data()));
  if (!text.empty()) {
    text.remove_prefix(1);
  }
  return read;
}

} // namespace

void late_answers::read_on() {
  if (file_.empty()) {
    return;
  }
  std::ifstream from{file_};
  from.seekg(static_cast<std::streamoff>(read_to_));
  std::string line;
  while (std::getline(from, line) && !from.eof()) {
    read_to_ += line.size() + 1;
    read(line);
  }
}

void late_answers::read(std::string_view lines) {
  while (!lines.empty()) {
    const auto end = std::min(lines.find('\n'), lines.size());
    auto line = lines.substr(0, end);
    lines.remove_prefix(std::min(end + 1, lines.size()));
    const auto instance = take_number<std::uint32_t>(line);
    const auto asked =
      instance ? take_number<std::int64_t>(line) : std::nullopt;
    const auto made = asked ? take_number<std::int64_t>(line) : std::nullopt;
    if (made && kept_ < late_answers_kept_max) {
      ++kept_;
      of_[*instance].push_back(
        {wall_time{nanoseconds{*asked}}, wall_time{nanoseconds{*made}}});
    }
  }
}

wall_time
late_answers::made(std::uint32_t instance, wall_time from, wall_time to) const {
  wall_time latest{};
  const auto found = of_.find(instance);
  if (found == of_.end()) {
    return latest;
  }
  // They were told in the order in which they were made.
  const auto first = std::lower_bound(
    found->second.begin(), found->second.end(), from,
    [](const answer& one, wall_time time) { return one.made < time; });
  for (auto one = first;
       one != found->second.end() && one->made <= from + answer_age_max;
       ++one) {
    if (one->asked <= to) {
      latest = std::max(latest, one->made);
    }
  }
  return latest;
}

} // namespace pgmuster::loadtest
