// Reads an object of JSON key by key and collects what is wrong with it, so
// that a person learns of everything at once.
#pragma once

#include "config/time.hpp"

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace pgmuster::loadtest {

class object_reader {
public:
  /// Both must outlive the reader.
  object_reader(const boost::json::value& of,
                std::string pointer,
                std::vector<std::string>& problems);

  /// Each reads a key, if it is there; what is of another kind is a problem
  /// and leaves `into` as it was.
  void text(std::string_view key, std::string& into);
  void count(std::string_view key,
             std::uint64_t least,
             std::uint64_t most,
             std::uint64_t& into);
  void duration(std::string_view key, nanoseconds& into);
  /// Between 0 and 1.
  void part(std::string_view key, double& into);
  void flag(std::string_view key, bool& into);
  /// Null if it is not there.
  [[nodiscard]] const boost::json::value* value(std::string_view key);

  /// Keys that nobody has asked for are problems.
  void end();

  void report(std::string_view key, std::string_view words);
  [[nodiscard]] std::string pointer_of(std::string_view key) const;

private:
  const boost::json::object* object_ = nullptr;
  std::string pointer_;
  std::vector<std::string>* problems_;
  std::set<std::string, std::less<>> asked_;
};

} // namespace pgmuster::loadtest
