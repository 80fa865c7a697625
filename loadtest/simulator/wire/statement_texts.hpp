// The same SQL text of ten thousand sessions is kept once.
#pragma once

#include "loadtest/simulator/wire/sql_outline.hpp"

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

namespace pgmuster::loadtest {

struct statement_text {
  std::string sql;
  statement_kind kind = statement_kind::empty;
  std::size_t parameters = 0;
  /// More than one statement, which only a simple query may hold.
  bool several = false;
};

/// One thread. Holds what somebody else holds, and forgets the rest now and
/// then.
class statement_texts {
public:
  [[nodiscard]] std::shared_ptr<const statement_text>
  intern(std::string_view sql);

  [[nodiscard]] std::size_t size() const noexcept { return texts_.size(); }

private:
  void forget_unused();

  /// Keys are views of the texts themselves.
  std::unordered_map<std::string_view, std::shared_ptr<const statement_text>>
    texts_;
  std::size_t look_at_size_ = 1'024;
};

} // namespace pgmuster::loadtest
