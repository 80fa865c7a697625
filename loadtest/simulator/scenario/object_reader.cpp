// A problem is `pointer: words`.
#include "loadtest/simulator/scenario/object_reader.hpp"

#include "config/units.hpp"

#include <fmt/format.h>

namespace pgmuster::loadtest {

object_reader::object_reader(const boost::json::value& of,
                             std::string pointer,
                             std::vector<std::string>& problems)
  : object_(of.if_object()),
    pointer_(std::move(pointer)),
    problems_(&problems) {
  if (object_ == nullptr) {
    problems.push_back(fmt::format("{}: expected an object", pointer_));
  }
}

std::string object_reader::pointer_of(std::string_view key) const {
  return fmt::format("{}/{}", pointer_, key);
}

void object_reader::report(std::string_view key, std::string_view words) {
  problems_->push_back(fmt::format("{}: {}", pointer_of(key), words));
}

const boost::json::value* object_reader::value(std::string_view key) {
  asked_.emplace(key);
  return object_ == nullptr ? nullptr
                            : object_->if_contains({key.data(), key.size()});
}

void object_reader::text(std::string_view key, std::string& into) {
  const auto* const found = value(key);
  if (found == nullptr) {
    return;
  }
  if (const auto* const read = found->if_string(); read != nullptr) {
    into.assign(read->data(), read->size());
  } else {
    report(key, "expected a string");
  }
}

void object_reader::count(std::string_view key,
                          std::uint64_t least,
                          std::uint64_t most,
                          std::uint64_t& into) {
  const auto* const found = value(key);
  if (found == nullptr) {
    return;
  }
  boost::json::error_code failed;
  const auto read = found->to_number<std::uint64_t>(failed);
  if (failed || read < least || read > most) {
    report(key,
           fmt::format("expected a whole number from {} to {}", least, most));
  } else {
    into = read;
  }
}

void object_reader::duration(std::string_view key, nanoseconds& into) {
  std::string text;
  const auto before = problems_->size();
  object_reader::text(key, text);
  if (value(key) == nullptr || problems_->size() != before) {
    return;
  }
  if (const auto read = parse_duration(text); read) {
    into = *read;
  } else {
    report(key, fmt::format("expected {}", duration_expected));
  }
}

void object_reader::part(std::string_view key, double& into) {
  const auto* const found = value(key);
  if (found == nullptr) {
    return;
  }
  boost::json::error_code failed;
  const auto read = found->to_number<double>(failed);
  if (failed || !(read >= 0 && read <= 1)) {
    report(key, "expected a number from 0 to 1");
  } else {
    into = read;
  }
}

void object_reader::flag(std::string_view key, bool& into) {
  const auto* const found = value(key);
  if (found == nullptr) {
    return;
  }
  if (const auto* const read = found->if_bool(); read != nullptr) {
    into = *read;
  } else {
    report(key, "expected true or false");
  }
}

void object_reader::end() {
  if (object_ == nullptr) {
    return;
  }
  for (const auto& member : *object_) {
    const std::string_view key{member.key().data(), member.key().size()};
    if (!asked_.contains(key)) {
      report(key, "unknown key");
    }
  }
}

} // namespace pgmuster::loadtest
