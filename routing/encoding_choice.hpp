// Which encoding a destination is sent, learned from what it takes. Pure.
#pragma once

#include "config/route_config.hpp"

namespace pgmuster {

/// Starts with the configured one. A destination that refuses it is tried with
/// the next, down to none; what it took after such a refusal stays.
class encoding_choice {
public:
  explicit encoding_choice(compression configured) noexcept
    : current_(configured) {}

  /// What to send a frame in that is in this encoding. A frame that is being
  /// tried in another one stays in that until one is known to be taken.
  [[nodiscard]] compression for_frame(compression given) const noexcept {
    return given == compression::none || !proven_ ? given : current_;
  }

  /// Whether a refusal may be about this encoding and not about the frame.
  [[nodiscard]] bool in_question(compression sent) const noexcept {
    return sent != compression::none && !(proven_ && sent == current_);
  }

  /// Refused in this encoding; the one to try now. Precondition: in question.
  [[nodiscard]] compression after_refusal(compression sent) noexcept {
    doubted_ = doubted_ || sent == current_;
    return sent == compression::zstd ? compression::gzip : compression::none;
  }

  /// A whole frame was taken in this encoding.
  void taken(compression sent) noexcept {
    if (sent == current_ || doubted_) {
      current_ = sent;
      proven_ = true;
      doubted_ = false;
    }
  }

  /// A whole frame was refused in every form: it may be the encoding after all.
  void refused_wholly() noexcept { proven_ = false; }

private:
  compression current_;
  /// The destination has taken `current_`.
  bool proven_ = false;
  /// It has refused `current_`, for whatever reason.
  bool doubted_ = false;
};

} // namespace pgmuster
