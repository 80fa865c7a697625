#include "loadtest/runner/exposition.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

namespace pgmuster::loadtest {
namespace {

bool read_number(std::string_view text, double& into) {
  if (text == "+Inf") {
    into = std::numeric_limits<double>::infinity();
    return true;
  }
  const auto [end, why] =
    std::from_chars(text.data(), text.data() + text.size(), into);
  return why == std::errc{} && end == text.data() + text.size();
}

/// The bound of a bucket's `le`; label values of ours hold no quotes.
bool read_bound(std::string_view labels, double& into) {
  constexpr std::string_view key = "le=\"";
  const auto at = labels.rfind(key);
  if (at == std::string_view::npos) {
    return false;
  }
  const auto from = at + key.size();
  const auto end = labels.find('"', from);
  return end != std::string_view::npos
         && read_number(labels.substr(from, end - from), into);
}

void read_line(std::string_view line, exposition& into) {
  if (line.empty() || line.front() == '#') {
    return;
  }
  const auto space = line.rfind(' ');
  double value = 0;
  if (space == std::string_view::npos
      || !read_number(line.substr(space + 1), value)) {
    return;
  }
  const auto whole = line.substr(0, space);
  const auto brace = std::min(whole.find('{'), whole.size());
  const auto name = whole.substr(0, brace);
  into.sums[std::string{name}] += value;
  into.series[std::string{whole}] += value;
  constexpr std::string_view suffix = "_bucket";
  double bound = 0;
  if (name.ends_with(suffix) && read_bound(whole.substr(brace), bound)) {
    into.histograms[std::string{name.substr(0, name.size() - suffix.size())}]
                   [bound] += value;
  }
}

} // namespace

double exposition::sum(std::string_view name) const {
  const auto found = sums.find(name);
  return found == sums.end() ? 0 : found->second;
}

double exposition::one(std::string_view name_and_labels) const {
  const auto found = series.find(name_and_labels);
  return found == series.end() ? 0 : found->second;
}

exposition read_exposition(std::string_view page) {
  exposition made;
  while (!page.empty()) {
    const auto end = std::min(page.find('\n'), page.size());
    read_line(page.substr(0, end), made);
    page.remove_prefix(std::min(end + 1, page.size()));
  }
  return made;
}

buckets gained(const buckets& before, const buckets& after) {
  buckets made = after;
  for (auto& [bound, count] : made) {
    const auto found = before.find(bound);
    count -= found == before.end() ? 0 : found->second;
  }
  return made;
}

double quantile(const buckets& counts, double share) {
  if (counts.empty() || counts.rbegin()->second <= 0) {
    return 0;
  }
  const double wanted = share * counts.rbegin()->second;
  double below = 0;
  double counted_below = 0;
  for (const auto& [bound, count] : counts) {
    if (count >= wanted) {
      if (std::isinf(bound)) {
        return below;
      }
      const double inside = count - counted_below;
      return inside <= 0
               ? bound
               : below + (bound - below) * (wanted - counted_below) / inside;
    }
    below = bound;
    counted_below = count;
  }
  return below;
}

double highest(const buckets& counts) {
  double below = 0;
  double bound_of_last = 0;
  for (const auto& [bound, count] : counts) {
    if (count > below) {
      bound_of_last = bound;
      below = count;
    }
  }
  return bound_of_last;
}

} // namespace pgmuster::loadtest
