#include "loadtest/runner/machine.hpp"

#include "config/limits.hpp"

#include <fmt/format.h>

#include <sched.h>
#include <sys/resource.h>
#include <sys/utsname.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>

namespace pgmuster::loadtest {
namespace {

/// The first line that begins with `key`, without it.
std::string line_of(const char* file, std::string_view key) {
  std::ifstream from{file};
  std::string line;
  while (std::getline(from, line)) {
    if (line.starts_with(key)) {
      const auto colon = line.find(':');
      const auto at = line.find_first_not_of(" \t", colon + 1);
      return at == std::string::npos ? std::string{} : line.substr(at);
    }
  }
  return {};
}

std::uint64_t mib_of(std::string_view key) {
  const auto text = line_of("/proc/meminfo", key);
  return std::strtoull(text.c_str(), nullptr, 10) / 1024;
}

} // namespace

machine read_machine() {
  machine made;
  made.processor = line_of("/proc/cpuinfo", "model name");
  utsname names{};
  if (::uname(&names) == 0) {
    made.kernel = static_cast<const char*>(names.release);
  }
  cpu_set_t cpus;
  CPU_ZERO(&cpus);
  if (::sched_getaffinity(0, sizeof cpus, &cpus) == 0) {
    made.cores = static_cast<std::uint64_t>(CPU_COUNT(&cpus));
    for (int one = 0; one < CPU_SETSIZE; ++one) {
      if (CPU_ISSET(static_cast<std::size_t>(one), &cpus)) {
        made.cpus.push_back(one);
      }
    }
  }
  made.memory_mib = mib_of("MemTotal");
  made.memory_available_mib = mib_of("MemAvailable");
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) == 0) {
    made.descriptors = limit.rlim_cur;
    made.descriptors_hard = limit.rlim_max;
  }
  double load = 0;
  if (::getloadavg(&load, 1) == 1) {
    made.load = load;
  }
  return made;
}

void raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) == 0
      && limit.rlim_cur < limit.rlim_max) {
    limit.rlim_cur = limit.rlim_max;
    (void)::setrlimit(RLIMIT_NOFILE, &limit);
  }
}

std::uint64_t descriptors_needed(const simulated_fleet& fleet) {
  const auto sessions = fleet.targets * (fleet.databases > 1 ? 2 : 1);
  constexpr std::uint64_t least = 256;
  // What the collector keeps free, and as much as it uses of a small limit.
  return std::max(
    least,
    sessions + std::min<std::uint64_t>(sessions, limits::reserved_descriptors));
}

std::vector<std::string>
absent_pins(const std::map<std::string, std::vector<int>>& pins,
            const machine& here) {
  std::vector<std::string> words;
  for (const auto& [part, cpus] : pins) {
    for (const int one : cpus) {
      if (std::find(here.cpus.begin(), here.cpus.end(), one)
          == here.cpus.end()) {
        words.push_back(fmt::format(
          "the {} is pinned to CPU {}, which is not usable here", part, one));
      }
    }
  }
  return words;
}

std::vector<std::string> shortfalls(const machine_needs& needs,
                                    const machine& here) {
  std::vector<std::string> words;
  if (here.descriptors_hard < needs.descriptors) {
    words.push_back(fmt::format(
      "a process may open {} descriptors here (ulimit -Hn), {} are needed: "
      "raise the hard limit, or ask for fewer targets with --targets (a real "
      "fleet is split over processes with pgmuster run --member)",
      here.descriptors_hard, needs.descriptors));
  }
  if (here.cores < needs.cores) {
    words.push_back(fmt::format("{} cores are usable here, {} are needed",
                                here.cores, needs.cores));
  }
  if (here.memory_available_mib < needs.memory_mib) {
    words.push_back(fmt::format("{} MiB of memory are available, {} are needed",
                                here.memory_available_mib, needs.memory_mib));
  }
  return words;
}

} // namespace pgmuster::loadtest
