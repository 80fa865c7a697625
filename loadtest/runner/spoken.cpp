// A line is waited for, but not for ever.
#include "loadtest/runner/spoken.hpp"

#include "loadtest/errc.hpp"

#include <charconv>
#include <fstream>
#include <iterator>

namespace pgmuster::loadtest {

result<std::uint16_t> told_port(child& of) {
  const auto line = of.read_line(first_line_patience);
  if (!line) {
    return line.error();
  }
  std::uint16_t port = 0;
  const std::string_view text{*line};
  if (!text.starts_with("port ")
      || std::from_chars(text.data() + 5, text.data() + text.size(), port).ec
           != std::errc{}) {
    return fail(loadtest_errc::no_answer,
                of.name() + " said \"" + *line + "\", not its port");
  }
  return port;
}

result<simulator_words> told_places(child& of) {
  const auto line = of.read_line(first_line_patience);
  if (!line) {
    return line.error();
  }
  return read_simulator_words(*line);
}

std::optional<stop_figures> last_words(const std::filesystem::path& log) {
  std::ifstream from{log};
  const std::string text{std::istreambuf_iterator<char>{from}, {}};
  const auto at = text.rfind("pgmuster: stopped;");
  if (at == std::string::npos) {
    return std::nullopt;
  }
  return read_last_words(
    std::string_view{text}.substr(at, text.find('\n', at) - at));
}

} // namespace pgmuster::loadtest
