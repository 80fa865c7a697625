#include "actors/spool_gauges.hpp"

namespace pgmuster {

namespace {

std::string_view to_string(spooling::spool_state state) {
  switch (state) {
  case spooling::spool_state::writing:
    return "writing";
  case spooling::spool_state::disk_full:
    return "disk_full";
  case spooling::spool_state::failing:
    return "failing";
  }
  return "unknown";
}

} // namespace

void set_spool_gauges(const services& shared, self_metrics& metrics) {
  if (shared.spool == nullptr) {
    return;
  }
  const auto counts = shared.spool->counts();
  const auto gauge = [&](const char* name, const char* help,
                         std::uint64_t value) {
    metrics.gauge(name, help, static_cast<double>(value));
  };
  for (const auto state :
       {spooling::spool_state::writing, spooling::spool_state::disk_full,
        spooling::spool_state::failing}) {
    metrics.gauge("pgmuster_spool_state", "1 for the state the spool is in.",
                  counts.state == state ? 1 : 0, "state", to_string(state));
  }
  gauge("pgmuster_spool_bytes", "Bytes of segments on disk.", counts.bytes);
  gauge("pgmuster_spool_segments", "Segments on disk.", counts.segments);
  gauge("pgmuster_spool_frames_waiting", "Frames that wait on disk.",
        counts.frames_waiting);
  gauge("pgmuster_spool_written_bytes", "Bytes of frames written since start.",
        counts.written_bytes);
  gauge("pgmuster_spool_written_frames", "Frames written since start.",
        counts.written_frames);
  gauge("pgmuster_spool_read_bytes", "Bytes of frames read back since start.",
        counts.read_bytes);
  gauge("pgmuster_spool_read_frames", "Frames read back since start.",
        counts.read_frames);
  gauge("pgmuster_spool_refused_frames",
        "Frames that could not be written since start.", counts.refused_frames);
  gauge("pgmuster_spool_corrupt_bytes",
        "Bytes that were damaged, seen since start.", counts.corrupt_bytes);
  gauge("pgmuster_spool_refused_segments",
        "Segments of another version, or without a readable beginning, left as "
        "they are.",
        counts.refused_segments);
  gauge("pgmuster_spool_syncs", "Times a segment was given to the disk.",
        counts.syncs);
  gauge("pgmuster_spool_syncs_failed", "Times the disk did not take it.",
        counts.syncs_failed);
  gauge("pgmuster_quarantine_frames", "Frames kept that no destination takes.",
        counts.quarantined_frames);
  gauge("pgmuster_quarantine_bytes", "Bytes of their segments.",
        counts.quarantined_bytes);
}

std::string why_spool_not_ready(const services& shared) {
  if (shared.spool == nullptr) {
    return {};
  }
  switch (shared.spool->counts().state) {
  case spooling::spool_state::writing:
    return {};
  case spooling::spool_state::disk_full:
    return "the spool takes no frames: the disk is full";
  case spooling::spool_state::failing:
    return "the spool takes no frames: the disk fails; see the log";
  }
  return {};
}

} // namespace pgmuster
