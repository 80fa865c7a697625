// One segment in use: which of its records wait, are out, or are done with.
#pragma once

#include "drivers/spool/acknowledgements.hpp"
#include "drivers/spool/segment_file.hpp"
#include "drivers/spool/segment_walk.hpp"

#include <filesystem>
#include <memory>
#include <optional>
#include <vector>

namespace pgmuster::spooling {

/// Knows each of its records while it is written or read; at rest only sums,
/// since a spool may have many segments.
class segment {
public:
  /// Makes the file. Errors: too_large, disk_full, cannot_write, cannot_open.
  [[nodiscard]] static result<std::unique_ptr<segment>>
  create(const std::filesystem::path& path, segment_identity identity);

  /// An earlier run's, walked through: never written again. What is damaged is
  /// in `lost`. Errors: other_version, not_a_segment, cannot_open.
  [[nodiscard]] static result<std::unique_ptr<segment>>
  open(const std::filesystem::path& path, spool_loss& lost);

  [[nodiscard]] const segment_identity& identity() const noexcept {
    return identity_;
  }
  [[nodiscard]] std::uint64_t bytes() const noexcept { return bytes_; }
  [[nodiscard]] std::uint64_t frames_waiting() const noexcept {
    return waiting_frames_;
  }
  [[nodiscard]] std::uint64_t points_waiting() const noexcept {
    return waiting_points_;
  }
  [[nodiscard]] bool earlier_run() const noexcept { return earlier_run_; }
  /// Takes no further record.
  [[nodiscard]] bool sealed() const noexcept { return sealed_; }
  void seal() noexcept { sealed_ = true; }
  /// Nothing waits and nothing is out.
  [[nodiscard]] bool finished() const noexcept {
    return waiting_frames_ == 0 && out_ == 0;
  }

  /// Errors: too_large, disk_full, cannot_write.
  [[nodiscard]] result<record_position>
  append(const frame& what, std::string words, wall_time written, custody as);

  /// The first record that waits is then out. A record that cannot be read any
  /// more is counted in `lost`, and the next one tried.
  [[nodiscard]] std::optional<spooled_frame> take_next(spool_loss& lost);

  /// Looks at records from the `from`-th on without changing anything.
  [[nodiscard]] std::optional<spooled_frame> look(std::size_t& from,
                                                  spool_loss& lost);

  /// Nothing happens to a record that is not out.
  void acknowledge(std::uint32_t ordinal);
  /// False: it is not out.
  bool release(std::uint32_t ordinal);

  /// Writes down what was acknowledged since the last time.
  [[nodiscard]] result<void> write_acknowledged();

  struct out_record {
    std::uint32_t ordinal = 0;
    std::uint64_t points = 0;
  };
  [[nodiscard]] std::vector<out_record> out() const;

  /// Forgets its records and closes its file, if it is sealed, none of them is
  /// out and all that was acknowledged is written down.
  void rest();
  [[nodiscard]] bool resting() const noexcept {
    return records_.empty() && file_ == nullptr;
  }

  /// Its file, opened if need be: for a sync. Null if it cannot be opened.
  [[nodiscard]] std::shared_ptr<segment_file> file();
  [[nodiscard]] bool file_is_open() const noexcept { return file_ != nullptr; }
  void close_file() { file_.reset(); }

  /// Its file is no longer where it was.
  [[nodiscard]] bool gone() const;

  /// Deletes its files.
  void remove();

private:
  enum class standing : std::uint8_t { waiting, out, finished };
  struct record {
    std::uint32_t ordinal = 0;
    std::uint32_t offset = 0;
    std::uint64_t points = 0;
    standing now = standing::waiting;
  };

  segment(std::filesystem::path path, segment_identity identity)
    : path_(std::move(path)), identity_(std::move(identity)) {}

  [[nodiscard]] std::filesystem::path acknowledged_path() const;
  [[nodiscard]] bool open_file();
  /// Reads the records' heads again; what is no longer there is lost.
  [[nodiscard]] bool wake(spool_loss& lost);
  void walk(spool_loss& lost);
  [[nodiscard]] std::vector<acknowledged_range> acknowledged_on_disk() const;
  [[nodiscard]] std::optional<spooled_frame> read(const record& which);
  void lose(record& which, spool_loss& lost);
  [[nodiscard]] record* find(std::uint32_t ordinal);

  std::filesystem::path path_;
  segment_identity identity_;
  std::shared_ptr<segment_file> file_;
  std::vector<record> records_;
  /// No record before it waits.
  std::size_t first_ = 0;
  std::uint64_t bytes_ = 0;
  std::uint64_t points_written_ = 0;
  std::uint32_t ordinals_ = 0;
  std::uint64_t waiting_frames_ = 0;
  std::uint64_t waiting_points_ = 0;
  std::uint64_t out_ = 0;
  std::vector<std::uint32_t> to_write_down_;
  /// Its records are known; if not, they are read again.
  bool awake_ = false;
  bool sealed_ = false;
  bool earlier_run_ = false;
};

} // namespace pgmuster::spooling
