// What /proc says of a child.
#include "drivers/admin/process_reading.hpp"
#include "loadtest/runner/child.hpp"

#include <unistd.h>

#include <array>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <set>
#include <sstream>

namespace pgmuster::loadtest {
namespace {

namespace files = std::filesystem;

std::string text_of(const files::path& file) {
  std::ifstream from{file};
  return {std::istreambuf_iterator<char>{from}, {}};
}

/// Calls for each entry; a process that ends meanwhile is no error.
template <class Each>
void each_entry(const files::path& folder, const Each& each) {
  std::error_code why;
  files::directory_iterator at{folder, why};
  for (const files::directory_iterator end; !why && at != end;
       at.increment(why)) {
    each(*at);
  }
}

double switches_of(const std::string& status) {
  double sum = 0;
  for (const std::string_view key :
       {"\nvoluntary_ctxt_switches:", "\nnonvoluntary_ctxt_switches:"}) {
    const auto at = status.find(key);
    if (at != std::string::npos) {
      sum += std::strtod(status.c_str() + at + key.size(), nullptr);
    }
  }
  return sum;
}

/// `0100007F:10E1`
std::uint16_t port_of(const std::string& address) {
  const auto colon = address.find(':');
  return colon == std::string::npos
           ? std::uint16_t{0}
           : static_cast<std::uint16_t>(
             std::strtoul(address.c_str() + colon + 1, nullptr, 16));
}

/// Inodes, of the whole network namespace.
std::set<std::string> sockets_with(const files::path& table,
                                   const std::vector<std::uint16_t>& ports) {
  std::set<std::string> found;
  std::ifstream from{table};
  std::string line;
  (void)std::getline(from, line); // the heading
  while (std::getline(from, line)) {
    std::istringstream words{line};
    std::array<std::string, 10> word;
    for (auto& one : word) {
      words >> one;
    }
    for (const auto port : ports) {
      if (port_of(word[1]) == port || port_of(word[2]) == port) {
        found.insert(word[9]);
      }
    }
  }
  return found;
}

} // namespace

process_figures read_figures(pid_t of) {
  const files::path folder = "/proc/" + std::to_string(of);
  process_figures made;
  if (const auto stat = parse_proc_stat(text_of(folder / "stat"))) {
    made.cpu_seconds =
      static_cast<double>(stat->user_ticks + stat->system_ticks)
      / static_cast<double>(::sysconf(_SC_CLK_TCK));
  }
  made.resident_bytes =
    parse_resident_bytes(text_of(folder / "status")).value_or(0);
  each_entry(folder / "fd", [&](const auto&) { ++made.descriptors; });
  each_entry(folder / "task", [&](const auto& thread) {
    made.context_switches += switches_of(text_of(thread.path() / "status"));
  });
  return made;
}

socket_count count_sockets(pid_t of, const std::vector<std::uint16_t>& ports) {
  const files::path folder = "/proc/" + std::to_string(of);
  const auto ours = sockets_with(folder / "net" / "tcp", ports);
  socket_count made;
  each_entry(folder / "fd", [&](const auto& one) {
    std::error_code why;
    const auto what = files::read_symlink(one.path(), why).string();
    constexpr std::string_view before = "socket:[";
    if (what.starts_with(before)) {
      const auto inode =
        what.substr(before.size(), what.size() - before.size() - 1);
      ++(ours.count(inode) != 0 ? made.with_port : made.others);
    }
  });
  return made;
}

} // namespace pgmuster::loadtest
