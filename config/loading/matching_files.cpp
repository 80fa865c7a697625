// Wraps glob(3).
#include "config/loading/matching_files.hpp"

#include "config/errc.hpp"

#include <glob.h>

#include <algorithm>

namespace pgmuster::loading {
namespace {

constexpr std::string_view special = "*?[";

std::string escaped(const std::string& literal) {
  std::string text;
  for (const char byte : literal) {
    if (byte == '\\' || special.find(byte) != std::string_view::npos) {
      text += '\\';
    }
    text += byte;
  }
  return text;
}

class glob_matches {
public:
  glob_matches() = default;
  glob_matches(const glob_matches&) = delete;
  glob_matches& operator=(const glob_matches&) = delete;
  ~glob_matches() { ::globfree(&found_); }

  int run(const std::string& pattern) {
    return ::glob(pattern.c_str(), GLOB_NOSORT, nullptr, &found_);
  }

  [[nodiscard]] std::vector<std::filesystem::path> paths() const {
    return {found_.gl_pathv, found_.gl_pathv + found_.gl_pathc};
  }

private:
  ::glob_t found_{};
};

} // namespace

bool is_pattern(const std::string& text) {
  return text.find_first_of(special) != std::string::npos;
}

result<std::vector<std::filesystem::path>>
matching_files(const std::filesystem::path& folder,
               const std::string& pattern) {
  const bool absolute = pattern.starts_with('/');
  glob_matches matches;
  const auto code = matches.run(absolute || folder.empty()
                                  ? pattern
                                  : escaped(folder.string()) + "/" + pattern);
  if (code != 0 && code != GLOB_NOMATCH) {
    return fail(config_errc::unreadable);
  }
  auto paths =
    code == 0 ? matches.paths() : std::vector<std::filesystem::path>{};
  std::sort(paths.begin(), paths.end());
  return paths;
}

} // namespace pgmuster::loading
