// One owner of a spool at a time: a lock that goes with its process.
#pragma once

#include "config/result.hpp"

#include <filesystem>
#include <utility>

namespace pgmuster::spooling {

class folder_lock {
public:
  /// Error: owned, naming the holder's pid; cannot_open.
  [[nodiscard]] static result<folder_lock>
  take(const std::filesystem::path& folder);

  folder_lock(folder_lock&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)) {}
  folder_lock& operator=(folder_lock&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    return *this;
  }
  ~folder_lock();

  /// The pid that holds it, "" if nobody does.
  [[nodiscard]] static std::string holder(const std::filesystem::path& folder);

private:
  explicit folder_lock(int descriptor) noexcept : descriptor_(descriptor) {}

  int descriptor_;
};

} // namespace pgmuster::spooling
