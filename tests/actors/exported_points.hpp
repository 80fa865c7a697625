// What a fleet has delivered, read back from the OTLP/JSON lines of a file
// route.
#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace pgmuster::test {

struct exported_point {
  double value = 0;
  /// As JSON, in the order of export.
  std::string attributes;
  std::uint64_t start_ns = 0;
  std::uint64_t time_ns = 0;
};

/// Follows a file while it grows. Not thread-safe.
class exported_points {
public:
  explicit exported_points(std::filesystem::path file);

  /// Reads what has come since.
  void read();
  /// Of a target (its service.name), in the order of delivery.
  [[nodiscard]] const std::vector<exported_point>&
  of(const std::string& target, const std::string& metric) const;
  /// Every resource that the target's points came with, as JSON.
  [[nodiscard]] const std::set<std::string>&
  resources(const std::string& target) const;

private:
  void take_line(const std::string& line);

  std::filesystem::path file_;
  std::streamoff read_ = 0;
  std::map<std::string, std::map<std::string, std::vector<exported_point>>>
    points_;
  std::map<std::string, std::set<std::string>> resources_;
};

} // namespace pgmuster::test
