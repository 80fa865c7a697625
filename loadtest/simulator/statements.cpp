// Who is in pg_stat_statements, by what happened.
#include "loadtest/simulator/statements.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace pgmuster::loadtest {

namespace {

constexpr std::uint64_t queries = key_of("query");
constexpr std::uint64_t distinct_queries = key_of("distinct query");
constexpr std::uint64_t evictions = key_of("eviction");

/// `aaab`, `aaac` …: at least four letters.
std::string in_letters(std::uint64_t number) {
  std::string made;
  while (number > 0 || made.size() < 4) {
    made.insert(made.begin(), static_cast<char>('a' + number % 26));
    number /= 26;
  }
  return made;
}

/// The step at which the entry was last thrown out.
step_number entered_at(const moment& now, std::uint32_t index) noexcept {
  auto entered = now.statements_from;
  for (const auto& [step, percentage] : now.evictions) {
    const auto bits =
      mixed(mixed(evictions, index), static_cast<std::uint64_t>(step));
    if (bits % 100 < percentage) {
      entered = std::max(entered, step);
    }
  }
  return entered;
}

} // namespace

std::int64_t moving_statements(const size_profile& size) noexcept {
  return (std::int64_t{size.statements} * size.moving_statements_permille + 999)
         / 1'000;
}

entry_state entry_at(const instance_plan& plan,
                     const moment& now,
                     std::uint32_t index) noexcept {
  const auto& size = *plan.size;
  const auto ran = [&](step_number step) {
    return active_steps(index, size.statements, moving_statements(size),
                        size.turnover_steps, step);
  };
  entry_state made;
  made.entered = entered_at(now, index);
  made.has_past = made.entered == 0;
  made.steps = ran(now.step) - (made.has_past ? 0 : ran(made.entered));
  return made;
}

bool undisturbed(const instance_plan& plan, const moment& now) noexcept {
  return plan.size->turnover_steps == 0 && now.incarnation == 0
         && now.statements_from == 0 && now.evictions.empty();
}

distinct_range distinct_at(const instance_plan& plan,
                           const moment& now) noexcept {
  const auto& size = *plan.size;
  const auto room =
    size.statements_max - std::min(size.statements, size.statements_max);
  const auto fresh = now.distinct_made - now.distinct_forgotten;
  return {now.distinct_made - std::min<std::uint64_t>(fresh, room),
          now.distinct_made};
}

std::int64_t distinct_counter(const asked_item& column,
                              std::uint64_t ordinal) noexcept {
  if (column.name == "postgresql.statement.calls") {
    return 1;
  }
  const auto bits = mixed(column.key ^ distinct_queries, ordinal);
  return column.rule.rate_max == 0
             || static_cast<std::int64_t>(bits % 1'000)
                  >= column.rule.present_permille
           ? 0
           : 1 + below(bits, column.rule.rate_max);
}

std::int64_t queryid_of(std::uint32_t index) noexcept {
  return static_cast<std::int64_t>(mixed(queries, index));
}

std::int64_t distinct_queryid_of(std::uint64_t ordinal) noexcept {
  return static_cast<std::int64_t>(mixed(distinct_queries, ordinal));
}

std::uint32_t database_of(const size_profile& size,
                          std::uint32_t index) noexcept {
  return index % std::max(1U, size.databases);
}

std::string text_of_statement(std::uint32_t index) {
  constexpr std::array<std::string_view, 5> forms = {
    "SELECT id, state, amount FROM orders_{0} AS o WHERE o.customer = $1 AND "
    "o.state = ANY ($2) ORDER BY o.id DESC LIMIT $3",
    "UPDATE stock_{0} SET amount = amount - $1, changed = now() WHERE item = "
    "$2",
    "INSERT INTO events_{0} (kind, at, body) VALUES ($1, $2, $3) RETURNING id",
    "SELECT c.name, count(*), sum(i.price * i.amount) FROM customers_{0} AS c "
    "JOIN items AS i ON i.customer = c.id WHERE i.at >= $1 AND i.at < $2 "
    "GROUP BY c.name HAVING count(*) > $3",
    "DELETE FROM sessions_{0} WHERE last_seen < $1"};
  return fmt::format(fmt::runtime(forms[index % forms.size()]),
                     in_letters(index));
}

std::string text_of_distinct(std::uint64_t ordinal) {
  return fmt::format("SELECT * FROM report_{} WHERE day = $1",
                     in_letters(ordinal));
}

} // namespace pgmuster::loadtest
