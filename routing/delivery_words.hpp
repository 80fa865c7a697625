// What the log is told of how a route delivers, and how often.
#pragma once

#include "codec/export_verdict.hpp"
#include "routing/circuit_breaker.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace pgmuster {

/// A line for the log, without the route.
struct delivery_line {
  bool warning = true;
  std::string message;
  /// What the destination said; may be empty.
  std::string answer;
  /// A field more: its name and what it says; empty: none.
  std::string figure;
  std::string value;
};

[[nodiscard]] std::string_view outcome_of(const export_verdict& verdict);

/// Of one sender. A destination may say the same to each request: of each kind
/// of line there is one at most each `words_apart`; the counters have all of
/// them. Pure.
class delivery_words {
public:
  static constexpr milliseconds words_apart{10'000};

  /// `hold_max`: what a Retry-After is cut to.
  explicit delivery_words(milliseconds hold_max) noexcept
    : hold_max_(hold_max) {}

  [[nodiscard]] std::optional<delivery_line>
  on_verdict(const export_verdict& verdict, mono_time now);
  /// Says once that it opened, and that it closed if that was said.
  [[nodiscard]] std::optional<delivery_line>
  on_breaker(const circuit_breaker& breaker, mono_time now);
  /// The last refusal, empty after a success.
  [[nodiscard]] const std::string& refusal() const noexcept { return refusal_; }

private:
  [[nodiscard]] std::optional<delivery_line>
  on_success(const export_verdict& verdict, mono_time now);

  milliseconds hold_max_;
  std::string refusal_;
  /// Not before then is more said of each kind.
  mono_time next_refusal_{};
  mono_time next_rejected_{};
  mono_time next_warning_{};
  mono_time next_opened_{};
  /// The log has a refusal since it last had a success.
  bool told_refusal_ = false;
  bool told_opened_ = false;
};

} // namespace pgmuster
