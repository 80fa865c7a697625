#include "drivers/state/state_directory.hpp"

#include "drivers/state/errc.hpp"

#include <fmt/format.h>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <utility>

namespace pgmuster {

namespace {

constexpr auto owner_name = "owner";
/// What is kept here is small; more than this is not ours.
constexpr std::size_t file_bytes_max = 64U * 1024 * 1024;

/// Closes on every way out.
class descriptor {
public:
  explicit descriptor(int number) : number_(number) {}
  ~descriptor() {
    if (number_ >= 0) {
      ::close(number_);
    }
  }
  descriptor(const descriptor&) = delete;
  descriptor& operator=(const descriptor&) = delete;
  [[nodiscard]] int number() const noexcept { return number_; }
  [[nodiscard]] int release() noexcept { return std::exchange(number_, -1); }

private:
  int number_;
};

error failed(state_errc code, const std::filesystem::path& what) {
  return fail(code, fmt::format("{} ({})", what.string(),
                                std::generic_category().message(errno)));
}

bool write_all(int to, std::string_view bytes) {
  while (!bytes.empty()) {
    const auto wrote = ::write(to, bytes.data(), bytes.size());
    if (wrote < 0 && errno == EINTR) {
      continue;
    }
    if (wrote <= 0) {
      return false;
    }
    bytes.remove_prefix(static_cast<std::size_t>(wrote));
  }
  return true;
}

/// The bytes up to the file's end; empty: they cannot be had.
std::optional<std::string> read_all(int from) {
  std::string bytes;
  std::array<char, 64U * 1024> piece{};
  for (;;) {
    const auto got = ::read(from, piece.data(), piece.size());
    if (got < 0 && errno == EINTR) {
      continue;
    }
    if (got < 0 || bytes.size() > file_bytes_max) {
      return std::nullopt;
    }
    if (got == 0) {
      return bytes;
    }
    bytes.append(piece.data(), static_cast<std::size_t>(got));
  }
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
  const auto path = folder / owner_name;
  descriptor lock{
    ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, S_IRUSR | S_IWUSR)};
  if (lock.number() < 0) {
    return failed(state_errc::no_folder, path);
  }
  if (::flock(lock.number(), LOCK_EX | LOCK_NB) != 0) {
    const auto owner = read_all(lock.number()).value_or("");
    return fail(state_errc::in_use,
                fmt::format("{} (process {})", folder.string(),
                            owner.substr(0, owner.find('\n'))));
  }
  // For whoever finds it locked; nothing depends on it.
  if (::ftruncate(lock.number(), 0) != 0
      || !write_all(lock.number(), fmt::format("{}\n", ::getpid()))) {
    return failed(state_errc::cannot_write, path);
  }
  return state_directory{folder, lock.release()};
}

state_directory::~state_directory() {
  if (lock_ >= 0) {
    ::close(lock_);
  }
}

state_directory::state_directory(state_directory&& other) noexcept
  : folder_(std::move(other.folder_)), lock_(std::exchange(other.lock_, -1)) {}

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
  auto bytes = read_all(file.number());
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
    if (file.number() < 0 || !write_all(file.number(), bytes)
        || ::fdatasync(file.number()) != 0) {
      return failed(state_errc::cannot_write, next);
    }
  }
  if (::rename(next.c_str(), path.c_str()) != 0) {
    return failed(state_errc::cannot_write, path);
  }
  return {};
}

} // namespace pgmuster
