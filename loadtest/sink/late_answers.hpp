// Until when a slow server may have made its answers: what the simulator told
// of those that took long.
#pragma once

#include "config/time.hpp"

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace pgmuster::loadtest {

/// No cycle waits longer for its answers.
inline constexpr nanoseconds answer_age_max = seconds{30};
/// Of those that are kept; what is beyond is not granted.
inline constexpr std::size_t late_answers_kept_max = 2'000'000;

class late_answers {
public:
  /// Empty: nobody tells.
  explicit late_answers(std::filesystem::path file) : file_(std::move(file)) {}

  /// Reads what was told since.
  void read_on();
  /// Whole lines: instance, asked, made; others are passed over.
  void read(std::string_view lines);

  /// When the last answer was made to what an instance was asked, or still
  /// answered, between two times; no later than `answer_age_max` after the
  /// first of them. The epoch without any.
  [[nodiscard]] wall_time
  made(std::uint32_t instance, wall_time from, wall_time to) const;

private:
  struct answer {
    wall_time asked{};
    wall_time made{};
  };

  std::filesystem::path file_;
  std::uint64_t read_to_ = 0;
  std::size_t kept_ = 0;
  std::unordered_map<std::uint32_t, std::vector<answer>> of_;
};

} // namespace pgmuster::loadtest
