// What a session asks of the server that it is a session of.
#pragma once

#include "loadtest/simulator/answer.hpp"
#include "loadtest/simulator/faults/decision.hpp"
#include "loadtest/simulator/wire/scram.hpp"
#include "loadtest/simulator/wire/statement_texts.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>

namespace pgmuster::loadtest {

/// Of statements that nobody could answer, so many are quoted.
inline constexpr std::size_t unknown_examples_max = 10;
/// Well within what whoever judges an answer's numbers grants it anyway.
inline constexpr nanoseconds late_answer = milliseconds{500};
/// What is asked so soon after the last answer belongs to the same questions.
inline constexpr nanoseconds next_question = milliseconds{100};

/// What was done, from the start.
struct wire_counts {
  std::uint64_t sessions_opened = 0;
  std::uint64_t sessions_ready = 0;
  std::uint64_t tls_sessions = 0;
  /// Start-ups that ended in a FATAL or a closed socket, faults included.
  std::uint64_t startups_refused = 0;
  std::uint64_t passwords_wrong = 0;
  std::uint64_t queries = 0;
  std::uint64_t errors = 0;
  /// Statements that the model had no answer to (0A000).
  std::uint64_t unknown_sql = 0;
  /// What the model said of the first different ones.
  std::set<std::string> unknown_examples;
  std::uint64_t cancels = 0;
  std::uint64_t cancels_unheard = 0;
  std::uint64_t timeouts = 0;
  std::uint64_t hangs = 0;
  std::uint64_t resets = 0;
  /// That were told of, and those for which there was no room.
  std::uint64_t late_answers = 0;
  std::uint64_t late_answers_untold = 0;
  /// Messages that are none, or stand where none may.
  std::uint64_t protocol_violations = 0;
};

/// One thread uses it: the ring's.
class session_host {
public:
  virtual ~session_host() = default;

  /// Whose name a user is; nothing if there is no such instance.
  [[nodiscard]] virtual std::optional<instance_number>
  instance_of(std::string_view user) const = 0;
  [[nodiscard]] virtual server_model& model(instance_number instance) = 0;
  /// As an instance's server_version shows it: "16.14".
  [[nodiscard]] virtual std::string_view
  server_version(instance_number instance) = 0;

  [[nodiscard]] virtual startup_decision on_startup(instance_number instance,
                                                    sim_time now) = 0;
  [[nodiscard]] virtual answer_decision on_answer(instance_number instance,
                                                  sim_time now) = 0;

  /// What a password is checked against; 0: the usual iterations. Null: every
  /// user is trusted.
  [[nodiscard]] virtual std::shared_ptr<const scram_verifier>
  verifier(std::uint32_t iterations) = 0;
  [[nodiscard]] virtual bool has_tls() const noexcept = 0;
  [[nodiscard]] virtual std::uint64_t random() = 0;

  /// What an instance was asked at `asked` it answered at `made`, and says so
  /// later: longer after it than `late_answer`. Its numbers are those of
  /// `made`.
  virtual void
  answered_late(instance_number instance, wall_time asked, wall_time made) = 0;

  /// A CancelRequest came, on a connection of its own.
  virtual void cancel(std::uint32_t pid, std::uint32_t key, sim_time now) = 0;

  [[nodiscard]] virtual statement_texts& texts() noexcept = 0;
  [[nodiscard]] virtual wire_counts& counts() noexcept = 0;
};

} // namespace pgmuster::loadtest
