#include "actors/checkpointer.hpp"

#include "drivers/logging/rfc3339.hpp"
#include "drivers/state/crash_slots.hpp"

namespace pgmuster {

namespace {

constexpr auto file_name = "books.json";
/// What the books say at every moment, and a new run reads of the one before.
constexpr auto counts_name = "books.now";
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
  made->share_risks();
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
  for (const auto& one : lost_by(*left)) {
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

std::vector<crash_bound>
checkpointer::lost_by(const crash_document& left) const {
  const auto bytes = folder_.read(counts_name);
  // Pages of a file outlive the process, and not the machine.
  if (!bytes || !bytes.value() || left.run.empty() || left.boot.empty()
      || left.boot != boot_id()) {
    return left.bounds;
  }
  auto counts = read_counts(*bytes.value());
  if (counts.empty() || std::to_string(counts.back()) != left.run) {
    return left.bounds;
  }
  counts.pop_back();
  return counted_at_death(left, counts).value_or(left.bounds);
}

/// The run's number is the last count.
void checkpointer::share_risks() {
  const crash_slots slots{bounds_now()};
  auto made = folder_.map_counts(counts_name, slots.count() + 1);
  if (!made) {
    shared_->log->log(log_level::warning,
                      "after a crash only a rough bound of what is lost will "
                      "be known",
                      {{"reason", describe(made.error())}});
    return;
  }
  const auto counts = std::move(made.value());
  const auto number = static_cast<std::uint64_t>(
    shared_->clock->wall().time_since_epoch().count());
  counts->store(slots.count(), number);
  run_ = std::to_string(number);
  const auto into = [counts](std::optional<std::size_t> slot) -> at_risk {
    if (!slot) {
      return {};
    }
    return [counts, slot = *slot](std::uint64_t points) {
      counts->store(slot, points);
    };
  };
  shared_->books.tell_risks(
    {[into, slots](const tenant_id& tenant) { return into(slots.of(tenant)); },
     [into, slots](const tenant_id& tenant, const route_name& route) {
       return into(slots.of(tenant, route));
     }});
}

std::vector<crash_bound> checkpointer::bounds_now() {
  std::vector<crash_bound> made;
  for (const auto& [key, points] :
       bounds_.look(shared_->books.view(), shared_->clock->mono())) {
    made.push_back({key.first, key.second, points});
  }
  return made;
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
    document.run = run_;
    document.boot = boot_id();
    document.bounds = bounds_now();
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
