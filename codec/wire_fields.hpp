// Fields of protobuf messages as bytes, written where there is room for them.
#pragma once

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/wire_format_lite.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace pgmuster::wire {

using google::protobuf::internal::WireFormatLite;
using google::protobuf::io::CodedOutputStream;

/// All fields written here have numbers below 16: a tag is one byte.
constexpr char tag(int field, WireFormatLite::WireType type) {
  return static_cast<char>(WireFormatLite::MakeTag(field, type));
}
constexpr char bytes_tag(int field) {
  return tag(field, WireFormatLite::WIRETYPE_LENGTH_DELIMITED);
}
constexpr char fixed_tag(int field) {
  return tag(field, WireFormatLite::WIRETYPE_FIXED64);
}
constexpr char varint_tag(int field) {
  return tag(field, WireFormatLite::WIRETYPE_VARINT);
}

inline std::size_t varint_size(std::size_t value) {
  return CodedOutputStream::VarintSize32(static_cast<std::uint32_t>(value));
}

/// Of a length-delimited field whose content has that size.
inline std::size_t field_size(std::size_t content) {
  return 1 + varint_size(content) + content;
}

inline char* put_head(char* to, char tag, std::size_t length) {
  *to++ = tag;
  auto* const at = reinterpret_cast<std::uint8_t*>(to);
  return reinterpret_cast<char*>(CodedOutputStream::WriteVarint32ToArray(
    static_cast<std::uint32_t>(length), at));
}

inline char* put_bytes(char* to, std::string_view bytes) {
  return std::copy(bytes.begin(), bytes.end(), to);
}

inline char* put_fixed(char* to, char tag, std::uint64_t value) {
  *to++ = tag;
  auto* const at = reinterpret_cast<std::uint8_t*>(to);
  return reinterpret_cast<char*>(
    CodedOutputStream::WriteLittleEndian64ToArray(value, at));
}

/// Makes room at the end of `to`; the caller fills exactly that.
inline char* grow(std::string& to, std::size_t by) {
  const auto start = to.size();
  to.resize(start + by);
  return to.data() + start;
}

inline void append_field(std::string& to, char tag, std::string_view content) {
  char* at = grow(to, field_size(content.size()));
  put_bytes(put_head(at, tag, content.size()), content);
}

} // namespace pgmuster::wire
