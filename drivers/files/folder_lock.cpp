// flock: the kernel takes it back however the process ends. The file's text is
// for people only.
#include "drivers/files/folder_lock.hpp"

#include "drivers/files/errc.hpp"

#include <fcntl.h>
#include <sched.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <string>

namespace pgmuster {
namespace {

constexpr mode_t owner_only = 0600;
constexpr std::size_t pid_bytes_max = 20;
constexpr int tries = 100;

std::filesystem::path lock_path(const std::filesystem::path& folder) {
  return folder / "lock";
}

descriptor open_to_read(const std::filesystem::path& folder) {
  return descriptor{
    ::open(lock_path(folder).c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW)};
}

std::string written_pid(const descriptor& file) {
  auto pid = read_fully(file.number(), pid_bytes_max).value_or("");
  pid.resize(pid.find_last_not_of('\n') + 1);
  return pid.empty() ? "of unknown number" : pid;
}

} // namespace

result<folder_lock> folder_lock::take(const std::filesystem::path& folder) {
  const auto path = lock_path(folder);
  descriptor file{::open(
    path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, owner_only)};
  if (file.number() < 0) {
    return fail(file_errc::cannot_open,
                path.string() + " (" + std::generic_category().message(errno)
                  + ")");
  }
  // `holder` may have it for an instant: that is no owner.
  auto locked = ::flock(file.number(), LOCK_EX | LOCK_NB) == 0;
  for (auto left = tries; !locked && left > 0; --left) {
    ::sched_yield();
    locked = ::flock(file.number(), LOCK_EX | LOCK_NB) == 0;
  }
  if (!locked) {
    return fail(file_errc::owned,
                folder.string() + " (process " + written_pid(file) + ")");
  }
  // Only words: a full disk must not keep us from reading what is there.
  [[maybe_unused]] const auto told =
    ::ftruncate(file.number(), 0) == 0
    && write_fully(file.number(), std::to_string(::getpid()) + "\n");
  return folder_lock{std::move(file), path};
}

bool folder_lock::in_place() const noexcept {
  struct ::stat held {};
  struct ::stat found {};
  return ::fstat(file_.number(), &held) == 0
         && ::stat(path_.c_str(), &found) == 0 && held.st_dev == found.st_dev
         && held.st_ino == found.st_ino;
}

std::string folder_lock::holder(const std::filesystem::path& folder) {
  const auto file = open_to_read(folder);
  if (file.number() < 0) {
    return {};
  }
  return ::flock(file.number(), LOCK_SH | LOCK_NB) != 0 ? written_pid(file)
                                                        : std::string{};
}

} // namespace pgmuster
