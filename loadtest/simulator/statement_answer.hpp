// The large answers: rows of pg_stat_statements, most of them copied from a
// sheet that instances of one kind share.
#pragma once

#include "loadtest/simulator/known_digests.hpp"
#include "loadtest/simulator/statements.hpp"

#include <memory>
#include <string>

namespace pgmuster::loadtest {

/// The rows of entries that do not move, as bytes.
struct statement_sheet {
  std::string bytes;
  std::uint32_t rows = 0;
  /// Where the probe has digests: each row's, and where the row ends.
  std::vector<std::int64_t> digests;
  std::vector<std::size_t> ends;
};

struct statement_rows {
  std::string bytes;
  std::uint64_t rows = 0;
};

/// Entries that stay as they are on every instance of the profile.
[[nodiscard]] std::shared_ptr<const statement_sheet>
make_sheet(const asked_probe& probe, const instance_plan& plan, bool binary);

/// `known`: what the collector need not be sent. `sheet`: null where an
/// instance's past differs (see `undisturbed`).
[[nodiscard]] statement_rows statement_answer(const asked_probe& probe,
                                              const instance_plan& plan,
                                              const moment& now,
                                              bool binary,
                                              known_digests known,
                                              const statement_sheet* sheet);

} // namespace pgmuster::loadtest
