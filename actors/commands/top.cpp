#include "actors/commands/command.hpp"
#include "drivers/admin/http_get.hpp"
#include "drivers/admin/top_view.hpp"

#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <fstream>

namespace pgmuster::commands {

namespace {

volatile std::sig_atomic_t ended = 0;

void on_signal(int /*which*/) {
  ended = 1;
}

top_layout layout_of_terminal(bool terminal) {
  top_layout layout;
  winsize size{};
  if (terminal && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0
      && size.ws_col > 0) {
    layout.columns = size.ws_col;
    layout.rows = size.ws_row;
  }
  layout.colours =
    terminal
    && std::getenv("NO_COLOR")
         == nullptr; // NOLINT(concurrency-mt-unsafe): single thread
  return layout;
}

std::string first_line(const std::string& path) {
  std::ifstream file{path};
  std::string line;
  std::getline(file, line);
  return line;
}

result<std::string> view(const top_options& options, bool terminal) {
  constexpr milliseconds patience{3'000};
  auto targets = http_get(options.url + "/api/v1/targets", patience);
  if (!targets) {
    return targets.error();
  }
  const auto ledger = http_get(options.url + "/api/v1/ledger", patience);
  auto layout = layout_of_terminal(terminal);
  if (!options.footer_file.empty()) {
    layout.footer = first_line(options.footer_file);
  }
  return render_top(targets.value(), ledger ? ledger.value() : "", layout);
}

} // namespace

int top(const top_options& options) {
  const auto terminal = isatty(STDOUT_FILENO) == 1;
  if (options.once || !terminal) {
    const auto shown = view(options, terminal);
    if (!shown) {
      complain("pgmuster top: " + describe(shown.error())
               + "\nIs `pgmuster run` running, and is this its admin address "
                 "(--url)?\n");
      return exit_failure;
    }
    say(shown.value());
    return exit_ok;
  }
  (void)std::signal(SIGINT, on_signal);
  (void)std::signal(SIGTERM, on_signal);
  // The alternate screen, so that the terminal is as before afterwards.
  say("\x1b[?1049h\x1b[?25l");
  while (ended == 0) {
    const auto shown = view(options, terminal);
    std::string frame = "\x1b[H";
    const auto text = shown ? shown.value()
                            : "pgmuster top: " + describe(shown.error())
                                + "\nTrying again each second; Ctrl-C ends.\n";
    for (const auto letter : text) {
      frame += letter == '\n' ? std::string{"\x1b[K\n"} : std::string{letter};
    }
    say(frame + "\x1b[J");
    (void)poll(nullptr, 0, 1'000);
  }
  say("\x1b[?25h\x1b[?1049l");
  return exit_ok;
}

} // namespace pgmuster::commands
