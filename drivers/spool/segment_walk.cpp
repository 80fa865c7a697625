// A head is believed if its checksum, seeded with its place, is right; so a
// search may try every place that looks like one.
#include "drivers/spool/segment_walk.hpp"

#include <algorithm>
#include <array>

namespace pgmuster::spooling {
namespace {

constexpr std::size_t search_bytes = 64U * 1024;

} // namespace

std::optional<parsed_record> segment_walk::record_at(std::uint64_t offset) {
  std::array<char, 512> front{};
  const auto got = from_.read_at(offset, front);
  std::size_t wanted = 0;
  auto found = parse_record_head({front.data(), got}, of_, offset, wanted);
  if (!found && wanted > got && got == front.size()) {
    std::string whole(wanted, '\0');
    whole.resize(from_.read_at(offset, whole));
    found = parse_record_head(whole, of_, offset, wanted);
  }
  return found;
}

std::optional<std::uint64_t> segment_walk::next_marker(std::uint64_t from) {
  const auto marker = record_marker();
  std::string window(search_bytes, '\0');
  while (from + prefix_bytes <= from_.size()) {
    const auto got = from_.read_at(from, window);
    const auto at = std::string_view{window.data(), got}.find(marker);
    if (at != std::string_view::npos) {
      return from + at;
    }
    if (got < marker.size()) {
      break;
    }
    // A marker may lie across two windows.
    from += got - marker.size() + 1;
  }
  return std::nullopt;
}

std::optional<walked_record> segment_walk::next() {
  auto at = offset_;
  lost_stretch torn;
  while (at + prefix_bytes <= from_.size()) {
    auto found = record_at(at);
    if (found && at + found->head_bytes + found->payload_bytes > from_.size()) {
      // Torn at the end: its head still says what is missing.
      const auto& head = found->head;
      torn.points = head.points_before + head.about.points - points_;
      torn.to = head.ordinal + 1;
      found.reset();
    }
    // A head that goes back is none of this walk's.
    if (found && found->head.ordinal >= ordinal_
        && found->head.points_before >= points_) {
      walked_record made{at, std::move(*found), {}};
      const auto& head = made.found.head;
      made.lost = {at - offset_, head.points_before - points_, ordinal_,
                   head.ordinal};
      offset_ = made.end();
      ordinal_ = head.ordinal + 1;
      points_ = head.points_before + head.about.points;
      return made;
    }
    const auto next = next_marker(at + 1);
    if (!next) {
      break;
    }
    at = *next;
  }
  const auto size = std::max(from_.size(), offset_);
  tail_ = {size - offset_, torn.points, ordinal_, std::max(torn.to, ordinal_)};
  offset_ = size;
  return std::nullopt;
}

result<std::string> read_payload(byte_source& from, const walked_record& of) {
  std::string payload(of.found.payload_bytes, '\0');
  const auto got = from.read_at(of.offset + of.found.head_bytes, payload);
  payload.resize(got);
  if (!payload_is_whole(of.found, payload)) {
    return fail(spool_errc::corrupt);
  }
  return payload;
}

} // namespace pgmuster::spooling
