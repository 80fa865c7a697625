// The page of `GET /`: one self-contained document over the same API.
#pragma once

#include <string_view>

namespace pgmuster {

/// HTML in UTF-8; compiled in from page.html.
[[nodiscard]] std::string_view status_page() noexcept;

} // namespace pgmuster
