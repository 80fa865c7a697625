// Writes down what would be lost if the process died now, and tells at the
// start what the run before may have lost so.
#pragma once

#include "actors/services.hpp"
#include "drivers/state/crash_document.hpp"
#include "drivers/state/state_directory.hpp"
#include "routing/crash_bounds.hpp"

namespace pgmuster {

class checkpointer {
public:
  /// Takes the state directory, reads what the run before has left into
  /// `lost_in_crash`, and says so in the log.
  [[nodiscard]] static result<std::unique_ptr<checkpointer>>
  open(const std::shared_ptr<services>& shared);

  /// Called by one thread at a time, which may wait for the disk.
  void checkpoint();
  /// The run ends well: nothing is missing but what the books say.
  void finish();

private:
  checkpointer(std::shared_ptr<services> shared, state_directory folder);
  void read_last_words();
  /// What the run before held when it died; where that is not known, what it
  /// might have held.
  [[nodiscard]] std::vector<crash_bound>
  lost_by(const crash_document& left) const;
  void share_risks();
  [[nodiscard]] std::vector<crash_bound> bounds_now();
  void write(bool clean);

  std::shared_ptr<services> shared_;
  state_directory folder_;
  crash_bounds bounds_;
  /// "" unless the books share their risks.
  std::string run_;
  bool failing_ = false;
};

} // namespace pgmuster
