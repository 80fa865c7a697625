// Counts in a file that is memory: what is stored there outlives the process
// that stored it, however that ends, but not the machine.
#pragma once

#include "config/result.hpp"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <vector>

namespace pgmuster {

class mapped_counts {
public:
  /// A new file (0600) of `count` zeros, as many as are asked for at least 1.
  [[nodiscard]] static result<std::shared_ptr<mapped_counts>>
  make(const std::filesystem::path& file, std::size_t count);

  ~mapped_counts();
  mapped_counts(const mapped_counts&) = delete;
  mapped_counts& operator=(const mapped_counts&) = delete;

  /// Any thread, each count by one at a time. Precondition: `which` < count.
  void store(std::size_t which, std::uint64_t value) noexcept;

private:
  mapped_counts(std::uint64_t* counts, std::size_t count)
    : counts_(counts), count_(count) {}

  std::uint64_t* counts_;
  std::size_t count_;
};

/// The counts of such a file's bytes.
[[nodiscard]] std::vector<std::uint64_t> read_counts(std::string_view bytes);

} // namespace pgmuster
