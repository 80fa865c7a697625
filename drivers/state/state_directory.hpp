// The folder for what outlives the process: one owner, small files that are
// replaced as a whole or not at all.
#pragma once

#include "config/result.hpp"

#include <filesystem>
#include <optional>
#include <string>

namespace pgmuster {

/// Blocks on the disk: for a thread of its own, and for the start.
class state_directory {
public:
  /// Makes the folder (0700) if it is not there, and locks it for as long as
  /// this lives. `in_use` names the process that has it.
  [[nodiscard]] static result<state_directory>
  open(const std::filesystem::path& folder);

  ~state_directory();
  state_directory(state_directory&& other) noexcept;
  state_directory& operator=(state_directory&& other) = delete;
  state_directory(const state_directory&) = delete;
  state_directory& operator=(const state_directory&) = delete;

  /// Empty: there is no such file.
  [[nodiscard]] result<std::optional<std::string>>
  read(const std::string& name) const;
  /// On disk (0600) when it returns; a reader sees the old bytes or these.
  [[nodiscard]] result<void> write(const std::string& name,
                                   std::string_view bytes) const;

private:
  state_directory(std::filesystem::path folder, int lock)
    : folder_(std::move(folder)), lock_(lock) {}

  std::filesystem::path folder_;
  int lock_ = -1;
};

} // namespace pgmuster
