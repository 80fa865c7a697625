// The send functions of PostgreSQL's types, read backwards.
#include "drivers/postgres/decode.hpp"

#include "drivers/postgres/wire/network_order.hpp"

#include <array>
#include <bit>
#include <limits>

namespace pgmuster::postgres {

namespace {

/// 2000-01-01 after 1970-01-01.
constexpr std::int64_t postgres_epoch_us = 946'684'800'000'000;
constexpr std::int64_t day_us = 86'400'000'000;
/// As extract(epoch from interval) counts them.
constexpr std::int64_t month_us = 30 * day_us;
constexpr std::int64_t year_us = 365 * day_us + day_us / 4;

constexpr auto int64_least = std::numeric_limits<std::int64_t>::min();
constexpr auto int64_most = std::numeric_limits<std::int64_t>::max();

std::int64_t read_int8(const char* bytes) noexcept {
  return static_cast<std::int64_t>(read_big<std::uint64_t>(bytes));
}

std::int64_t read_int4(const char* bytes) noexcept {
  return static_cast<std::int32_t>(read_big<std::uint32_t>(bytes));
}

cell read_timestamp(const char* bytes) noexcept {
  const auto since_2000 = read_int8(bytes);
  // The largest and the smallest value are infinity (timestamp.h).
  if (since_2000 >= int64_most - postgres_epoch_us
      || since_2000 == int64_least) {
    return {};
  }
  return cell::of(since_2000 + postgres_epoch_us);
}

cell read_interval(const char* bytes) noexcept {
  const auto time = read_int8(bytes);
  const auto days = read_int4(bytes + 8);
  const auto months = read_int4(bytes + 12);
  std::int64_t years_sum = 0;
  std::int64_t days_sum = 0;
  std::int64_t sum = 0;
  // PostgreSQL 17's infinite intervals overflow here too, and become null.
  if (__builtin_mul_overflow(months / 12, year_us, &years_sum)
      || __builtin_mul_overflow(days, day_us, &days_sum)
      || __builtin_add_overflow(years_sum, (months % 12) * month_us, &sum)
      || __builtin_add_overflow(sum, days_sum, &sum)
      || __builtin_add_overflow(sum, time, &sum)) {
    return {};
  }
  return cell::of(sum);
}

/// By column_format; 0 where there is no fixed width.
constexpr std::array<std::uint8_t, 11> widths{0, 1, 2, 4, 8, 4, 4, 8, 8, 16, 0};

/// Takes the parts of a record off its front; none when too short.
class record_reader {
public:
  struct value {
    std::uint32_t type = 0;
    bool null = false;
    std::string_view bytes;
  };

  explicit record_reader(std::string_view bytes) noexcept : rest_(bytes) {}

  [[nodiscard]] bool number(std::uint32_t& out) noexcept {
    if (rest_.size() < sizeof out) {
      return false;
    }
    out = read_big<std::uint32_t>(rest_.data());
    rest_.remove_prefix(sizeof out);
    return true;
  }
  [[nodiscard]] bool next(value& out) noexcept {
    constexpr std::uint32_t null_length = 0xffff'ffffU;
    std::uint32_t length = 0;
    if (!number(out.type) || !number(length)) {
      return false;
    }
    out.null = length == null_length;
    length = out.null ? 0 : length;
    if (rest_.size() < length) {
      return false;
    }
    out.bytes = rest_.substr(0, length);
    rest_.remove_prefix(length);
    return true;
  }
  [[nodiscard]] bool at_end() const noexcept { return rest_.empty(); }

private:
  std::string_view rest_;
};

} // namespace

column_format format_of(std::uint32_t type) noexcept {
  switch (type) {
  case 16:
    return column_format::boolean;
  case 21:
    return column_format::int2;
  case 23:
    return column_format::int4;
  case 20:   // int8
  case 3220: // pg_lsn
  case 5069: // xid8
    return column_format::int8;
  case 26: // oid
  case 28: // xid
    return column_format::unsigned4;
  case 700:
    return column_format::float4;
  case 701:
    return column_format::float8;
  case 1114: // timestamp
  case 1184: // timestamptz
    return column_format::timestamp;
  case 1186:
    return column_format::interval;
  case 18:   // "char"
  case 19:   // name
  case 25:   // text
  case 114:  // json
  case 705:  // unknown
  case 1042: // bpchar
  case 1043: // varchar
    return column_format::text;
  default:
    return column_format::unknown;
  }
}

bool decode_cell(column_format format,
                 std::string_view bytes,
                 cell& out) noexcept {
  if (format != column_format::text
      && bytes.size() != widths[static_cast<std::size_t>(format)]) {
    return false;
  }
  const char* const data = bytes.data();
  switch (format) {
  case column_format::text:
    out = cell::of(bytes);
    break;
  case column_format::boolean:
    out = cell::of(static_cast<std::int64_t>(*data != 0));
    break;
  case column_format::int2:
    out = cell::of(static_cast<std::int64_t>(
      static_cast<std::int16_t>(read_big<std::uint16_t>(data))));
    break;
  case column_format::int4:
    out = cell::of(read_int4(data));
    break;
  case column_format::int8:
    out = cell::of(read_int8(data));
    break;
  case column_format::unsigned4:
    out = cell::of(static_cast<std::int64_t>(read_big<std::uint32_t>(data)));
    break;
  case column_format::float4:
    out = cell::of(
      static_cast<double>(std::bit_cast<float>(read_big<std::uint32_t>(data))));
    break;
  case column_format::float8:
    out = cell::of(std::bit_cast<double>(read_big<std::uint64_t>(data)));
    break;
  case column_format::timestamp:
    out = read_timestamp(data);
    break;
  case column_format::interval:
    out = read_interval(data);
    break;
  case column_format::unknown:
    return false;
  }
  return true;
}

std::uint32_t unread_type(std::string_view row, int depth) noexcept {
  if (depth == 0) {
    return record_type;
  }
  record_reader reader{row};
  std::uint32_t left = 0;
  for (static_cast<void>(reader.number(left)); left > 0; --left) {
    record_reader::value value;
    if (!reader.next(value)) {
      return record_type;
    }
    if (value.type == record_type) {
      const auto within = value.null ? 0 : unread_type(value.bytes, depth - 1);
      if (within != 0) {
        return within;
      }
    } else if (format_of(value.type) == column_format::unknown) {
      return value.type;
    }
  }
  return 0;
}

bool unpack_record(std::string_view bytes, std::span<cell> out) noexcept {
  record_reader reader{bytes};
  std::uint32_t count = 0;
  if (!reader.number(count) || count != out.size()) {
    return false;
  }
  for (auto& decoded : out) {
    record_reader::value value;
    if (!reader.next(value)) {
      return false;
    }
    if (value.null) {
      decoded = {};
    } else if (value.type == record_type) {
      decoded = cell::of(value.bytes);
    } else if (!decode_cell(format_of(value.type), value.bytes, decoded)) {
      return false;
    }
  }
  return reader.at_end();
}

} // namespace pgmuster::postgres
