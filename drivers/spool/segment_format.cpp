// Lengths come first and are believed only under a checksum; versions come
// before everything that may differ between them.
#include "drivers/spool/segment_format.hpp"

#include "drivers/spool/byte_layout.hpp"

#include <fmt/format.h>

#include <xxhash.h>

#include <algorithm>

namespace pgmuster::spooling {
namespace {

constexpr std::string_view segment_magic = "PGMSPOOL";
constexpr std::string_view marker{"\xA7"
                                  "PGR",
                                  4};
constexpr std::size_t checksum_bytes = sizeof(std::uint64_t);

std::uint64_t checksum(std::string_view bytes, std::uint64_t seed) {
  return XXH3_64bits_withSeed(bytes.data(), bytes.size(), seed);
}

std::int64_t count(wall_time time) {
  return time.time_since_epoch().count();
}

wall_time to_time(std::int64_t count) {
  return wall_time{nanoseconds{count}};
}

/// Magic, version, length of all up to the checksum, body, checksum, zeros.
std::optional<segment_identity> parse_copy(std::string_view copy) {
  taker from{copy};
  const auto magic = from.bytes(segment_magic.size());
  const auto version = from.take<std::uint32_t>();
  const auto length = from.take<std::uint32_t>();
  if (magic != segment_magic || version != format_version
      || length > copy.size() - checksum_bytes) {
    return std::nullopt;
  }
  taker after{copy.substr(length)};
  if (after.take<std::uint64_t>() != checksum(copy.substr(0, length), 0)) {
    return std::nullopt;
  }
  segment_identity found;
  found.sequence = from.take<std::uint64_t>();
  found.created = to_time(from.take<std::int64_t>());
  found.salt = from.take<std::uint64_t>();
  found.of.shard = from.take<std::uint32_t>();
  found.of.route = route_name{std::string{from.text()}};
  found.of.tenant = tenant_id{std::string{from.text()}};
  return from.good() ? std::optional{found} : std::nullopt;
}

std::optional<std::uint32_t> other_version_of(std::string_view copy) {
  taker from{copy};
  const auto magic = from.bytes(segment_magic.size());
  const auto version = from.take<std::uint32_t>();
  if (magic != segment_magic || !from.good() || version == format_version) {
    return std::nullopt;
  }
  return version;
}

std::uint64_t seed_of(std::uint64_t salt, std::uint64_t offset) {
  constexpr std::uint64_t spread = 0x9E37'79B9'7F4A'7C15;
  return salt ^ (offset * spread);
}

std::string encode_fields(const record_head& head) {
  std::string fields;
  const auto& about = head.about;
  put(fields, static_cast<std::uint8_t>(about.carries));
  put(fields, static_cast<std::uint8_t>(about.encoding));
  put(fields, static_cast<std::uint8_t>(about.sums));
  put(fields, std::uint8_t{0});
  put(fields, head.ordinal);
  put(fields, head.points_before);
  put(fields, static_cast<std::uint32_t>(about.shard));
  put(fields, about.points);
  put(fields, about.bytes_before_compression);
  put(fields, count(about.oldest));
  put(fields, count(about.newest));
  put(fields, count(head.written));
  put_text(fields, about.route.value());
  put_text(fields, about.tenant.value());
  put_text(fields, head.words);
  return fields;
}

/// False: no frame of ours says such a thing.
bool parse_fields(taker& from, record_head& head) {
  auto& about = head.about;
  const auto carries = from.take<std::uint8_t>();
  const auto encoding = from.take<std::uint8_t>();
  const auto sums = from.take<std::uint8_t>();
  const auto spare = from.take<std::uint8_t>();
  if (carries > static_cast<std::uint8_t>(signal::logs)
      || encoding > static_cast<std::uint8_t>(compression::zstd)
      || sums > static_cast<std::uint8_t>(sum_temporality::delta)
      || spare != 0) {
    return false;
  }
  about.carries = static_cast<signal>(carries);
  about.encoding = static_cast<compression>(encoding);
  about.sums = static_cast<sum_temporality>(sums);
  head.ordinal = from.take<std::uint32_t>();
  head.points_before = from.take<std::uint64_t>();
  about.shard = from.take<std::uint32_t>();
  about.points = from.take<std::uint64_t>();
  about.bytes_before_compression = from.take<std::uint64_t>();
  about.oldest = to_time(from.take<std::int64_t>());
  about.newest = to_time(from.take<std::int64_t>());
  head.written = to_time(from.take<std::int64_t>());
  about.route = route_name{std::string{from.text()}};
  about.tenant = tenant_id{std::string{from.text()}};
  head.words = std::string{from.text()};
  return from.good() && from.at_end();
}

} // namespace

result<std::string> encode_beginning(const segment_identity& what) {
  const auto& route = what.of.route.value();
  const auto& tenant = what.of.tenant.value();
  if (route.size() > name_bytes_max || tenant.size() > name_bytes_max) {
    return fail(spool_errc::too_large, "a route's or tenant's name");
  }
  std::string body;
  put(body, what.sequence);
  put(body, count(what.created));
  put(body, what.salt);
  put(body, static_cast<std::uint32_t>(what.of.shard));
  put_text(body, route);
  put_text(body, tenant);
  std::string copy{segment_magic};
  put(copy, format_version);
  put(copy, static_cast<std::uint32_t>(copy.size() + sizeof(std::uint32_t)
                                       + body.size()));
  copy += body;
  put(copy, checksum(copy, 0));
  copy.resize(beginning_bytes, '\0');
  return copy + copy;
}

result<segment_identity> parse_beginning(std::string_view bytes) {
  const auto first = bytes.substr(0, beginning_bytes);
  const auto second = bytes.size() > beginning_bytes
                        ? bytes.substr(beginning_bytes, beginning_bytes)
                        : std::string_view{};
  for (const auto copy : {first, second}) {
    if (copy.size() > checksum_bytes) {
      if (auto found = parse_copy(copy)) {
        return std::move(*found);
      }
    }
  }
  // The copies agree that it is of another version: not one flipped bit.
  const auto says = other_version_of(first);
  if (says && (second.empty() || says == other_version_of(second))) {
    return fail(spool_errc::other_version,
                fmt::format("format {}, and this program reads format {}",
                            *says, format_version));
  }
  return fail(spool_errc::not_a_segment);
}

std::uint64_t damaged_beginning(std::string_view bytes) noexcept {
  if (bytes.size() < records_begin) {
    return records_begin - bytes.size();
  }
  return bytes.substr(0, beginning_bytes)
             == bytes.substr(beginning_bytes, beginning_bytes)
           ? 0
           : beginning_bytes;
}

result<std::string> encode_record_head(const record_head& head,
                                       std::string_view payload,
                                       std::uint64_t salt,
                                       std::uint64_t offset) {
  if (head.about.route.value().size() > name_bytes_max
      || head.about.tenant.value().size() > name_bytes_max
      || head.words.size() > words_bytes_max
      || payload.size() > payload_bytes_max) {
    return fail(spool_errc::too_large);
  }
  const auto fields = encode_fields(head);
  std::string bytes{marker};
  put(bytes, static_cast<std::uint32_t>(fields.size()));
  put(bytes, static_cast<std::uint32_t>(payload.size()));
  put(bytes, std::uint32_t{0});
  const auto seed = seed_of(salt, offset);
  const auto sum = checksum(bytes + fields, seed);
  put(bytes, sum);
  put(bytes, checksum(payload, sum));
  return bytes + fields;
}

std::optional<parsed_record> parse_record_head(std::string_view bytes,
                                               const segment_identity& of,
                                               std::uint64_t offset,
                                               std::size_t& wanted) {
  wanted = prefix_bytes;
  if (bytes.size() < prefix_bytes) {
    return std::nullopt;
  }
  taker from{bytes};
  const auto begins = from.bytes(marker.size());
  const auto fields_bytes = from.take<std::uint32_t>();
  parsed_record found;
  found.payload_bytes = from.take<std::uint32_t>();
  const auto spare = from.take<std::uint32_t>();
  const auto sum = from.take<std::uint64_t>();
  found.payload_checksum = from.take<std::uint64_t>();
  if (begins != marker || spare != 0 || found.payload_bytes > payload_bytes_max
      || fields_bytes > head_bytes_max) {
    return std::nullopt;
  }
  found.head_bytes = prefix_bytes + fields_bytes;
  wanted = found.head_bytes;
  if (bytes.size() < found.head_bytes) {
    return std::nullopt;
  }
  const auto fields = bytes.substr(prefix_bytes, fields_bytes);
  constexpr std::size_t summed = 16;
  std::string whole{bytes.substr(0, summed)};
  whole += fields;
  if (checksum(whole, seed_of(of.salt, offset)) != sum) {
    return std::nullopt;
  }
  found.payload_seed = sum;
  taker inside{fields};
  if (!parse_fields(inside, found.head)
      || partition_of(found.head.about) != of.of) {
    return std::nullopt;
  }
  return found;
}

bool payload_is_whole(const parsed_record& of, std::string_view payload) {
  return payload.size() == of.payload_bytes
         && checksum(payload, of.payload_seed) == of.payload_checksum;
}

std::string_view record_marker() noexcept {
  return marker;
}

} // namespace pgmuster::spooling
