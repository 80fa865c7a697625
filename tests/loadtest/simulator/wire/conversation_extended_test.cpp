// Prepared statements, portals, pipelines.
#include "tests/loadtest/simulator/wire/conversation_fixture.hpp"

namespace pgmuster::loadtest {
namespace {

class conversation_extended_test : public conversation_fixture {
  void SetUp() override { log_in(); }
};

TEST_F(conversation_extended_test, an_extended_query_is_answered_step_by_step) {
  EXPECT_EQ(types(say(whole("SELECT 7"))), "12TDCZ");
}

TEST_F(conversation_extended_test, nothing_is_sent_before_a_sync_or_a_flush) {
  EXPECT_EQ(say(parse("SELECT 7") + bind() + execute()), "");
  EXPECT_EQ(types(say(message('H', ""))), "12DC");
  EXPECT_EQ(types(say(sync())), "Z");
}

TEST_F(conversation_extended_test, a_pipeline_fails_only_up_to_its_next_sync) {
  const auto answer =
    say(whole("SELECT 1") + whole("SELECT x FROM y") + whole("SELECT 2"));
  EXPECT_EQ(types(answer), "12TDCZ12nEZ12TDCZ");
}

TEST_F(conversation_extended_test, an_error_skips_what_follows_it) {
  const auto answer =
    say(bind("missing") + execute() + parse("SELECT 1") + sync());
  EXPECT_EQ(types(answer), "EZ");
  EXPECT_EQ(sqlstate(answer), "26000");
}

TEST_F(conversation_extended_test, a_prepared_statement_is_there_until_closed) {
  say(parse("SELECT 7", "s1") + sync());
  EXPECT_EQ(types(say(bind("s1", true) + execute() + sync())), "2DCZ");
  EXPECT_EQ(sqlstate(say(parse("SELECT 8", "s1") + sync())), "42P05");
  EXPECT_EQ(types(say(message('C', "S" + zero_ended("s1")) + sync())), "3Z");
  EXPECT_EQ(sqlstate(say(bind("s1") + sync())), "26000");
}

TEST_F(conversation_extended_test, deallocate_all_lets_go_of_all) {
  say(parse("SELECT 7", "s1") + parse("SELECT 8", "s2") + sync());
  EXPECT_EQ(types(say(query("DEALLOCATE s1"))), "CZ");
  EXPECT_EQ(types(say(bind("s2") + sync())), "2Z");
  EXPECT_EQ(types(say(query("DEALLOCATE ALL"))), "CZ");
  EXPECT_EQ(sqlstate(say(bind("s2") + sync())), "26000");
}

TEST_F(conversation_extended_test, results_come_in_the_format_that_was_asked) {
  const auto messages = cut(say(parse("SELECT 7") + bind("", true)
                                + describe_portal() + execute() + sync()));
  ASSERT_EQ(messages.size(), 6U);
  EXPECT_EQ(messages[2].body.substr(messages[2].body.size() - 2), number16(1));
  EXPECT_EQ(messages[3].body, number16(1) + number32(4) + number32(7));
}

TEST_F(conversation_extended_test,
       a_statement_is_described_with_its_parameters) {
  const auto messages = cut(say(
    parse("SELECT $1", "s") + message('D', "S" + zero_ended("s")) + sync()));
  ASSERT_EQ(messages.size(), 4U);
  EXPECT_EQ(messages[1].type, 't');
  EXPECT_EQ(messages[1].body, number16(1) + number32(25));
  EXPECT_EQ(messages[2].type, 'T');
}

TEST_F(conversation_extended_test, a_parameter_reaches_the_model) {
  const auto bound =
    message('B', zero_ended("") + zero_ended("") + number16(0) + number16(1)
                   + number32(3) + "abc" + number16(0));
  const auto messages =
    cut(say(parse("SELECT $1") + bound + execute() + sync()));
  ASSERT_EQ(messages.size(), 5U);
  EXPECT_EQ(messages[2].body, number16(1) + number32(3) + "abc");
  EXPECT_EQ(sqlstate(say(parse("SELECT $1") + bind() + sync())), "08P01");
  const auto formats = [](std::string_view both) {
    return message('B', zero_ended("") + zero_ended("") + std::string{both}
                          + number16(2) + number32(1) + "a" + number32(1) + "b"
                          + number16(0));
  };
  const auto two = parse("SELECT $1, $2");
  const auto binary = number16(2) + number16(1) + number16(1);
  const auto mixed = number16(2) + number16(0) + number16(1);
  EXPECT_NE(sqlstate(say(two + formats(binary) + sync())), "0A000");
  EXPECT_EQ(sqlstate(say(two + formats(mixed) + sync())), "0A000");
}

TEST_F(conversation_extended_test, a_portal_gives_as_many_rows_as_are_asked) {
  const auto answer =
    say(parse("SELECT generate_series(1, 5)") + bind() + execute(2) + execute(2)
        + execute(2) + execute(2) + sync());
  EXPECT_EQ(types(answer), "12DDsDDsDCCZ");
}

TEST_F(conversation_extended_test, a_portal_ends_with_its_transaction) {
  say(parse("SELECT 1") + bind("", false, "p") + sync());
  EXPECT_EQ(sqlstate(say(execute(0, "p") + sync())), "34000");
  say(query("BEGIN"));
  say(parse("SELECT 1") + bind("", false, "p") + sync());
  EXPECT_EQ(types(say(execute(0, "p") + sync())), "DCZ");
}

TEST_F(conversation_extended_test, two_statements_cannot_be_prepared) {
  EXPECT_EQ(sqlstate(say(parse("SELECT 1; SELECT 2") + sync())), "42601");
}

TEST_F(conversation_extended_test, a_failed_transaction_takes_only_its_end) {
  say(query("BEGIN") + whole("SELECT x FROM y"));
  EXPECT_EQ(sqlstate(say(whole("SELECT 1"))), "25P02");
  const auto ended = cut(say(whole("ROLLBACK")));
  EXPECT_EQ(ended.back().body, "I");
}

TEST_F(conversation_extended_test, a_pipeline_waits_where_the_server_waits) {
  const auto before =
    say(whole("SELECT 1") + whole("SELECT pg_sleep(1)") + whole("SELECT 2"));
  EXPECT_EQ(types(before), "12TDCZ");
  EXPECT_EQ(types(later(seconds{1})), "12TDCZ12TDCZ");
}

TEST_F(conversation_extended_test,
       more_statements_than_the_limit_are_an_error) {
  std::string all;
  for (std::size_t at = 0; at <= prepared_statements_max; ++at) {
    all += parse("SELECT 1", "s" + std::to_string(at));
  }
  EXPECT_EQ(sqlstate(say(all + sync())), "53400");
}

TEST_F(conversation_extended_test, a_text_of_many_sessions_is_kept_once) {
  conversation other{host, {1, 2}, std::nullopt};
  other.receive(startup("sim00000") + parse("SELECT 7", "a") + sync(), now);
  say(parse("SELECT 7", "b") + sync());
  EXPECT_EQ(host.texts().size(), 1U);
}

TEST_F(conversation_extended_test, a_function_call_is_refused) {
  const auto answer = say(message('F', number32(1)));
  EXPECT_EQ(types(answer), "EZ");
  EXPECT_EQ(sqlstate(answer), "0A000");
}

} // namespace
} // namespace pgmuster::loadtest
