#include "actors/checkpointer.hpp"

#include "drivers/logging/rfc3339.hpp"
#include "drivers/state/crash_document.hpp"

namespace pgmuster {

namespace {

constexpr auto file_name = "books.json";
/// Lines in the log about what one crash may have lost; the rest is summed.
constexpr std::size_t lines_max = 20;

} // namespace

checkpointer::checkpointer(std::shared_ptr<services> shared,
                           state_directory folder)
  : shared_(std::move(shared)),
    folder_(std::move(folder)),
    bounds_(shared_->config, {}, shared_->clock->mono()) {}

result<std::unique_ptr<checkpointer>>
checkpointer::open(const std::shared_ptr<services>& shared) {
  auto folder = state_directory::open(shared->config.process.state_directory);
  if (!folder) {
    return folder.error();
  }
  std::unique_ptr<checkpointer> made{
    new checkpointer(shared, std::move(folder.value()))};
  made->read_last_words();
  return made;
}

void checkpointer::read_last_words() {
  const auto bytes = folder_.read(file_name);
  if (!bytes) {
    shared_->log->log(log_level::warning,
                      "what the run before has lost is not known",
                      {{"reason", describe(bytes.error())}});
    return;
  }
  if (!bytes.value()) {
    return;
  }
  const auto left = parse_crash_json(*bytes.value());
  if (!left) {
    shared_->log->log(
      log_level::warning, "what the run before has lost is not known",
      {{"file", file_name}, {"reason", describe(left.error())}});
    return;
  }
  if (left->clean) {
    return;
  }
  std::size_t lines = 0;
  std::uint64_t sum = 0;
  for (const auto& one : left->bounds) {
    shared_->lost_in_crash[{one.tenant, one.route}] += one.points;
    sum += one.points;
    if (++lines <= lines_max) {
      shared_->log->log(log_level::warning,
                        "the run before died; points may be missing",
                        {{"tenant", one.tenant.value()},
                         {"route", one.route.value()},
                         {"lost_in_crash_at_most", std::to_string(one.points)},
                         {"last_checkpoint", rfc3339(left->written)}});
    }
  }
  shared_->log->log(log_level::warning, "the run before did not end by itself",
                    {{"lost_in_crash_at_most", std::to_string(sum)},
                     {"last_checkpoint", rfc3339(left->written)}});
}

void checkpointer::checkpoint() {
  write(false);
}

void checkpointer::finish() {
  write(true);
}

void checkpointer::write(bool clean) {
  crash_document document;
  document.clean = clean;
  document.written = shared_->clock->wall();
  if (!clean) {
    for (const auto& [key, points] :
         bounds_.look(shared_->books.view(), shared_->clock->mono())) {
      document.bounds.push_back({key.first, key.second, points});
    }
  }
  const auto written = folder_.write(file_name, crash_json(document));
  if (!written) {
    shared_->metrics->count("pgmuster_checkpoints_failed_total",
                            "Checkpoints of the books that were not written.");
    if (!failing_) {
      shared_->log->log(log_level::warning,
                        "a checkpoint of the books cannot be written",
                        {{"reason", describe(written.error())}});
    }
  }
  failing_ = !written;
}

} // namespace pgmuster
