// How many series one metric may have: label values are bounded, the rest
// becomes `other`.
#pragma once

#include <cstddef>
#include <functional>
#include <initializer_list>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace pgmuster {

/// Series of one metric; the next ones share one whose labels say `other`.
inline constexpr std::size_t series_per_metric_max = 200;

/// From label values to a series, without asking the registry each time (which
/// hashes maps of strings). Thread-safe. `Series` is cheap to copy.
template <class Series>
class series_table {
public:
  using make_function = std::function<Series(const std::vector<std::string>&)>;

  /// The first `kept` values stay as they are in the series for `other`.
  explicit series_table(make_function make, std::size_t kept = 0)
    : make_(std::move(make)), kept_(kept) {}

  Series of(std::initializer_list<std::string_view> values) {
    const std::lock_guard lock{mutex_};
    const std::string key = key_of(values);
    const auto found = series_.find(key);
    if (found != series_.end()) {
      return found->second;
    }
    std::vector<std::string> labels{values.begin(), values.end()};
    if (series_.size() < series_per_metric_max) {
      return series_.emplace(key, make_(labels)).first->second;
    }
    for (std::size_t i = kept_; i < labels.size(); ++i) {
      labels[i] = "other";
    }
    return make_(labels); // the registry returns the one that is there
  }

private:
  static std::string key_of(std::initializer_list<std::string_view> values) {
    std::string key;
    for (const std::string_view value : values) {
      key += value;
      key += '\x1f';
    }
    return key;
  }

  std::mutex mutex_;
  make_function make_;
  std::size_t kept_;
  std::map<std::string, Series> series_;
};

} // namespace pgmuster
