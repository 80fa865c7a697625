// Whose names a request may be addressed to: a page from elsewhere whose name
// was made to resolve to our address must not read what we know.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace pgmuster {

/// `header` is the Host header as sent, empty if there was none (no browser
/// leaves it out). Known are localhost, loopback addresses, what `listen` names
/// (any literal address if it listens on all of them: no foreign name is one),
/// and `hosts`. Ports and case do not count.
[[nodiscard]] bool is_known_host(std::string_view header,
                                 const std::string& listen,
                                 const std::vector<std::string>& hosts);

} // namespace pgmuster
