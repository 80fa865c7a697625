// Chooses who answers: the shape, a probe, or the few plain statements.
#include "loadtest/simulator/simulated_server.hpp"

#include "loadtest/simulator/encode_row.hpp"
#include "loadtest/simulator/plain_answer.hpp"
#include "loadtest/simulator/question.hpp"
#include "loadtest/simulator/shape_answer.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace pgmuster::loadtest {

namespace {

constexpr std::size_t quoted_bytes = 80;

bool about_entries(std::string_view probe) {
  return probe == "statements" || probe == "statement_texts";
}

refusal unknown(std::string_view sql) {
  return {"0A000", fmt::format("the simulator does not know the statement: {}",
                               sql.substr(0, quoted_bytes))};
}

/// Nothing when it is not said as the collector says it.
std::optional<known_digests> known_of(const wire_question& question) {
  if (question.parameters.empty()) {
    return known_digests{};
  }
  return question.binary_parameters && question.parameters.size() == 1
           ? known_digests::read(question.parameters.front())
           : std::nullopt;
}

} // namespace

simulated_server::simulated_server(instance_plan plan,
                                   std::shared_ptr<server_book> book,
                                   std::shared_ptr<model_counts> counts)
  : plan_(std::move(plan)),
    book_(std::move(book)),
    counts_(std::move(counts)) {}

wire_answer simulated_server::refuse(refusal why) {
  ++(why.sqlstate == "0A000" ? counts_->unknown : counts_->refused);
  wire_answer made;
  made.sqlstate = std::move(why.sqlstate);
  made.message = std::move(why.message);
  return made;
}

wire_answer simulated_server::answer(const wire_question& question,
                                     std::int64_t backend_pid,
                                     wall_time now) {
  ++counts_->answers;
  const auto probe = marked_probe(question.sql);
  if (!probe.empty()) {
    auto shape = shape_answer(probe, question.sql, book_->facts());
    return shape ? std::move(*shape) : probe_answer(question, now);
  }
  auto plain = plain_answer(question, backend_pid, book_->facts());
  return plain ? std::move(*plain) : refuse(unknown(question.sql));
}

wire_answer simulated_server::probe_answer(const wire_question& question,
                                           wall_time now) {
  auto read = book_->read(question.sql);
  if (read.probe == nullptr) {
    return refuse(std::move(read.why));
  }
  const auto& asked = *read.probe;
  const auto& name = asked.definition->name;
  const auto here = moment_at(plan_, step_at(plan_, now));
  wire_answer made;
  made.columns = asked.columns;
  std::uint64_t rows = 0;
  if (about_entries(name)) {
    auto known = known_of(question);
    if (!known) {
      return refuse({"22P03", "the parameter is no int8[] in binary"});
    }
    const auto sheet = book_->sheet(read.probe, plan_, here, question.binary);
    auto all = statement_answer(asked, plan_, here, question.binary,
                                std::move(*known), sheet.get());
    made.data_rows = std::move(all.bytes);
    rows = all.rows;
  } else {
    const row_place place{plan_, book_->facts(), here, question.database};
    std::vector<field> values;
    for (const auto& row : rows_of(name, place)) {
      values.clear();
      for (const auto& item : asked.items) {
        values.push_back(value_of(item, row, here));
      }
      encode_row(asked, values, question.binary, made.data_rows);
      ++rows;
    }
  }
  counts_->rows += rows;
  made.command_tag = fmt::format("SELECT {}", rows);
  return made;
}

std::vector<wire_column> simulated_server::describe(std::string_view sql) {
  if (const auto probe = marked_probe(sql); !probe.empty()) {
    if (auto shape = shape_answer(probe, sql, book_->facts()); shape) {
      return std::move(shape->columns);
    }
    const auto read = book_->read(sql);
    return read.probe == nullptr ? std::vector<wire_column>{}
                                 : read.probe->columns;
  }
  wire_question question;
  question.sql = sql;
  auto plain = plain_answer(question, 0, book_->facts());
  return plain ? std::move(plain->columns) : std::vector<wire_column>{};
}

bool simulated_server::happens(happening what) {
  auto& all = plan_.happenings;
  if (all.size() >= happenings_max) {
    return false;
  }
  const auto after = std::upper_bound(
    all.begin(), all.end(), what.at,
    [](wall_time at, const happening& each) { return at < each.at; });
  all.insert(after, what);
  return true;
}

} // namespace pgmuster::loadtest
