// The file says what there is, the list beside it what is done; both are read
// again whenever a resting segment is needed.
#include "drivers/spool/segment.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace pgmuster::spooling {
namespace {

constexpr std::size_t acknowledged_bytes_max = 16U * 1024 * 1024;

bool holds(const std::vector<acknowledged_range>& ranges,
           std::uint32_t ordinal) {
  return std::any_of(ranges.begin(), ranges.end(), [ordinal](const auto& one) {
    return one.first <= ordinal && ordinal <= one.last;
  });
}

/// What is missing and was not done with before it went missing.
void count_lost(const lost_stretch& missing,
                const std::vector<acknowledged_range>& acknowledged,
                spool_loss& lost) {
  lost.bytes += missing.bytes;
  std::uint64_t unfinished = 0;
  // Bounded by the ordinals that a checksummed head names, less those of the
  // records before it: at most one a record prefix of the stretch.
  const auto last = std::min<std::uint64_t>(
    missing.to, missing.from + missing.bytes / prefix_bytes + 1);
  for (std::uint64_t at = missing.from; at < last; ++at) {
    unfinished += holds(acknowledged, static_cast<std::uint32_t>(at)) ? 0U : 1U;
  }
  lost.frames += unfinished;
  lost.points += unfinished > 0 ? missing.points : 0;
}

} // namespace

std::filesystem::path segment::acknowledged_path() const {
  auto beside = path_;
  return beside.replace_extension(".ack");
}

result<std::unique_ptr<segment>>
segment::create(const std::filesystem::path& path, segment_identity identity) {
  auto beginning = encode_beginning(identity);
  if (!beginning) {
    return beginning.error();
  }
  auto file = segment_file::open(path, segment_file::access::create);
  if (!file) {
    return file.error();
  }
  std::unique_ptr<segment> made{new segment{path, std::move(identity)}};
  made->file_ = std::move(file.value());
  if (auto written = made->file_->append(*beginning, {}); !written) {
    made->remove();
    return written.error();
  }
  made->bytes_ = made->file_->size();
  made->awake_ = true;
  return made;
}

result<std::unique_ptr<segment>>
segment::open(const std::filesystem::path& path, spool_loss& lost) {
  auto file = segment_file::open(path, segment_file::access::read);
  if (!file) {
    return file.error();
  }
  std::string front(records_begin, '\0');
  front.resize(file.value()->read_at(0, front));
  auto identity = parse_beginning(front);
  if (!identity) {
    auto why = identity.error();
    why.context =
      path.string() + (why.context.empty() ? "" : ": ") + why.context;
    return why;
  }
  std::unique_ptr<segment> made{new segment{path, std::move(*identity)}};
  made->file_ = std::move(file.value());
  made->bytes_ = made->file_->size();
  made->sealed_ = true;
  made->earlier_run_ = true;
  lost.bytes += damaged_beginning(front);
  made->walk(lost);
  return made;
}

std::vector<acknowledged_range> segment::acknowledged_on_disk() const {
  return parse_acknowledged(
    read_small_file(acknowledged_path(), acknowledged_bytes_max),
    identity_.salt);
}

void segment::walk(spool_loss& lost) {
  const auto acknowledged = acknowledged_on_disk();
  records_.clear();
  first_ = 0;
  waiting_frames_ = 0;
  waiting_points_ = 0;
  segment_walk over{*file_, identity_};
  while (auto found = over.next()) {
    count_lost(found->lost, acknowledged, lost);
    const auto& head = found->found.head;
    record made{head.ordinal, static_cast<std::uint32_t>(found->offset),
                head.about.points, standing::finished};
    if (!holds(acknowledged, made.ordinal)) {
      made.now = standing::waiting;
      ++waiting_frames_;
      waiting_points_ += made.points;
    }
    records_.push_back(made);
  }
  count_lost(over.tail(), acknowledged, lost);
  awake_ = true;
}

bool segment::open_file() {
  if (file_ == nullptr) {
    auto opened =
      segment_file::open(path_, sealed_ ? segment_file::access::read
                                        : segment_file::access::append);
    if (opened) {
      file_ = std::move(opened.value());
    }
  }
  return file_ != nullptr;
}

std::shared_ptr<segment_file> segment::file() {
  static_cast<void>(open_file());
  return file_;
}

bool segment::wake(spool_loss& lost) {
  const auto frames = waiting_frames_;
  const auto points = waiting_points_;
  if (!open_file()) {
    // It has gone under our hands.
    lost.frames += std::exchange(waiting_frames_, 0);
    lost.points += std::exchange(waiting_points_, 0);
    return false;
  }
  if (awake_) {
    return true;
  }
  // What was damaged from the beginning was told then.
  spool_loss told_before;
  walk(told_before);
  lost.frames += frames - std::min(frames, waiting_frames_);
  lost.points += points - std::min(points, waiting_points_);
  return true;
}

result<record_position> segment::append(const frame& what,
                                        std::string words,
                                        wall_time written,
                                        custody as) {
  if (bytes_ > std::numeric_limits<std::uint32_t>::max()) {
    return fail(spool_errc::too_large);
  }
  record_head head;
  head.about = what;
  head.about.payload.clear();
  head.written = written;
  head.words = std::move(words);
  head.ordinal = ordinals_;
  head.points_before = points_written_;
  auto encoded = encode_record_head(head, what.payload, identity_.salt, bytes_);
  if (!encoded) {
    return encoded.error();
  }
  if (!open_file()) {
    return fail(spool_errc::cannot_write, path_.string());
  }
  if (auto done = file_->append(*encoded, what.payload); !done) {
    return done.error();
  }
  records_.push_back({ordinals_, static_cast<std::uint32_t>(bytes_),
                      what.points,
                      as == custody::kept ? standing::out : standing::waiting});
  if (as == custody::kept) {
    ++out_;
  } else {
    ++waiting_frames_;
    waiting_points_ += what.points;
  }
  bytes_ = file_->size();
  points_written_ += what.points;
  return record_position{identity_.sequence, ordinals_++};
}

std::optional<spooled_frame> segment::read(const record& which) {
  segment_walk here{*file_, identity_, which.offset, which.ordinal};
  auto found = here.next();
  if (!found || found->offset != which.offset) {
    return std::nullopt;
  }
  auto payload = read_payload(*file_, *found);
  if (!payload) {
    return std::nullopt;
  }
  spooled_frame made;
  made.position = {identity_.sequence, which.ordinal};
  made.written = found->found.head.written;
  made.words = std::move(found->found.head.words);
  made.earlier_run = earlier_run_;
  auto whole = std::make_shared<frame>(std::move(found->found.head.about));
  whole->payload = std::move(payload.value());
  made.what = std::move(whole);
  return made;
}

void segment::lose(record& which, spool_loss& lost) {
  which.now = standing::finished;
  --waiting_frames_;
  waiting_points_ -= which.points;
  to_write_down_.push_back(which.ordinal);
  ++lost.frames;
  lost.points += which.points;
}

std::optional<spooled_frame> segment::take_next(spool_loss& lost) {
  if (waiting_frames_ == 0) {
    return std::nullopt;
  }
  if (!wake(lost)) {
    return std::nullopt;
  }
  for (; first_ < records_.size(); ++first_) {
    auto& next = records_[first_];
    if (next.now != standing::waiting) {
      continue;
    }
    if (auto made = read(next)) {
      next.now = standing::out;
      ++out_;
      --waiting_frames_;
      waiting_points_ -= next.points;
      ++first_;
      return made;
    }
    const auto end =
      first_ + 1 < records_.size() ? records_[first_ + 1].offset : bytes_;
    lost.bytes += end - next.offset;
    lose(next, lost);
  }
  return std::nullopt;
}

std::optional<spooled_frame> segment::look(std::size_t& from,
                                           spool_loss& lost) {
  if (!wake(lost)) {
    return std::nullopt;
  }
  while (from < records_.size()) {
    const auto& next = records_[from++];
    if (next.now != standing::waiting) {
      continue;
    }
    if (auto made = read(next)) {
      return made;
    }
    const auto end = from < records_.size() ? records_[from].offset : bytes_;
    lost.bytes += end - next.offset;
    ++lost.frames;
    lost.points += next.points;
  }
  return std::nullopt;
}

segment::record* segment::find(std::uint32_t ordinal) {
  const auto at = std::lower_bound(
    records_.begin(), records_.end(), ordinal,
    [](const record& one, std::uint32_t than) { return one.ordinal < than; });
  return at != records_.end() && at->ordinal == ordinal ? &*at : nullptr;
}

void segment::acknowledge(std::uint32_t ordinal) {
  if (auto* which = find(ordinal);
      which != nullptr && which->now == standing::out) {
    which->now = standing::finished;
    --out_;
    to_write_down_.push_back(ordinal);
  }
}

bool segment::release(std::uint32_t ordinal) {
  auto* which = find(ordinal);
  if (which == nullptr || which->now != standing::out) {
    return false;
  }
  which->now = standing::waiting;
  --out_;
  ++waiting_frames_;
  waiting_points_ += which->points;
  first_ = std::min(first_, static_cast<std::size_t>(which - records_.data()));
  return true;
}

result<void> segment::write_acknowledged() {
  if (to_write_down_.empty()) {
    return {};
  }
  const auto bytes =
    encode_acknowledged(to_ranges(to_write_down_), identity_.salt);
  auto written = append_to_file(acknowledged_path(), bytes);
  if (written) {
    to_write_down_.clear();
  }
  return written;
}

std::vector<segment::out_record> segment::out() const {
  std::vector<out_record> found;
  for (const auto& one : records_) {
    if (one.now == standing::out) {
      found.push_back({one.ordinal, one.points});
    }
  }
  return found;
}

void segment::rest() {
  if (!sealed_ || out_ > 0) {
    return;
  }
  // If the list cannot be written, its records must stay known.
  if (write_acknowledged()) {
    records_ = {};
    first_ = 0;
    awake_ = false;
    file_.reset();
  }
}

bool segment::gone() const {
  std::error_code failed;
  return !std::filesystem::exists(path_, failed) && !failed;
}

void segment::remove() {
  std::error_code ignored;
  // The list last: without it, what is done would be sent again.
  std::filesystem::remove(path_, ignored);
  std::filesystem::remove(acknowledged_path(), ignored);
  file_.reset();
}

} // namespace pgmuster::spooling
