// Which entries the collector says it knows, and which of them there are still.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace pgmuster::loadtest {

class known_digests {
public:
  /// `array`: an int8[] in binary. Nothing when it is none.
  [[nodiscard]] static std::optional<known_digests>
  read(std::string_view array);

  /// Nothing is known.
  known_digests() = default;

  /// The digest is among them, and is not gone.
  [[nodiscard]] bool take(std::int64_t digest);
  /// Those that were never taken, in order.
  [[nodiscard]] std::vector<std::int64_t> gone() const;

private:
  std::vector<std::int64_t> all_;
  std::vector<bool> taken_;
};

} // namespace pgmuster::loadtest
