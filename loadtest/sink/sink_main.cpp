// The command line of pgmuster-sink.
#include "drivers/clock.hpp"
#include "loadtest/sink/sink_server.hpp"
#include "loadtest/whole_file.hpp"

#include <CLI/CLI.hpp>

#include <csignal>
#include <cstdio>
#include <exception>

namespace pgmuster::loadtest {
namespace {

const char* const about =
  "pgmuster-sink takes OTLP metrics over HTTP, judges every series and "
  "misbehaves as it is told. At SIGTERM, and to GET /report, it answers what "
  "it saw as JSON. The first line on standard output is `port N`.\n";

int serve(const sink_address& at, const std::string& file) {
  sink_config config;
  if (!file.empty()) {
    const auto text = read_whole_file(file);
    if (!text) {
      std::fprintf(stderr, "pgmuster-sink: %s\n",
                   describe(text.error()).c_str());
      return 2;
    }
    auto read = read_sink_config(*text);
    if (!read) {
      std::fprintf(stderr, "pgmuster-sink: %s: %s\n", file.c_str(),
                   describe(read.error()).c_str());
      return 2;
    }
    config = std::move(*read);
  }
  truth_functions truth;
  if (config.truth) {
    auto made = simulated_truth(*config.truth);
    if (!made) {
      std::fprintf(stderr, "pgmuster-sink: %s\n",
                   describe(made.error()).c_str());
      return 2;
    }
    truth = std::move(*made);
  }
  intake into{std::move(config), std::move(truth)};
  const auto& clock = system_clock_source();
  const auto served = serve_sink(at, into, clock, [](std::uint16_t port) {
    std::printf("port %u\n", static_cast<unsigned>(port));
    std::fflush(stdout);
  });
  if (!served) {
    std::fprintf(stderr, "pgmuster-sink: %s\n",
                 describe(served.error()).c_str());
    return 1;
  }
  into.finish();
  std::printf("%s\n", report_json(into, clock.wall()).c_str());
  return 0;
}

} // namespace
} // namespace pgmuster::loadtest

int main(int argc, char** argv) {
  CLI::App app{pgmuster::loadtest::about, "pgmuster-sink"};
  pgmuster::loadtest::sink_address at;
  std::string file;
  app.add_option("--host", at.host, "Address to listen on.")
    ->capture_default_str();
  app.add_option("--port", at.port, "0 picks a free one.")
    ->capture_default_str();
  app.add_option("--config", file, "Rules and limits; see docs/loadtest.md.");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& what) {
    return app.exit(what) == 0 ? 0 : 2;
  }
  (void)std::signal(SIGPIPE, SIG_IGN);
  try {
    return pgmuster::loadtest::serve(at, file);
  } catch (const std::exception& thrown) {
    std::fprintf(stderr, "pgmuster-sink: %s\n", thrown.what());
    return 1;
  }
}
