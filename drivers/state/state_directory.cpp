#include "drivers/state/state_directory.hpp"

#include "drivers/state/errc.hpp"

#include <fmt/format.h>

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

namespace pgmuster {

namespace {

/// What is kept here is small; more than this is not ours.
constexpr std::size_t file_bytes_max = 64U * 1024 * 1024;

error failed(state_errc code, const std::filesystem::path& what) {
  return fail(code, fmt::format("{} ({})", what.string(),
                                std::generic_category().message(errno)));
}

} // namespace

result<state_directory>
state_directory::open(const std::filesystem::path& folder) {
  std::error_code why;
  const auto made = std::filesystem::create_directories(folder, why);
  if (why) {
    return fail(state_errc::no_folder,
                fmt::format("{} ({})", folder.string(), why.message()));
  }
  if (made) {
    std::filesystem::permissions(folder, std::filesystem::perms::owner_all,
                                 why);
  }
  auto lock = folder_lock::take(folder);
  if (!lock) {
    return lock.error();
  }
  return state_directory{folder, std::move(lock.value())};
}

result<std::optional<std::string>>
state_directory::read(const std::string& name) const {
  const auto path = folder_ / name;
  const descriptor file{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
  if (file.number() < 0) {
    if (errno == ENOENT) {
      return std::optional<std::string>{};
    }
    return failed(state_errc::cannot_read, path);
  }
  auto bytes = read_fully(file.number(), file_bytes_max);
  if (!bytes) {
    return failed(state_errc::cannot_read, path);
  }
  return bytes;
}

result<void> state_directory::write(const std::string& name,
                                    std::string_view bytes) const {
  const auto path = folder_ / name;
  const auto next = folder_ / (name + ".next");
  {
    const descriptor file{::open(next.c_str(),
                                 O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC,
                                 S_IRUSR | S_IWUSR)};
    if (file.number() < 0 || !write_fully(file.number(), bytes)
        || ::fdatasync(file.number()) != 0) {
      return failed(state_errc::cannot_write, next);
    }
  }
  if (::rename(next.c_str(), path.c_str()) != 0) {
    return failed(state_errc::cannot_write, path);
  }
  return {};
}

result<std::shared_ptr<mapped_counts>>
state_directory::map_counts(const std::string& name, std::size_t count) const {
  return mapped_counts::make(folder_ / name, count);
}

std::string boot_id() {
  constexpr std::size_t bytes_max = 64;
  const descriptor file{
    ::open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC)};
  auto id = file.number() < 0
              ? std::string{}
              : read_fully(file.number(), bytes_max).value_or("");
  id.resize(id.find_last_not_of('\n') + 1);
  return id;
}

} // namespace pgmuster
