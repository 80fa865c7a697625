#include "drivers/postgres/parameters.hpp"

#include "drivers/postgres/wire/network_order.hpp"

namespace pgmuster::postgres {

namespace {

constexpr std::uint32_t int8_type = 20;

template <class Unsigned>
char* put(char* to, Unsigned value) noexcept {
  value = in_network_order(value);
  std::memcpy(to, &value, sizeof value);
  return to + sizeof value;
}

} // namespace

std::string int8_array(std::span<const std::int64_t> values) {
  constexpr std::size_t head = 3 * sizeof(std::uint32_t);
  constexpr std::size_t dimension = 2 * sizeof(std::uint32_t);
  constexpr std::size_t each = sizeof(std::uint32_t) + sizeof(std::int64_t);
  const std::uint32_t dimensions = values.empty() ? 0 : 1;
  std::string made(head + dimensions * dimension + values.size() * each, '\0');
  char* at = put(made.data(), dimensions);
  at = put(at, std::uint32_t{0}); // there are no nulls
  at = put(at, int8_type);
  if (!values.empty()) {
    at = put(at, static_cast<std::uint32_t>(values.size()));
    at = put(at, std::uint32_t{1}); // the first index
  }
  for (const auto value : values) {
    at = put(at, std::uint32_t{sizeof value});
    at = put(at, static_cast<std::uint64_t>(value));
  }
  return made;
}

} // namespace pgmuster::postgres
