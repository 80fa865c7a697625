// Levenshtein's distance over short words.
#include "config/loading/nearest.hpp"

#include <algorithm>
#include <numeric>
#include <vector>

namespace pgmuster::loading {
namespace {

// Longer words are not compared: the cost is the product of both lengths.
constexpr std::size_t word_max = 128;
// More names than these would bury the message.
constexpr std::size_t listed_max = 12;

char lower(char byte) {
  return byte >= 'A' && byte <= 'Z' ? static_cast<char>(byte - 'A' + 'a')
                                    : byte;
}

/// A word cut short is nearer than its missing letters say.
bool cut_short(std::string_view word, std::string_view candidate) {
  constexpr std::size_t telling = 3;
  return word.size() >= telling && candidate.starts_with(word);
}

std::size_t distance(std::string_view left, std::string_view right) {
  std::vector<std::size_t> row(right.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < left.size(); ++i) {
    auto diagonal = row[0]++;
    for (std::size_t j = 0; j < right.size(); ++j) {
      const auto changed =
        diagonal + (lower(left[i]) == lower(right[j]) ? 0U : 1U);
      diagonal = row[j + 1];
      row[j + 1] = std::min({changed, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row.back();
}

} // namespace

std::string_view nearest(std::string_view word,
                         std::span<const std::string_view> candidates) {
  std::string_view best;
  auto least = std::string_view::npos;
  for (const auto candidate : candidates) {
    if (word.size() > word_max || candidate.size() > word_max) {
      continue;
    }
    const auto near =
      cut_short(word, candidate) ? 1 : distance(word, candidate);
    const auto allowed = std::max<std::size_t>(2, candidate.size() / 3);
    if (near <= allowed && near < candidate.size() && near < least) {
      best = candidate;
      least = near;
    }
  }
  return best;
}

std::string suggestion(std::string_view word,
                       std::span<const std::string_view> candidates) {
  if (const auto best = nearest(word, candidates); !best.empty()) {
    return ", did you mean \"" + std::string{best} + "\"?";
  }
  if (candidates.empty()) {
    return {};
  }
  std::string list = "; known: ";
  for (std::size_t i = 0; i < candidates.size() && i < listed_max; ++i) {
    list += i == 0 ? "" : ", ";
    list += candidates[i];
  }
  return candidates.size() > listed_max ? list + ", …" : list;
}

} // namespace pgmuster::loading
