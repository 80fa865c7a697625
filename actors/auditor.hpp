// Has a marker compare the books with the stages, again and again, and says
// when they disagree.
#pragma once

#include "actors/audit_pass.hpp"
#include "actors/services.hpp"
#include "routing/audit.hpp"

#include <functional>
#include <set>

namespace pgmuster {

class auditor {
public:
  explicit auditor(std::shared_ptr<services> shared)
    : shared_(std::move(shared)) {}

  /// Sends a marker, waits for it at most `patience`, and judges. Called by one
  /// thread at a time, which is no actor's.
  void audit(milliseconds patience);
  /// The same, given up once the process stops.
  void audit_while_running(milliseconds patience);

private:
  void judge_after(const std::function<bool(audit_pass&)>& waited);
  /// Its answer is one of those that the pass waits for.
  void ask_spool(const std::shared_ptr<audit_pass>& pass);
  void tell(const audit_outcome& outcome);

  std::shared_ptr<services> shared_;
  std::vector<ledger::tenant_view> earlier_;
  std::set<std::string> told_;
};

} // namespace pgmuster
