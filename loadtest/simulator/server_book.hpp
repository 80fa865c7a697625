// What all simulated instances of one major share: its facts, the statements
// that were understood, and sheets of rows.
#pragma once

#include "loadtest/simulator/asked_probe.hpp"
#include "loadtest/simulator/statement_answer.hpp"

#include <span>
#include <unordered_map>

namespace pgmuster::loadtest {

/// One thread's.
class server_book {
public:
  /// Statements that are remembered; past that, all are forgotten.
  static constexpr std::size_t statements_max = 1'024;
  static constexpr std::size_t sheets_max = 64;

  /// `texts`: the files of the catalog. One that does not parse is left out
  /// and named in `malformed`. Precondition: `major` is 13 … 18.
  server_book(int major, std::span<const std::string_view> texts);

  /// The book with the probes that are built in.
  [[nodiscard]] static std::shared_ptr<server_book> of(int major);

  [[nodiscard]] const server_facts& facts() const noexcept { return facts_; }
  [[nodiscard]] const known_probes& probes() const noexcept { return probes_; }
  [[nodiscard]] const std::vector<std::string>& malformed() const noexcept {
    return malformed_;
  }

  /// Precondition: `sql` has our marker.
  [[nodiscard]] understood read(std::string_view sql);

  /// Null where the instance's past is its own.
  [[nodiscard]] std::shared_ptr<const statement_sheet>
  sheet(const std::shared_ptr<const asked_probe>& probe,
        const instance_plan& plan,
        const moment& now,
        bool binary);

private:
  struct sheet_entry {
    std::shared_ptr<const asked_probe> probe;
    std::shared_ptr<const size_profile> size;
    wall_time born{};
    std::string role;
    std::string first_database;
    bool binary = false;
    std::shared_ptr<const statement_sheet> sheet;
  };
  struct text_hash : std::hash<std::string_view> {
    using is_transparent = void;
  };

  server_facts facts_;
  known_probes probes_;
  std::vector<std::string> malformed_;
  std::unordered_map<std::string, understood, text_hash, std::equal_to<>>
    statements_;
  std::vector<sheet_entry> sheets_;
};

} // namespace pgmuster::loadtest
