// How far one refused frame may be taken apart: the requests it costs are
// bounded, and every part gets at least one of them. Pure.
#pragma once

#include <cstdint>

namespace pgmuster {

/// Shared by the parts of one frame.
class division {
public:
  /// Requests of one frame, the ones before it was taken apart included;
  /// repetitions after a failure or a 429 do not count.
  static constexpr std::uint32_t requests_max = 32;

  division(std::uint64_t points, std::uint32_t requests) noexcept
    : points_(points), requests_(requests) {}

  void count_request() noexcept { ++requests_; }

  /// Whether one part may become `parts`, each of which needs a request.
  [[nodiscard]] bool allows(std::uint32_t parts) const noexcept {
    return requests_ + parts_ - 1 + parts <= requests_max;
  }
  void divide(std::uint32_t parts) noexcept { parts_ += parts - 1; }

  /// A part ends; returns the points that end with it, its own unless it is
  /// the last: that one takes what is left, so that none is forgotten.
  [[nodiscard]] std::uint64_t end_part(std::uint64_t points,
                                       bool refused) noexcept {
    --parts_;
    refused_only_ = refused_only_ && refused;
    const auto ended = parts_ == 0 || points > points_ ? points_ : points;
    points_ -= ended;
    return ended;
  }

  /// All parts have ended, and each was refused.
  [[nodiscard]] bool wholly_refused() const noexcept {
    return parts_ == 0 && refused_only_;
  }

private:
  std::uint64_t points_;
  std::uint32_t requests_;
  std::uint32_t parts_ = 1;
  bool refused_only_ = true;
};

} // namespace pgmuster
