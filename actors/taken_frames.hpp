// Frames read from the spool on their way to an exporter: who does not get
// them gives them back.
#pragma once

#include "drivers/spool/spool.hpp"

#include <memory>
#include <utility>
#include <vector>

namespace pgmuster {

class taken_frames {
public:
  taken_frames(std::shared_ptr<spooling::spool> spool,
               spooling::partition_key from,
               std::vector<spooling::spooled_frame> frames)
    : spool_(std::move(spool)),
      from_(std::move(from)),
      frames_(std::move(frames)) {}
  ~taken_frames() {
    for (const auto& one : frames_) {
      spool_->release(from_, one.position);
    }
  }
  taken_frames(const taken_frames&) = delete;
  taken_frames& operator=(const taken_frames&) = delete;

  /// They are the caller's from now on.
  [[nodiscard]] std::vector<spooling::spooled_frame> take() {
    return std::exchange(frames_, {});
  }

private:
  std::shared_ptr<spooling::spool> spool_;
  spooling::partition_key from_;
  std::vector<spooling::spooled_frame> frames_;
};

} // namespace pgmuster
