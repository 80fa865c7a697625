// The collector's configuration for a scenario: its targets, the sink as the
// only route, and what the scenario says otherwise.
#pragma once

#include "loadtest/runner/scenario.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace pgmuster::loadtest {

struct endpoints {
  /// One for each target, or fewer: then in turn.
  std::vector<std::string> dsns;
  std::uint16_t sink_port = 0;
  std::uint16_t admin_port = 0;
};

/// Tenants are t-0…, targets s-00000…; target i belongs to tenant
/// i mod tenants.
[[nodiscard]] boost::json::object collector_document(const scenario& of,
                                                     const endpoints& at);

/// Where the simulator listens; its instances are told apart by user.
struct simulator_place {
  std::string address = "127.0.0.1";
  std::uint16_t port = 0;
};

/// How a simulated target is reached. Targets take the places in turn, so that
/// no pair of addresses runs out of ports.
[[nodiscard]] std::string
simulated_dsn(const simulated_fleet& fleet,
              std::uint64_t target,
              const std::vector<simulator_place>& places);

/// The simulator's scenario file: the section of this one, completed. With
/// `certificate` and `key` (paths) it speaks TLS.
[[nodiscard]] boost::json::object
simulator_document(const scenario& of,
                   const std::string& certificate,
                   const std::string& key);

/// The sink's configuration: the scenario's, and silences that fit the
/// intervals.
[[nodiscard]] boost::json::object sink_document(const scenario& of);

/// Has the sink compare values with what the simulator, which reads `file`,
/// has made since `started_unix_nano`; unless the scenario says otherwise a
/// share of the targets, so that the sink keeps up. Whether anything is
/// compared then: a share of 0 is none.
bool put_truth(boost::json::object& sink,
               const scenario& of,
               const std::string& file,
               std::int64_t started_unix_nano);

/// How often the collector asks, after the scenario's word.
struct cadence {
  milliseconds instance{10'000};
  milliseconds database{60'000};
  milliseconds statements{60'000};
};
[[nodiscard]] cadence cadence_of(const scenario& of);

/// `over` wins; objects are merged key by key.
void merge(boost::json::object& into, const boost::json::object& over);

} // namespace pgmuster::loadtest
