#include "actors/auditor.hpp"

#include "actors/messages.hpp"

namespace pgmuster {

namespace {

/// How often it is looked whether the process stops.
constexpr milliseconds between_looks{50};

} // namespace

void auditor::audit(milliseconds patience) {
  judge_after([&](audit_pass& pass) {
    return pass.all.wait(shared_->clock->mono() + patience);
  });
}

void auditor::audit_while_running(milliseconds patience) {
  judge_after([&](audit_pass& pass) {
    const auto deadline = shared_->clock->mono() + patience;
    auto now = shared_->clock->mono();
    while (now < deadline && !shared_->stopping.load()) {
      if (pass.all.wait(now + between_looks)) {
        return true;
      }
      now = shared_->clock->mono();
    }
    return false;
  });
}

void auditor::judge_after(const std::function<bool(audit_pass&)>& waited) {
  const auto lanes = shared_->config.process.lanes;
  const auto pass = std::make_shared<audit_pass>(
    lanes, shared_->stages->exporter_keys(), shared_->spool != nullptr);
  audit_round round;
  round.before = shared_->books.view();
  for (std::size_t lane = 0; lane < lanes; ++lane) {
    cafc::tell(shared_->stages->find(lane, stage::fingerprint),
               marker{pass, lane});
  }
  ask_spool(pass);
  if (!waited(*pass)) {
    // An actor died with it, or is slower than that; the next one will tell.
    if (!shared_->stopping.load()) {
      shared_->metrics->count("pgmuster_ledger_markers_lost_total",
                              "Markers that did not come through in time.");
    }
    return;
  }
  round.after = shared_->books.view();
  round.lanes = std::move(pass->found);
  round.spooled = std::move(pass->spooled);
  for (auto& [key, place] : pass->shards) {
    round.shards[key] = std::move(place.counts);
  }
  tell(judge(round, earlier_));
  earlier_ = std::move(round.after);
}

void auditor::ask_spool(const std::shared_ptr<audit_pass>& pass) {
  if (shared_->spool == nullptr) {
    return;
  }
  shared_->spool->waiting(
    [pass](const std::vector<spooling::partition_waiting>& all) {
      auto& counts = pass->spooled.emplace();
      for (const auto& one : all) {
        counts[{one.of.tenant, one.of.route}] += one.points;
      }
      pass->all.one_done();
    });
}

void auditor::tell(const audit_outcome& outcome) {
  auto& metrics = *shared_->metrics;
  metrics.count("pgmuster_ledger_audits_total",
                "Markers that compared the books with the stages.");
  metrics.count("pgmuster_ledger_books_compared_total",
                "Books that a marker compared to the point.",
                static_cast<double>(outcome.still));
  metrics.count("pgmuster_ledger_books_bounded_total",
                "Books that moved under a marker: held to two readings.",
                static_cast<double>(outcome.moving));
  metrics.count("pgmuster_ledger_mismatches_total",
                "Disagreements between the books and the stages.", 0);
  for (const auto& words : outcome.disagreements) {
    // A disagreement that stays is told once.
    if (told_.insert(words).second) {
      metrics.count("pgmuster_ledger_mismatches_total", "");
      shared_->log->log(log_level::error, "the books disagree with the stages",
                        {{"what", words}});
    }
  }
  shared_->audit.put(outcome.disagreements);
  if (told_.size() > 1'000) {
    told_.clear();
  }
}

} // namespace pgmuster
