#include "loadtest/runner/machine.hpp"

#include <fmt/format.h>

#include <sched.h>
#include <sys/resource.h>
#include <sys/utsname.h>

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

std::vector<std::string> shortfalls(const machine_needs& needs,
                                    const machine& here) {
  std::vector<std::string> words;
  if (here.descriptors_hard < needs.descriptors) {
    words.push_back(fmt::format(
      "a process may open {} descriptors here (ulimit -Hn), {} are needed: "
      "raise the hard limit, or split the fleet with --member over processes "
      "that each have their own",
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
