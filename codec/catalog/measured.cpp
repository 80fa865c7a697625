// Cells to numbers: what fits, what is converted, what counts as bad.
#include "codec/catalog/measured.hpp"

#include <fmt/format.h>

#include <cmath>

namespace pgmuster {

namespace {

constexpr double us_per_ms = 1'000.0;
/// Doubles at or beyond this do not fit 64 bits.
constexpr double int64_bound = 9.2e18;

/// Every role's conversion says by `nullopt` that the cell does not fit.
[[nodiscard]] std::optional<number> to_microseconds(const cell& value) {
  if (value.is == cell::kind::null) {
    return number{};
  }
  const double ms = value.is == cell::kind::integer
                      ? static_cast<double>(value.integer)
                      : value.real;
  const double us = ms * us_per_ms;
  if (value.is == cell::kind::text || !(std::abs(us) < int64_bound)) {
    return std::nullopt;
  }
  return number::of(std::int64_t{std::llround(us)});
}

[[nodiscard]] std::optional<number> to_number(const cell& value, bool real) {
  switch (value.is) {
  case cell::kind::null:
    return number{};
  case cell::kind::integer:
    return real ? number::of(static_cast<double>(value.integer))
                : number::of(value.integer);
  case cell::kind::real:
    if (real && std::isfinite(value.real)) {
      return number::of(value.real);
    }
    return std::nullopt;
  case cell::kind::text:
    break;
  }
  return std::nullopt;
}

} // namespace

void bad_cell_count::add(const probe_item& item, const cell& value) {
  if (cells++ > 0) {
    return;
  }
  constexpr const char* names[] = {"NULL", "an integer", "a real", "a text"};
  first = fmt::format("{}: {} does not fit", item.expression,
                      names[static_cast<std::size_t>(value.is)]);
}

std::optional<number> measured(const probe_definition& from,
                               const probe_item& item,
                               const cell& value) {
  return item.milliseconds_to_microseconds
           ? to_microseconds(value)
           : to_number(value, from.metrics[item.metric].real);
}

} // namespace pgmuster
