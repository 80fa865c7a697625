// What may stand in a URL, a header and an address of this configuration.
#pragma once

#include <string>
#include <string_view>

namespace pgmuster::loading {

/// What keeps a text from being an http or https URL with a host and without
/// a user; empty: nothing. Never quotes the text.
[[nodiscard]] std::string wrong_url(std::string_view text);

/// As wrong_url, of a proxy: a user is welcome, a path is not.
[[nodiscard]] std::string wrong_proxy(std::string_view text);

/// A token of RFC 9110, section 5.6.2.
[[nodiscard]] bool is_header_name(std::string_view text);
/// No control characters: they could end the header.
[[nodiscard]] bool is_header_value(std::string_view text);

/// `host:port` or `[v6]:port`, port 0 to 65535.
[[nodiscard]] bool is_listen_address(std::string_view text);

} // namespace pgmuster::loading
