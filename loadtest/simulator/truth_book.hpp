// Which items of the catalog a metric's name can come from, for one major.
#pragma once

#include "loadtest/simulator/server_book.hpp"

#include <functional>
#include <unordered_map>

namespace pgmuster::loadtest {

/// A series, or as many as the probe has rows.
struct truth_series {
  std::shared_ptr<const probe_definition> probe;
  asked_item item;
  attributes fixed;
  /// The value is delivered as whole microseconds.
  bool microseconds = false;
};

/// Fingerprint → entry of the profile.
using statement_names = std::unordered_map<std::string, std::uint32_t>;

/// `fingerprint` makes of a text what stands in
/// `postgresql.query.fingerprint`.
[[nodiscard]] std::shared_ptr<const statement_names> name_statements(
  std::uint32_t statements,
  const std::function<std::string(std::string_view)>& fingerprint);

/// Shared by the truths of one thread.
class truth_book {
public:
  explicit truth_book(std::shared_ptr<server_book> book);

  [[nodiscard]] const server_facts& facts() const noexcept {
    return book_->facts();
  }
  /// Empty for a metric that no probe of this major has.
  [[nodiscard]] const std::vector<truth_series>&
  series_of(std::string_view metric) const;
  /// The accumulated one with that label; null when there is none.
  [[nodiscard]] const truth_series* entry_column(std::string_view label) const;

  /// The rows of a probe at a step; those of the last few questions are kept,
  /// since points of one answer arrive together.
  [[nodiscard]] const std::vector<model_row>& rows(const std::string& probe,
                                                   const instance_plan& plan,
                                                   std::string_view database,
                                                   const moment& now);

private:
  struct kept_rows {
    std::uint64_t instance = 0;
    std::string probe;
    std::string database;
    step_number step = -1;
    std::vector<model_row> rows;
  };

  std::shared_ptr<server_book> book_;
  struct text_hash : std::hash<std::string_view> {
    using is_transparent = void;
  };

  std::unordered_map<std::string,
                     std::vector<truth_series>,
                     text_hash,
                     std::equal_to<>>
    series_;
  std::vector<kept_rows> kept_;
  std::size_t oldest_ = 0;
};

} // namespace pgmuster::loadtest
