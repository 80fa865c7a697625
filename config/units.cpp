// Reads and writes numbers with units, without rounding.
#include "config/units.hpp"

#include "config/errc.hpp"

#include <array>
#include <charconv>
#include <cstdint>
#include <limits>
#include <span>

namespace pgmuster {
namespace {

struct unit {
  std::string_view name;
  std::uint64_t factor;
};

// Largest first, so that formatting takes the first that divides.
constexpr std::array duration_units{unit{"d", 86'400'000}, unit{"h", 3'600'000},
                                    unit{"m", 60'000}, unit{"s", 1'000},
                                    unit{"ms", 1}};

constexpr std::array size_units{unit{"GiB", 1'073'741'824},
                                unit{"GB", 1000'000'000},
                                unit{"MiB", 1'048'576},
                                unit{"MB", 1'000'000},
                                unit{"KiB", 1'024},
                                unit{"kB", 1'000},
                                unit{"B", 1}};

result<std::uint64_t> parse_quantity(std::string_view text,
                                     std::span<const unit> units) {
  std::uint64_t number = 0;
  const auto* const end = text.data() + text.size();
  const auto [rest, failure] = std::from_chars(text.data(), end, number);
  if (failure == std::errc::result_out_of_range) {
    return fail(config_errc::out_of_range);
  }
  if (failure != std::errc{}) {
    return fail(config_errc::not_a_quantity);
  }
  const std::string_view name{rest, static_cast<std::size_t>(end - rest)};
  if (name.empty()) {
    return fail(config_errc::unit_missing);
  }
  constexpr auto most =
    static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  for (const auto& candidate : units) {
    if (candidate.name != name) {
      continue;
    }
    if (number > most / candidate.factor) {
      return fail(config_errc::out_of_range);
    }
    return number * candidate.factor;
  }
  return fail(config_errc::unit_unknown);
}

} // namespace

result<milliseconds> parse_duration(std::string_view text) {
  const auto number = parse_quantity(text, duration_units);
  if (!number) {
    return number.error();
  }
  return milliseconds{static_cast<std::int64_t>(*number)};
}

std::string format_duration(milliseconds value) {
  const auto count = static_cast<std::uint64_t>(value.count());
  if (count == 0) {
    return "0s";
  }
  for (const auto& candidate : duration_units) {
    // Days are read but not written: "36h" and "1d" would mix in one listing.
    if (candidate.name != "d" && count % candidate.factor == 0) {
      return std::to_string(count / candidate.factor)
             + std::string{candidate.name};
    }
  }
  return std::to_string(count) + "ms";
}

result<byte_count> parse_byte_count(std::string_view text) {
  const auto number = parse_quantity(text, size_units);
  if (!number) {
    return number.error();
  }
  return byte_count{*number};
}

std::string format_byte_count(byte_count value) {
  const auto* best = &size_units.back();
  for (const auto& candidate : size_units) {
    if (value.value() != 0 && value.value() % candidate.factor == 0) {
      best = &candidate;
      break;
    }
  }
  return std::to_string(value.value() / best->factor) + std::string{best->name};
}

} // namespace pgmuster
