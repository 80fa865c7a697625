// The folder for what outlives the process: one owner, small files that are
// replaced as a whole or not at all.
#pragma once

#include "config/result.hpp"
#include "drivers/files/folder_lock.hpp"
#include "drivers/files/mapped_counts.hpp"

#include <filesystem>
#include <optional>
#include <string>

namespace pgmuster {

/// Blocks on the disk: for a thread of its own, and for the start.
class state_directory {
public:
  /// Makes the folder (0700) if it is not there, and locks it for as long as
  /// this lives. `owned` names the process that has it.
  [[nodiscard]] static result<state_directory>
  open(const std::filesystem::path& folder);

  /// Empty: there is no such file.
  [[nodiscard]] result<std::optional<std::string>>
  read(const std::string& name) const;
  /// On disk (0600) when it returns; a reader sees the old bytes or these.
  [[nodiscard]] result<void> write(const std::string& name,
                                   std::string_view bytes) const;

  /// `mapped_counts` in a file of this name, in the place of an earlier one.
  [[nodiscard]] result<std::shared_ptr<mapped_counts>>
  map_counts(const std::string& name, std::size_t count) const;

private:
  state_directory(std::filesystem::path folder, folder_lock lock)
    : folder_(std::move(folder)), lock_(std::move(lock)) {}

  std::filesystem::path folder_;
  folder_lock lock_;
};

/// Another one after each start of the machine; "" where it is not told.
[[nodiscard]] std::string boot_id();

} // namespace pgmuster
