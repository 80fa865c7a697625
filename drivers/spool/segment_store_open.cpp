// What an earlier run left: every segment is walked through once, then rests.
#include "drivers/spool/segment_store.hpp"

#include <algorithm>
#include <charconv>

namespace pgmuster::spooling {
namespace {

constexpr std::string_view segment_suffix = ".seg";
constexpr std::string_view list_suffix = ".ack";

std::uint64_t sequence_in(const std::filesystem::path& path) {
  const auto stem = path.stem().string();
  std::uint64_t found = 0;
  constexpr int hexadecimal = 16;
  std::from_chars(stem.data(), stem.data() + stem.size(), found, hexadecimal);
  return found;
}

std::vector<std::filesystem::path>
entries_of(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> found;
  std::error_code ignored;
  std::filesystem::directory_iterator at{folder, ignored};
  for (; !ignored && at != std::filesystem::directory_iterator{};
       at.increment(ignored)) {
    found.push_back(at->path());
  }
  std::sort(found.begin(), found.end());
  return found;
}

bool is_real_folder(const std::filesystem::path& path) {
  std::error_code ignored;
  return std::filesystem::is_directory(
    std::filesystem::symlink_status(path, ignored));
}

std::uint64_t size_of(const std::filesystem::path& path) {
  std::error_code failed;
  const auto size = std::filesystem::file_size(path, failed);
  return failed ? 0 : size;
}

} // namespace

result<void> segment_store::open(bool write) {
  if (write) {
    if (auto made = make_folder(folder_); !made) {
      return made.error();
    }
  }
  read_left();
  for (const auto& route : entries_of(folder_)) {
    if (!is_real_folder(route)) {
      continue;
    }
    for (const auto& tenant : entries_of(route)) {
      if (is_real_folder(tenant)) {
        look_into(tenant, write);
      }
    }
  }
  note_gone_since();
  return {};
}

std::vector<partition_survey> segment_store::survey() const {
  std::vector<partition_survey> all;
  for (const auto& [of, part] : partitions_) {
    if (part.segments.empty()) {
      continue;
    }
    partition_survey one;
    one.of = of;
    one.oldest = part.segments.begin()->second->identity().created;
    one.youngest = part.segments.rbegin()->second->identity().created;
    one.segments = part.segments.size();
    for (const auto& [sequence, each] : part.segments) {
      one.bytes += each->bytes();
      one.frames += each->frames_waiting();
      one.points += each->points_waiting();
    }
    all.push_back(std::move(one));
  }
  return all;
}

void segment_store::drop_refused() {
  for (const auto& one : std::exchange(refused_, {})) {
    std::error_code ignored;
    std::filesystem::remove(one.path, ignored);
  }
  refused_bytes_ = 0;
}

void segment_store::look_into(const std::filesystem::path& folder, bool write) {
  for (const auto& path : entries_of(folder)) {
    std::error_code ignored;
    if (path.extension() == segment_suffix) {
      adopt(path);
    } else if (auto beside = path;
               write && path.extension() == list_suffix
               && !std::filesystem::exists(
                 beside.replace_extension(segment_suffix), ignored)) {
      std::filesystem::remove(path, ignored);
    }
  }
}

void segment_store::adopt(const std::filesystem::path& path) {
  sequences_ = std::max(sequences_, sequence_in(path));
  spool_loss lost;
  lost.why = spool_loss::reason::corrupt;
  auto opened = segment::open(path, lost);
  if (!opened) {
    if (opened.error().code == spool_errc::other_version) {
      // It is as it was, for the program that wrote it.
      missing_.erase(sequence_in(path));
    }
    refused_.push_back({path, size_of(path), describe(opened.error())});
    refused_bytes_ += refused_.back().bytes;
    return;
  }
  auto& made = *opened.value();
  const auto& identity = made.identity();
  auto& into = partitions_[identity.of];
  if (into.segments.count(identity.sequence) != 0) {
    refused_.push_back({path, made.bytes(), "a copy of another segment"});
    refused_bytes_ += made.bytes();
    return;
  }
  sequences_ = std::max(sequences_, identity.sequence);
  hold_to_left(made, lost);
  note_loss(identity.of, lost);
  ++sums_.segments;
  sums_.bytes += made.bytes();
  sums_.frames += made.frames_waiting();
  sums_.points += made.points_waiting();
  bytes_by_route_[{identity.of.route, identity.of.tenant}] += made.bytes();
  made.rest();
  into.segments.emplace(identity.sequence, std::move(opened.value()));
  touched_.insert(identity.of);
}

} // namespace pgmuster::spooling
