// Reads a statement once, however many instances are asked it.
#include "loadtest/simulator/server_book.hpp"

#include "drivers/postgres/catalog/builtin_probes.hpp"

#include <algorithm>

namespace pgmuster::loadtest {

server_book::server_book(int major, std::span<const std::string_view> texts)
  : facts_(server_facts::of(major)) {
  for (const auto text : texts) {
    auto parsed = parse_probe(text, "simulator");
    if (!parsed) {
      malformed_.push_back(parsed.error().context);
      continue;
    }
    auto made = std::make_shared<const probe_definition>(std::move(*parsed));
    probes_.insert_or_assign(made->name, made);
  }
}

std::shared_ptr<server_book> server_book::of(int major) {
  std::vector<std::string_view> texts;
  for (const auto& probe : postgres::builtin_probes()) {
    texts.push_back(probe.text);
  }
  return std::make_shared<server_book>(major, texts);
}

understood server_book::read(std::string_view sql) {
  if (const auto known = statements_.find(sql); known != statements_.end()) {
    return known->second;
  }
  auto made = understand(sql, probes_, facts_);
  if (statements_.size() >= statements_max) {
    statements_.clear();
  }
  statements_.emplace(sql, made);
  return made;
}

std::shared_ptr<const statement_sheet>
server_book::sheet(const std::shared_ptr<const asked_probe>& probe,
                   const instance_plan& plan,
                   const moment& now,
                   bool binary) {
  if (!undisturbed(plan, now)) {
    return nullptr;
  }
  const auto found =
    std::find_if(sheets_.begin(), sheets_.end(), [&](const auto& each) {
      return each.probe == probe && each.size == plan.size
             && each.born == plan.born && each.binary == binary
             && each.role == plan.role
             && each.first_database == plan.first_database;
    });
  if (found != sheets_.end()) {
    return found->sheet;
  }
  if (sheets_.size() >= sheets_max) {
    sheets_.clear();
  }
  sheets_.push_back({probe, plan.size, plan.born, plan.role,
                     plan.first_database, binary,
                     make_sheet(*probe, plan, binary)});
  return sheets_.back().sheet;
}

} // namespace pgmuster::loadtest
