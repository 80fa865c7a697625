// New frames go to a segment of this run; earlier ones are read and deleted,
// never written, so that a torn end stays an end.
#include "drivers/spool/segment_store.hpp"

#include "drivers/spool/folder_name.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace pgmuster::spooling {
namespace {

constexpr std::string_view segment_suffix = ".seg";
/// The smallest part of a bound that one segment may be.
constexpr std::uint64_t parts_min = 4;

} // namespace

class segment_store::counted {
public:
  counted(store_sums& sums, const segment& of) noexcept
    : sums_(sums),
      of_(of),
      frames_(of.frames_waiting()),
      points_(of.points_waiting()) {}
  ~counted() {
    sums_.frames += of_.frames_waiting() - frames_;
    sums_.points += of_.points_waiting() - points_;
  }
  counted(const counted&) = delete;
  counted& operator=(const counted&) = delete;

private:
  store_sums& sums_;
  const segment& of_;
  std::uint64_t frames_;
  std::uint64_t points_;
};

segment_store::segment_store(std::filesystem::path folder,
                             store_limits limits,
                             std::function<std::uint64_t()> random)
  : folder_(std::move(folder)), limits_(limits), random_(std::move(random)) {
  const auto at_most = limits_.route_bytes_max.value() / parts_min;
  if (limits_.segment_bytes.value() > at_most) {
    limits_.segment_bytes = byte_count{at_most};
  }
}

void segment_store::note_loss(const partition_key& of, const spool_loss& what) {
  if (what.bytes > 0 || what.frames > 0 || what.points > 0) {
    losses_.push_back({of, what});
  }
}

result<void> segment_store::make_room(const route_key& of,
                                      std::uint64_t bytes) {
  const auto needed = bytes + records_begin;
  const auto bytes_max = limits_.bytes_max.value();
  if (needed > limits_.route_bytes_max.value()
      || needed + refused_bytes_ > bytes_max) {
    return fail(spool_errc::too_large, "the bounds of the spool");
  }
  auto& own = bytes_by_route_[of];
  while (own > 0 && own + needed > limits_.route_bytes_max.value()) {
    let_oldest_go(of);
  }
  while (sums_.bytes > 0 && sums_.bytes + refused_bytes_ + needed > bytes_max) {
    const auto most =
      std::max_element(bytes_by_route_.begin(), bytes_by_route_.end(),
                       [](const auto& one, const auto& other) {
                         return one.second < other.second;
                       });
    let_oldest_go(most->first);
  }
  return {};
}

void segment_store::let_oldest_go(const route_key& of) {
  auto oldest = partitions_.end();
  for (auto at = partitions_.lower_bound({of.first, of.second, 0});
       at != partitions_.end() && at->first.route == of.first
       && at->first.tenant == of.second;
       ++at) {
    if (!at->second.segments.empty()
        && (oldest == partitions_.end()
            || at->second.segments.begin()->first
                 < oldest->second.segments.begin()->first)) {
      oldest = at;
    }
  }
  if (oldest == partitions_.end()) {
    bytes_by_route_[of] = 0;
    return;
  }
  remove(oldest, oldest->second.segments.begin()->first, why_removed::trimmed);
}

void segment_store::remove(partitions::iterator from,
                           std::uint64_t sequence,
                           why_removed why) {
  auto& of = from->second;
  const auto at = of.segments.find(sequence);
  auto& gone = *at->second;
  if (why == why_removed::trimmed || why == why_removed::gone) {
    const auto reason = why == why_removed::trimmed
                          ? spool_loss::reason::full
                          : spool_loss::reason::corrupt;
    note_loss(from->first, {reason, gone.points_waiting(),
                            gone.frames_waiting(), gone.bytes()});
    for (const auto& one : gone.out()) {
      out_of_gone_[{sequence, one.ordinal}] = {reason, one.points, 1, 0};
    }
  }
  --sums_.segments;
  sums_.bytes -= gone.bytes();
  sums_.frames -= gone.frames_waiting();
  sums_.points -= gone.points_waiting();
  bytes_by_route_[{from->first.route, from->first.tenant}] -= gone.bytes();
  if (of.writing == &gone) {
    of.writing = nullptr;
  }
  gone.remove();
  of.awake.erase(sequence);
  unsynced_.erase({from->first, sequence});
  of.segments.erase(at);
}

result<segment*> segment_store::writable(const partition_key& of,
                                         std::uint64_t bytes,
                                         wall_time now) {
  auto& into = partitions_[of];
  if (into.writing != nullptr
      && into.writing->bytes() + bytes > limits_.segment_bytes.value()
      && into.writing->bytes() > records_begin) {
    into.writing->seal();
    into.writing = nullptr;
    rotated_ = true;
  }
  if (into.writing != nullptr) {
    return into.writing;
  }
  const auto folder =
    folder_ / folder_name(of.route.value()) / folder_name(of.tenant.value());
  if (auto made = make_folder(folder); !made) {
    return made.error();
  }
  const auto sequence = ++sequences_;
  auto made =
    segment::create(folder / fmt::format("{:016x}{}", sequence, segment_suffix),
                    {of, sequence, now, random_()});
  if (!made) {
    return made.error();
  }
  ++sums_.segments;
  sums_.bytes += made.value()->bytes();
  bytes_by_route_[{of.route, of.tenant}] += made.value()->bytes();
  into.writing = made.value().get();
  into.awake.insert(sequence);
  into.segments.emplace(sequence, std::move(made.value()));
  return into.writing;
}

result<record_position> segment_store::append(const frame& what,
                                              std::string words,
                                              wall_time now,
                                              custody as) {
  const auto of = partition_of(what);
  const auto about = what.payload.size() + prefix_bytes + words.size();
  if (auto room = make_room({of.route, of.tenant}, about + head_bytes_max);
      !room) {
    return room.error();
  }
  auto into = writable(of, about, now);
  if (!into) {
    return into.error();
  }
  auto& written = *into.value();
  const auto before = written.bytes();
  auto position = [&] {
    const counted sums{sums_, written};
    return written.append(what, std::move(words), now, as);
  }();
  touched_.insert(of);
  if (!position) {
    return position.error();
  }
  sums_.bytes += written.bytes() - before;
  bytes_by_route_[{of.route, of.tenant}] += written.bytes() - before;
  unsynced_.insert({of, written.identity().sequence});
  return *position;
}

std::vector<spooled_frame> segment_store::take(const partition_key& from,
                                               byte_count bytes_max) {
  std::vector<spooled_frame> taken;
  const auto found = partitions_.find(from);
  if (found == partitions_.end()) {
    return taken;
  }
  touched_.insert(from);
  std::uint64_t bytes = 0;
  for (auto& [sequence, part] : found->second.segments) {
    while (part->frames_waiting() > 0) {
      spool_loss lost;
      lost.why = spool_loss::reason::corrupt;
      found->second.awake.insert(sequence);
      auto next = [&, &one = *part] {
        const counted sums{sums_, one};
        return one.take_next(lost);
      }();
      note_loss(from, lost);
      if (!next) {
        break;
      }
      bytes += next->what->payload.size();
      taken.push_back(std::move(*next));
      if (bytes >= bytes_max.value()) {
        return taken;
      }
    }
  }
  return taken;
}

void segment_store::acknowledge(const partition_key& of,
                                record_position which) {
  touched_.insert(of);
  if (out_of_gone_.erase(which) > 0) {
    return;
  }
  if (const auto found = partitions_.find(of); found != partitions_.end()) {
    const auto at = found->second.segments.find(which.segment);
    if (at != found->second.segments.end()) {
      at->second->acknowledge(which.ordinal);
    }
  }
}

void segment_store::release(const partition_key& of, record_position which) {
  touched_.insert(of);
  if (const auto gone = out_of_gone_.find(which); gone != out_of_gone_.end()) {
    note_loss(of, gone->second);
    out_of_gone_.erase(gone);
    return;
  }
  if (const auto found = partitions_.find(of); found != partitions_.end()) {
    const auto at = found->second.segments.find(which.segment);
    if (at != found->second.segments.end()) {
      const counted sums{sums_, *at->second};
      static_cast<void>(at->second->release(which.ordinal));
    }
  }
}

result<void> segment_store::settle() {
  result<void> outcome;
  for (const auto& of : std::exchange(touched_, {})) {
    const auto found = partitions_.find(of);
    if (found == partitions_.end()) {
      continue;
    }
    auto done = settle(found);
    if (!done && outcome) {
      outcome = done;
    }
  }
  close_spare_files();
  return outcome;
}

result<void> segment_store::settle(partitions::iterator which) {
  result<void> outcome;
  auto& of = which->second;
  std::vector<std::uint64_t> finished;
  for (const auto& [sequence, part] : of.segments) {
    // Those at rest are looked at only when all before them is finished.
    if (of.awake.count(sequence) == 0 && !part->finished()) {
      break;
    }
    if (part->sealed() && part->finished()) {
      finished.push_back(sequence);
    }
  }
  for (const auto sequence : finished) {
    remove(which, sequence, why_removed::finished);
  }
  for (auto at = of.awake.begin(); at != of.awake.end();) {
    auto& part = *of.segments.at(*at);
    if (auto written = part.write_acknowledged(); !written && outcome) {
      outcome = written;
    }
    if (&part != of.writing && *at != of.segments.begin()->first) {
      part.rest();
    }
    at = part.resting() ? of.awake.erase(at) : std::next(at);
  }
  return outcome;
}

void segment_store::close_spare_files() {
  std::vector<segment*> open;
  for (auto& [of, part] : partitions_) {
    for (const auto sequence : part.awake) {
      auto& one = *part.segments.at(sequence);
      if (one.file_is_open()) {
        open.push_back(&one);
      }
    }
  }
  if (open.size() <= limits::spool_files_max) {
    return;
  }
  for (auto* one : open) {
    one->close_file();
  }
}

void segment_store::seal() {
  for (auto at = partitions_.begin(); at != partitions_.end(); ++at) {
    if (at->second.writing != nullptr) {
      at->second.writing->seal();
      at->second.writing = nullptr;
      touched_.insert(at->first);
    }
  }
}

std::vector<std::shared_ptr<segment_file>> segment_store::take_unsynced() {
  std::vector<std::shared_ptr<segment_file>> files;
  for (const auto& [of, sequence] : std::exchange(unsynced_, {})) {
    if (auto file = partitions_.at(of).segments.at(sequence)->file()) {
      files.push_back(std::move(file));
    }
  }
  return files;
}

std::vector<partition_loss> segment_store::take_losses() {
  return std::exchange(losses_, {});
}

void segment_store::drop(const partition_key& which) {
  const auto found = partitions_.find(which);
  if (found == partitions_.end()) {
    return;
  }
  while (!found->second.segments.empty()) {
    remove(found, found->second.segments.begin()->first, why_removed::dropped);
  }
}

std::vector<partition_waiting> segment_store::waiting() const {
  std::vector<partition_waiting> all;
  for (const auto& [of, part] : partitions_) {
    partition_waiting one{of, 0, 0};
    for (const auto& [sequence, each] : part.segments) {
      one.frames += each->frames_waiting();
      one.points += each->points_waiting();
    }
    if (one.frames > 0) {
      all.push_back(std::move(one));
    }
  }
  return all;
}

segment* segment_store::nth_segment(const partition_key& of, std::size_t at) {
  const auto found = partitions_.find(of);
  if (found == partitions_.end() || at >= found->second.segments.size()) {
    return nullptr;
  }
  return std::next(found->second.segments.begin(),
                   static_cast<std::ptrdiff_t>(at))
    ->second.get();
}

} // namespace pgmuster::spooling
