// The machine's two clocks, read close together.
#include "drivers/clock.hpp"

#include "drivers/wall_anchor.hpp"

namespace pgmuster {
namespace {

mono_time read_mono() noexcept {
  return std::chrono::steady_clock::now();
}

wall_time read_system() noexcept {
  return std::chrono::system_clock::now();
}

class machine_clock final : public clock_source {
public:
  [[nodiscard]] mono_time mono() const noexcept override { return read_mono(); }

  [[nodiscard]] wall_time wall() const noexcept override {
    const auto before = read_mono();
    const auto system = read_system();
    // A thread that was put aside between the two reads would take its pause
    // for a step of the clock.
    if (read_mono() - before > wall_anchor::tolerance / 4) {
      return anchor_.at(before);
    }
    return anchor_.at(before, system);
  }

private:
  mutable wall_anchor anchor_{read_mono(), read_system()};
};

} // namespace

clock_source& system_clock_source() noexcept {
  static machine_clock clock;
  return clock;
}

} // namespace pgmuster
