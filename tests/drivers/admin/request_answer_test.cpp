// Paths, methods and failing handlers give the answers that are documented;
// listen addresses are read strictly.
#include "drivers/admin/errc.hpp"
#include "drivers/admin/listen_address.hpp"
#include "drivers/admin/readiness.hpp"
#include "drivers/admin/request_answer.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

namespace pgmuster {
namespace {

admin_handlers some_handlers() {
  return {
    {"/healthz",
     [] {
       return admin_answer{200, "text/plain", "ok\n"};
     }},
    {"/throws", []() -> admin_answer { throw std::runtime_error("secret"); }},
    {"/throws-int", []() -> admin_answer { throw 7; }},
    {"/empty", nullptr}};
}

TEST(request_answer, a_query_does_not_change_the_path) {
  EXPECT_EQ(answer_request(some_handlers(), "GET", "/healthz?x=1").body,
            "ok\n");
  EXPECT_EQ(answer_request(some_handlers(), "HEAD", "/healthz").status, 200);
}

TEST(request_answer, unknown_paths_list_the_known_ones) {
  const auto answer = answer_request(some_handlers(), "GET", "/nope");
  EXPECT_EQ(answer.status, 404);
  EXPECT_NE(answer.body.find("\"/healthz\""), std::string::npos) << answer.body;
  EXPECT_EQ(answer_request(some_handlers(), "GET", "/empty").status, 404);
  EXPECT_EQ(answer_request(some_handlers(), "GET", "").status, 404);
}

TEST(request_answer, other_methods_are_refused) {
  for (const char* method : {"POST", "DELETE", "get", "", "PRI"}) {
    EXPECT_EQ(answer_request(some_handlers(), method, "/healthz").status, 405)
      << method;
  }
}

TEST(request_answer, a_handler_that_throws_is_500_and_tells_nothing) {
  const auto answer = answer_request(some_handlers(), "GET", "/throws");
  EXPECT_EQ(answer.status, 500);
  EXPECT_EQ(answer.body.find("secret"), std::string::npos);
  EXPECT_EQ(answer_request(some_handlers(), "GET", "/throws-int").status, 500);
}

TEST(readiness, is_503_as_long_as_there_is_a_reason) {
  EXPECT_EQ(readiness_answer({}).status, 200);
  EXPECT_EQ(readiness_answer({}).body, "{\"ready\":true,\"reasons\":[]}\n");
  const auto answer = readiness_answer({"route main does not take data"});
  EXPECT_EQ(answer.status, 503);
  EXPECT_EQ(answer.body, "{\"ready\":false,\"reasons\":[\"route main does not "
                         "take data\"]}\n");
}

TEST(listen_address, takes_names_v4_and_bracketed_v6) {
  const auto v4 = parse_listen_address("127.0.0.1:9432");
  ASSERT_TRUE(v4);
  EXPECT_EQ(v4->host, "127.0.0.1");
  EXPECT_EQ(v4->port, 9432);
  const auto v6 = parse_listen_address("[::1]:0");
  ASSERT_TRUE(v6);
  EXPECT_EQ(v6->host, "::1");
  EXPECT_EQ(v6->port, 0);
  EXPECT_TRUE(parse_listen_address("localhost:80"));
}

TEST(listen_address, refuses_everything_else) {
  for (const char* bad :
       {"", ":9432", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "h:-1",
        "h: 1", "::1:80", "[::1]", "[]:80", "[127.0.0.1]:80", "h:80x"}) {
    const auto read = parse_listen_address(bad);
    ASSERT_FALSE(read) << bad;
    EXPECT_EQ(read.error().code, admin_errc::bad_listen_address) << bad;
  }
}

} // namespace
} // namespace pgmuster
