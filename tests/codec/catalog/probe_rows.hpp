// A probe's text and the rows that answer it, as tests write them down.
#pragma once

#include "codec/catalog/negotiate.hpp"
#include "codec/rows.hpp"

#include <gtest/gtest.h>

namespace pgmuster::testing_catalog {

inline negotiated_probe probe(std::string_view text) {
  auto parsed = parse_probe(text, "p.sql");
  EXPECT_TRUE(parsed) << parsed.error().context;
  server_shape shape;
  shape.version_num = 150'000;
  auto made = negotiate(
    {std::make_shared<const probe_definition>(std::move(*parsed))}, shape);
  EXPECT_EQ(made.probes.size(), 1U);
  return std::move(made.probes.at(0));
}

inline row_set rows(std::size_t columns, std::vector<cell> cells) {
  return {columns, std::move(cells), nullptr};
}

inline cell text(std::string_view value) {
  return cell::of(value);
}
inline cell whole(std::int64_t value) {
  return cell::of(value);
}
inline cell real(double value) {
  return cell::of(value);
}

} // namespace pgmuster::testing_catalog
