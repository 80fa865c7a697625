// Counts and weighs observations.
#include "codec/points.hpp"

#include <algorithm>

namespace pgmuster {
namespace {

/// What a string occupies beyond its own object: nothing while it is short.
std::uint64_t heap_of(const std::string& text) noexcept {
  constexpr std::size_t inside = 15;
  return text.capacity() > inside ? text.capacity() + 1 : 0;
}

std::uint64_t weight(const std::vector<std::string>& texts) noexcept {
  std::uint64_t bytes = texts.capacity() * sizeof(std::string);
  for (const std::string& text : texts) {
    bytes += heap_of(text);
  }
  return bytes;
}

std::uint64_t weight(const point_block& block) noexcept {
  std::uint64_t bytes = block.rows.capacity() * sizeof(point_row);
  for (const point_row& row : block.rows) {
    bytes +=
      weight(row.values_of_keys) + row.values.capacity() * sizeof(number);
  }
  return bytes;
}

std::uint64_t weight(const entry_block& block) noexcept {
  std::uint64_t bytes =
    heap_of(block.database) + block.moved.capacity() * sizeof(entry_delta);
  for (const entry_delta& moved : block.moved) {
    bytes += heap_of(moved.key) + heap_of(moved.series)
             + weight(moved.values_of_keys)
             + moved.deltas.capacity() * sizeof(std::int64_t);
  }
  return bytes;
}

std::uint64_t weight(const entry_text& text) noexcept {
  return heap_of(text.database) + heap_of(text.user) + heap_of(text.text);
}

std::uint64_t weight(const target_event& event) noexcept {
  std::uint64_t bytes =
    sizeof(event) + heap_of(event.name) + heap_of(event.body)
    + event.described.capacity() * sizeof(attribute)
    + event.measured.capacity() * sizeof(measured_attribute);
  for (const attribute& one : event.described) {
    bytes += heap_of(one.key) + heap_of(one.value);
  }
  for (const measured_attribute& one : event.measured) {
    bytes += heap_of(one.key);
  }
  return bytes;
}

} // namespace

std::uint64_t count_points(const point_block& block) noexcept {
  std::uint64_t points = 0;
  for (const point_row& row : block.rows) {
    points += static_cast<std::uint64_t>(
      std::count_if(row.values.begin(), row.values.end(),
                    [](const number& value) { return value.present(); }));
  }
  return points;
}

std::uint64_t footprint(const observation& seen) noexcept {
  // Layouts and the resource are shared and not counted.
  std::uint64_t bytes = sizeof(observation)
                        + seen.blocks.capacity() * sizeof(point_block)
                        + seen.entries.capacity() * sizeof(entry_block)
                        + seen.texts.capacity() * sizeof(entry_text);
  for (const point_block& block : seen.blocks) {
    bytes += weight(block);
  }
  for (const entry_block& block : seen.entries) {
    bytes += weight(block);
  }
  for (const entry_text& text : seen.texts) {
    bytes += weight(text);
  }
  for (const target_event& event : seen.events) {
    bytes += weight(event);
  }
  for (const asked_query& query : seen.queries) {
    bytes += sizeof(query) + heap_of(query.key) + heap_of(query.text);
  }
  return bytes;
}

} // namespace pgmuster
