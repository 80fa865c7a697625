// From a good end to the next start: what is found is held to what was left,
// since a segment that is gone, or ends earlier, does not tell so itself.
#include "drivers/spool/segment_store.hpp"

#include <unistd.h>

#include <cerrno>

namespace pgmuster::spooling {
namespace {

constexpr std::size_t list_bytes_max = 256U * 1024 * 1024;

} // namespace

void segment_store::read_left() {
  const auto path = folder_ / left_name;
  std::error_code ignored;
  if (!std::filesystem::exists(path, ignored)) {
    return;
  }
  auto found = parse_left(read_small_file(path, list_bytes_max));
  if (!found) {
    left_unknown_ = path.string() + ": " + describe(found.error());
    return;
  }
  for (auto& one : *found) {
    const auto sequence = one.sequence;
    missing_.emplace(sequence, std::move(one));
  }
}

void segment_store::hold_to_left(const segment& found, spool_loss& lost) {
  const auto at = missing_.find(found.identity().sequence);
  if (at == missing_.end() || at->second.of != found.identity().of) {
    return;
  }
  auto& left = at->second;
  if (found.frames_waiting() > left.frames
      || found.points_waiting() > left.points) {
    // Some of it is sent again, so what the damage itself tells stands.
    missing_.erase(at);
    return;
  }
  // Exact, where the damage alone may say less, or what an earlier run counted.
  left.frames -= found.frames_waiting();
  left.points -= found.points_waiting();
  lost.frames = left.frames;
  lost.points = left.points;
  if (left.frames == 0 && left.points == 0) {
    missing_.erase(at);
  }
}

void segment_store::note_gone_since() {
  for (const auto& [sequence, left] : missing_) {
    const auto found = partitions_.find(left.of);
    if (found == partitions_.end()
        || found->second.segments.count(sequence) == 0) {
      note_loss(left.of,
                {spool_loss::reason::corrupt, left.points, left.frames, 0});
    }
  }
}

void segment_store::begin_changes() {
  std::error_code failed;
  if (std::filesystem::remove(folder_ / left_name, failed)) {
    sync_folder(folder_);
  }
}

result<void> segment_store::leave() const {
  auto left = missing_;
  for (const auto& [of, part] : partitions_) {
    for (const auto& [sequence, each] : part.segments) {
      auto& one = left[sequence];
      one.of = of;
      one.sequence = sequence;
      one.frames += each->frames_waiting();
      one.points += each->points_waiting();
      for (const auto& out : each->out()) {
        ++one.frames;
        one.points += out.points;
      }
    }
  }
  std::vector<left_segment> all;
  for (auto& [sequence, one] : left) {
    if (one.frames > 0 || one.points > 0) {
      all.push_back(std::move(one));
    }
  }
  if (all.empty()) {
    return {};
  }
  const auto path = folder_ / left_name;
  auto next = path;
  next += ".next";
  std::error_code failed;
  std::filesystem::remove(next, failed);
  auto file = segment_file::open(next, segment_file::access::create);
  if (!file) {
    return file.error();
  }
  if (auto written = file.value()->append(encode_left(all), {}); !written) {
    return written.error();
  }
  if (::fdatasync(file.value()->descriptor()) != 0) {
    return write_failure(errno, next.string());
  }
  std::filesystem::rename(next, path, failed);
  if (failed) {
    return fail(spool_errc::cannot_write,
                path.string() + ": " + failed.message());
  }
  sync_folder(folder_);
  return {};
}

} // namespace pgmuster::spooling
