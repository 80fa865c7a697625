// Texts wait where credit gets scarce: they come again, what was counted
// between two reads does not.
#pragma once

#include "codec/points.hpp"
#include "routing/credit.hpp"

namespace pgmuster {

/// Takes the texts out of `seen` unless the account is ample for all of it, of
/// so many bytes; says how many they were.
[[nodiscard]] std::size_t let_texts_wait(observation& seen,
                                         byte_count bytes,
                                         const credit_account& account);

} // namespace pgmuster
