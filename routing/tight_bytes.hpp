// Bytes that are held from cycle to cycle occupy what they need.
#pragma once

#include <string>
#include <string_view>

namespace pgmuster {

/// Makes `held` a copy of `made`: in place where that fits and is no waste,
/// else in memory with a sixteenth to spare, for numbers that grow.
inline void hold_tightly(std::string& held, std::string_view made) {
  if (made.size() > held.capacity() || made.size() < held.capacity() / 2) {
    std::string fresh;
    fresh.reserve(made.size() + made.size() / 16);
    held.swap(fresh);
  }
  held.assign(made);
}

} // namespace pgmuster
