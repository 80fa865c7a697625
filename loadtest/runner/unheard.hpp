// A figure is unknown when the part that tells it did not answer; pure.
#pragma once

#include "loadtest/runner/figures.hpp"

#include <string>

namespace pgmuster::loadtest {

/// Sets them to NaN, which no bound allows. `first` and `last` are those of the
/// measurement.
void forget_unheard(const run_record& run,
                    const sample& first,
                    const sample& last,
                    figures& in);

/// Who did not answer, in words; empty if all did.
[[nodiscard]] std::string unheard_words(const run_record& run);

} // namespace pgmuster::loadtest
