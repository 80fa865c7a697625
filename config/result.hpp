// Errors are values: one result type for the whole program.
#pragma once

#include <boost/system/result.hpp>

#include <cstdlib>
#include <string>
#include <system_error>
#include <utility>

namespace pgmuster {

/// What went wrong: a code from one folder's `errc` and words for a person.
struct error {
  std::error_code code;
  /// Names what was being done or touched; never holds a secret.
  std::string context;
};

/// `context: message of the code`, or only the one that is there.
[[nodiscard]] inline std::string describe(const error& what) {
  if (what.context.empty()) {
    return what.code.message();
  }
  return what.code ? what.context + ": " + what.code.message() : what.context;
}

/// Reading the value of a failed result is a programmer's error.
[[noreturn]] inline void
throw_exception_from_error(const error& /*what*/,
                           const boost::source_location& /*where*/) {
  std::abort();
}

template <class T>
using result = boost::system::result<T, error>;

template <class Errc>
[[nodiscard]] error fail(Errc code, std::string context = {}) {
  return error{make_error_code(code), std::move(context)};
}

} // namespace pgmuster
