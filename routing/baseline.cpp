#include "routing/baseline.hpp"

#include "routing/packed_numbers.hpp"

#include <xxhash.h>

#include <array>

namespace pgmuster {

std::uint64_t baseline::hash_of(std::string_view key) noexcept {
  return XXH3_64bits(key.data(), key.size()) >> (64U - 8U * key_bytes);
}

void baseline::pack(std::string& to,
                    std::uint64_t key_hash,
                    std::size_t database,
                    const entry_reading& entry,
                    const entry_shape& shape) {
  const auto start = to.size();
  const auto body_max =
    2 * varint_bytes_max + packed_bytes_max(entry.values.size());
  to.resize(start + head_bytes + varint_bytes_max + body_max);
  char* const head = to.data() + start;
  // Where it may stay if its length takes as much as lengths do at most.
  char* const body = head + head_bytes + varint_bytes_max;
  char* end = put_varint(body, database);
  if (shape.with_since) {
    end = put_varint(end, zigzag(entry.since));
  }
  end = put_numbers(end, entry.values);
  const auto length = static_cast<std::size_t>(end - body);
  std::memcpy(head, &entry.digest, sizeof entry.digest);
  std::memcpy(head + sizeof entry.digest, &key_hash, key_bytes);
  char* const place = put_varint(head + head_bytes, length);
  std::memmove(place, body, length);
  to.resize(static_cast<std::size_t>(place - to.data()) + length);
}

void baseline::copy(std::string& to, std::size_t database) const {
  std::array<char, 2 * varint_bytes_max> fresh{};
  const char* const rest = skip_varint(body_);
  const auto rest_bytes = static_cast<std::size_t>(end() - rest);
  const auto number =
    static_cast<std::size_t>(put_varint(fresh.data(), database) - fresh.data());
  char* const place = put_varint(fresh.data(), number + rest_bytes);
  const char* const last = put_varint(place, database);
  to.append(from_, head_bytes);
  to.append(fresh.data(), static_cast<std::size_t>(last - fresh.data()));
  to.append(rest, rest_bytes);
}

void baseline::unpack(const entry_shape& shape, entry_reading& into) const {
  const char* at = skip_varint(body_);
  if (shape.with_since) {
    std::uint64_t since = 0;
    at = get_varint(at, since);
    into.since = unzigzag(since);
  }
  into.values.resize(shape.columns);
  get_numbers(at, into.values);
}

} // namespace pgmuster
