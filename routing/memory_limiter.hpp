// What is done when memory is short: first everyone is asked less often and
// tells no events, then who holds more than its share is turned away.
#pragma once

#include "config/byte_count.hpp"
#include "config/strong_id.hpp"

#include <cstdint>
#include <map>
#include <string_view>

namespace pgmuster {

enum class memory_state : std::uint8_t {
  ample,
  /// From 80 % of the limit: intervals are stretched, events stop.
  tight,
  /// From 95 %: who holds more than its share sheds it, and is turned away.
  scarce,
  /// From the limit on: nobody's data are taken in, only `up`.
  exhausted
};
[[nodiscard]] std::string_view to_string(memory_state state) noexcept;

struct memory_verdict {
  memory_state state = memory_state::ample;
  /// Every so many cycles one takes place.
  std::uint32_t stretch = 1;
  /// Who is turned away, and the share of what it holds that it may keep.
  std::map<tenant_id, double> keeps;
};

/// Asked about once a second. A state is left a little below where it is
/// entered, so that it does not flutter.
class memory_limiter {
public:
  explicit memory_limiter(byte_count limit) noexcept : limit_(limit) {}

  /// `held`: bytes of each tenant between its databases and its destinations.
  [[nodiscard]] memory_verdict
  judge(byte_count resident, const std::map<tenant_id, std::uint64_t>& held);
  [[nodiscard]] byte_count limit() const noexcept { return limit_; }

private:
  byte_count limit_;
  memory_state state_ = memory_state::ample;
};

} // namespace pgmuster
