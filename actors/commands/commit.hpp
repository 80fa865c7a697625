// Which commit the build was made of.
#pragma once

namespace pgmuster::commands {

/// As git abbreviates it, with `-dirty` if files had been changed; empty where
/// there was no git.
[[nodiscard]] const char* commit_text() noexcept;

} // namespace pgmuster::commands
