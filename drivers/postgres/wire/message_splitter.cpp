// A message that lies whole in what was read is given out where it lies; only
// one that is in pieces is put together, and each byte copied once.
#include "drivers/postgres/wire/message_splitter.hpp"

#include "config/free_capacity.hpp"
#include "config/limits.hpp"
#include "drivers/postgres/wire/network_order.hpp"

#include <algorithm>
#include <utility>

namespace pgmuster::postgres {

namespace {

/// A type, and a length that counts itself.
constexpr std::size_t length_size = sizeof(std::uint32_t);
constexpr std::size_t head_size = 1 + length_size;

/// Of the whole message, from a whole head; 0 when it cannot be.
std::size_t size_of(std::string_view head) noexcept {
  const std::size_t length = read_big<std::uint32_t>(head.data() + 1);
  const bool sane =
    length >= length_size && length <= limits::result_bytes_max.value();
  return sane ? length + 1 : 0;
}

server_message as_message(std::string_view whole) noexcept {
  return {whole.front(), whole.substr(head_size)};
}

void move_front(std::string_view& from, std::size_t count, std::string& to) {
  count = std::min(count, from.size());
  to.append(from.substr(0, count));
  from.remove_prefix(count);
}

} // namespace

message_splitter::outcome message_splitter::next(std::string_view& bytes,
                                                 server_message& out) {
  if (std::exchange(given_, false)) {
    // There are as many of these as there are sessions.
    free_capacity(begun_);
  }
  if (!begun_.empty() || bytes.size() < head_size) {
    return gather(bytes, out);
  }
  const auto size = size_of(bytes);
  if (size == 0) {
    return outcome::broken;
  }
  if (bytes.size() < size) {
    return gather(bytes, out);
  }
  out = as_message(bytes.substr(0, size));
  bytes.remove_prefix(size);
  return outcome::message;
}

message_splitter::outcome message_splitter::gather(std::string_view& bytes,
                                                   server_message& out) {
  if (begun_.size() < head_size) {
    move_front(bytes, head_size - begun_.size(), begun_);
  }
  if (begun_.size() < head_size) {
    return outcome::more;
  }
  const auto size = size_of(begun_);
  if (size == 0) {
    return outcome::broken;
  }
  move_front(bytes, size - begun_.size(), begun_);
  if (begun_.size() < size) {
    return outcome::more;
  }
  given_ = true;
  out = as_message(begun_);
  return outcome::message;
}

} // namespace pgmuster::postgres
