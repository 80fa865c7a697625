// Prints how many statements' texts a second of CPU are fingerprinted,
// described and looked up, and how many the second net passes.
#include "actors/statement_descriptions.hpp"
#include "drivers/postgres/fingerprint/fingerprint.hpp"
#include "drivers/postgres/fingerprint/statement_shape.hpp"
#include "tests/bench/cpu_seconds.hpp"
#include "tests/drivers/postgres/fingerprint/statement_generator.hpp"

#include <fmt/format.h>

#include <malloc.h>

namespace pgmuster {
namespace {

constexpr std::uint64_t statements = 5'000;

template <class Work>
void measure(const char* what, int times, Work work) {
  const auto began = cpu_seconds();
  for (int turn = 0; turn < times; ++turn) {
    work();
  }
  const auto spent = cpu_seconds() - began;
  const auto done = static_cast<double>(times) * statements;
  fmt::print("{:<46} {:>9.0f} texts/s, {:>6.2f} µs each\n", what, done / spent,
             spent / done * 1e6);
}

void run() {
  std::vector<std::string> texts;
  std::size_t bytes = 0;
  for (std::uint64_t of = 0; of < statements; ++of) {
    texts.push_back(postgres::generate_query(of, of).text);
    bytes += texts.back().size();
  }
  fmt::print("{} texts, {} bytes each\n", texts.size(), bytes / texts.size());
  const auto net = std::make_shared<const scrubber>();
  const statement_config told;
  const auto describer = make_describer(told, net);
  std::uint64_t sum = 0;
  measure("shape by words", 20, [&] {
    for (const auto& one : texts) {
      sum += postgres::shape_of(one).pieces.size();
    }
  });
  measure("fingerprint by the parser", 5, [&] {
    for (const auto& one : texts) {
      sum += postgres::fingerprint_of(one).value;
    }
  });
  measure("whole description, with the second net", 5, [&] {
    for (const auto& one : texts) {
      sum += describer(one).fingerprint;
    }
  });
  const auto before = mallinfo2().uordblks;
  fingerprint_cache cache{describer, limits::fingerprint_cache_bytes};
  measure("new in the cache", 1, [&] {
    for (const auto& one : texts) {
      sum += cache.describe(one)->fingerprint;
    }
  });
  const auto occupied = mallinfo2().uordblks - before;
  measure("known in the cache", 50, [&] {
    for (const auto& one : texts) {
      sum += cache.describe(one)->fingerprint;
    }
  });
  std::vector<std::string> clean;
  for (const auto& one : texts) {
    clean.push_back(postgres::shape_text(postgres::shape_of(one)));
  }
  measure("the second net alone, nothing to find", 20, [&] {
    for (auto& one : clean) {
      sum += net->clean(one, scrubbed_text::statement);
    }
  });
  std::vector<std::string> found(statements);
  measure("the second net alone, an address in each", 5, [&] {
    for (std::size_t i = 0; i < statements; ++i) {
      found[i] = clean[i] + " me@example.org";
      sum += net->clean(found[i], scrubbed_text::words);
    }
  });
  const auto counted = cache.counted();
  fmt::print("cache: {} shapes, {} bytes a text, by malloc {}; checksum {}\n",
             counted.shapes, counted.bytes / statements, occupied / statements,
             sum % 10);
}

} // namespace
} // namespace pgmuster

int main() {
  pgmuster::run();
  return 0;
}
