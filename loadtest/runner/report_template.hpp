// The text of report.html, compiled in.
#pragma once

#include <string_view>

namespace pgmuster::loadtest {

/// `{{name}}` stands for what the report fills in.
[[nodiscard]] std::string_view report_template() noexcept;

} // namespace pgmuster::loadtest
