// Prints how many points a second of CPU the sink of load tests judges.
#include "codec/compress.hpp"
#include "codec/otlp_encode.hpp"
#include "loadtest/sink/intake.hpp"
#include "tests/bench/cpu_seconds.hpp"

#include <fmt/format.h>

namespace pgmuster::loadtest {
namespace {

constexpr int targets = 200;
constexpr int cycles = 20;
constexpr int statements = 50;
constexpr int columns = 24;

/// 50 statements of 24 columns.
point_block block_at(const std::shared_ptr<const block_layout>& layout,
                     int cycle) {
  point_block block{layout, {}};
  for (int row = 0; row < statements; ++row) {
    point_row made{{"shop", "app", "true", fmt::format("{:016x}", row * 7919)},
                   {},
                   wall_time{seconds{1'700'000'000}},
                   wall_time{seconds{1'700'000'000 + cycle * 10}}};
    for (int at = 0; at < columns; ++at) {
      made.values.push_back(number::of(std::int64_t{cycle} * row * at));
    }
    block.rows.push_back(std::move(made));
  }
  return block;
}

std::string frame_of(const std::shared_ptr<const block_layout>& layout,
                     otlp_encoder& encoder,
                     int target,
                     int cycle) {
  resource of;
  of.described = {
    {"service.namespace", "acme"},
    {"service.name", fmt::format("s-{}", target)},
    {"service.instance.id", "5a0e1f6e-8d0f-51ee-aad7-4c796ed8e320"},
    {"server.address", "db7.example.org"},
    {"db.system.name", "postgresql"}};
  return encoder.encode(of, {block_at(layout, cycle)}).bytes;
}

void run() {
  auto layout = std::make_shared<block_layout>();
  layout->keys = {"db.namespace", "user.name", "postgresql.toplevel",
                  "postgresql.query.fingerprint"};
  for (int at = 0; at < columns; ++at) {
    layout->metrics.push_back({fmt::format("postgresql.bench.metric_{}", at),
                               "{call}", "", instrument::counter, false});
    layout->columns.push_back({static_cast<std::uint32_t>(at), {}});
  }
  otlp_encoder encoder;
  compressor pack;
  std::vector<std::string> frames;
  for (int cycle = 1; cycle <= cycles; ++cycle) {
    std::string batch;
    for (int target = 0; target < targets; ++target) {
      batch += frame_of(layout, encoder, target, cycle);
      if (batch.size() > 800'000 || target + 1 == targets) {
        frames.push_back(*pack.compress(compression::zstd, batch));
        batch.clear();
      }
    }
  }
  intake sink{{}};
  const auto before = cpu_seconds();
  for (const auto& one : frames) {
    (void)sink.take("zstd", one, wall_time{seconds{1'700'000'000}});
  }
  const auto took = cpu_seconds() - before;
  fmt::print("{} points of {} series in {:.2f} s of CPU: {:.2f} M points/s\n",
             sink.tally().taken, sink.check().series(), took,
             static_cast<double>(sink.tally().taken) / took / 1e6);
}

} // namespace
} // namespace pgmuster::loadtest

int main() {
  pgmuster::loadtest::run();
}
