// A misfortune of a scenario: what happens, to which instances, when.
#pragma once

#include "config/time.hpp"
#include "loadtest/simulator/faults/decision.hpp"

#include <cstdint>
#include <string_view>
#include <vector>

namespace pgmuster::loadtest {

enum class fault_kind : std::uint8_t {
  /// Each answer takes `by` longer; heeds cancels and statement_timeout.
  slow,
  /// Nothing more is said, at a place of `fault_place`.
  hang,
  /// Start-ups fail.
  refuse,
  /// Connections end in a TCP reset.
  reset,
  /// The right password is called wrong.
  wrong_password,
  /// The handshake waits for `by`.
  slow_tls,
  /// Verifiers of `amount` iterations: costly for the client.
  scram_iterations,
  /// Sessions end at `from`, start-ups fail until `to`; another postmaster.
  restart,
  /// The same, and another server answers afterwards.
  failover,
  /// The model's own: told to it, and nothing else.
  statistics_reset,
  statements_reset,
  /// `amount` of a hundred statements.
  eviction,
  /// `amount` more.
  new_databases,
  /// `amount` new ones in each of the model's steps, until `to`.
  distinct_queries
};

/// Where in a conversation a hang or a reset strikes.
enum class fault_place : std::uint8_t {
  startup,
  before_row,
  within_row,
  /// All sessions that there are at `from`, at once.
  sessions
};

struct instance_range {
  instance_number first = 0;
  instance_number last = 0;
};

struct fault {
  fault_kind is = fault_kind::slow;
  /// Empty: all.
  std::vector<instance_range> instances;
  /// Of those, chosen by the scenario's seed.
  double share = 1;
  /// Since the simulator began to listen.
  nanoseconds from{0};
  nanoseconds to = forever;
  /// The n-th of its instances is struck n times this later.
  nanoseconds stagger{0};
  /// Of one connection or answer to be struck.
  double chance = 1;
  nanoseconds by{0};
  std::uint64_t amount = 0;
  fault_place place = fault_place::before_row;
  /// refuse: closed without a word. restart: a crash, whose counters begin
  /// at 0.
  bool abrupt = false;
};

/// The word of a scenario for it.
[[nodiscard]] std::string_view name_of(fault_kind kind) noexcept;

} // namespace pgmuster::loadtest
