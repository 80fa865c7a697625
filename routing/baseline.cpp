#include "routing/baseline.hpp"

#include "codec/catalog/entry_key.hpp"
#include "routing/packed_numbers.hpp"

#include <cassert>
#include <cstring>
#include <limits>

namespace pgmuster {

namespace {

char* put(char* to, std::int64_t value) noexcept {
  return put_varint(to, zigzag(value));
}

const char* get(const char* from, std::int64_t& value) noexcept {
  std::uint64_t raw = 0;
  from = get_varint(from, raw);
  value = unzigzag(raw);
  return from;
}

char* put_key(char* to, std::string_view key) noexcept {
  for (; !key.empty(); key.remove_prefix(key_item_bytes)) {
    to = put(to, first_key_item(key));
  }
  return to;
}

} // namespace

void baseline::pack(std::string& to,
                    const entry_reading& entry,
                    const entry_shape& shape) {
  const auto start = to.size();
  to.resize(start + head_bytes + (shape.key_items + 1) * varint_bytes_max
            + packed_bytes_max(shape.columns));
  char* const body = to.data() + start + head_bytes;
  char* at = put_key(body, entry.key);
  if (shape.with_since) {
    at = put(at, entry.since);
  }
  at = put_numbers(at, entry.values);
  const auto length = static_cast<std::size_t>(at - body);
  assert(length <= std::numeric_limits<length_type>::max());
  const auto kept = static_cast<length_type>(length);
  std::memcpy(to.data() + start, &entry.digest, sizeof entry.digest);
  std::memcpy(to.data() + start + sizeof entry.digest, &kept, sizeof kept);
  to.resize(start + head_bytes + length);
}

void baseline::pack_key(std::string& to, std::string_view key) {
  to.resize(key.size() / key_item_bytes * varint_bytes_max);
  to.resize(static_cast<std::size_t>(put_key(to.data(), key) - to.data()));
}

std::string_view baseline::key(const entry_shape& shape) const noexcept {
  const char* const first = from_ + head_bytes;
  const char* last = first;
  for (std::size_t item = 0; item < shape.key_items; ++item) {
    last = skip_varint(last);
  }
  return {first, static_cast<std::size_t>(last - first)};
}

std::string baseline::whole_key(const entry_shape& shape) const {
  std::string made;
  const char* at = from_ + head_bytes;
  for (std::size_t item = 0; item < shape.key_items; ++item) {
    std::int64_t held = 0;
    at = get(at, held);
    append_key_item(made, held);
  }
  return made;
}

std::int64_t baseline::database(const entry_shape& shape) const noexcept {
  std::int64_t made = 0;
  if (shape.database_item) {
    const char* at = from_ + head_bytes;
    for (std::size_t item = 0; item <= *shape.database_item; ++item) {
      at = get(at, made);
    }
  }
  return made;
}

void baseline::unpack(const entry_shape& shape, entry_reading& into) const {
  const auto whole = key(shape);
  const char* at = whole.data() + whole.size();
  if (shape.with_since) {
    at = get(at, into.since);
  }
  into.values.resize(shape.columns);
  get_numbers(at, into.values);
}

} // namespace pgmuster
