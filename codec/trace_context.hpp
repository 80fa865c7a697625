// W3C trace context: which trace and span a session says it works for.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace pgmuster {

struct trace_context {
  std::array<std::uint8_t, 16> trace{};
  std::array<std::uint8_t, 8> span{};
  std::uint8_t flags = 0;
  bool operator==(const trace_context&) const = default;
};

/// The first `traceparent` (version 00: `00-<trace>-<span>-<flags>` in small
/// hexadecimal) anywhere in the words; ids of zeros are none.
[[nodiscard]] std::optional<trace_context>
find_trace_context(std::string_view words) noexcept;

/// The words without it: it is different in each trace.
[[nodiscard]] std::string_view
before_trace_context(std::string_view words) noexcept;

} // namespace pgmuster
