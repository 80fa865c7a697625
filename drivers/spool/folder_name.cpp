// A cut name has a `%~`, which no other has.
#include "drivers/spool/folder_name.hpp"

#include <fmt/format.h>

#include <xxhash.h>

namespace pgmuster::spooling {
namespace {

constexpr std::size_t longest = 200;
constexpr std::size_t kept_of_longer = 150;

bool is_plain(char letter) noexcept {
  return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z')
         || (letter >= '0' && letter <= '9') || letter == '-' || letter == '_'
         || letter == '.';
}

} // namespace

std::string folder_name(std::string_view name) {
  if (name.empty()) {
    return "%";
  }
  std::string made;
  for (const char letter : name) {
    if (is_plain(letter) && (letter != '.' || !made.empty())) {
      made += letter;
    } else {
      made += fmt::format("%{:02X}", static_cast<unsigned char>(letter));
    }
  }
  if (made.size() > longest) {
    const auto hash = XXH3_128bits(name.data(), name.size());
    made.resize(kept_of_longer);
    made += fmt::format("%~{:016x}{:016x}", hash.high64, hash.low64);
  }
  return made;
}

} // namespace pgmuster::spooling
