// When room is short what is done with goes at once, also what was still being
// written to; and what somebody else deleted is not waited for.
#include "drivers/spool/segment_store.hpp"

#include <algorithm>

namespace pgmuster::spooling {

void segment_store::give_back() {
  for (auto at = partitions_.begin(); at != partitions_.end(); ++at) {
    auto& of = at->second;
    if (of.writing != nullptr && of.writing->finished()) {
      of.writing->seal();
      of.writing = nullptr;
    }
    std::vector<std::uint64_t> finished;
    for (const auto& [sequence, part] : of.segments) {
      if (part->sealed() && part->finished()) {
        finished.push_back(sequence);
      }
    }
    for (const auto sequence : finished) {
      remove(at, sequence, why_removed::finished);
    }
  }
}

result<void> segment_store::try_room(std::uint64_t bytes) const {
  if (auto made = make_folder(folder_); !made) {
    return made.error();
  }
  const auto path = folder_ / "room";
  std::error_code ignored;
  std::filesystem::remove(path, ignored);
  auto file = segment_file::open(path, segment_file::access::create);
  if (!file) {
    return file.error();
  }
  auto written = file.value()->append(std::string(bytes, '\0'), {});
  std::filesystem::remove(path, ignored);
  return written;
}

bool segment_store::some_are_gone() const {
  return std::any_of(
    partitions_.begin(), partitions_.end(), [](const auto& one) {
      const auto& part = one.second;
      return std::any_of(part.awake.begin(), part.awake.end(),
                         [&part](std::uint64_t sequence) {
                           return part.segments.at(sequence)->gone();
                         });
    });
}

void segment_store::let_gone_go() {
  for (auto at = partitions_.begin(); at != partitions_.end(); ++at) {
    std::vector<std::uint64_t> gone;
    for (const auto& [sequence, part] : at->second.segments) {
      if (part->gone()) {
        gone.push_back(sequence);
      }
    }
    for (const auto sequence : gone) {
      remove(at, sequence, why_removed::gone);
    }
  }
}

} // namespace pgmuster::spooling
