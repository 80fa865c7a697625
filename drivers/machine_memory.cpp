#include "drivers/machine_memory.hpp"

#include <algorithm>
#include <charconv>
#include <fstream>
#include <sstream>

namespace pgmuster {

namespace {

std::string read_text(const std::string& path) {
  std::ifstream file{path};
  std::ostringstream text;
  text << file.rdbuf();
  return std::move(text).str();
}

std::optional<std::uint64_t> leading_number(std::string_view text) {
  const auto from = text.find_first_not_of(" \t");
  std::uint64_t number = 0;
  if (from == std::string_view::npos
      || std::from_chars(text.data() + from, text.data() + text.size(), number)
             .ec
           != std::errc{}) {
    return std::nullopt;
  }
  return number;
}

/// The group's own file and those of all groups above it.
void add_files(const std::string& root,
               std::string group,
               const char* name,
               std::vector<std::string>& into) {
  while (!group.empty() && group != "/") {
    into.push_back(root + group + "/" + name);
    group.erase(group.rfind('/'));
  }
  into.push_back(root + "/" + name);
}

} // namespace

std::optional<byte_count> parse_memory_total(std::string_view meminfo) {
  constexpr std::string_view key = "MemTotal:";
  const auto at = meminfo.find(key);
  if (at == std::string_view::npos) {
    return std::nullopt;
  }
  const auto kibibytes = leading_number(meminfo.substr(at + key.size()));
  return kibibytes ? std::optional{byte_count{*kibibytes * 1024}}
                   : std::nullopt;
}

std::vector<std::string> memory_limit_files(std::string_view cgroup) {
  std::vector<std::string> files;
  while (!cgroup.empty()) {
    const auto line = cgroup.substr(0, cgroup.find('\n'));
    cgroup.remove_prefix(std::min(cgroup.size(), line.size() + 1));
    // number:controllers:path; version 2 has no controllers.
    const auto first = line.find(':');
    const auto second = line.find(':', first + 1);
    if (first == std::string_view::npos || second == std::string_view::npos) {
      continue;
    }
    const auto controllers = line.substr(first + 1, second - first - 1);
    const std::string group{line.substr(second + 1)};
    if (!group.starts_with('/')) {
      continue;
    }
    if (controllers.empty()) {
      add_files("/sys/fs/cgroup", group, "memory.max", files);
    } else if (controllers == "memory") {
      add_files("/sys/fs/cgroup/memory", group, "memory.limit_in_bytes", files);
    }
  }
  return files;
}

std::optional<byte_count> parse_memory_limit(std::string_view text) {
  const auto number = leading_number(text);
  return number ? std::optional{byte_count{*number}} : std::nullopt;
}

std::optional<byte_count> machine_memory() {
  auto least = parse_memory_total(read_text("/proc/meminfo"));
  for (const auto& file : memory_limit_files(read_text("/proc/self/cgroup"))) {
    const auto limit = parse_memory_limit(read_text(file));
    if (limit && (!least || *limit < *least)) {
      least = limit;
    }
  }
  return least;
}

} // namespace pgmuster
