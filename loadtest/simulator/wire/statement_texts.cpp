// Unused texts are looked for whenever the table has doubled.
#include "loadtest/simulator/wire/statement_texts.hpp"

#include <algorithm>

namespace pgmuster::loadtest {

std::shared_ptr<const statement_text>
statement_texts::intern(std::string_view sql) {
  if (const auto found = texts_.find(sql); found != texts_.end()) {
    return found->second;
  }
  if (texts_.size() >= look_at_size_) {
    forget_unused();
  }
  auto made = std::make_shared<statement_text>();
  made->sql = sql;
  std::string_view rest{made->sql};
  made->kind = kind_of(take_statement(rest).value_or(std::string_view{}));
  made->several = take_statement(rest).has_value();
  made->parameters = parameter_count(made->sql);
  texts_.emplace(made->sql, made);
  return made;
}

void statement_texts::forget_unused() {
  std::erase_if(texts_,
                [](const auto& one) { return one.second.use_count() == 1; });
  look_at_size_ = std::max<std::size_t>(1'024, texts_.size() * 2);
}

} // namespace pgmuster::loadtest
