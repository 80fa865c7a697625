// The `simulator` section of a scenario: which fleet to be, and its faults.
#pragma once

#include "config/configuration.hpp"
#include "config/result.hpp"
#include "config/secret.hpp"
#include "loadtest/simulator/faults/fault.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pgmuster::loadtest {

inline constexpr instance_number instances_max = 100'000;
inline constexpr std::size_t listeners_max = 1'000;
/// Lines of `late_answers`: some 50 MB.
inline constexpr std::uint64_t late_answers_max = 1'000'000;
inline constexpr std::size_t scenario_bytes_max = std::size_t{4} << 20U;
/// More would keep one connection's start longer than a client waits.
inline constexpr std::uint32_t scram_iterations_max = 10'000'000;

/// One loopback address. Its clients say by their user's name which instance
/// they mean, unless it is given to one.
struct listen_place {
  /// 127.0.0.0/8, in dots.
  std::string address = "127.0.0.1";
  /// 0: a free one.
  std::uint16_t port = 0;
  std::optional<instance_number> instance;
};

struct tls_files {
  std::filesystem::path certificate;
  std::filesystem::path key;
};

struct simulator_scenario {
  std::uint64_t seed = 1;
  instance_number instances = 1;
  std::vector<listen_place> listen;
  /// Instance n is of the n-th of these, in turn.
  std::vector<int> versions{16};
  /// A name that the model knows.
  std::string size = "small";
  /// Each so-many-th instance is a standby: of 10, the numbers 9, 19 …; 0:
  /// none.
  std::uint64_t standby_every = 0;
  /// What stands before an instance's number in a user's name.
  std::string user_prefix = "sim";
  /// Asked of every user, by SCRAM-SHA-256; empty: all are trusted.
  secret_string password;
  std::optional<tls_files> tls;
  reactor_choice reactor = reactor_choice::automatic;
  /// At the same time; 0: as many as the descriptor limit lets.
  std::size_t sessions_max = 0;
  std::vector<fault> faults;
  /// Where answers that took long to come are told, a line each: instance, when
  /// it was asked, when the answer was made (Unix nanoseconds). Empty: nowhere.
  std::filesystem::path late_answers;
};

/// Reads the text of a scenario's file. Other sections are not looked at;
/// relative paths begin at `folder`. Error malformed: all problems, one a line,
/// each with its JSON pointer.
[[nodiscard]] result<simulator_scenario>
read_scenario(std::string_view text, const std::filesystem::path& folder);

/// `127.0.0.1:5432` or `127.0.0.1:5432=7`, the latter for instance 7 alone.
[[nodiscard]] result<listen_place> read_listen_place(std::string_view text);

/// The instance that a user's name means: `sim00042` is 42.
[[nodiscard]] std::optional<instance_number>
instance_named(std::string_view user, const simulator_scenario& scenario);

/// The name of an instance's user, with five digits at least.
[[nodiscard]] std::string user_of(instance_number instance,
                                  const simulator_scenario& scenario);

} // namespace pgmuster::loadtest
