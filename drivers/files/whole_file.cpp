#include "drivers/files/whole_file.hpp"

#include <unistd.h>

#include <array>
#include <cerrno>

namespace pgmuster {

descriptor::~descriptor() {
  if (number_ >= 0) {
    ::close(number_);
  }
}

bool write_fully(int to, std::string_view bytes) noexcept {
  while (!bytes.empty()) {
    const auto wrote = ::write(to, bytes.data(), bytes.size());
    if (wrote < 0 && errno == EINTR) {
      continue;
    }
    if (wrote <= 0) {
      return false;
    }
    bytes.remove_prefix(static_cast<std::size_t>(wrote));
  }
  return true;
}

std::optional<std::string> read_fully(int from, std::size_t bytes_max) {
  std::string bytes;
  std::array<char, 64U * 1024> piece{};
  for (;;) {
    const auto got = ::read(from, piece.data(), piece.size());
    if (got < 0 && errno == EINTR) {
      continue;
    }
    if (got < 0 || bytes.size() > bytes_max) {
      return std::nullopt;
    }
    if (got == 0) {
      return bytes;
    }
    bytes.append(piece.data(), static_cast<std::size_t>(got));
  }
}

} // namespace pgmuster
