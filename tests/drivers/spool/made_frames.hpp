// Frames and folders for the spool's tests.
#pragma once

#include "drivers/spool/spool_types.hpp"

#include <gtest/gtest.h>

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

namespace pgmuster::spooling {

/// Deleted with all that is in it.
class temporary_folder {
public:
  temporary_folder() {
    std::string pattern =
      (std::filesystem::temp_directory_path() / "spool.XXXXXX").string();
    EXPECT_NE(::mkdtemp(pattern.data()), nullptr);
    path_ = pattern;
  }
  ~temporary_folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  temporary_folder(const temporary_folder&) = delete;
  temporary_folder& operator=(const temporary_folder&) = delete;

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

private:
  std::filesystem::path path_;
};

inline frame make_frame(const std::string& payload,
                        std::uint64_t points = 1,
                        const std::string& tenant = "acme",
                        std::size_t shard = 0) {
  frame made;
  made.tenant = tenant_id{tenant};
  made.route = route_name{"main"};
  made.carries = signal::logs;
  made.encoding = compression::zstd;
  made.sums = sum_temporality::delta;
  made.shard = shard;
  made.points = points;
  made.bytes_before_compression = payload.size() * 3;
  made.oldest = wall_time{seconds{1'700'000'000}};
  made.newest = made.oldest + seconds{7};
  made.payload = payload;
  return made;
}

inline void expect_equal(const frame& got, const frame& put) {
  EXPECT_EQ(got.tenant, put.tenant);
  EXPECT_EQ(got.route, put.route);
  EXPECT_EQ(got.carries, put.carries);
  EXPECT_EQ(got.encoding, put.encoding);
  EXPECT_EQ(got.sums, put.sums);
  EXPECT_EQ(got.shard, put.shard);
  EXPECT_EQ(got.points, put.points);
  EXPECT_EQ(got.bytes_before_compression, put.bytes_before_compression);
  EXPECT_EQ(got.oldest, put.oldest);
  EXPECT_EQ(got.newest, put.newest);
  EXPECT_EQ(got.payload, put.payload);
}

/// The segments below a folder, in the order of their names.
inline std::vector<std::filesystem::path>
segments_below(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> found;
  for (const auto& entry :
       std::filesystem::recursive_directory_iterator{folder}) {
    if (entry.path().extension() == ".seg") {
      found.push_back(entry.path());
    }
  }
  std::sort(found.begin(), found.end());
  return found;
}

} // namespace pgmuster::spooling
