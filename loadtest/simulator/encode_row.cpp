// The send and the output functions of a few types.
#include "loadtest/simulator/encode_row.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <array>
#include <bit>
#include <span>

namespace pgmuster::loadtest {

namespace {

/// 2000-01-01 after 1970-01-01.
constexpr std::int64_t postgres_epoch_us = 946'684'800'000'000;
constexpr std::uint32_t null_length = 0xffff'ffffU;
constexpr std::size_t length_bytes = 4;

template <class Unsigned>
void append_swapped(std::string& into, Unsigned value) {
  std::array<char, sizeof value> bytes{};
  for (auto at = bytes.size(); at-- > 0;) {
    bytes[at] = static_cast<char>(value & 0xffU);
    value = static_cast<Unsigned>(value >> (sizeof value > 1 ? 8U : 0U));
  }
  into.append(bytes.data(), bytes.size());
}

/// Writes how much follows over the four bytes at `at`; what the length counts
/// begins at `from`.
void put_length(std::string& into, std::size_t at, std::size_t from) noexcept {
  auto length = static_cast<std::uint32_t>(into.size() - from);
  for (auto byte = at + length_bytes; byte-- > at;) {
    into[byte] = static_cast<char>(length & 0xffU);
    length >>= 8U;
  }
}

std::int64_t integer_of(const field& value) {
  if (const auto* real = value.real(); real != nullptr) {
    return static_cast<std::int64_t>(*real);
  }
  const auto* const integer = value.integer();
  return integer == nullptr ? 0 : *integer;
}

double real_of(const field& value) {
  const auto* const real = value.real();
  return real == nullptr ? static_cast<double>(integer_of(value)) : *real;
}

std::string text_of(wire_type type, const field& value) {
  if (const auto* text = value.text(); text != nullptr) {
    return *text;
  }
  switch (type) {
  case wire_type::boolean:
    return integer_of(value) != 0 ? "t" : "f";
  case wire_type::float8:
    return fmt::format("{}", real_of(value));
  case wire_type::timestamptz: {
    const auto us = integer_of(value);
    const std::chrono::sys_time<seconds> whole{
      std::chrono::floor<seconds>(microseconds{us})};
    return fmt::format("{:%Y-%m-%d %H:%M:%S}.{:06}+00", whole,
                       us - whole.time_since_epoch().count() * 1'000'000);
  }
  default:
    return fmt::format("{}", integer_of(value));
  }
}

void append_binary(wire_type type, const field& value, std::string& into) {
  const auto integer = static_cast<std::uint64_t>(integer_of(value));
  switch (type) {
  case wire_type::boolean:
    into += static_cast<char>(integer != 0 ? 1 : 0);
    break;
  case wire_type::int2:
    append_big(into, static_cast<std::uint16_t>(integer));
    break;
  case wire_type::int4:
  case wire_type::oid:
  case wire_type::xid:
    append_big(into, static_cast<std::uint32_t>(integer));
    break;
  case wire_type::int8:
  case wire_type::pg_lsn:
    append_big(into, integer);
    break;
  case wire_type::float8:
    append_big(into, std::bit_cast<std::uint64_t>(real_of(value)));
    break;
  case wire_type::timestamptz:
    append_big(into, integer - static_cast<std::uint64_t>(postgres_epoch_us));
    break;
  default:
    into += text_of(type, value);
  }
}

bool is_null(const asked_item& item, const field& value) {
  if (value.null()) {
    return true;
  }
  // A text is never taken for a zero.
  return item.zero_is_null && value.text() == nullptr && real_of(value) == 0;
}

/// Some of a row's items and what they are.
struct part {
  std::span<const asked_item> items;
  std::span<const field> values;

  [[nodiscard]] bool all_null() const {
    for (std::size_t at = 0; at < items.size(); ++at) {
      if (!is_null(items[at], values[at])) {
        return false;
      }
    }
    return true;
  }
};

std::vector<part> parts_of(const asked_probe& probe,
                           const std::vector<field>& values) {
  part left{probe.items, values};
  std::vector<part> made;
  for (const auto width : probe.widths) {
    made.push_back({left.items.first(width), left.values.first(width)});
    left = {left.items.subspan(width), left.values.subspan(width)};
  }
  return made;
}

void append_item(const asked_item& item,
                 const field& value,
                 std::string& into) {
  append_big(into, oid_of(item.type));
  encode_value(item.type, is_null(item, value) ? field{} : value, true, into);
}

void append_part(const part& one, std::string& into) {
  append_big(into, record_type_oid);
  if (one.all_null()) {
    append_big(into, null_length);
    return;
  }
  const auto begun = into.size();
  append_big(into, std::uint32_t{0});
  append_big(into, static_cast<std::uint32_t>(one.items.size()));
  for (std::size_t at = 0; at < one.items.size(); ++at) {
    append_item(one.items[at], one.values[at], into);
  }
  put_length(into, begun, begun + length_bytes);
}

void encode_record(const asked_probe& probe,
                   const std::vector<field>& values,
                   std::string& into) {
  const auto begun = into.size();
  append_big(into, std::uint32_t{0});
  append_big(into, static_cast<std::uint32_t>(probe.widths.size()));
  for (const auto& one : parts_of(probe, values)) {
    if (one.items.size() == 1) {
      append_item(one.items.front(), one.values.front(), into);
    } else {
      append_part(one, into);
    }
  }
  put_length(into, begun, begun + length_bytes);
}

std::string record_text(const part& of) {
  std::string made;
  for (std::size_t at = 0; at < of.items.size(); ++at) {
    made += made.empty() ? "(" : ",";
    if (is_null(of.items[at], of.values[at])) {
      continue;
    }
    const auto text = text_of(of.items[at].type, of.values[at]);
    const bool quoted = of.values[at].text() != nullptr;
    made += quoted ? "\"" + text + "\"" : text;
  }
  return made + ")";
}

std::string record_text(const asked_probe& probe,
                        const std::vector<field>& values) {
  std::string made;
  for (const auto& one : parts_of(probe, values)) {
    const auto text = record_text(one);
    made += made.empty() ? "(" : ",";
    if (one.items.size() == 1) {
      made += text.substr(1, text.size() - 2);
    } else if (!one.all_null()) {
      made += "\"" + text + "\"";
    }
  }
  return made + ")";
}

} // namespace

void append_big(std::string& into, std::uint16_t value) {
  append_swapped(into, value);
}
void append_big(std::string& into, std::uint32_t value) {
  append_swapped(into, value);
}
void append_big(std::string& into, std::uint64_t value) {
  append_swapped(into, value);
}

std::size_t open_row(std::string& into, std::size_t columns) {
  into += 'D';
  const auto begun = into.size();
  append_big(into, std::uint32_t{0});
  append_big(into, static_cast<std::uint16_t>(columns));
  return begun;
}

void close_row(std::string& into, std::size_t begun) noexcept {
  // A message's length counts itself.
  put_length(into, begun, begun);
}

void encode_value(wire_type type,
                  const field& value,
                  bool binary,
                  std::string& into) {
  if (value.null()) {
    append_big(into, null_length);
    return;
  }
  const auto begun = into.size();
  append_big(into, std::uint32_t{0});
  if (binary) {
    append_binary(type, value, into);
  } else {
    into += text_of(type, value);
  }
  put_length(into, begun, begun + length_bytes);
}

void encode_row(const asked_probe& probe,
                const std::vector<field>& values,
                bool binary,
                std::string& into) {
  const auto begun = open_row(into, probe.packed ? 1 : probe.items.size());
  if (!probe.packed) {
    for (std::size_t at = 0; at < probe.items.size(); ++at) {
      const auto& item = probe.items[at];
      encode_value(item.type, is_null(item, values[at]) ? field{} : values[at],
                   binary, into);
    }
  } else if (binary) {
    encode_record(probe, values, into);
  } else {
    encode_value(wire_type::text, record_text(probe, values), false, into);
  }
  close_row(into, begun);
}

void encode_texts(const std::vector<std::string>& values, std::string& into) {
  const auto begun = open_row(into, values.size());
  for (const auto& value : values) {
    encode_value(wire_type::text, value.empty() ? field{} : field{value}, false,
                 into);
  }
  close_row(into, begun);
}

} // namespace pgmuster::loadtest
