// How much memory this process may have: the machine's, or its control
// group's.
#pragma once

#include "config/byte_count.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pgmuster {

/// MemTotal of /proc/meminfo.
[[nodiscard]] std::optional<byte_count>
parse_memory_total(std::string_view meminfo);

/// The files that may limit the group of /proc/self/cgroup, its parents' too;
/// of both versions of control groups.
[[nodiscard]] std::vector<std::string>
memory_limit_files(std::string_view cgroup);

/// A number of bytes; nothing for `max` and for what is none.
[[nodiscard]] std::optional<byte_count>
parse_memory_limit(std::string_view text);

/// The smallest of all; nothing if the kernel does not say. Reads a few files
/// of the kernel's.
[[nodiscard]] std::optional<byte_count> machine_memory();

} // namespace pgmuster
