// Any bytes are either no request, or two halves that hold all of its points.
//
// Input: a byte that picks the signal; the request.
#include "codec/otlp_split.hpp"
#include "tests/fuzz/demand.hpp"
#include "tests/fuzz/input_reader.hpp"

namespace {

using pgmuster::fuzz::demand;

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  pgmuster::fuzz::input_reader input{data, size};
  const auto carries =
    input.byte() % 2 == 0 ? pgmuster::signal::metrics : pgmuster::signal::logs;
  auto rest = std::string{input.rest()};
  std::uint64_t points = 0;
  // Deeper than any request that has an end.
  for (int depth = 0; depth < 64; ++depth) {
    const auto parts = pgmuster::split_request(carries, rest);
    if (!parts) {
      demand(depth == 0, "a half is a request");
      return 0;
    }
    demand(parts->size() == 1 || parts->size() == 2, "one part or two");
    std::uint64_t sum = 0;
    for (const auto& part : *parts) {
      demand(parts->size() == 1 || part.points > 0, "no half is empty");
      sum += part.points;
    }
    demand(depth == 0 || sum == points, "halves hold all points");
    if (parts->size() == 1) {
      demand(sum <= 1, "only a single point cannot be divided");
      return 0;
    }
    points = parts->back().points;
    rest = parts->back().bytes;
  }
  demand(false, "halves get smaller");
  return 0;
}
