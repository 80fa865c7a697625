// Messages are read to their last byte, and not beyond it.
#include "tests/loadtest/simulator/wire/conversation_fixture.hpp"

namespace pgmuster::loadtest {
namespace {

TEST(client_message_test, a_message_is_complete_only_with_its_last_byte) {
  const auto bytes = query("SELECT 1");
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_EQ(cut_typed(bytes.substr(0, size)).is,
              cut_message::outcome::partial);
  }
  const auto cut = cut_typed(bytes + "next");
  EXPECT_EQ(cut.is, cut_message::outcome::complete);
  EXPECT_EQ(cut.type, 'Q');
  EXPECT_EQ(cut.size, bytes.size());
}

TEST(client_message_test, lengths_that_cannot_be_are_broken) {
  EXPECT_EQ(cut_typed("Q" + number32(3)).is, cut_message::outcome::broken);
  EXPECT_EQ(cut_typed("Q" + number32(0xffffffff)).is,
            cut_message::outcome::broken);
  EXPECT_EQ(cut_startup(number32(startup_bytes_max + 1)).is,
            cut_message::outcome::broken);
}

TEST(client_message_test, a_startup_names_user_and_database) {
  const auto body = startup("me", "db").substr(4);
  const auto read = read_startup(body);
  EXPECT_EQ(read.is, startup_packet::kind::session);
  EXPECT_EQ(read.user, "me");
  EXPECT_EQ(read.database, "db");
}

TEST(client_message_test, without_a_database_it_is_the_users) {
  const auto body =
    number32(3U << 16U) + zero_ended("user") + zero_ended("me") + '\0';
  EXPECT_EQ(read_startup(body).database, "me");
}

TEST(client_message_test, every_cut_of_a_startup_is_malformed) {
  const auto body = startup("me", "db").substr(4);
  for (std::size_t size = 0; size < body.size(); ++size) {
    EXPECT_EQ(read_startup(std::string_view{body}.substr(0, size)).is,
              startup_packet::kind::malformed)
      << size;
  }
  EXPECT_EQ(read_startup(body + "x").is, startup_packet::kind::malformed);
}

TEST(client_message_test, an_old_protocol_is_told_from_noise) {
  EXPECT_EQ(read_startup(number32(2U << 16U)).is,
            startup_packet::kind::unsupported);
}

TEST(client_message_test, every_cut_of_a_message_is_malformed) {
  const auto bound = bind("s").substr(5);
  const auto parsed = parse("SELECT 1", "s").substr(5);
  const auto executed = execute(1, "p").substr(5);
  EXPECT_TRUE(read_bind(bound));
  EXPECT_TRUE(read_parse(parsed));
  EXPECT_TRUE(read_execute(executed));
  for (std::size_t size = 0; size < 8; ++size) {
    const auto without = [&](std::string_view whole_body) {
      return whole_body.substr(0, whole_body.size() - 1
                                    - size % whole_body.size());
    };
    EXPECT_FALSE(read_bind(without(bound)));
    EXPECT_FALSE(read_parse(without(parsed)));
    EXPECT_FALSE(read_execute(without(executed)));
  }
}

TEST(client_message_test, counts_beyond_the_body_are_malformed) {
  EXPECT_FALSE(read_parse(zero_ended("") + zero_ended("") + number16(65'535)));
  EXPECT_FALSE(read_bind(zero_ended("") + zero_ended("") + number16(0)
                         + number16(1) + number32(0x7fffffff) + "abc"));
}

TEST(client_message_test, a_null_parameter_is_no_text) {
  const auto read =
    read_bind(zero_ended("") + zero_ended("") + number16(0) + number16(2)
              + number32(0xffffffff) + number32(0) + number16(0));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->parameters[0], std::nullopt);
  EXPECT_EQ(read->parameters[1], "");
}

} // namespace
} // namespace pgmuster::loadtest
