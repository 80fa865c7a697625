// A private folder for files, and a loader with a small parser of DSNs: this
// folder must not know libpq.
#pragma once

#include "config/load.hpp"

#include <filesystem>
#include <string>

namespace pgmuster::testing {

/// Removed with all that is in it.
class temporary_folder {
public:
  temporary_folder();
  temporary_folder(const temporary_folder&) = delete;
  temporary_folder& operator=(const temporary_folder&) = delete;
  ~temporary_folder();

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  /// Writes a file, with the folders above it; gives its path.
  std::filesystem::path write(const std::string& name,
                              const std::string& text) const;

private:
  std::filesystem::path path_;
};

/// URIs of the form postgresql://user:password@host:port/database and
/// keyword=value pairs; refuses all else without quoting it.
[[nodiscard]] result<dsn_parts> small_parse_dsn(std::string_view dsn);

using environment_map = std::map<std::string, std::string>;

/// Writes `text` to a file and loads that.
[[nodiscard]] load_outcome load_text(const std::string& text,
                                     environment_map environment = {});
[[nodiscard]] load_outcome load_file(const std::filesystem::path& file,
                                     environment_map environment = {});
[[nodiscard]] load_outcome load_environment(environment_map environment);

/// The one problem there must be; anything else is a failure of the test.
[[nodiscard]] config_problem only_problem(const load_outcome& outcome);

/// `key` of a document with one good target beside it.
[[nodiscard]] std::string with_target(const std::string& members);

} // namespace pgmuster::testing
