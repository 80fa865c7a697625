// A write that fails in the middle is taken back, so that only a crash leaves
// a torn record.
#include "drivers/spool/segment_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/uio.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <limits>

namespace pgmuster::spooling {
namespace {

constexpr mode_t owner_only = 0600;
constexpr mode_t owner_only_folder = 0700;

std::string words_for(int error_number) {
  return std::error_code{error_number, std::generic_category()}.message();
}

} // namespace

error write_failure(int error_number, std::string context) {
  const auto full =
    error_number == ENOSPC || error_number == EDQUOT || error_number == EFBIG;
  return fail(full ? spool_errc::disk_full : spool_errc::cannot_write,
              std::move(context) + ": " + words_for(error_number));
}

result<std::shared_ptr<segment_file>>
segment_file::open(const std::filesystem::path& path, access how) {
  auto flags = O_CLOEXEC | O_NOFOLLOW | O_NOCTTY;
  flags |= how == access::read ? O_RDONLY : O_RDWR;
  flags |= how == access::create ? O_CREAT | O_EXCL : 0;
  const auto descriptor = ::open(path.c_str(), flags, owner_only);
  if (descriptor < 0) {
    if (errno == ENOSPC || errno == EDQUOT) {
      return write_failure(errno, path.string());
    }
    return fail(spool_errc::cannot_open,
                path.string() + ": " + words_for(errno));
  }
  struct ::stat found {};
  if (::fstat(descriptor, &found) != 0 || !S_ISREG(found.st_mode)) {
    ::close(descriptor);
    return fail(spool_errc::cannot_open, path.string() + ": not a plain file");
  }
  std::unique_ptr<segment_file> made{
    new segment_file{descriptor, static_cast<std::uint64_t>(found.st_size)}};
  return std::shared_ptr<segment_file>{std::move(made)};
}

segment_file::~segment_file() {
  ::close(descriptor_);
}

std::size_t segment_file::read_at(std::uint64_t offset,
                                  std::span<char> into) noexcept {
  std::size_t done = 0;
  while (done < into.size()) {
    const auto got =
      ::pread(descriptor_, into.data() + done, into.size() - done,
              static_cast<off_t>(offset + done));
    if (got < 0 && errno == EINTR) {
      continue;
    }
    if (got <= 0) {
      break;
    }
    done += static_cast<std::size_t>(got);
  }
  return done;
}

result<void> segment_file::append(std::string_view first,
                                  std::string_view second) {
  const auto whole = first.size() + second.size();
  std::size_t done = 0;
  while (done < whole) {
    const auto of_first =
      done < first.size() ? first.substr(done) : std::string_view{};
    const auto of_second =
      second.substr(done > first.size() ? done - first.size() : std::size_t{0});
    std::array<::iovec, 2> parts{
      ::iovec{const_cast<char*>(of_first.data()), of_first.size()},
      ::iovec{const_cast<char*>(of_second.data()), of_second.size()}};
    const auto wrote =
      ::pwritev(descriptor_, parts.data(), static_cast<int>(parts.size()),
                static_cast<off_t>(size_ + done));
    if (wrote < 0 && errno == EINTR) {
      continue;
    }
    if (wrote <= 0) {
      const auto why = wrote == 0 ? ENOSPC : errno;
      // If even this fails, the next record is written over what is torn.
      [[maybe_unused]] const auto cut =
        ::ftruncate(descriptor_, static_cast<off_t>(size_));
      return write_failure(why, "a segment");
    }
    done += static_cast<std::size_t>(wrote);
  }
  size_ += whole;
  return {};
}

result<void> make_folder(const std::filesystem::path& path) {
  std::filesystem::path made;
  for (const auto& part : path) {
    made /= part;
    if (::mkdir(made.c_str(), owner_only_folder) != 0 && errno != EEXIST) {
      const auto why = errno;
      std::error_code ignored;
      if (std::filesystem::is_directory(made, ignored)) {
        continue;
      }
      if (why == ENOSPC || why == EDQUOT) {
        return write_failure(why, made.string());
      }
      return fail(spool_errc::cannot_open,
                  made.string() + ": " + words_for(why));
    }
  }
  std::error_code ignored;
  if (!std::filesystem::is_directory(path, ignored)) {
    return fail(spool_errc::cannot_open, path.string() + ": not a folder");
  }
  return {};
}

std::string read_small_file(const std::filesystem::path& path,
                            std::size_t bytes_max) {
  auto file = segment_file::open(path, segment_file::access::read);
  if (!file) {
    return {};
  }
  std::string bytes(std::min<std::uint64_t>(file.value()->size(), bytes_max),
                    '\0');
  bytes.resize(file.value()->read_at(0, bytes));
  return bytes;
}

result<void> append_to_file(const std::filesystem::path& path,
                            std::string_view bytes) {
  auto file = segment_file::open(path, segment_file::access::append);
  if (!file) {
    file = segment_file::open(path, segment_file::access::create);
  }
  if (!file) {
    return file.error();
  }
  return file.value()->append(bytes, {});
}

std::uint64_t free_bytes(const std::filesystem::path& path) {
  struct ::statvfs found {};
  if (::statvfs(path.c_str(), &found) != 0) {
    return std::numeric_limits<std::uint64_t>::max();
  }
  return std::uint64_t{found.f_bavail} * found.f_frsize;
}

void sync_folder(const std::filesystem::path& path) noexcept {
  const auto descriptor =
    ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor >= 0) {
    ::fsync(descriptor);
    ::close(descriptor);
  }
}

} // namespace pgmuster::spooling
