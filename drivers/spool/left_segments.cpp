// All of it is under one checksum: a list that is damaged says nothing.
#include "drivers/spool/left_segments.hpp"

#include "drivers/spool/byte_layout.hpp"

#include <fmt/format.h>

#include <xxhash.h>

namespace pgmuster::spooling {
namespace {

constexpr std::string_view list_magic = "PGMSLEFT";
constexpr std::uint32_t list_version = 1;
constexpr std::size_t checksum_bytes = sizeof(std::uint64_t);

std::uint64_t checksum(std::string_view bytes) {
  return XXH3_64bits(bytes.data(), bytes.size());
}

} // namespace

std::string encode_left(const std::vector<left_segment>& segments) {
  std::string bytes{list_magic};
  put(bytes, list_version);
  put(bytes, std::uint64_t{segments.size()});
  for (const auto& one : segments) {
    put(bytes, one.sequence);
    put(bytes, static_cast<std::uint32_t>(one.of.shard));
    put(bytes, one.frames);
    put(bytes, one.points);
    put_text(bytes, one.of.route.value());
    put_text(bytes, one.of.tenant.value());
  }
  put(bytes, checksum(bytes));
  return bytes;
}

result<std::vector<left_segment>> parse_left(std::string_view bytes) {
  taker from{bytes};
  const auto magic = from.bytes(list_magic.size());
  const auto version = from.take<std::uint32_t>();
  if (magic != list_magic || !from.good()) {
    return fail(spool_errc::corrupt);
  }
  if (version != list_version) {
    return fail(spool_errc::other_version, fmt::format("format {}", version));
  }
  const auto summed = bytes.substr(0, bytes.size() - checksum_bytes);
  taker sum{bytes.substr(summed.size())};
  if (sum.take<std::uint64_t>() != checksum(summed)) {
    return fail(spool_errc::corrupt);
  }
  std::vector<left_segment> found;
  // What is under the checksum is as we wrote it, so this ends.
  for (auto left = from.take<std::uint64_t>(); left > 0 && from.good();
       --left) {
    left_segment one;
    one.sequence = from.take<std::uint64_t>();
    one.of.shard = from.take<std::uint32_t>();
    one.frames = from.take<std::uint64_t>();
    one.points = from.take<std::uint64_t>();
    one.of.route = route_name{std::string{from.text()}};
    one.of.tenant = tenant_id{std::string{from.text()}};
    found.push_back(std::move(one));
  }
  if (!from.good()) {
    return fail(spool_errc::corrupt);
  }
  return found;
}

} // namespace pgmuster::spooling
