// Any configuration text, and any environment, is loaded or refused in words.
//
// Input: the main file, and after a NUL the environment, `NAME=value` a line.
#include "config/load.hpp"
#include "drivers/postgres/dsn.hpp"
#include "tests/fuzz/demand.hpp"
#include "tests/fuzz/input_reader.hpp"

#include <boost/json.hpp>

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>

namespace {

using pgmuster::fuzz::demand;

/// The main file, in memory: no input leaves a file behind.
class file_in_memory {
public:
  const std::string& holding(std::string_view text) {
    demand(::ftruncate(number_, 0) == 0
             && ::pwrite(number_, text.data(), text.size(), 0)
                  == static_cast<ssize_t>(text.size()),
           "the file is written");
    return path_;
  }

private:
  int number_ = ::memfd_create("configuration", MFD_CLOEXEC);
  std::string path_ = "/proc/self/fd/" + std::to_string(number_);
};

/// An input may not make us read this machine's files. Letters can be written
/// as \u00…, so those are left to the tests of loading.
bool may_include(std::string_view text) {
  std::string lower{text};
  std::transform(lower.begin(), lower.end(), lower.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  });
  return lower.find("include") != std::string::npos
         || lower.find("\\u00") != std::string::npos;
}

void check_words(const pgmuster::load_outcome& outcome) {
  for (const auto& problem : outcome.problems) {
    demand(!problem.message.empty(), "a problem has words");
  }
  const auto words = describe(outcome.problems);
  demand(static_cast<std::size_t>(std::count(words.begin(), words.end(), '\n'))
           == outcome.problems.size(),
         "one line a problem");
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  static file_in_memory file;
  pgmuster::fuzz::input_reader input{data, size};
  if (may_include(input.rest())) {
    return -1;
  }
  pgmuster::load_request request;
  request.parse_dsn = pgmuster::postgres::parse_dsn;
  if (const auto text = input.until('\0'); !text.empty()) {
    request.file = file.holding(text);
  }
  while (!input.empty()) {
    pgmuster::fuzz::input_reader line{input.until('\n')};
    const auto name = line.until('=');
    request.environment.emplace(name, line.rest());
  }
  const auto outcome = load_configuration(request);
  check_words(outcome);
  if (outcome.problems.empty()) {
    boost::json::error_code failure;
    static_cast<void>(
      boost::json::parse(print_configuration(outcome.config), failure));
    demand(!failure, "what is in force is printed as JSON");
  }
  return 0;
}
