// Why a frame is not in the spool, or does not come out of it.
#pragma once

#include <cstdint>
#include <system_error>

namespace pgmuster {

enum class spool_errc : std::uint8_t {
  success = 0,
  /// A folder or file cannot be made, opened or read; the context says why.
  cannot_open,
  /// The system took only a part of what was written, or none of it.
  cannot_write,
  /// The disk is full, or has less room left than is to stay free.
  disk_full,
  /// The frames that wait to be written are as many as may wait.
  busy,
  /// The frame's names or payload are larger than a segment may hold.
  too_large,
  /// A segment of another version of the format; it is left as it is.
  other_version,
  /// Not a segment, or its beginning is damaged; it is left as it is.
  not_a_segment,
  /// A record's bytes are not those that were written.
  corrupt,
  /// The spool is stopped.
  stopped,
  /// The system gives no further thread.
  no_thread
};

[[nodiscard]] const std::error_category& spool_category() noexcept;
[[nodiscard]] std::error_code make_error_code(spool_errc code) noexcept;

} // namespace pgmuster

template <>
struct std::is_error_code_enum<pgmuster::spool_errc> : std::true_type {};
