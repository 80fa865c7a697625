// A message that lies whole in what was read is given out where it lies; only
// one that is in pieces is put together, and each byte copied once.
#include "drivers/postgres/wire/message_splitter.hpp"

#include "config/free_capacity.hpp"
#include "config/limits.hpp"
#include "drivers/postgres/wire/network_order.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace pgmuster::postgres {

namespace {

/// A type, and a length that counts itself.
constexpr std::size_t length_size = sizeof(std::uint32_t);
constexpr std::size_t head_size = 1 + length_size;

/// PostgreSQL's own bound of a message (MaxAllocSize).
constexpr std::size_t protocol_max = 0x4000'0000;

struct message_head {
  char type;
  /// Of what follows the head.
  std::size_t body_size;
};

/// Nothing when it cannot be. Precondition: it is whole.
std::optional<message_head> read_head(std::string_view head) noexcept {
  const std::size_t length = read_big<std::uint32_t>(head.data() + 1);
  if (length < length_size || length >= protocol_max) {
    return std::nullopt;
  }
  return message_head{head.front(), length - length_size};
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
  const auto passed = std::min(passed_over_, bytes.size());
  bytes.remove_prefix(passed);
  passed_over_ -= passed;
  if (!begun_.empty() || bytes.size() < head_size) {
    return gather(bytes, out);
  }
  const auto head = read_head(bytes);
  if (!head) {
    return outcome::broken;
  }
  if (bytes.size() - head_size < head->body_size) {
    return gather(bytes, out);
  }
  out = {head->type, bytes.substr(head_size, head->body_size)};
  bytes.remove_prefix(head_size + head->body_size);
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
  const auto head = read_head(begun_);
  if (!head) {
    return outcome::broken;
  }
  if (head->body_size > limits::result_bytes_max.value()) {
    return pass_over(head->type, head->body_size, out);
  }
  move_front(bytes, head_size + head->body_size - begun_.size(), begun_);
  if (begun_.size() < head_size + head->body_size) {
    return outcome::more;
  }
  given_ = true;
  out = {head->type, std::string_view{begun_}.substr(head_size)};
  return outcome::message;
}

/// Only rows may be that long. Precondition: nothing of the body was taken.
message_splitter::outcome message_splitter::pass_over(char type,
                                                      std::size_t body_size,
                                                      server_message& out) {
  if (type != said::data_row) {
    return outcome::broken;
  }
  free_capacity(begun_);
  passed_over_ = body_size;
  out = {type, {}, true};
  return outcome::message;
}

} // namespace pgmuster::postgres
