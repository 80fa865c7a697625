// Collects every culprit; their lines are looked up once, at the end.
#pragma once

#include "config/loading/document.hpp"

namespace pgmuster::loading {

class problem_list {
public:
  /// What is shown at most; the rest is counted in a last line.
  static constexpr std::size_t shown_max = 1'000;

  void add(place where, std::string message);
  /// A problem of two values: the message ends with where the first one is.
  void add_pair(place second, place first, std::string message);

  [[nodiscard]] bool empty() const noexcept { return pending_.empty(); }

  /// In order of file and line; those of the environment come last.
  [[nodiscard]] std::vector<config_problem>
  resolve(const std::vector<source_file>& files);

private:
  struct pending {
    place where;
    std::optional<place> first;
    std::string message;
  };

  std::vector<pending> pending_;
  std::size_t left_out_ = 0;
};

} // namespace pgmuster::loading
