// What a server says finds the call it answers; what answers nothing ends the
// session and says why.
#include "drivers/postgres/answer_queue.hpp"
#include "tests/drivers/postgres/wire/say.hpp"

#include <gtest/gtest.h>

namespace pgmuster::postgres {
namespace {

using namespace std::string_view_literals;
using part = answer_queue::part;
using ended = answer_queue::ended;

constexpr auto undefined_table = "SERROR\0C42P01\0Mnowhere\0\0"sv;

class queue_of_two : public ::testing::Test {
protected:
  /// Two calls of our own session, the first to be prepared.
  queue_of_two() {
    queue_.expect(part::prepare, 0, 3);
    queue_.expect(part::rows, 0);
    queue_.expect(part::end_of_call, 0);
    queue_.expect(part::rows, 1);
    queue_.expect(part::end_of_call, 1);
  }

  ended say(char type, std::string_view body = {}) {
    return queue_.take({type, body});
  }
  ended say_row(std::uint64_t value) {
    std::string bytes;
    append_big(bytes, value);
    EXPECT_EQ(say('2'), ended::nothing);
    EXPECT_EQ(say('T', columns_body({{"one", 20}})), ended::nothing);
    EXPECT_EQ(say('D', row_body({&bytes})), ended::nothing);
    EXPECT_EQ(say('C', "SELECT 1\0"sv), ended::nothing);
    return say('Z', "I");
  }

  answer_queue queue_;
};

TEST_F(queue_of_two, each_call_gets_its_rows) {
  EXPECT_TRUE(queue_.has(3)) << "it is on its way";
  EXPECT_EQ(say('1'), ended::nothing);
  EXPECT_EQ(say_row(7), ended::call);
  auto first = queue_.finish_call();
  EXPECT_EQ(first.index, 0U);
  EXPECT_EQ(first.rows->row(0)[0].integer, 7);
  EXPECT_EQ(say_row(8), ended::call);
  auto second = queue_.finish_call();
  EXPECT_EQ(second.index, 1U);
  EXPECT_EQ(second.rows->row(0)[0].integer, 8);
  EXPECT_TRUE(queue_.empty());
  EXPECT_TRUE(queue_.has(3));
  EXPECT_FALSE(queue_.has(2));
  EXPECT_EQ(queue_.answered(), 5U);
}

TEST_F(queue_of_two, an_error_is_its_calls_and_the_rest_of_it_is_skipped) {
  EXPECT_EQ(say('E', undefined_table), ended::nothing);
  EXPECT_EQ(say('Z', "I"), ended::call);
  EXPECT_TRUE(queue_.failed());
  const auto first = queue_.finish_call();
  EXPECT_EQ(first.index, 0U);
  EXPECT_EQ(first.rows.error().code, errc::undefined);
  EXPECT_EQ(first.rows.error().context, "nowhere (SQLSTATE 42P01)");
  EXPECT_FALSE(queue_.failed());
  EXPECT_EQ(say_row(8), ended::call);
  EXPECT_EQ(queue_.finish_call().rows->row(0)[0].integer, 8);
  EXPECT_FALSE(queue_.has(3)) << "it was not prepared";
}

TEST_F(queue_of_two, rows_that_came_before_an_error_do_not_reach_the_next) {
  EXPECT_EQ(say('1'), ended::nothing);
  std::string bytes;
  append_big(bytes, std::uint64_t{7});
  EXPECT_EQ(say('2'), ended::nothing);
  EXPECT_EQ(say('T', columns_body({{"one", 20}})), ended::nothing);
  EXPECT_EQ(say('D', row_body({&bytes})), ended::nothing);
  EXPECT_EQ(say('E', undefined_table), ended::nothing);
  EXPECT_EQ(say('Z', "I"), ended::call);
  EXPECT_FALSE(queue_.finish_call().rows);
  EXPECT_EQ(say_row(8), ended::call);
  EXPECT_EQ(queue_.finish_call().rows->rows(), 1U);
}

TEST_F(queue_of_two, an_error_at_the_sync_is_its_calls) {
  EXPECT_EQ(say('1'), ended::nothing);
  EXPECT_EQ(say('2'), ended::nothing);
  EXPECT_EQ(say('n'), ended::nothing);
  EXPECT_EQ(say('C', "DO\0"sv), ended::nothing);
  EXPECT_EQ(say('E', undefined_table), ended::nothing);
  EXPECT_EQ(say('Z', "I"), ended::call);
  EXPECT_FALSE(queue_.finish_call().rows);
}

TEST_F(queue_of_two, what_is_told_besides_is_passed_over) {
  for (const char type : {'N', 'A', 'S'}) {
    EXPECT_EQ(say(type, "anything"), ended::nothing);
  }
  EXPECT_EQ(say('1'), ended::nothing);
  EXPECT_EQ(say('S', "a\0b\0"sv), ended::nothing);
  EXPECT_EQ(say_row(7), ended::call);
}

TEST_F(queue_of_two, what_is_no_answer_ends_the_session) {
  // Not prepared yet; no such message; a COPY, of which there is no end.
  for (const char type : {'2', 'C', 'D', 'Z', 'R', '\0', 'G', 'H', 'W'}) {
    answer_queue queue{queue_};
    EXPECT_EQ(queue.take({type, {}}), ended::never) << type;
    EXPECT_TRUE(queue.failed());
    EXPECT_EQ(queue.finish_call().rows.error().code,
              type == 'G' || type == 'H' || type == 'W'
                ? errc::connection_lost
                : errc::protocol_violation)
      << type;
  }
  EXPECT_EQ(say('1'), ended::nothing);
  EXPECT_EQ(say('Z', "I"), ended::never) << "the rows are missing";
}

TEST_F(queue_of_two, columns_that_cannot_be_read_end_the_session) {
  EXPECT_EQ(say('1'), ended::nothing);
  EXPECT_EQ(say('T', "\0\1no end"sv), ended::never);
}

TEST(answer_queue, a_prepared_statements_columns_are_described_once) {
  answer_queue queue;
  std::string bytes;
  append_big(bytes, std::uint64_t{7});
  for (int round = 0; round < 3; ++round) {
    EXPECT_EQ(queue.knows_columns(5), round > 0);
    if (round == 0) {
      queue.expect(part::prepare, 0, 5);
    }
    queue.expect(part::rows, 0, 5);
    queue.expect(part::end_of_call, 0);
    if (round == 0) {
      EXPECT_EQ(queue.take({'1', {}}), ended::nothing);
      EXPECT_EQ(queue.take({'T', columns_body({{"one", 20}})}), ended::nothing);
    }
    EXPECT_EQ(queue.take({'D', row_body({&bytes})}), ended::nothing);
    EXPECT_EQ(queue.take({'C', "SELECT 1"}), ended::nothing);
    EXPECT_EQ(queue.take({'Z', "I"}), ended::call);
    EXPECT_EQ(queue.finish_call().rows->row(0)[0].integer, 7);
  }
  queue.forget_prepared();
  EXPECT_FALSE(queue.knows_columns(5));
}

TEST(answer_queue, columns_that_are_not_read_fail_each_call_with_their_name) {
  answer_queue queue;
  for (int round = 0; round < 2; ++round) {
    EXPECT_FALSE(queue.knows_columns(5)) << "it is described again";
    queue.expect(part::rows, 0, 5);
    queue.expect(part::end_of_call, 0);
    EXPECT_EQ(queue.take({'T', columns_body({{"price", 1'700}})}),
              ended::nothing);
    EXPECT_EQ(queue.take({'C', "SELECT 0"}), ended::nothing);
    EXPECT_EQ(queue.take({'Z', "I"}), ended::call);
    const auto call = queue.finish_call();
    ASSERT_FALSE(call.rows);
    EXPECT_NE(call.rows.error().context.find("price"), std::string::npos);
  }
}

TEST(answer_queue, a_row_that_is_too_long_fails_its_call_alone) {
  answer_queue queue;
  for (const bool too_long : {true, false}) {
    queue.expect(part::rows, 0);
    queue.expect(part::end_of_call, 0);
    EXPECT_EQ(queue.take({'T', columns_body({{"c", 25}})}), ended::nothing);
    EXPECT_EQ(queue.take({'D', too_long ? "" : row_body({nullptr}), too_long}),
              ended::nothing);
    EXPECT_EQ(queue.take({'C', "SELECT 1"}), ended::nothing);
    EXPECT_EQ(queue.take({'Z', "I"}), ended::call);
    EXPECT_EQ(queue.finish_call().rows.has_value(), !too_long);
  }
}

TEST(answer_queue, answers_to_nothing_end_the_session) {
  answer_queue queue;
  EXPECT_EQ(queue.take({'Z', "I"}), ended::never);
}

TEST(answer_queue, a_farewell_to_an_idle_session_says_why) {
  answer_queue queue;
  EXPECT_EQ(queue.take({'E', "SFATAL\0C57P01\0Mshutting down\0\0"sv}),
            ended::nothing);
  ASSERT_TRUE(queue.failed());
  EXPECT_EQ(queue.finish_call().rows.error().code, errc::server_not_ready);
}

TEST(answer_queue, a_steps_rows_are_nobodys_and_its_failure_is_the_calls) {
  for (const bool fails : {false, true}) {
    answer_queue queue;
    queue.expect(part::step, 0);
    queue.expect(part::companion, 0);
    queue.expect(part::rows, 0);
    queue.expect(part::end_of_call, 0);
    const auto answer = [&](std::string_view name) {
      const std::string text{name};
      EXPECT_EQ(queue.take({'T', columns_body({{"c", 25}})}), ended::nothing);
      EXPECT_EQ(queue.take({'D', row_body({&text})}), ended::nothing);
      EXPECT_EQ(queue.take({'C', "SELECT 1"}), ended::nothing);
    };
    if (fails) {
      EXPECT_EQ(queue.take({'E', undefined_table}), ended::nothing);
    } else {
      answer("step");
      answer("companion");
      answer("rows");
    }
    EXPECT_EQ(queue.take({'Z', "I"}), ended::call);
    const auto call = queue.finish_call();
    EXPECT_EQ(call.rows.has_value(), !fails);
    if (!fails) {
      EXPECT_EQ(call.rows->row(0)[0].text(), "rows");
      EXPECT_EQ(call.companion.row(0)[0].text(), "companion");
    }
  }
}

} // namespace
} // namespace pgmuster::postgres
