#include "loadtest/simulator/known_digests.hpp"

#include <algorithm>

namespace pgmuster::loadtest {

namespace {

constexpr std::uint32_t int8_type = 20;

/// Takes a number in network order off the front; 0 where there is none.
template <class Unsigned>
Unsigned take_big(std::string_view& from) noexcept {
  Unsigned made = 0;
  for (const char byte : from.substr(0, sizeof made)) {
    made = static_cast<Unsigned>(made << 8U | static_cast<unsigned char>(byte));
  }
  from.remove_prefix(std::min(sizeof made, from.size()));
  return made;
}

} // namespace

std::optional<known_digests> known_digests::read(std::string_view array) {
  const auto dimensions = take_big<std::uint32_t>(array);
  const auto nulls = take_big<std::uint32_t>(array);
  if (dimensions > 1 || nulls != 0
      || take_big<std::uint32_t>(array) != int8_type) {
    return std::nullopt;
  }
  known_digests made;
  if (dimensions == 0) {
    return made;
  }
  constexpr std::size_t each = sizeof(std::uint32_t) + sizeof(std::int64_t);
  const std::size_t count = take_big<std::uint32_t>(array);
  static_cast<void>(take_big<std::uint32_t>(array)); // where it begins
  if (array.size() != count * each) {
    return std::nullopt;
  }
  while (!array.empty()) {
    if (take_big<std::uint32_t>(array) != sizeof(std::int64_t)) {
      return std::nullopt;
    }
    made.all_.push_back(
      static_cast<std::int64_t>(take_big<std::uint64_t>(array)));
  }
  std::sort(made.all_.begin(), made.all_.end());
  made.taken_.resize(made.all_.size());
  return made;
}

bool known_digests::take(std::int64_t digest) {
  const auto [first, last] = std::equal_range(all_.begin(), all_.end(), digest);
  for (auto at = first; at != last; ++at) {
    taken_[static_cast<std::size_t>(at - all_.begin())] = true;
  }
  return first != last;
}

std::vector<std::int64_t> known_digests::gone() const {
  std::vector<std::int64_t> made;
  for (std::size_t at = 0; at < all_.size(); ++at) {
    if (!taken_[at]) {
      made.push_back(all_[at]);
    }
  }
  return made;
}

} // namespace pgmuster::loadtest
