#include "drivers/files/mapped_counts.hpp"

#include "drivers/files/errc.hpp"
#include "drivers/files/whole_file.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <atomic>
#include <cerrno>
#include <cstring>

namespace pgmuster {
namespace {

error failed(file_errc code, const std::filesystem::path& what, int why) {
  return fail(code, what.string() + " (" + std::generic_category().message(why)
                      + ")");
}

} // namespace

result<std::shared_ptr<mapped_counts>>
mapped_counts::make(const std::filesystem::path& file, std::size_t count) {
  const auto bytes = count * sizeof(std::uint64_t);
  // Another inode than an earlier run's, which is still to be read.
  std::error_code ignored;
  std::filesystem::remove(file, ignored);
  const descriptor opened{::open(
    file.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR)};
  if (opened.number() < 0) {
    return failed(file_errc::cannot_open, file, errno);
  }
  // With its blocks: a store into a hole of a full disk would be a SIGBUS.
  if (const auto why =
        ::posix_fallocate(opened.number(), 0, static_cast<off_t>(bytes));
      why != 0) {
    return failed(file_errc::cannot_grow, file, why);
  }
  void* const at = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED,
                          opened.number(), 0);
  if (at == MAP_FAILED) {
    return failed(file_errc::cannot_map, file, errno);
  }
  return std::shared_ptr<mapped_counts>{
    new mapped_counts(static_cast<std::uint64_t*>(at), count)};
}

mapped_counts::~mapped_counts() {
  ::munmap(counts_, count_ * sizeof(std::uint64_t));
}

void mapped_counts::store(std::size_t which, std::uint64_t value) noexcept {
  std::atomic_ref<std::uint64_t>{counts_[which]}.store(
    value, std::memory_order_relaxed);
}

std::vector<std::uint64_t> read_counts(std::string_view bytes) {
  std::vector<std::uint64_t> counts(bytes.size() / sizeof(std::uint64_t));
  std::memcpy(counts.data(), bytes.data(),
              counts.size() * sizeof(std::uint64_t));
  return counts;
}

} // namespace pgmuster
