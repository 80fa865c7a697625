// Values to DataRow messages, in either format, flat or as one record.
#pragma once

#include "loadtest/simulator/rows.hpp"

#include <string>

namespace pgmuster::loadtest {

/// Appends a DataRow with these values, parallel to the probe's items.
/// A packed row in text format is `(a,b,…)` with every text in quotes.
void encode_row(const asked_probe& probe,
                const std::vector<field>& values,
                bool binary,
                std::string& into);

/// Appends a DataRow of texts; empty ones are null.
void encode_texts(const std::vector<std::string>& values, std::string& into);

/// One value with its length before it (-1: null).
void encode_value(wire_type type,
                  const field& value,
                  bool binary,
                  std::string& into);

/// Appends in network order.
void append_big(std::string& into, std::uint16_t value);
void append_big(std::string& into, std::uint32_t value);
void append_big(std::string& into, std::uint64_t value);

/// Opens a DataRow and returns where it began; close it when its values are
/// there.
[[nodiscard]] std::size_t open_row(std::string& into, std::size_t columns);
void close_row(std::string& into, std::size_t begun) noexcept;

} // namespace pgmuster::loadtest
