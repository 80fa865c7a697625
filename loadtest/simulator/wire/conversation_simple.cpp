// A simple query: several statements, answered one after another.
#include "loadtest/simulator/wire/conversation.hpp"

#include <utility>

namespace pgmuster::loadtest {

void conversation::take_query(std::string_view sql, sim_time now) {
  skip_to_sync_ = false;
  std::erase_if(portals_, [](const portal& one) { return one.name.empty(); });
  auto rest = sql;
  if (!take_statement(rest)) {
    write().empty_query();
    return ready();
  }
  simple_.emplace(simple_query{std::string{sql}, 0});
  run_simple(now);
}

void conversation::run_simple(sim_time now) {
  while (can_go_on()) {
    auto rest = std::string_view{simple_->sql}.substr(simple_->at);
    const auto statement = take_statement(rest);
    simple_->at = simple_->sql.size() - rest.size();
    if (!statement) {
      simple_.reset();
      return ready();
    }
    delivery how;
    how.text = host_->texts().intern(*statement);
    if (!forbidden_now(*how.text)) {
      ask(std::move(how), {}, now);
    }
  }
}

} // namespace pgmuster::loadtest
