// Prints how many points a second of CPU go through the encoder and zstd.
#include "codec/compress.hpp"
#include "codec/otlp_encode.hpp"
#include "tests/bench/cpu_seconds.hpp"

#include <fmt/format.h>

namespace pgmuster {
namespace {

/// 50 kept statements of 24 columns and 20 tables of 20.
point_block make_block(std::size_t rows,
                       std::size_t columns,
                       std::vector<std::string> keys) {
  auto layout = std::make_shared<block_layout>();
  layout->keys = std::move(keys);
  for (std::size_t at = 0; at < columns; ++at) {
    layout->metrics.push_back({fmt::format("postgresql.bench.metric_{}", at),
                               "{call}", "", instrument::counter, false});
    layout->columns.push_back({static_cast<std::uint32_t>(at), {}});
  }
  point_block block{layout, {}};
  for (std::size_t row = 0; row < rows; ++row) {
    point_row made;
    for (std::size_t key = 0; key < layout->keys.size(); ++key) {
      made.values_of_keys.push_back(
        key == 0 ? "shop" : fmt::format("{:016x}", row * 7919 + key));
    }
    for (std::size_t at = 0; at < columns; ++at) {
      made.values.push_back(
        number::of(static_cast<std::int64_t>(row * at * 104'729)));
    }
    made.start = wall_time{nanoseconds{1'700'000'000'000'000'000}};
    made.time = made.start + seconds{60};
    block.rows.push_back(std::move(made));
  }
  return block;
}

void run() {
  resource of;
  of.described = {
    {"service.namespace", "acme"},
    {"service.name", "orders"},
    {"service.instance.id", "5a0e1f6e-8d0f-51ee-aad7-4c796ed8e320"},
    {"server.address", "db7.example.org"},
    {"db.system.name", "postgresql"}};
  of.port = 5432;
  const std::vector<point_block> blocks = {
    make_block(50, 24,
               {"db.namespace", "user.name", "postgresql.toplevel",
                "postgresql.query.fingerprint"}),
    make_block(20, 20, {"db.namespace", "db.collection.name"})};
  otlp_encoder encoder;
  compressor with;
  constexpr int rounds = 3000;
  std::uint64_t points = 0;
  std::uint64_t raw = 0;
  const double begin = cpu_seconds();
  for (int round = 0; round < rounds; ++round) {
    const encoded_points encoded = encoder.encode(of, blocks);
    points += encoded.points;
    raw += encoded.bytes.size();
  }
  const double middle = cpu_seconds();
  std::uint64_t packed = 0;
  for (int round = 0; round < rounds; ++round) {
    const auto bytes =
      with.compress(compression::zstd, encoder.encode(of, blocks).bytes);
    packed += bytes ? bytes->size() : 0;
  }
  const double end = cpu_seconds();
  const auto count = static_cast<double>(points);
  fmt::print("encode        {:.2f} M points/s of CPU, {:.1f} B/point\n",
             count / (middle - begin) / 1e6, static_cast<double>(raw) / count);
  fmt::print("encode + zstd {:.2f} M points/s of CPU, {:.1f} B/point\n",
             count / (end - middle) / 1e6, static_cast<double>(packed) / count);
}

} // namespace
} // namespace pgmuster

int main() {
  pgmuster::run();
}
