// Prints how many frames a second one exporter delivers to a receiver, whose
// URL is the only argument: `pgmuster-sink` is one.
#include "actors/exporter_actor.hpp"
#include "actors/services.hpp"
#include "codec/otlp_encode.hpp"
#include "tests/bench/cpu_seconds.hpp"

#include <fmt/format.h>

#include <future>

namespace pgmuster {
namespace {

constexpr std::size_t tenants = 8;
constexpr std::size_t frames = 2'000;

/// As many targets of 50 statements with 24 columns as a frame holds.
std::shared_ptr<frame> full_frame(std::uint64_t cycle) {
  auto layout = std::make_shared<block_layout>();
  layout->keys = {"db.namespace", "user.name", "postgresql.toplevel",
                  "postgresql.query.fingerprint"};
  for (std::uint32_t at = 0; at < 24; ++at) {
    layout->metrics.push_back({fmt::format("postgresql.bench.metric_{}", at),
                               "{call}", "", instrument::counter, false});
    layout->columns.push_back({at, {}});
  }
  otlp_encoder encoder;
  std::string bytes;
  std::uint64_t points = 0;
  for (std::uint64_t target = 0;; ++target) {
    point_block block{layout, {}};
    for (std::uint64_t row = 0; row < 50; ++row) {
      point_row made;
      made.values_of_keys = {"shop", "app", "true",
                             fmt::format("{:016x}", row * 7919)};
      made.start = wall_time{seconds{1'700'000'000}};
      made.time = made.start + seconds{10 * cycle};
      for (std::uint64_t at = 0; at < 24; ++at) {
        made.values.push_back(
          number::of(static_cast<std::int64_t>(cycle * row * at)));
      }
      block.rows.push_back(std::move(made));
    }
    resource of;
    of.described = {{"service.namespace", "bench"},
                    {"service.name", fmt::format("s-{}-{}", cycle, target)}};
    const auto encoded = encoder.encode(of, {block});
    if (bytes.size() + encoded.bytes.size() > limits::frame_bytes_max.value()) {
      break;
    }
    bytes += encoded.bytes;
    points += encoded.points;
  }
  auto made = std::make_shared<frame>();
  compressor pack;
  made->route = route_name{"main"};
  made->encoding = compression::zstd;
  made->points = points;
  made->bytes_before_compression = bytes.size();
  made->payload = *pack.compress(compression::zstd, bytes);
  return made;
}

struct delivery {
  std::uint64_t points = 0;
  double raw_bytes = 0;
  double sent_bytes = 0;
};

/// Offers all frames at once and waits until the exporter has none left.
delivery deliver(const std::shared_ptr<services>& shared,
                 const caf::actor& exporter) {
  // A few different ones, sent again and again.
  std::vector<std::shared_ptr<frame>> different;
  for (std::uint64_t one = 1; one <= 10; ++one) {
    different.push_back(full_frame(one));
  }
  delivery sum;
  for (std::size_t at = 0; at < frames; ++at) {
    auto made = std::make_shared<frame>(*different[at % different.size()]);
    made->tenant = tenant_id{fmt::format("tenant-{}", at % tenants)};
    sum.points += made->points;
    sum.raw_bytes += static_cast<double>(made->bytes_before_compression);
    sum.sent_bytes += static_cast<double>(made->payload.size());
    auto lease = std::make_shared<delivery_lease>(
      shared->books.delivery(made->tenant, made->route));
    lease->enter(made->points, 0);
    lease->framed(made->points);
    cafc::tell(exporter, frame_ready{std::move(made), std::move(lease), 0});
  }
  const auto done = std::make_shared<std::promise<void>>();
  cafc::tell(exporter, drain_exports{shared->clock->mono() + seconds{300},
                                     std::make_shared<std::function<void()>>(
                                       [done] { done->set_value(); })});
  done->get_future().wait();
  return sum;
}

int run(const std::string& url) {
  std::string why;
  auto loop = start_reactor(reactor_choice::automatic, why);
  const auto client = start_http_client(**loop);
  const auto log = make_log_sink({log_level::warning, log_format::text},
                                 system_clock_source());
  self_metrics metrics;
  const auto shared = std::make_shared<services>();
  shared->clock = &system_clock_source();
  shared->loop = loop->get();
  shared->http = client.get();
  shared->metrics = &metrics;
  shared->log = log.get();
  shared->shard_counted[{route_name{"main"}, 0}].received_by_lane.resize(1);
  otlp_destination to;
  to.url = url;
  caf::actor_system_config settings;
  cafc::configure(settings, 1);
  caf::actor_system system{settings};
  auto exporter = system.spawn<exporter_actor>(
    shared, route_config{route_name{"main"}, to, {}}, std::size_t{0});
  const auto begin = shared->clock->mono();
  const double cpu = cpu_seconds();
  const auto sum = deliver(shared, exporter);
  const std::chrono::duration<double> took = shared->clock->mono() - begin;
  const double spent = cpu_seconds() - cpu;
  exporter = nullptr;
  std::uint64_t acked = 0;
  for (const auto& one : shared->books.view()) {
    acked += one.delivery.at(route_name{"main"}).acked;
  }
  fmt::print(
    "one exporter: {:.0f} frames/s, {:.1f} MB/s sent, {:.0f} MB/s "
    "before compression, {:.2f} M points/s; {:.0f} us of CPU a frame\n",
    static_cast<double>(frames) / took.count(),
    sum.sent_bytes / took.count() / 1e6, sum.raw_bytes / took.count() / 1e6,
    static_cast<double>(sum.points) / took.count() / 1e6,
    spent / static_cast<double>(frames) * 1e6);
  client->stop();
  (*loop)->stop();
  if (acked != sum.points) {
    fmt::print("only {} of {} points were taken\n", acked, sum.points);
    return 1;
  }
  return 0;
}

} // namespace
} // namespace pgmuster

int main(int count, char** words) {
  if (count != 2) {
    fmt::print("usage: {} http://127.0.0.1:PORT\n", words[0]);
    return 2;
  }
  return pgmuster::run(words[1]);
}
