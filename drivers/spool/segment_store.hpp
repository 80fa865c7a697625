// Which segments there are, to which partition each belongs, and which goes
// when there are too many. One thread at a time; no thread of its own.
#pragma once

#include "drivers/spool/left_segments.hpp"
#include "drivers/spool/segment.hpp"

#include <functional>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace pgmuster::spooling {

struct store_limits {
  byte_count bytes_max;
  byte_count route_bytes_max;
  byte_count segment_bytes;
};

/// A file that is left as it is, and why.
struct refused_segment {
  std::filesystem::path path;
  std::uint64_t bytes = 0;
  std::string words;
};

struct store_sums {
  std::uint64_t segments = 0;
  std::uint64_t bytes = 0;
  std::uint64_t frames = 0;
  std::uint64_t points = 0;
};

struct partition_survey {
  partition_key of;
  std::uint64_t segments = 0;
  std::uint64_t bytes = 0;
  std::uint64_t frames = 0;
  std::uint64_t points = 0;
  /// When the oldest and the youngest of its segments were begun.
  wall_time oldest{};
  wall_time youngest{};
};

struct partition_loss {
  partition_key of;
  spool_loss what;
};

class segment_store {
public:
  /// `random` salts new segments.
  segment_store(std::filesystem::path folder,
                store_limits limits,
                std::function<std::uint64_t()> random);

  /// Looks at what is there, and what of that which a good end left is not.
  /// `write`: lists of segments that are gone are deleted. Error: cannot_open.
  [[nodiscard]] result<void> open(bool write);

  /// Before anything is sent, acknowledged or dropped: from then on what the
  /// run before left is no measure.
  void begin_changes();
  /// What is missing has been told, and is not to be told again.
  void forget_missing() noexcept { missing_.clear(); }
  /// Writes down what the next one is to find. Errors: cannot_open,
  /// cannot_write, disk_full.
  [[nodiscard]] result<void> leave() const;
  /// Why nobody knows what the run before left, if it says so at all.
  [[nodiscard]] const std::string& left_unknown() const noexcept {
    return left_unknown_;
  }

  /// Makes room first if need be: the oldest segment of this tenant and route
  /// goes, or of those that have most. Errors: as segment::append, too_large.
  [[nodiscard]] result<record_position>
  append(const frame& what, std::string words, wall_time now, custody as);

  /// At least one frame if one waits, then as many as `bytes_max` allows.
  [[nodiscard]] std::vector<spooled_frame> take(const partition_key& from,
                                                byte_count bytes_max);
  void acknowledge(const partition_key& of, record_position which);
  void release(const partition_key& of, record_position which);

  /// Writes down what was acknowledged, deletes what is finished, closes what
  /// is not needed. Error: what of it could not be written, the first.
  [[nodiscard]] result<void> settle();

  /// Deletes also what was being written, if nothing of it waits; all that is
  /// written goes to new segments.
  void seal();

  /// Deletes all that is finished, what is being written included.
  void give_back();
  /// Whether so much can be written now. Errors: disk_full, cannot_write,
  /// cannot_open.
  [[nodiscard]] result<void> try_room(std::uint64_t bytes) const;

  /// Somebody else deleted or moved a segment that is in use.
  [[nodiscard]] bool some_are_gone() const;
  /// What is no longer where it was is lost.
  void let_gone_go();

  /// Written to since the last time: what a sync is due for.
  [[nodiscard]] std::vector<std::shared_ptr<segment_file>> take_unsynced();
  /// Since the last time a segment became full.
  [[nodiscard]] bool take_rotated() noexcept {
    return std::exchange(rotated_, false);
  }

  /// What was lost since the last time.
  [[nodiscard]] std::vector<partition_loss> take_losses();

  /// Deletes the files that were left as they are.
  void drop_refused();

  /// Deletes all segments of a partition, whatever waits in them.
  void drop(const partition_key& which);

  [[nodiscard]] const std::vector<refused_segment>& refused() const noexcept {
    return refused_;
  }
  [[nodiscard]] std::vector<partition_waiting> waiting() const;
  [[nodiscard]] std::vector<partition_survey> survey() const;
  [[nodiscard]] store_sums sums() const noexcept { return sums_; }

  /// Of one partition, from the oldest; null beyond the last.
  [[nodiscard]] segment* nth_segment(const partition_key& of, std::size_t at);

private:
  struct partition {
    std::map<std::uint64_t, std::unique_ptr<segment>> segments;
    /// Those of them whose records are known.
    std::set<std::uint64_t> awake;
    segment* writing = nullptr;
  };
  using partitions = std::map<partition_key, partition>;
  using route_key = std::pair<route_name, tenant_id>;

  void adopt(const std::filesystem::path& path);
  void read_left();
  /// What is missing of this segment is in `lost` then.
  void hold_to_left(const segment& found, spool_loss& lost);
  void note_gone_since();
  void look_into(const std::filesystem::path& folder, bool write);
  [[nodiscard]] result<segment*>
  writable(const partition_key& of, std::uint64_t bytes, wall_time now);
  [[nodiscard]] result<void> make_room(const route_key& of,
                                       std::uint64_t bytes);
  void let_oldest_go(const route_key& of);
  /// Finished and dropped ones are no loss.
  enum class why_removed : std::uint8_t { finished, dropped, trimmed, gone };
  void
  remove(partitions::iterator from, std::uint64_t sequence, why_removed why);
  void note_loss(const partition_key& of, const spool_loss& what);
  void close_spare_files();
  [[nodiscard]] result<void> settle(partitions::iterator which);

  /// Keeps the sums true over a change of one segment.
  class counted;

  std::filesystem::path folder_;
  store_limits limits_;
  std::function<std::uint64_t()> random_;
  partitions partitions_;
  std::map<route_key, std::uint64_t> bytes_by_route_;
  std::uint64_t sequences_ = 0;
  store_sums sums_;
  std::set<partition_key> touched_;
  std::set<std::pair<partition_key, std::uint64_t>> unsynced_;
  std::vector<partition_loss> losses_;
  std::vector<refused_segment> refused_;
  std::uint64_t refused_bytes_ = 0;
  /// By sequence: of what was left, what is not there.
  std::map<std::uint64_t, left_segment> missing_;
  std::string left_unknown_;
  bool rotated_ = false;
  /// Records that were out when their segment went: what is lost if they are
  /// released.
  std::map<record_position, spool_loss> out_of_gone_;
};

} // namespace pgmuster::spooling
