// Whatever a client sends, the server neither crashes nor says what is no
// message.
#include "tests/loadtest/simulator/wire/conversation_fixture.hpp"

#include <fmt/format.h>

#include <cstdlib>
#include <random>

namespace pgmuster::loadtest {
namespace {

std::uint64_t seed_of_run() {
  const char* const given = std::getenv("PGMUSTER_TEST_SEED");
  return given != nullptr ? std::strtoull(given, nullptr, 10)
                          : std::random_device{}();
}

class random_client {
public:
  explicit random_client(std::uint64_t seed) : bits_(seed) {}

  std::size_t below(std::size_t bound) { return bits_() % bound; }

  std::string next() {
    const std::vector<std::string> known{query("SELECT 1; SELECT 2"),
                                         query("BEGIN"),
                                         query("COMMIT"),
                                         query("SELECT pg_sleep(0.02)"),
                                         query("SELECT x"),
                                         whole("SELECT 'a'"),
                                         parse("SELECT $1", "s"),
                                         bind("s"),
                                         bind("", true),
                                         execute(1),
                                         describe_portal(),
                                         sync(),
                                         message('H', ""),
                                         parse("SELECT generate_series(1, 9)"),
                                         message('C', zero_ended("Ss")),
                                         message('d', "x"),
                                         message('F', "abc"),
                                         query("DISCARD ALL")};
    auto made = known[below(known.size())];
    if (below(4) == 0) {
      made[below(made.size())] = static_cast<char>(bits_());
    }
    if (below(8) == 0) {
      made.resize(below(made.size() + 1));
    }
    return made;
  }

private:
  std::mt19937_64 bits_;
};

TEST(conversation_random_test, a_server_speaks_in_whole_messages_only) {
  const auto seed = seed_of_run();
  fmt::print("seed {}\n", seed);
  random_client client{seed};
  std::size_t ready = 0;
  for (int round = 0; round < 2'000; ++round) {
    plain_host host;
    conversation talk{host, {1, 2}, std::nullopt};
    sim_time now;
    std::string said;
    auto asked = client.below(10) == 0 ? client.next() : startup("sim00000");
    for (int at = 0; at < 30; ++at) {
      // In pieces that are no messages.
      const auto part = client.below(asked.size() + 1);
      talk.receive(asked.substr(0, part), now);
      asked.erase(0, part);
      asked += client.next();
      now.since_start += milliseconds{5};
      talk.resume(now);
      said += talk.output();
      talk.sent(talk.output().size());
      if (talk.what_next() != conversation::course::open) {
        break;
      }
    }
    const auto kinds = types(said);
    ASSERT_EQ(kinds.find('?'), std::string::npos) << "round " << round;
    ready += kinds.find('Z') != std::string::npos ? 1U : 0U;
  }
  EXPECT_GT(ready, 1'000U);
}

TEST(conversation_random_test, noise_at_the_front_opens_no_session) {
  const auto seed = seed_of_run();
  fmt::print("seed {}\n", seed);
  std::mt19937_64 bits{seed};
  for (int round = 0; round < 20'000; ++round) {
    plain_host host;
    conversation talk{host, {1, 2}, std::nullopt};
    std::string noise(bits() % 40, '\0');
    for (auto& byte : noise) {
      byte = static_cast<char>(bits());
    }
    if (noise.size() > 8 && bits() % 2 == 0) {
      noise = number32(static_cast<std::uint32_t>(noise.size()))
              + number32(3U << 16U) + noise.substr(8);
    }
    talk.receive(noise, {});
    ASSERT_EQ(host.counts().sessions_ready, 0U) << "round " << round;
  }
}

} // namespace
} // namespace pgmuster::loadtest
