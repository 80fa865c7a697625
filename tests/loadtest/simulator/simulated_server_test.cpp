// Each statement that the catalog makes for a version is answered by it, and
// as the protocol has it.
#include "codec/catalog/entry_rows.hpp"
#include "drivers/postgres/parameters.hpp"
#include "loadtest/simulator/simulated_server.hpp"
#include "tests/loadtest/simulator/data_rows.hpp"

#include <gtest/gtest.h>

namespace pgmuster::loadtest {
namespace {

constexpr std::int64_t pid = 4'711;

class simulated_server_test : public ::testing::TestWithParam<int> {
protected:
  simulated_server_test() {
    plan_.major = GetParam();
    plan_.size = std::make_shared<size_profile>(*size_profile_named("small"));
    plan_.born = wall_time{seconds{1'700'000'000}};
    plan_.standbys = 2;
    book_ = server_book::of(plan_.major);
  }

  [[nodiscard]] negotiated_catalog catalog() const {
    std::vector<std::shared_ptr<const probe_definition>> all;
    for (const auto& [name, probe] : book_->probes()) {
      all.push_back(probe);
    }
    return negotiate(all, book_->facts().shape());
  }

  wire_answer
  ask(std::string_view sql, std::int64_t step = 1'000, bool binary = true) {
    simulated_server server{plan_, book_, counts_};
    wire_question question;
    question.sql = sql;
    question.binary = binary;
    question.database = "app";
    question.user = "watcher";
    return server.answer(question, pid, plan_.born + seconds{step});
  }

  instance_plan plan_;
  std::shared_ptr<server_book> book_;
  std::shared_ptr<model_counts> counts_ = std::make_shared<model_counts>();
};

TEST_P(simulated_server_test, every_built_in_probe_parses) {
  EXPECT_TRUE(book_->malformed().empty());
  EXPECT_GT(book_->probes().size(), 15U);
}

TEST_P(simulated_server_test, every_probe_is_answered_in_rows_of_its_columns) {
  for (const auto& probe : catalog().probes) {
    const auto& name = probe.definition->name;
    for (const bool binary : {true, false}) {
      const auto got = ask(probe.sql, 1'000, binary);
      EXPECT_EQ(got.sqlstate, "") << name << ": " << got.message;
      const auto rows = read_rows(got.data_rows);
      ASSERT_TRUE(rows) << name;
      EXPECT_EQ(got.command_tag, "SELECT " + std::to_string(rows->size()));
      EXPECT_EQ(rows->empty(), name == "standby") << name;
      for (const auto& row : *rows) {
        EXPECT_EQ(row.size(), got.columns.size()) << name;
      }
    }
    const auto got = ask(probe.sql);
    EXPECT_EQ(cells_of(got.columns, *read_rows(got.data_rows)).rows() == 0,
              name == "standby")
      << name << ": a value does not fit its type";
  }
}

TEST_P(simulated_server_test, a_statement_is_described_as_it_is_answered) {
  simulated_server server{plan_, book_, counts_};
  for (const auto& probe : catalog().probes) {
    const auto said = server.describe(probe.sql);
    const auto got = ask(probe.sql);
    ASSERT_EQ(said.size(), got.columns.size()) << probe.definition->name;
    for (std::size_t at = 0; at < said.size(); ++at) {
      EXPECT_EQ(said[at].name, got.columns[at].name);
      EXPECT_EQ(said[at].type_oid, got.columns[at].type_oid);
    }
  }
}

TEST_P(simulated_server_test, answers_stand_still_within_a_step) {
  simulated_server server{plan_, book_, counts_};
  for (const auto& probe : catalog().probes) {
    wire_question question;
    question.sql = probe.sql;
    question.binary = true;
    question.database = "app";
    const auto begin = plan_.born + seconds{77};
    const auto first = server.answer(question, pid, begin);
    const auto last = server.answer(question, pid, begin + milliseconds{999});
    EXPECT_EQ(first.data_rows, last.data_rows) << probe.definition->name;
  }
}

TEST_P(simulated_server_test, a_packed_row_holds_what_a_flat_one_says) {
  for (const auto& probe : catalog().probes) {
    if (probe.definition->name != "statements") {
      continue;
    }
    std::string flat = "/* pgmuster:statements */ SELECT";
    std::string packed = flat + " ROW(";
    const char* separator = " ";
    for (const auto at : probe.items) {
      const auto& item = probe.definition->items[at];
      const bool value = item.role == item_role::metric;
      flat += separator + item.expression;
      packed +=
        separator
        + (value ? "nullif(" + item.expression + ", 0)" : item.expression);
      separator = "\n, ";
    }
    flat += "\nFROM x AS s";
    packed += "\n) AS entry\nFROM x AS s";
    const auto rows = read_rows(ask(flat).data_rows);
    const auto entries = read_rows(ask(packed).data_rows);
    ASSERT_TRUE(rows && entries);
    ASSERT_EQ(rows->size(), 500U);
    ASSERT_EQ(entries->size(), 500U);
    EXPECT_EQ(ask(packed).columns.front().type_oid, 2249U);
    std::size_t nulls = 0;
    for (std::size_t at = 0; at < rows->size(); ++at) {
      const auto record = read_record(*(*entries)[at].front());
      ASSERT_TRUE(record);
      ASSERT_EQ(record->second.size(), (*rows)[at].size());
      for (std::size_t column = 0; column < record->second.size(); ++column) {
        const auto& value = record->second[column];
        nulls += value ? 0U : 1U;
        EXPECT_EQ(value.value_or(std::string(8, '\0')), (*rows)[at][column]);
      }
    }
    EXPECT_GT(nulls, 1'000U);
  }
}

TEST_P(simulated_server_test, entries_are_the_same_with_and_without_parts) {
  for (const auto& probe : catalog().probes) {
    if (probe.definition->name != "statements") {
      continue;
    }
    auto whole = probe;
    whole.widths.clear();
    whole.sql = "/* pgmuster:statements */ SELECT ROW(";
    const char* separator = "";
    for (const auto at : probe.items) {
      const auto& item = probe.definition->items[at];
      whole.sql +=
        separator
        + (item.role == item_role::metric ? "nullif(" + item.expression + ", 0)"
                                          : item.expression);
      separator = ", ";
    }
    whole.sql += ") AS entry FROM x AS s";
    const auto parted = ask(probe.sql);
    const auto flat = ask(whole.sql);
    EXPECT_LT(parted.data_rows.size(), flat.data_rows.size());
    const auto parted_rows =
      cells_of(parted.columns, read_rows(parted.data_rows).value());
    const auto flat_rows =
      cells_of(flat.columns, read_rows(flat.data_rows).value());
    entry_rows one{probe, parted_rows};
    entry_rows other{whole, flat_rows};
    ASSERT_EQ(one.count(), other.count());
    entry_reading entry;
    entry_reading expected;
    for (std::size_t at = 0; at < one.count(); ++at) {
      one.decode(at, entry);
      other.decode(at, expected);
      EXPECT_EQ(entry.key, expected.key);
      EXPECT_EQ(entry.values, expected.values);
    }
    EXPECT_EQ(one.bad().cells, 0U) << one.bad().first;
  }
}

TEST_P(simulated_server_test, four_of_a_hundred_statements_move) {
  for (const auto& probe : catalog().probes) {
    if (probe.definition->name == "statements") {
      const auto before = read_rows(ask(probe.sql, 1'000).data_rows);
      const auto after = read_rows(ask(probe.sql, 1'060).data_rows);
      ASSERT_TRUE(before && after);
      std::size_t moved = 0;
      for (std::size_t at = 0; at < before->size(); ++at) {
        moved += (*before)[at] != (*after)[at] ? 1U : 0U;
      }
      EXPECT_EQ(moved, 20U);
    }
  }
}

TEST_P(simulated_server_test, what_is_known_is_left_out_until_it_moves) {
  const auto all = catalog();
  const auto probe =
    std::find_if(all.probes.begin(), all.probes.end(), [](const auto& one) {
      return one.definition->name == "statements";
    });
  ASSERT_NE(probe, all.probes.end());
  ASSERT_TRUE(probe->by_digest);
  simulated_server server{plan_, book_, counts_};
  wire_question question;
  question.sql = probe->sql;
  question.binary = true;
  question.binary_parameters = true;
  const auto differences = [&](std::vector<std::int64_t> known,
                               std::int64_t step) {
    question.parameters = {postgres::int8_array(known)};
    const auto got = server.answer(question, pid, plan_.born + seconds{step});
    EXPECT_EQ(got.message, "");
    return cells_of(got.columns, read_rows(got.data_rows).value());
  };
  const auto first = differences({}, 1'000);
  EXPECT_EQ(first.rows(), 500U);
  std::vector<std::int64_t> known;
  for (std::size_t at = 0; at < first.rows(); ++at) {
    known.push_back(first.row(at)[1].integer);
  }
  EXPECT_EQ(differences(known, 1'000).rows(), 0U);
  const auto later = differences(known, 1'060);
  const entry_rows read{*probe, later};
  std::size_t gone = 0;
  for (std::size_t at = 0; at < read.count(); ++at) {
    gone += read.gone(at) ? 1U : 0U;
  }
  EXPECT_EQ(gone, 20U);
  EXPECT_EQ(read.count(), 40U);
  question.parameters = {"no array"};
  EXPECT_EQ(server.answer(question, pid, plan_.born).sqlstate, "22P03");
}

TEST_P(simulated_server_test, a_sheet_changes_nothing_but_the_time_it_takes) {
  for (const auto& probe : catalog().probes) {
    const auto& name = probe.definition->name;
    if (name != "statements" && name != "statement_texts") {
      continue;
    }
    const auto read = book_->read(probe.sql);
    ASSERT_TRUE(read.probe);
    for (const std::int64_t step : {0, 5, 100'000}) {
      const auto now = moment_at(plan_, step);
      const auto sheet = book_->sheet(read.probe, plan_, now, true);
      ASSERT_TRUE(sheet);
      const auto with =
        statement_answer(*read.probe, plan_, now, true, {}, sheet.get());
      const auto without =
        statement_answer(*read.probe, plan_, now, true, {}, nullptr);
      EXPECT_EQ(with.rows, without.rows);
      EXPECT_EQ(with.bytes, without.bytes);
    }
  }
}

TEST_P(simulated_server_test, what_another_version_has_is_refused) {
  if (plan_.major < 16) {
    const auto got = ask("/* pgmuster:io */ SELECT\n  i.reads\nFROM "
                         "pg_catalog.pg_stat_io AS i");
    EXPECT_EQ(got.sqlstate, "42P01");
  }
  if (plan_.major >= 17) {
    const auto got =
      ask("/* pgmuster:statements */ SELECT s.blk_read_time FROM x AS s");
    EXPECT_EQ(got.sqlstate, "42703");
  }
}

TEST_P(simulated_server_test, what_it_does_not_know_is_an_error_and_counted) {
  for (const auto* const sql :
       {"/* pgmuster:nonsense */ SELECT 1", "SELECT * FROM orders",
        "/* pgmuster:wal */ SELECT w.nonsense FROM x AS w",
        "COPY t TO STDOUT"}) {
    const auto before = counts_->unknown;
    const auto got = ask(sql);
    if (plan_.major > 13
        || std::string_view{sql}.find("wal") == std::string::npos) {
      EXPECT_EQ(got.sqlstate, "0A000") << sql;
      EXPECT_NE(got.message.find(": "), std::string::npos);
      EXPECT_EQ(counts_->unknown, before + 1);
    }
  }
}

TEST_P(simulated_server_test, what_begins_and_ends_a_session_is_known) {
  EXPECT_EQ(ask("SET a = 1; SET b = 'c'").command_tag, "SET");
  EXPECT_EQ(ask("BEGIN TRANSACTION READ ONLY").command_tag, "BEGIN");
  EXPECT_EQ(ask("COMMIT").command_tag, "COMMIT");
  EXPECT_EQ(ask("ROLLBACK").command_tag, "ROLLBACK");
  EXPECT_EQ(ask("DEALLOCATE ALL").command_tag, "DEALLOCATE ALL");
  const auto text = [&](std::string_view sql) {
    const auto rows = read_rows(ask(sql, 0, false).data_rows);
    return rows && rows->size() == 1 ? rows->front().front().value_or("")
                                     : "no row";
  };
  EXPECT_EQ(text("SELECT pg_catalog.pg_backend_pid()"), "4711");
  EXPECT_EQ(text("select 1;"), "1");
  EXPECT_EQ(text("show server_version"), book_->facts().version());
  const auto set = read_rows(
    ask("SELECT pg_catalog.set_config('statement_timeout', '3000', true), "
        "pg_catalog.set_config('search_path', '', true)",
        0, false)
      .data_rows);
  ASSERT_TRUE(set);
  EXPECT_EQ(set->front(), (raw_row{"3000", ""}));
  EXPECT_EQ(ask("select pg_sleep(1.5)").think_time, microseconds{1'500'000});
}

INSTANTIATE_TEST_SUITE_P(majors,
                         simulated_server_test,
                         ::testing::Range(13, 19),
                         [](const auto& major) {
                           return std::to_string(major.param);
                         });

} // namespace
} // namespace pgmuster::loadtest
