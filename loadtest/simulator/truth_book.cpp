// Takes from each probe the items that a server of this major answers.
#include "loadtest/simulator/truth_book.hpp"

#include <algorithm>

namespace pgmuster::loadtest {

namespace {

constexpr std::size_t answers_kept = 16;

} // namespace

std::shared_ptr<const statement_names> name_statements(
  std::uint32_t statements,
  const std::function<std::string(std::string_view)>& fingerprint) {
  auto made = std::make_shared<statement_names>();
  for (std::uint32_t at = 0; at < statements; ++at) {
    made->emplace(fingerprint(text_of_statement(at)), at);
  }
  return made;
}

truth_book::truth_book(std::shared_ptr<server_book> book)
  : book_(std::move(book)) {
  for (const auto& called : book_->probes()) {
    const auto& probe = called.second;
    const bool runs =
      facts().version_num() >= probe->version_min
      && (probe->version_max == 0 || facts().version_num() < probe->version_max)
      && has_needs(facts(), probe->needs);
    for (const auto& item : probe->items) {
      if (!runs || item.role != item_role::metric
          || !has_needs(facts(), item.needs)) {
        continue;
      }
      auto& all = series_[probe->metrics[item.metric].name];
      auto made = truth_series{probe, as_asked(*probe, item, facts()),
                               item.fixed, item.milliseconds_to_microseconds};
      // The first of several alternatives is taken, as it is when negotiated.
      const bool known =
        std::any_of(all.begin(), all.end(), [&](const auto& each) {
          return each.probe == probe && each.item.name == made.item.name;
        });
      if (!known) {
        all.push_back(std::move(made));
      }
    }
  }
  kept_.resize(answers_kept);
}

const std::vector<truth_series>&
truth_book::series_of(std::string_view metric) const {
  static const std::vector<truth_series> none;
  const auto found = series_.find(metric);
  return found == series_.end() ? none : found->second;
}

const truth_series* truth_book::entry_column(std::string_view label) const {
  for (const auto& each : series_of(label.substr(0, label.find('{')))) {
    if (each.item.name == label
        && each.probe->family == probe_family::accumulated) {
      return &each;
    }
  }
  return nullptr;
}

const std::vector<model_row>& truth_book::rows(const std::string& probe,
                                               const instance_plan& plan,
                                               std::string_view database,
                                               const moment& now) {
  const auto instance = key_of_instance(plan);
  for (const auto& each : kept_) {
    if (each.step == now.step && each.instance == instance
        && each.probe == probe && each.database == database) {
      return each.rows;
    }
  }
  auto& made = kept_[oldest_];
  oldest_ = (oldest_ + 1) % kept_.size();
  made.instance = instance;
  made.probe = probe;
  made.database = database;
  made.step = now.step;
  made.rows = rows_of(probe, row_place{plan, facts(), now, made.database});
  return made.rows;
}

} // namespace pgmuster::loadtest
