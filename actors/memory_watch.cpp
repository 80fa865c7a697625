#include "actors/memory_watch.hpp"

#include "actors/messages.hpp"
#include "config/limits.hpp"
#include "drivers/admin/process_reading.hpp"
#include "drivers/machine_memory.hpp"

namespace pgmuster {

byte_count memory_limit_of(const configuration& config) {
  if (config.memory.limit) {
    return *config.memory.limit;
  }
  const auto machine = machine_memory();
  return machine
           ? byte_count{machine->value() / 100 * limits::memory_percent_default}
           : limits::memory_limit_unknown;
}

std::map<tenant_id, std::uint64_t> memory_watch::held() const {
  std::map<tenant_id, std::uint64_t> sum;
  for (const auto& [key, account] : shared_->credit) {
    sum[key.second] += account->in_use().value();
  }
  for (const auto& book : shared_->books.view()) {
    for (const auto& [route, view] : book.delivery) {
      sum[book.tenant] += view.bytes;
    }
  }
  return sum;
}

void memory_watch::look() {
  const auto read = read_resident_bytes();
  if (!read) {
    return;
  }
  const byte_count resident{static_cast<std::uint64_t>(*read)};
  const auto before = shared_->memory.state();
  const auto verdict = limiter_.judge(resident, held());
  shared_->memory.put(verdict, resident);
  if (!verdict.keeps.empty()) {
    const auto keeps =
      std::make_shared<const std::map<tenant_id, double>>(verdict.keeps);
    for (const auto& exporter : shared_->stages->exporters()) {
      cafc::tell_urgent(exporter, shed_frames{keeps});
    }
  }
  tell(before, verdict, resident);
}

void memory_watch::tell(memory_state before,
                        const memory_verdict& now,
                        byte_count resident) {
  if (now.state == before) {
    return;
  }
  shared_->log->log(
    now.state > before ? log_level::warning : log_level::info,
    "memory is " + std::string{to_string(now.state)},
    {{"resident_bytes", std::to_string(resident.value())},
     {"limit_bytes", std::to_string(limiter_.limit().value())},
     {"tenants_turned_away", std::to_string(now.keeps.size())}});
}

} // namespace pgmuster
