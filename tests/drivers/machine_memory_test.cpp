// The kernel's words about memory, of both versions of control groups.
#include "drivers/machine_memory.hpp"

#include <gtest/gtest.h>

namespace pgmuster {
namespace {

using literals::operator""_KiB;

TEST(machine_memory, the_machine_s_total_is_read) {
  EXPECT_EQ(parse_memory_total("MemTotal:       16316412 kB\nMemFree: 1 kB\n"),
            16'316'412_KiB);
  EXPECT_FALSE(parse_memory_total("MemFree: 1 kB\n"));
  EXPECT_FALSE(parse_memory_total("MemTotal: much\n"));
}

TEST(machine_memory, a_group_is_limited_by_its_parents_too) {
  EXPECT_EQ(
    memory_limit_files("0::/a.slice/b.service\n"),
    (std::vector<std::string>{"/sys/fs/cgroup/a.slice/b.service/memory.max",
                              "/sys/fs/cgroup/a.slice/memory.max",
                              "/sys/fs/cgroup/memory.max"}));
  EXPECT_EQ(memory_limit_files("0::/\n"),
            std::vector<std::string>{"/sys/fs/cgroup/memory.max"});
}

TEST(machine_memory, the_first_version_has_a_hierarchy_of_its_own) {
  EXPECT_EQ(memory_limit_files("12:cpu,cpuacct:/x\n7:memory:/docker/1\n"),
            (std::vector<std::string>{
              "/sys/fs/cgroup/memory/docker/1/memory.limit_in_bytes",
              "/sys/fs/cgroup/memory/docker/memory.limit_in_bytes",
              "/sys/fs/cgroup/memory/memory.limit_in_bytes"}));
}

TEST(machine_memory, what_is_not_a_group_s_line_is_passed_over) {
  for (const auto* text : {"", "\n\n", "0:", "0::", "::", "memory", "0::x/y"}) {
    EXPECT_TRUE(memory_limit_files(text).empty()) << text;
  }
}

TEST(machine_memory, no_limit_is_none) {
  EXPECT_FALSE(parse_memory_limit("max\n"));
  EXPECT_FALSE(parse_memory_limit(""));
  EXPECT_EQ(parse_memory_limit("1073741824\n"), byte_count{1'073'741'824});
}

TEST(machine_memory, this_machine_has_some) {
  const auto found = machine_memory();
  ASSERT_TRUE(found);
  EXPECT_GT(found->value(), 1'000'000U);
}

} // namespace
} // namespace pgmuster
