// A certificate for simulated servers that nobody will trust or keep.
#pragma once

#include "config/result.hpp"

#include <filesystem>

namespace pgmuster::loadtest {

/// Writes a new key (P-256) and a certificate signed by it, valid for two
/// days, as PEM.
[[nodiscard]] result<void>
write_throwaway_certificate(const std::filesystem::path& certificate,
                            const std::filesystem::path& key);

} // namespace pgmuster::loadtest
