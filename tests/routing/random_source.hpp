// Random numbers of a test: the seed is printed and can be handed back by
// PGMUSTER_TEST_SEED.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <random>
#include <string>

namespace pgmuster::testing_routing {

class dice {
public:
  dice() : seed_(choose()), engine_(seed_) {
    std::cout << "seed " << seed_ << " (PGMUSTER_TEST_SEED)\n";
  }

  /// Uniform in [0, most].
  std::uint64_t upto(std::uint64_t most) {
    return std::uniform_int_distribution<std::uint64_t>{0, most}(engine_);
  }
  bool one_in(std::uint64_t n) { return upto(n - 1) == 0; }
  double share() {
    return std::uniform_real_distribution<double>{0.0, 1.0}(engine_);
  }

private:
  static std::uint64_t choose() {
    const char* given = std::getenv("PGMUSTER_TEST_SEED");
    return given != nullptr ? std::stoull(given) : std::random_device{}();
  }

  std::uint64_t seed_;
  std::mt19937_64 engine_;
};

} // namespace pgmuster::testing_routing
