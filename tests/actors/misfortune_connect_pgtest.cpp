// A server that cannot be reached, or that is not one.
#include "tests/actors/misfortune_case.hpp"

namespace pgmuster::test {
namespace {

target_config through(const gate& door) {
  return make_target("sick", door.dsn());
}

/// Instead of a server somebody answers with these words.
class connect_case : public misfortune_case {
protected:
  void answer_is_told(const std::function<target_config(const gate&)>& sick,
                      std::vector<std::string> answers,
                      const std::string& reason) {
    gate door;
    door.forward_to(healthy().port());
    begin({sick(door)});
    door.answer(std::move(answers));
    door.cut();
    expect_down("sick", reason);
    endure();
    door.forward_to(healthy().port());
    door.cut();
    expect_up("sick");
    expect_all_as_before();
  }
};

TEST_P(connect_case, a_refused_connection_is_told_and_retried) {
  gate door;
  door.forward_to(healthy().port());
  begin({through(door)});
  door.refuse();
  door.cut();
  expect_down("sick", "refused");
  endure();
  door.forward_to(healthy().port());
  expect_up("sick");
  expect_all_as_before();
}

TEST_P(connect_case, a_listener_that_never_answers_is_given_up_in_time) {
  gate door;
  door.forward_to(healthy().port());
  begin({through(door)});
  door.stay_silent();
  door.cut();
  expect_down("sick", "timed out");
  endure();
  // One attempt at a time.
  EXPECT_LE(door.open(), 1U);
  door.forward_to(healthy().port());
  door.cut();
  expect_up("sick");
  expect_all_as_before();
}

TEST_P(connect_case, nonsense_for_an_answer_is_told_as_such) {
  answer_is_told(through, {"SSH-2.0-OpenSSH_9.2p1\r\n"}, "protocol");
}

/// The same door with TLS demanded.
target_config with_tls(const gate& door) {
  auto dsn = door.dsn();
  dsn.replace(dsn.find("disable"), 7, "require");
  return make_target("sick", dsn);
}

TEST_P(connect_case, garbage_in_answer_to_the_tls_request_is_told) {
  answer_is_told(with_tls, {"HTTP/1.1 400 Bad Request\r\n\r\n"}, "TLS failed");
}

TEST_P(connect_case, garbage_in_a_tls_handshake_is_told) {
  answer_is_told(with_tls, {"S", "garbage where a handshake should be"},
                 "TLS failed");
}

TEST_P(connect_case, a_peer_that_falls_silent_in_tls_is_told_where) {
  answer_is_told(with_tls, {"S"}, "no answer in time to our TLS handshake");
}

INSTANTIATE_TEST_SUITE_P(reactors, connect_case, both_reactors(), reactor_name);

} // namespace
} // namespace pgmuster::test
