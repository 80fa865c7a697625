// Room for bytes that are of use for a moment: what is asked, what is answered.
#pragma once

#include <cstddef>
#include <string>

namespace pgmuster::postgres {

/// An empty string, with what room the calling thread has to spare. A session
/// that waits holds none, and one that begins need not ask malloc for blocks
/// that are too large for a thread to keep.
[[nodiscard]] std::string take_spare_bytes() noexcept;

/// What a thread keeps at most: more than most answers need.
inline constexpr std::size_t spare_bytes_max = 256 * 1024;

/// Gives room to the calling thread, who keeps one piece of it, whoever took
/// it.
void give_spare_bytes(std::string&& bytes) noexcept;

} // namespace pgmuster::postgres
