#include "actors/commands/spool_folder.hpp"
#include "codec/compress.hpp"
#include "codec/export_verdict.hpp"
#include "drivers/clock.hpp"
#include "drivers/otlp/route_request.hpp"

#include <fmt/format.h>

#include <fstream>
#include <future>

namespace pgmuster::commands {

namespace {

constexpr std::size_t decompressed_max = 256U * 1024 * 1024;
/// Frames that are held at once.
constexpr byte_count read_ahead{4U * 1024 * 1024};

struct sums {
  std::uint64_t frames = 0;
  std::uint64_t points = 0;
  std::uint64_t rejected = 0;
};

/// Prints why and returns nothing if the file cannot be read.
std::optional<std::vector<http_header>> read_headers(const std::string& file) {
  std::vector<http_header> headers;
  if (file.empty()) {
    return headers;
  }
  std::ifstream from{file};
  for (std::string line; std::getline(from, line);) {
    const auto colon = line.find(':');
    if (line.empty() || line.front() == '#') {
      continue;
    }
    if (colon == std::string::npos || colon == 0) {
      complain("pgmuster spool: " + file + ": a line is not `Name: value`\n");
      return std::nullopt;
    }
    const auto value = line.find_first_not_of(' ', colon + 1);
    headers.push_back(
      {line.substr(0, colon),
       secret_string{value == std::string::npos ? std::string{}
                                                : line.substr(value)}});
  }
  if (from.bad() || !from.eof()) {
    complain("pgmuster spool: " + file + ": cannot be read\n");
    return std::nullopt;
  }
  return headers;
}

/// Sends one frame at a time, in order: nobody waits but the caller.
class sender {
public:
  sender(http_client& http,
         const spool_command_options& options,
         std::vector<http_header> headers)
    : http_(http) {
    to_.url = options.to;
    to_.headers = std::move(headers);
    to_.timeout = seconds{options.timeout_seconds};
  }

  /// As the route wrote it; if the destination cannot read that, as it is
  /// without compression.
  export_verdict send(const frame& what) {
    auto verdict = post(what, what.encoding, what.payload);
    if (verdict.is == export_verdict::kind::other_encoding) {
      const auto plain =
        decompress(what.encoding, what.payload, decompressed_max);
      if (plain) {
        verdict = post(what, compression::none, *plain);
      }
    }
    return verdict;
  }

private:
  export_verdict
  post(const frame& what, compression encoding, const std::string& body) {
    auto request = route_request(to_, what.carries, what.tenant);
    request.content_encoding = std::string{content_encoding(encoding)};
    request.body = std::make_shared<const std::string>(body);
    std::promise<export_answer> promise;
    http_.post(std::move(request), [&promise](export_answer answer) {
      promise.set_value(std::move(answer));
    });
    return judge(promise.get_future().get(), encoding != compression::none,
                 system_clock_source().wall());
  }

  http_client& http_;
  otlp_destination to_;
};

/// False: stop here. What was not taken stays, in its place.
bool replay_partition(opened_spool& opened,
                      const spooling::partition_key& of,
                      sender& with,
                      sums& so_far) {
  for (;;) {
    const auto frames = opened.store->take(of, read_ahead);
    if (frames.empty()) {
      return true;
    }
    for (std::size_t at = 0; at < frames.size(); ++at) {
      const auto& one = frames[at];
      const auto verdict = with.send(*one.what);
      if (verdict.is != export_verdict::kind::acknowledged) {
        for (auto left = at; left < frames.size(); ++left) {
          opened.store->release(of, frames[left].position);
        }
        complain(fmt::format("pgmuster spool: {}: segment {:016x} record {} "
                             "was not taken: {}\n",
                             words_for(of), one.position.segment,
                             one.position.ordinal, verdict.message));
        return false;
      }
      opened.store->acknowledge(of, one.position);
      ++so_far.frames;
      so_far.points += one.what->points;
      so_far.rejected += verdict.rejected;
      if (auto done = opened.store->settle(); !done) {
        complain("pgmuster spool: " + describe(done.error()) + "\n");
        return false;
      }
    }
  }
}

} // namespace

int replay_spool(const spool_command_options& options) {
  auto headers = read_headers(options.header_file);
  if (!headers) {
    return exit_configuration;
  }
  auto opened = open_spool_folder(options, true);
  if (!opened) {
    return exit_failure;
  }
  std::string why;
  auto loop = start_reactor(reactor_choice::automatic, why);
  if (!loop) {
    leave_spool_folder(*opened);
    complain("pgmuster spool: " + describe(loop.error()) + "\n");
    return exit_failure;
  }
  const auto http = start_http_client(**loop);
  sender with{*http, options, std::move(*headers)};
  sums so_far;
  auto good = true;
  for (const auto& one : opened->store->survey()) {
    good = good
           && (!selects(options, one.of)
               || replay_partition(*opened, one.of, with, so_far));
  }
  static_cast<void>(opened->store->settle());
  leave_spool_folder(*opened);
  http->stop();
  (*loop)->stop();
  std::uint64_t damaged = 0;
  for (const auto& one : opened->store->take_losses()) {
    damaged += one.what.bytes;
  }
  say(fmt::format("sent {} frames with {} points{}; {} frames are left\n",
                  so_far.frames, so_far.points,
                  so_far.rejected > 0 ? fmt::format(
                    ", {} of which the destination refused", so_far.rejected)
                                      : std::string{},
                  opened->store->sums().frames));
  if (damaged > 0) {
    say(fmt::format("{} bytes were damaged and passed over\n", damaged));
  }
  return good ? exit_ok : exit_failure;
}

} // namespace pgmuster::commands
