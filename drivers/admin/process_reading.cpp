// What the kernel says of this process, for the process_* metrics.
#include "drivers/admin/process_reading.hpp"

#include <sys/resource.h>
#include <sys/time.h>
#include <unistd.h>

#include <charconv>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <system_error>
#include <vector>

namespace pgmuster {

namespace {

std::string read_text(const char* path) {
  std::ifstream file{path};
  std::ostringstream text;
  text << file.rdbuf();
  return std::move(text).str();
}

double seconds_of(const timeval& time) {
  return static_cast<double>(time.tv_sec)
         + static_cast<double>(time.tv_usec) / 1e6;
}

std::optional<double> cpu_seconds() {
  rusage usage{};
  if (::getrusage(RUSAGE_SELF, &usage) != 0) {
    return std::nullopt;
  }
  return seconds_of(usage.ru_utime) + seconds_of(usage.ru_stime);
}

std::optional<double> open_descriptors() {
  std::error_code why;
  std::filesystem::directory_iterator entry{"/proc/self/fd", why};
  double counted = 0;
  for (const std::filesystem::directory_iterator end; !why && entry != end;
       entry.increment(why)) {
    ++counted;
  }
  // One of them was the listing's own.
  return why || counted < 1 ? std::nullopt : std::optional{counted - 1};
}

std::optional<double> descriptors_max() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0
      || limit.rlim_cur == RLIM_INFINITY) {
    return std::nullopt;
  }
  return static_cast<double>(limit.rlim_cur);
}

std::optional<double> boot_seconds() {
  const std::string text = read_text("/proc/stat");
  constexpr std::string_view key = "\nbtime ";
  const std::size_t at = text.find(key);
  if (at == std::string::npos) {
    return std::nullopt;
  }
  std::uint64_t boot = 0;
  const char* from = text.data() + at + key.size();
  const auto [end, why] =
    std::from_chars(from, text.data() + text.size(), boot);
  return why == std::errc{} ? std::optional{static_cast<double>(boot)}
                            : std::nullopt;
}

template <class Number>
bool read_number(std::string_view text, Number& into) {
  return std::from_chars(text.data(), text.data() + text.size(), into).ec
         == std::errc{};
}

} // namespace

std::optional<proc_stat_fields> parse_proc_stat(std::string_view text) {
  const std::size_t name_end = text.rfind(')');
  if (name_end == std::string_view::npos) {
    return std::nullopt;
  }
  // proc(5) counts from 1; after the name comes field 3.
  std::vector<std::string_view> fields(3);
  std::size_t at = name_end + 1;
  while ((at = text.find_first_not_of(" \n", at)) != std::string_view::npos) {
    const std::size_t end =
      std::min(text.find_first_of(" \n", at), text.size());
    fields.push_back(text.substr(at, end - at));
    at = end;
  }
  constexpr std::size_t user = 14;
  constexpr std::size_t system = 15;
  constexpr std::size_t threads = 20;
  constexpr std::size_t start = 22;
  proc_stat_fields read;
  if (fields.size() <= start || !read_number(fields[user], read.user_ticks)
      || !read_number(fields[system], read.system_ticks)
      || !read_number(fields[threads], read.threads)
      || !read_number(fields[start], read.start_ticks)) {
    return std::nullopt;
  }
  return read;
}

std::optional<double> parse_resident_bytes(std::string_view status) {
  constexpr std::string_view key = "\nVmRSS:";
  const std::size_t at = status.find(key);
  if (at == std::string_view::npos) {
    return std::nullopt;
  }
  const std::size_t from = status.find_first_not_of(" \t", at + key.size());
  std::uint64_t kibibytes = 0;
  if (from == std::string_view::npos
      || !read_number(status.substr(from), kibibytes)) {
    return std::nullopt;
  }
  return static_cast<double>(kibibytes) * 1024;
}

std::optional<double> read_resident_bytes() {
  return parse_resident_bytes(read_text("/proc/self/status"));
}

process_reading read_process() {
  process_reading reading;
  reading.cpu_seconds = cpu_seconds();
  reading.open_descriptors = open_descriptors();
  reading.descriptors_max = descriptors_max();
  reading.resident_bytes = read_resident_bytes();
  if (const auto stat = parse_proc_stat(read_text("/proc/self/stat"))) {
    reading.threads = static_cast<double>(stat->threads);
    if (const auto boot = boot_seconds()) {
      reading.start_time_seconds =
        *boot
        + static_cast<double>(stat->start_ticks)
            / static_cast<double>(::sysconf(_SC_CLK_TCK));
    }
  }
  return reading;
}

} // namespace pgmuster
