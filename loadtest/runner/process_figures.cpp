// What /proc says of a child.
#include "drivers/admin/process_reading.hpp"
#include "loadtest/runner/child.hpp"

#include <unistd.h>

#include <fstream>
#include <iterator>

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

double count_sockets(pid_t of) {
  double sockets = 0;
  each_entry("/proc/" + std::to_string(of) + "/fd", [&](const auto& one) {
    std::error_code why;
    const auto what = files::read_symlink(one.path(), why).string();
    sockets += what.starts_with("socket:") ? 1 : 0;
  });
  return sockets;
}

} // namespace pgmuster::loadtest
