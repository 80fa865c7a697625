// A model that knows what any client asks to see whether somebody is there,
// and no more, so that tests of the wire need no simulated database.
#pragma once

#include "loadtest/simulator/answer.hpp"

#include <optional>
#include <string>
#include <utility>

namespace pgmuster::loadtest {

/// Answers SELECT of one number, quoted text, $1, version(), current_user,
/// current_database(), pg_backend_pid(), pg_sleep(seconds) or
/// generate_series(from, to); SHOW of some settings; SET, BEGIN, COMMIT,
/// ROLLBACK, DEALLOCATE and DISCARD. Everything else is 0A000.
class small_talk final : public server_model {
public:
  /// `version`: as server_version shows it.
  small_talk(int major, std::string version)
    : major_(major), version_(std::move(version)) {}

  [[nodiscard]] wire_answer answer(const wire_question& question,
                                   std::int64_t backend_pid,
                                   wall_time now) override;
  [[nodiscard]] std::vector<wire_column>
  describe(std::string_view sql) override;
  [[nodiscard]] int major_version() const override { return major_; }

private:
  [[nodiscard]] std::optional<wire_answer> said(const wire_question& question,
                                                std::int64_t backend_pid) const;

  int major_;
  std::string version_;
};

} // namespace pgmuster::loadtest
