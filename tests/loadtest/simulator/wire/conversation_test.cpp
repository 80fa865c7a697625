// Start-up, simple queries, transactions, waits and faults.
#include "tests/loadtest/simulator/wire/conversation_fixture.hpp"

#include <fmt/format.h>

namespace pgmuster::loadtest {
namespace {

using conversation_test = conversation_fixture;
using course = conversation::course;

TEST_F(conversation_test, a_trusted_user_is_greeted_with_key_and_ready) {
  const auto answer = say(startup("sim00000"));
  const auto messages = cut(answer);
  ASSERT_GT(messages.size(), 3U);
  EXPECT_EQ(messages.front().body, number32(0));
  const auto& key = messages[messages.size() - 2];
  EXPECT_EQ(key.type, 'K');
  EXPECT_EQ(key.body, number32(4711) + number32(815));
  EXPECT_EQ(messages.back().body, "I");
  EXPECT_NE(answer.find(zero_ended("server_version") + zero_ended("16.0")),
            std::string::npos);
  EXPECT_EQ(talk.instance(), 0U);
}

TEST_F(conversation_test, bytes_one_by_one_come_to_the_same) {
  std::string answer;
  for (const char byte : startup("sim00000") + query("SELECT 7; SELECT 8")) {
    answer += say({byte});
  }
  const auto queried = types(answer);
  EXPECT_EQ(queried.substr(queried.find('K')), "KZTDCTDCZ");
}

TEST_F(conversation_test, tls_and_gss_are_declined_where_there_is_none) {
  EXPECT_EQ(say(packet(80877104)), "N");
  EXPECT_EQ(say(packet(80877103)), "N");
  EXPECT_EQ(talk.what_next(), course::open);
  log_in();
}

TEST_F(conversation_test, tls_begins_after_its_request_is_granted) {
  host.tls = true;
  EXPECT_EQ(say(packet(80877103)), "S");
  EXPECT_EQ(talk.what_next(), course::begin_tls);
  talk.tls_begun();
  log_in();
}

TEST_F(conversation_test, bytes_behind_a_request_for_tls_are_an_attack) {
  host.tls = true;
  say(packet(80877103) + startup("sim00000"));
  EXPECT_EQ(talk.what_next(), course::close);
  EXPECT_EQ(host.counts().protocol_violations, 1U);
}

TEST_F(conversation_test, a_newer_minor_is_negotiated_down) {
  const auto body = zero_ended("user") + zero_ended("sim00000")
                    + zero_ended("_pq_.x") + zero_ended("1") + '\0';
  const auto messages = cut(say(packet((3U << 16U) | 2U, body)));
  ASSERT_FALSE(messages.empty());
  EXPECT_EQ(messages.front().type, 'v');
  EXPECT_EQ(messages.front().body,
            number32(0) + number32(1) + zero_ended("_pq_.x"));
  EXPECT_EQ(messages.back().type, 'Z');
}

TEST_F(conversation_test, an_unknown_user_is_refused) {
  const auto answer = say(startup("postgres"));
  EXPECT_EQ(sqlstate(answer), "28000");
  EXPECT_EQ(talk.what_next(), course::close);
}

TEST_F(conversation_test, a_cancel_request_is_passed_on_and_closed) {
  EXPECT_EQ(say(packet(80877102, number32(12) + number32(34))), "");
  ASSERT_EQ(host.cancelled.size(), 1U);
  EXPECT_EQ(host.cancelled[0].pid, 12U);
  EXPECT_EQ(host.cancelled[0].secret, 34U);
  EXPECT_EQ(talk.what_next(), course::close);
}

TEST_F(conversation_test, a_simple_query_yields_description_rows_and_tag) {
  log_in();
  const auto messages = cut(say(query("SELECT 7")));
  ASSERT_EQ(messages.size(), 4U);
  EXPECT_EQ(messages[1].body, number16(1) + number32(1) + "7");
  EXPECT_EQ(messages[2].body, zero_ended("SELECT 1"));
  EXPECT_EQ(messages[3].body, "I");
}

TEST_F(conversation_test, an_empty_query_is_told_apart) {
  log_in();
  EXPECT_EQ(types(say(query(""))), "IZ");
  EXPECT_EQ(types(say(query(" ; -- nothing\n ;"))), "IZ");
  EXPECT_EQ(types(say(whole(""))), "12nIZ");
}

TEST_F(conversation_test, an_error_ends_the_rest_of_a_simple_query) {
  log_in();
  const auto answer = say(query("SELECT 1; SELECT x FROM y; SELECT 2"));
  EXPECT_EQ(types(answer), "TDCEZ");
  EXPECT_EQ(sqlstate(answer), "0A000");
  EXPECT_EQ(host.counts().unknown_sql, 1U);
  EXPECT_EQ(
    host.counts().unknown_examples.count("not simulated: SELECT x FROM y"), 1U);
  EXPECT_EQ(types(say(query("SELECT 3"))), "TDCZ");
}

TEST_F(conversation_test, copy_is_refused_and_its_data_passed_over) {
  log_in();
  EXPECT_EQ(sqlstate(say(query("COPY t FROM STDIN"))), "0A000");
  EXPECT_EQ(say(message('d', "data") + message('c', "")), "");
  EXPECT_EQ(types(say(query("SELECT 1"))), "TDCZ");
  EXPECT_EQ(host.counts().unknown_sql, 0U);
}

TEST_F(conversation_test, a_transaction_shows_in_the_status_byte) {
  log_in();
  EXPECT_EQ(cut(say(query("BEGIN READ ONLY"))).back().body, "T");
  EXPECT_EQ(cut(say(query("SELECT x FROM y"))).back().body, "E");
  EXPECT_EQ(sqlstate(say(query("SELECT 1"))), "25P02");
  const auto ended = cut(say(query("COMMIT")));
  EXPECT_EQ(ended[0].body, zero_ended("ROLLBACK"));
  EXPECT_EQ(ended.back().body, "I");
}

TEST_F(conversation_test, a_commit_without_a_transaction_is_warned_of) {
  log_in();
  const auto answer = say(query("COMMIT"));
  EXPECT_EQ(types(answer), "NCZ");
  EXPECT_EQ(sqlstate(answer), "25P01");
  EXPECT_EQ(types(say(query("SET client_min_messages = error"))), "CZ");
  EXPECT_EQ(types(say(query("COMMIT"))), "CZ");
}

TEST_F(conversation_test, a_new_application_name_is_reported) {
  log_in();
  const auto messages = cut(say(query("SET application_name = 'me'")));
  ASSERT_EQ(messages.size(), 3U);
  EXPECT_EQ(messages[0].type, 'S');
  EXPECT_EQ(messages[0].body,
            zero_ended("application_name") + zero_ended("me"));
}

TEST_F(conversation_test, an_answer_comes_after_the_servers_own_time) {
  log_in();
  EXPECT_EQ(say(query("SELECT pg_sleep(2)") + query("SELECT 1")), "");
  EXPECT_EQ(talk.wakes_at(), seconds{2});
  EXPECT_EQ(later(milliseconds{1'999}), "");
  EXPECT_EQ(types(later(milliseconds{1})), "TDCZTDCZ");
  EXPECT_EQ(talk.wakes_at(), std::nullopt);
}

TEST_F(conversation_test,
       short_times_are_added_up_to_one_that_a_timer_is_worth) {
  log_in();
  EXPECT_EQ(types(say(query("SELECT pg_sleep(0.006)"))), "TDCZ");
  EXPECT_EQ(say(query("SELECT pg_sleep(0.006)")), "");
  EXPECT_EQ(talk.wakes_at(), milliseconds{12});
}

TEST_F(conversation_test, a_cancel_ends_a_wait) {
  log_in();
  say(query("SELECT pg_sleep(60)"));
  talk.cancel(now);
  const auto answer = take();
  EXPECT_EQ(types(answer), "EZ");
  EXPECT_EQ(sqlstate(answer), "57014");
  talk.cancel(now);
  EXPECT_EQ(take(), "");
  EXPECT_EQ(host.counts().cancels, 1U);
  EXPECT_EQ(host.counts().cancels_unheard, 1U);
}

TEST_F(conversation_test, statement_timeout_ends_a_slow_answer) {
  log_in();
  say(query("SET statement_timeout = 3000"));
  host.at_answer.delay = seconds{5};
  EXPECT_EQ(say(query("SELECT 1")), "");
  EXPECT_EQ(later(milliseconds{2'999}), "");
  EXPECT_EQ(sqlstate(later(milliseconds{1})), "57014");
  EXPECT_EQ(host.counts().timeouts, 1U);
}

TEST_F(conversation_test, a_local_timeout_ends_with_its_transaction) {
  log_in();
  say(query("BEGIN; SET LOCAL statement_timeout = '1s'"));
  say(query("SELECT pg_sleep(2)"));
  EXPECT_EQ(talk.wakes_at(), seconds{1});
  later(seconds{1});
  say(query("ROLLBACK"));
  say(query("SELECT pg_sleep(2)"));
  EXPECT_EQ(talk.wakes_at(), seconds{3});
}

TEST_F(conversation_test,
       a_hang_before_a_row_hears_neither_cancel_nor_timeout) {
  log_in();
  say(query("SET statement_timeout = 10"));
  host.at_answer.is = answer_decision::outcome::hang_before_row;
  host.at_answer.until = seconds{30};
  EXPECT_EQ(say(query("SELECT 1")), "");
  talk.cancel(now);
  EXPECT_EQ(later(seconds{29}), "");
  EXPECT_EQ(types(later(seconds{1})), "TDCZ");
}

TEST_F(conversation_test,
       a_hang_within_a_row_sends_half_of_it_and_later_the_rest) {
  log_in();
  host.at_answer.is = answer_decision::outcome::hang_within_row;
  host.at_answer.until = seconds{30};
  const auto first = say(query("SELECT 'abcdefgh'"));
  EXPECT_EQ(types(first), "T?");
  EXPECT_EQ(types(first + later(seconds{30})), "TDCZ");
  const auto extended = say(whole("SELECT generate_series(1, 3)"));
  EXPECT_EQ(types(extended), "12T?");
  now.since_start = seconds{30};
  EXPECT_EQ(types(extended + later(seconds{1})), "12TDDDCZ");
}

TEST_F(conversation_test, a_hang_without_end_wakes_by_no_timer) {
  log_in();
  host.at_answer.is = answer_decision::outcome::hang_before_row;
  say(query("SELECT 1"));
  EXPECT_EQ(talk.wakes_at(), std::nullopt);
  EXPECT_TRUE(talk.wants_input()) << "or a client that left were not noticed";
}

TEST_F(conversation_test, a_reset_says_nothing) {
  log_in();
  host.at_answer.is = answer_decision::outcome::reset;
  EXPECT_EQ(say(query("SELECT 1")), "");
  EXPECT_EQ(talk.what_next(), course::reset);
}

TEST_F(conversation_test, faults_of_the_startup_have_their_words) {
  struct expected {
    startup_decision::outcome is;
    std::string_view sqlstate;
    course then;
  };
  using outcome = startup_decision::outcome;
  for (const auto& one :
       {expected{outcome::refuse, "53300", course::close},
        expected{outcome::starting_up, "57P03", course::close},
        expected{outcome::close, "", course::close},
        expected{outcome::reset, "", course::reset}}) {
    host.at_startup.is = one.is;
    conversation other{host, {1, 2}, std::nullopt};
    other.receive(startup("sim00000"), now);
    EXPECT_EQ(sqlstate(other.output()), one.sqlstate);
    EXPECT_EQ(other.what_next(), one.then);
  }
  EXPECT_EQ(host.counts().startups_refused, 4U);
}

TEST_F(conversation_test, a_silent_startup_speaks_when_the_fault_is_over) {
  host.at_startup.is = startup_decision::outcome::silence;
  host.at_startup.until = seconds{5};
  EXPECT_EQ(say(startup("sim00000")), "");
  host.at_startup = {};
  EXPECT_EQ(types(later(seconds{5})).back(), 'Z');
}

TEST_F(conversation_test, an_administrator_ends_it_with_words) {
  log_in();
  say(query("SELECT pg_sleep(60)"));
  talk.shut("57P01", "terminating connection due to administrator command");
  EXPECT_EQ(sqlstate(take()), "57P01");
  EXPECT_EQ(talk.what_next(), course::close);
}

TEST_F(conversation_test, a_message_that_is_none_ends_it) {
  log_in();
  EXPECT_EQ(sqlstate(say(message('~', ""))), "08P01");
  EXPECT_EQ(talk.what_next(), course::close);
  EXPECT_EQ(host.counts().protocol_violations, 1U);
}

TEST_F(conversation_test, a_length_beyond_the_limit_ends_it) {
  log_in();
  say("Q" + number32(message_bytes_max + 1));
  EXPECT_EQ(talk.what_next(), course::close);
}

TEST_F(conversation_test,
       nothing_more_is_answered_to_a_client_that_does_not_read) {
  log_in();
  const auto big = query("SELECT generate_series(1, 20000)");
  std::string all;
  for (int at = 0; at < 20; ++at) {
    all += big;
  }
  talk.receive(all, now);
  EXPECT_FALSE(talk.wants_input());
  EXPECT_LT(talk.output().size(), 2 * output_backlog_max);
  std::size_t ready = 0;
  for (int at = 0; at < 100 && ready < 20; ++at) {
    for (const auto& one : cut(take())) {
      ready += one.type == 'Z' ? 1U : 0U;
    }
    talk.resume(now);
  }
  EXPECT_EQ(ready, 20U);
  EXPECT_TRUE(talk.wants_input());
}

TEST_F(conversation_test, an_idle_session_keeps_no_buffers) {
  log_in();
  const auto asked = query("SELECT generate_series(1, 5000)");
  for (const char byte : asked) {
    say({byte});
  }
  EXPECT_LT(talk.bytes_kept(), 64U);
  say(whole("SELECT generate_series(1, 5000)"));
  EXPECT_LT(talk.bytes_kept(), 64U);
}

TEST_F(conversation_test, scram_refuses_a_proof_that_is_none) {
  host.password = std::make_shared<scram_verifier>(
    make_scram_verifier(secret_string{"pencil"}, "salt", 4));
  const auto asked = cut(say(startup("sim00000")));
  ASSERT_EQ(asked.size(), 1U);
  EXPECT_EQ(asked[0].body, number32(10) + zero_ended("SCRAM-SHA-256") + '\0');
  const std::string first = "n,,n=,r=abc";
  const auto challenge = cut(say(message(
    'p', zero_ended("SCRAM-SHA-256")
           + number32(static_cast<std::uint32_t>(first.size())) + first)));
  ASSERT_EQ(challenge.size(), 1U);
  EXPECT_EQ(challenge[0].body.substr(0, 9), number32(11) + "r=abc");
  const auto answer = say(message('p', "c=biws,r=abc,p=AAAA"));
  EXPECT_EQ(sqlstate(answer), "28P01");
  EXPECT_EQ(host.counts().passwords_wrong, 1U);
}

TEST_F(conversation_fixture, answers_that_come_late_are_told_with_their_times) {
  now.wall = wall_time{seconds{1'000}};
  log_in();
  host.at_answer.delay = milliseconds{400};
  (void)say(query("select 1") + query("select 1") + query("select 1"));
  for (int answer = 0; answer < 3; ++answer) {
    (void)later(milliseconds{400});
  }
  // The numbers of the third are those of 0.8 s after it was asked.
  ASSERT_EQ(host.lates.size(), 1U);
  EXPECT_EQ(host.lates[0].asked, wall_time{seconds{1'000}});
  EXPECT_EQ(host.lates[0].made, wall_time{milliseconds{1'000'800}});
  // After a while it is another question; at once it is the same one.
  (void)later(seconds{5});
  (void)say(query("select 1"));
  (void)later(milliseconds{400});
  EXPECT_EQ(host.lates.size(), 1U);
  (void)say(query("select 1"));
  (void)later(milliseconds{400});
  (void)say(query("select 1"));
  ASSERT_EQ(host.lates.size(), 2U);
  EXPECT_EQ(host.lates[1].made - host.lates[1].asked, milliseconds{800});
}

} // namespace
} // namespace pgmuster::loadtest
