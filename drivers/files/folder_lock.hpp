// One owner of a folder at a time: a lock that goes with its process.
#pragma once

#include "config/result.hpp"
#include "drivers/files/whole_file.hpp"

#include <filesystem>

namespace pgmuster {

class folder_lock {
public:
  /// Error: owned, naming the holder's pid; cannot_open.
  [[nodiscard]] static result<folder_lock>
  take(const std::filesystem::path& folder);

  /// The folder still has this lock: it was neither removed nor replaced.
  [[nodiscard]] bool in_place() const noexcept;

  /// The pid that holds it, "" if nobody does.
  [[nodiscard]] static std::string holder(const std::filesystem::path& folder);

private:
  folder_lock(descriptor file, std::filesystem::path path) noexcept
    : file_(std::move(file)), path_(std::move(path)) {}

  descriptor file_;
  std::filesystem::path path_;
};

} // namespace pgmuster
