// One open file of the spool: appended to, read from anywhere, mode 0600.
#pragma once

#include "config/result.hpp"
#include "drivers/spool/byte_source.hpp"
#include "drivers/spool/errc.hpp"

#include <filesystem>
#include <memory>
#include <string_view>

namespace pgmuster::spooling {

class segment_file final : public byte_source {
public:
  enum class access : std::uint8_t { read, append, create };

  /// `create` fails if the file is there. Error: cannot_open, disk_full.
  [[nodiscard]] static result<std::shared_ptr<segment_file>>
  open(const std::filesystem::path& path, access how);
  ~segment_file() override;

  [[nodiscard]] int descriptor() const noexcept { return descriptor_; }
  [[nodiscard]] std::uint64_t size() const noexcept override { return size_; }
  std::size_t read_at(std::uint64_t offset,
                      std::span<char> into) noexcept override;

  /// Both parts behind each other at the end, or neither: a part that was
  /// written is cut off again. Errors: disk_full, cannot_write.
  [[nodiscard]] result<void> append(std::string_view first,
                                    std::string_view second);

private:
  segment_file(int descriptor, std::uint64_t size) noexcept
    : descriptor_(descriptor), size_(size) {}

  int descriptor_;
  std::uint64_t size_;
};

/// Makes a folder and those above it, mode 0700. Error: cannot_open.
[[nodiscard]] result<void> make_folder(const std::filesystem::path& path);

/// All of a small file; empty if it cannot be read.
[[nodiscard]] std::string read_small_file(const std::filesystem::path& path,
                                          std::size_t bytes_max);

/// Appends to a small file, which is made if need be.
[[nodiscard]] result<void> append_to_file(const std::filesystem::path& path,
                                          std::string_view bytes);

/// Bytes that others may still write to this file system.
[[nodiscard]] std::uint64_t free_bytes(const std::filesystem::path& path);

/// So that a new file's name survives a loss of power.
void sync_folder(const std::filesystem::path& path) noexcept;

/// The error for a system call that failed with this number.
[[nodiscard]] error write_failure(int error_number, std::string context);

} // namespace pgmuster::spooling
