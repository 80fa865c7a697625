// What of a target is not collected is said in one sentence of bounded length.
#include "actors/database_choice.hpp"
#include "actors/target_trouble.hpp"

#include <gtest/gtest.h>

namespace pgmuster {
namespace {

TEST(target_trouble, nothing_is_said_where_all_is_collected) {
  EXPECT_EQ(describe(target_trouble{}), "");
}

TEST(target_trouble, each_kind_is_said) {
  target_trouble trouble;
  trouble.failing["shop"] = "no answer in time";
  trouble.absent = {"typo"};
  trouble.turned_away = 7;
  EXPECT_EQ(describe(trouble),
            "database \"shop\": no answer in time; listed, and no database "
            "that may be entered has that name: \"typo\"; 7 databases beyond "
            "the limit of 10000 are left out");
}

TEST(target_trouble, three_of_many_are_named) {
  target_trouble trouble;
  for (const char* const name : {"a", "b", "c", "d", "e"}) {
    trouble.failing[name] = "x";
    trouble.absent.emplace_back(name);
  }
  const auto words = describe(trouble);
  EXPECT_NE(words.find("database \"c\": x and 2 more; "), std::string::npos)
    << words;
  EXPECT_NE(words.find("\"a\", \"b\", \"c\" and 2 more"), std::string::npos)
    << words;
}

TEST(absent_databases, are_those_that_are_listed_and_that_nobody_may_enter) {
  target_config target;
  target.database = "postgres";
  const std::vector<known_database> found{
    {1, "postgres", true}, {2, "shop", true}, {3, "closed", false}};
  EXPECT_TRUE(absent_databases(target, found).empty());
  target.databases = {database_selection::kind::listed,
                      {"postgres", "shop", "closed", "Shop"}};
  EXPECT_EQ(absent_databases(target, found),
            (std::vector<std::string>{"closed", "Shop"}));
  // A pooler calls the DSN's own by another name; a provider's is never ours.
  target.database = "alias";
  target.databases.names = {"alias", "rdsadmin"};
  EXPECT_EQ(
    absent_databases(target, {{1, "postgres", true}, {2, "rdsadmin", true}}),
    (std::vector<std::string>{"rdsadmin"}));
}

} // namespace
} // namespace pgmuster
