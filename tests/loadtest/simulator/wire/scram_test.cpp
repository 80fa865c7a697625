// The example of RFC 7677, and what is not right about other messages.
#include "loadtest/simulator/wire/scram.hpp"

#include <gtest/gtest.h>

#include <memory>

namespace pgmuster::loadtest {
namespace {

constexpr std::string_view client_first = "n,,n=user,r=rOprNGfwEbeRWgbNEkqO";
constexpr std::string_view server_first =
  "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,"
  "s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096";
constexpr std::string_view client_last =
  "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,"
  "p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=";
constexpr std::string_view server_last =
  "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=";

scram_exchange exchange(const std::string& password) {
  const std::string salt{"\x5b\x6d\x99\x68\x9d\x12\x35\x8e"
                         "\xec\xa0\x4b\x14\x12\x36\xfa\x81",
                         16};
  return {std::make_shared<const scram_verifier>(
            make_scram_verifier(secret_string{password}, salt, 4'096)),
          "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0"};
}

TEST(scram_test, the_example_of_the_standard_succeeds) {
  auto talk = exchange("pencil");
  EXPECT_EQ(talk.first(client_first), server_first);
  EXPECT_EQ(talk.last(client_last), server_last);
}

TEST(scram_test, another_password_fails) {
  auto talk = exchange("pencils");
  EXPECT_EQ(talk.first(client_first), server_first);
  EXPECT_EQ(talk.last(client_last), std::nullopt);
}

TEST(scram_test, a_proof_without_a_first_message_fails) {
  EXPECT_EQ(exchange("pencil").last(client_last), std::nullopt);
}

TEST(scram_test, channel_binding_that_was_not_offered_is_refused) {
  EXPECT_EQ(exchange("pencil").first("p=tls-server-end-point,,n=,r=abc"),
            std::nullopt);
}

TEST(scram_test, another_nonce_or_header_fails) {
  for (const auto& [from, to] :
       {std::pair{"r=rOpr", "r=xOpr"}, std::pair{"c=biws", "c=eSws"}}) {
    auto talk = exchange("pencil");
    ASSERT_EQ(talk.first(client_first), server_first);
    std::string changed{client_last};
    changed.replace(changed.find(from), 6, to);
    EXPECT_EQ(talk.last(changed), std::nullopt);
  }
}

TEST(scram_test, what_is_no_message_fails) {
  for (const auto* const text :
       {"", "n", "n,", "n,,", "n,,n=", "n,,r=x", "n,,n=,r=", "x,,n=,r=y"}) {
    EXPECT_EQ(exchange("pencil").first(text), std::nullopt) << text;
  }
}

} // namespace
} // namespace pgmuster::loadtest
