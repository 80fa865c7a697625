// Prints how many MB a second go into the spool and come out of it again.
#include "drivers/spool/segment_store.hpp"

#include <fmt/format.h>

#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <random>

namespace pgmuster {
namespace {

/// What passes on the wall and on the processor.
class stopwatch {
public:
  stopwatch()
    : wall_(now(CLOCK_MONOTONIC)), cpu_(now(CLOCK_PROCESS_CPUTIME_ID)) {}
  [[nodiscard]] double wall() const { return now(CLOCK_MONOTONIC) - wall_; }
  [[nodiscard]] double cpu() const {
    return now(CLOCK_PROCESS_CPUTIME_ID) - cpu_;
  }

private:
  static double now(clockid_t which) {
    timespec read{};
    clock_gettime(which, &read);
    return static_cast<double>(read.tv_sec)
           + static_cast<double>(read.tv_nsec) * 1e-9;
  }
  double wall_;
  double cpu_;
};

void tell(const char* what,
          double bytes,
          double frames,
          const stopwatch& took) {
  fmt::print("{:<28} {:>7.0f} MB/s, {:>7.0f} frames/s; {:>7.0f} MB a second of "
             "CPU\n",
             what, bytes / took.wall() / 1e6, frames / took.wall(),
             bytes / took.cpu() / 1e6);
}

void run(const std::filesystem::path& folder, std::size_t frame_bytes) {
  std::mt19937_64 random{1};
  const spooling::store_limits limits{byte_count{1ULL << 40U},
                                      byte_count{1ULL << 40U},
                                      limits::spool_segment_bytes};
  constexpr double total = 400e6;
  const auto frames = static_cast<std::size_t>(total) / frame_bytes;
  frame made;
  made.route = route_name{"main"};
  made.tenant = tenant_id{"acme"};
  made.points = 1;
  made.payload.resize(frame_bytes);
  for (auto& letter : made.payload) {
    letter = static_cast<char>(random());
  }
  const auto bytes = static_cast<double>(frames * frame_bytes);
  const auto count = static_cast<double>(frames);
  fmt::print("frames of {} bytes\n", frame_bytes);
  {
    spooling::segment_store store{folder, limits, [&] { return random(); }};
    static_cast<void>(store.open(true));
    const stopwatch took;
    for (std::size_t at = 0; at < frames; ++at) {
      static_cast<void>(store.append(made, {}, {}, spooling::custody::waiting));
    }
    tell("  write", bytes, count, took);
    const stopwatch synced;
    for (const auto& file : store.take_unsynced()) {
      static_cast<void>(::fdatasync(file->descriptor()));
    }
    fmt::print("  {:<26} {:.2f} s more\n", "and give it to the disk",
               synced.wall());
  }
  const stopwatch opening;
  spooling::segment_store store{folder, limits, [&] { return random(); }};
  static_cast<void>(store.open(true));
  tell("  look at it at a start", bytes, count, opening);
  const stopwatch took;
  const auto of = spooling::partition_of(made);
  for (;;) {
    const auto read = store.take(of, byte_count{4U * 1024 * 1024});
    if (read.empty()) {
      break;
    }
    for (const auto& one : read) {
      store.acknowledge(of, one.position);
    }
    static_cast<void>(store.settle());
  }
  tell("  replay and acknowledge", bytes, count, took);
}

} // namespace
} // namespace pgmuster

int main(int count, char** words) {
  std::string pattern =
    std::string{count > 1 ? words[1] : "/var/tmp"} + "/spool_bench.XXXXXX";
  if (::mkdtemp(pattern.data()) == nullptr) {
    fmt::print("no folder to be had below {}\n", pattern);
    return EXIT_FAILURE;
  }
  for (const std::size_t frame_bytes : {2'000UL, 50'000UL, 500'000UL}) {
    pgmuster::run(std::filesystem::path{pattern} / fmt::to_string(frame_bytes),
                  frame_bytes);
  }
  std::filesystem::remove_all(pattern);
  return EXIT_SUCCESS;
}
