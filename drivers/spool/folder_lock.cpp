// flock: the kernel takes it back however the process ends. The file's text is
// for people only.
#include "drivers/spool/folder_lock.hpp"

#include "drivers/spool/errc.hpp"
#include "drivers/spool/segment_file.hpp"

#include <fcntl.h>
#include <sched.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <string>

namespace pgmuster::spooling {
namespace {

constexpr mode_t owner_only = 0600;
constexpr std::size_t pid_bytes_max = 20;
constexpr int tries = 100;

std::filesystem::path lock_path(const std::filesystem::path& folder) {
  return folder / "lock";
}

std::string written_pid(const std::filesystem::path& folder) {
  auto pid = read_small_file(lock_path(folder), pid_bytes_max);
  pid.resize(pid.find_last_not_of('\n') + 1);
  return pid.empty() ? "of unknown number" : pid;
}

} // namespace

result<folder_lock> folder_lock::take(const std::filesystem::path& folder) {
  const auto path = lock_path(folder);
  const auto descriptor =
    ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, owner_only);
  if (descriptor < 0) {
    return fail(spool_errc::cannot_open,
                path.string() + ": " + std::generic_category().message(errno));
  }
  folder_lock made{descriptor};
  // `holder` may have it for an instant: that is no owner.
  auto locked = ::flock(descriptor, LOCK_EX | LOCK_NB) == 0;
  for (auto left = tries; !locked && left > 0; --left) {
    ::sched_yield();
    locked = ::flock(descriptor, LOCK_EX | LOCK_NB) == 0;
  }
  if (!locked) {
    return fail(spool_errc::owned,
                folder.string() + ": process " + written_pid(folder));
  }
  const auto pid = std::to_string(::getpid()) + "\n";
  // Only words: a full disk must not keep us from reading what is there.
  [[maybe_unused]] auto told = ::ftruncate(descriptor, 0) == 0;
  told = ::pwrite(descriptor, pid.data(), pid.size(), 0) > 0;
  return made;
}

folder_lock::~folder_lock() {
  if (descriptor_ >= 0) {
    ::close(descriptor_);
  }
}

std::string folder_lock::holder(const std::filesystem::path& folder) {
  const auto descriptor =
    ::open(lock_path(folder).c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  if (descriptor < 0) {
    return {};
  }
  const auto locked = ::flock(descriptor, LOCK_SH | LOCK_NB) != 0;
  ::close(descriptor);
  return locked ? written_pid(folder) : std::string{};
}

} // namespace pgmuster::spooling
