// What looks like a secret does not pass; what only looks a little like one
// does. All secrets here are made up.
#include "codec/scrubber.hpp"

#include <gtest/gtest.h>

#include <random>
#include <thread>

namespace pgmuster {
namespace {

std::string cleaned(std::string text,
                    scrubbed_text what = scrubbed_text::words) {
  static const scrubber net;
  net.clean(text, what);
  return text;
}

struct cleaned_case {
  const char* text;
  const char* left;
};

TEST(scrubber, takes_what_is_a_persons) {
  const cleaned_case cases[] = {
    {"job of jane.doe+x@mail.example.org today", "job of [email] today"},
    {"4111 1111 1111 1111 and 5500-0000-0000-0004", "[card] and [card]"},
    {"card:378282246310005", "card:[card]"},
    {"from DE89 3704 0044 0532 0130 00 to GB29NWBK60161331926819",
     "from [iban] to [iban]"},
    {"20 4111111111111111 123", "20 [card] 123"},
    {"DE89370400440532013000 AND MORE", "[iban] AND MORE"},
    {"ssn 123-45-6789.", "ssn [ssn]."}};
  for (const auto& one : cases) {
    EXPECT_EQ(cleaned(one.text), one.left) << one.text;
  }
}

TEST(scrubber, takes_what_opens_a_door) {
  const cleaned_case cases[] = {
    {"eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.dBjftJeZ4CVP", "[jwt]"},
    {"key AKIAIOSFODNN7EXAMPLE", "key [token]"},
    {"ghp_abcdefghijklmnopqrstuvwxyz0123456789", "[token]"},
    {"sha 0123456789abcdef0123456789abcdef!", "sha [hex]!"},
    {"wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY12", "[base64]"},
    {"postgres://app:hunter2@db/x", "postgres://app:[url_password]@db/x"},
    {"password=hunter2 host=a", "password=[secret] host=a"},
    {"Authorization: Bearer abc.def", "Authorization: Bearer [secret]"},
    {"api_key: 'abc' b", "api_key: '[secret]' b"},
    {"-----BEGIN RSA PRIVATE KEY-----\nMIIabc", "[private_key]"}};
  for (const auto& one : cases) {
    EXPECT_EQ(cleaned(one.text), one.left) << one.text;
  }
}

TEST(scrubber, leaves_what_is_nobodys) {
  for (const auto* text :
       {"4111 1111 1111 1112", "1234567890123", "000-12-3456", "2026-11-21",
        "DE89 3704 0044 0532 0130 02", "user@localhost", "a@b", "worker-17",
        "customer_subscription_invoice_line_items_archive_2026_part_7",
        "7b4c1f6e-8d0f-51ee-aad7-4c796ed8e320", "postgres://app@db/x", "",
        "walreceiver", "a = b AND c = d", "password = ?"}) {
    EXPECT_EQ(cleaned(text), text);
  }
}

TEST(scrubber, a_column_compared_with_another_is_no_secret) {
  const std::string query = "SELECT a FROM t JOIN u ON t.token = u.token";
  EXPECT_EQ(cleaned(query, scrubbed_text::statement), query);
  EXPECT_EQ(cleaned("SELECT a AS \"x@y.org\"", scrubbed_text::statement),
            "SELECT a AS \"[email]\"");
}

TEST(scrubber, the_users_rules_go_first) {
  const scrub_rule own[] = {{"employee", "E-[0-9]{6}"},
                            {"ours", "[a-z]+@ours\\.example\\.org"}};
  const scrubber net{own};
  std::string text = "E-123456 wrote to me@ours.example.org and a@b.org";
  EXPECT_EQ(net.clean(text, scrubbed_text::statement), 3U);
  EXPECT_EQ(text, "[employee] wrote to [ours] and [email]");
}

TEST(scrubber, what_it_has_cleaned_is_clean) {
  const auto seed = std::random_device{}();
  SCOPED_TRACE(seed);
  std::mt19937 random{seed};
  const std::string_view parts[] = {"a@b.org",
                                    "4111111111111111",
                                    "password=",
                                    "x",
                                    " ",
                                    "\n",
                                    "@",
                                    "://u:p@",
                                    "eyJabcde",
                                    ".",
                                    "123-45-6789",
                                    "\xff",
                                    "0123456789abcdef"};
  const scrubber net;
  for (int turn = 0; turn < 5'000; ++turn) {
    std::string text;
    for (auto more = random() % 12; more > 0; --more) {
      text += parts[random() % std::size(parts)];
    }
    net.clean(text, scrubbed_text::words);
    for (const auto* gone :
         {" a@b.org ", " 4111111111111111 ", " 123-45-6789 "}) {
      ASSERT_EQ((" " + text + " ").find(gone), std::string::npos) << text;
    }
    const auto once = text;
    net.clean(text, scrubbed_text::words);
    ASSERT_EQ(text.find("[["), std::string::npos) << once;
  }
}

TEST(scrubber, may_be_used_by_several_threads) {
  const scrubber net;
  std::vector<std::string> texts(8);
  std::vector<std::thread> threads;
  for (auto& text : texts) {
    threads.emplace_back([&] {
      for (int turn = 0; turn < 200; ++turn) {
        text = "mail a@b.org, card 4111111111111111";
        net.clean(text, scrubbed_text::words);
      }
    });
  }
  for (auto& one : threads) {
    one.join();
  }
  EXPECT_EQ(texts, std::vector<std::string>(8, "mail [email], card [card]"));
}

} // namespace
} // namespace pgmuster
