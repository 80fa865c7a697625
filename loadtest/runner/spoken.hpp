// What a child says when it listens, and when it has ended.
#pragma once

#include "loadtest/runner/child.hpp"
#include "loadtest/runner/readings.hpp"

namespace pgmuster::loadtest {

inline constexpr milliseconds first_line_patience{30'000};

/// The sink's first line.
[[nodiscard]] result<std::uint16_t> told_port(child& of);

/// The simulator's first line.
[[nodiscard]] result<simulator_words> told_places(child& of);

/// The last line with which the collector ended, in its log.
[[nodiscard]] std::optional<stop_figures>
last_words(const std::filesystem::path& log);

} // namespace pgmuster::loadtest
