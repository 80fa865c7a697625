// The built-in catalog is whole, a folder can change it, its page is current.
#include "codec/catalog/errc.hpp"
#include "drivers/postgres/catalog/catalog.hpp"
#include "drivers/postgres/catalog/reference.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iterator>

namespace pgmuster::postgres {
namespace {

namespace fs = std::filesystem;

class folder {
public:
  folder() {
    std::string name{(fs::temp_directory_path() / "pgmuster-XXXXXX").string()};
    path_ = ::mkdtemp(name.data());
  }
  folder(const folder&) = delete;
  folder& operator=(const folder&) = delete;
  ~folder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  void write(const char* name, std::string_view text) const {
    std::ofstream{path_ / name} << text;
  }
  [[nodiscard]] const fs::path& path() const { return path_; }

private:
  fs::path path_;
};

const probe_definition* find(const probe_catalog& all, std::string_view name) {
  for (const auto& probe : all) {
    if (probe->name == name) {
      return probe.get();
    }
  }
  return nullptr;
}

TEST(catalog, built_in_probes_parse_and_are_named_like_their_files) {
  const auto all = load_catalog({});
  ASSERT_TRUE(all) << all.error().context;
  EXPECT_EQ(all->size(), builtin_probes().size());
  for (const auto& probe : *all) {
    EXPECT_EQ(probe->origin, probe->name + ".sql");
  }
  for (const auto* name : {"identity", "databases", "statement_texts",
                           "statements", "database", "tables"}) {
    EXPECT_NE(find(*all, name), nullptr) << name;
  }
}

constexpr const char* minimal = "-- probe: {}\n-- summary: mine\nSELECT\n"
                                "  1 -- gauge my.one {thing} : one\n";

std::string named(std::string_view name, std::string text = minimal) {
  return text.replace(text.find("{}"), 2, name);
}

TEST(catalog, a_folder_adds_probes_and_replaces_built_in_ones) {
  const folder own;
  own.write("mine.sql", named("mine"));
  own.write("locks.sql", named("locks"));
  own.write("notes.txt", "no probe");
  const auto all = load_catalog(own.path());
  ASSERT_TRUE(all) << all.error().context;
  EXPECT_EQ(all->size(), builtin_probes().size() + 1);
  ASSERT_NE(find(*all, "locks"), nullptr);
  EXPECT_EQ(find(*all, "locks")->summary, "mine");
}

TEST(catalog, all_that_is_wrong_with_a_folder_is_told_at_once) {
  const folder own;
  own.write("a.sql", "nonsense");
  own.write("b.sql", named("twice"));
  own.write("c.sql", named("twice"));
  auto clash = named("clash");
  clash.replace(clash.find("my.one {thing}"), 14, "postgresql.commits By");
  own.write("d.sql", clash);
  const auto all = load_catalog(own.path());
  ASSERT_FALSE(all);
  const auto& told = all.error().context;
  EXPECT_EQ(all.error().code, catalog::errc::malformed_probe);
  EXPECT_NE(told.find("a.sql:1: expected"), std::string::npos) << told;
  EXPECT_NE(told.find("c.sql: the probe twice is already"), std::string::npos);
  EXPECT_NE(told.find("postgresql.commits has another unit"),
            std::string::npos);
}

TEST(catalog, a_folder_that_is_not_there_is_an_error) {
  const folder own;
  const auto all = load_catalog(own.path() / "missing");
  ASSERT_FALSE(all);
  EXPECT_EQ(all.error().code, catalog::errc::unreadable_probe);
}

TEST(catalog, a_shape_is_read_from_rows) {
  const auto t = [](std::string_view value) { return cell::of(value); };
  const row_set rows{
    4,
    {t("extension"), t("x"),    t("1.9"),      t("ext"), t("closed"), t("y"),
     t("1"),         t("own"),  t("unloaded"), t("z"),   t("1"),      t("own"),
     t("column"),    t("pg_v"), t("c1"),       cell{},   t("column"), t("pg_v"),
     t("c2"),        cell{},    t("function"), t("f"),   cell{},      cell{}},
    nullptr};
  const auto shape = read_shape(rows, 150'000);
  EXPECT_EQ(shape.version_num, 150'000);
  EXPECT_EQ(shape.extensions.at("x").version, "1.9");
  EXPECT_EQ(shape.extensions.at("x").schema, "ext");
  EXPECT_TRUE(shape.extensions.at("x").usable);
  EXPECT_TRUE(shape.extensions.at("x").loaded);
  EXPECT_FALSE(shape.extensions.at("y").usable);
  EXPECT_TRUE(shape.extensions.at("z").usable);
  EXPECT_FALSE(shape.extensions.at("z").loaded);
  EXPECT_EQ(shape.columns.at("pg_v"), (std::set<std::string>{"c1", "c2"}));
  EXPECT_TRUE(shape.columns.contains("f()"));
}

TEST(catalog, resets_of_statements_are_read_as_often_as_their_numbers) {
  const auto all = load_catalog({});
  ASSERT_TRUE(all) << all.error().context;
  const auto* const resets = find(*all, "statements_info");
  const auto* const numbers = find(*all, "statements");
  ASSERT_TRUE(resets != nullptr && numbers != nullptr);
  EXPECT_EQ(resets->interval_class, numbers->interval_class);
}

TEST(catalog, the_page_of_metrics_is_what_the_catalog_yields) {
  const auto all = load_catalog({});
  ASSERT_TRUE(all) << all.error().context;
  const auto page = metrics_reference(*all);
  const auto* update = std::getenv("PGMUSTER_UPDATE_DOCS");
  if (update != nullptr && std::string_view{update} == "1") {
    std::ofstream{PGMUSTER_METRICS_PAGE} << page;
  }
  std::ifstream in{PGMUSTER_METRICS_PAGE};
  const std::string written{std::istreambuf_iterator<char>{in}, {}};
  EXPECT_TRUE(page == written)
    << "run this test with PGMUSTER_UPDATE_DOCS=1 to write docs/metrics.md";
}

} // namespace
} // namespace pgmuster::postgres
