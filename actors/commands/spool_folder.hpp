// A spool from the command line: which of it is meant, and whether it may be
// changed.
#pragma once

#include "actors/commands/command.hpp"
#include "drivers/files/folder_lock.hpp"
#include "drivers/spool/segment_store.hpp"

#include <memory>
#include <optional>

namespace pgmuster::commands {

struct opened_spool {
  /// Held if it is to be changed.
  std::optional<folder_lock> lock;
  std::unique_ptr<spooling::segment_store> store;
};

/// Prints why and returns nothing if there is no spool, or if it is to be
/// changed and a process owns it. Reading is always allowed.
[[nodiscard]] std::optional<opened_spool>
open_spool_folder(const spool_command_options& options, bool change);

/// After it was changed: what a run will find there.
void leave_spool_folder(const opened_spool& opened);

[[nodiscard]] bool selects(const spool_command_options& options,
                           const spooling::partition_key& which);

/// `acme/main/0`, legible.
[[nodiscard]] std::string words_for(const spooling::partition_key& which);

[[nodiscard]] int show_spool(const spool_command_options& options);
[[nodiscard]] int replay_spool(const spool_command_options& options);

} // namespace pgmuster::commands
