// A stream's iterators throw where a folder is read; its `read` does not.
#include "loadtest/whole_file.hpp"

#include "loadtest/errc.hpp"

#include <array>
#include <fstream>

namespace pgmuster::loadtest {

result<std::string> read_whole_file(const std::filesystem::path& file) {
  std::ifstream from{file};
  std::string text;
  std::array<char, 65'536> bytes{};
  while (from.read(bytes.data(), bytes.size()) || from.gcount() > 0) {
    text.append(bytes.data(), static_cast<std::size_t>(from.gcount()));
  }
  if (!from.eof()) {
    return fail(loadtest_errc::file, file.string());
  }
  return text;
}

result<void> write_whole_file(const std::filesystem::path& file,
                              const std::string& text) {
  std::ofstream into{file, std::ios::trunc};
  into << text;
  into.close();
  if (!into) {
    return fail(loadtest_errc::file, file.string());
  }
  return {};
}

} // namespace pgmuster::loadtest
