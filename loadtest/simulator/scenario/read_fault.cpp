// Keys that a kind of fault has no use for are refused, as all unknown ones.
#include "loadtest/simulator/scenario/read_fault.hpp"

#include "loadtest/simulator/scenario/object_reader.hpp"
#include "loadtest/simulator/scenario/simulator_scenario.hpp"

#include <fmt/format.h>

#include <charconv>
#include <optional>

namespace pgmuster::loadtest {

namespace {

constexpr auto last_kind = fault_kind::distinct_queries;

std::optional<fault_kind> kind_named(std::string_view name) {
  for (unsigned at = 0; at <= static_cast<unsigned>(last_kind); ++at) {
    const auto kind = static_cast<fault_kind>(at);
    if (name_of(kind) == name) {
      return kind;
    }
  }
  return std::nullopt;
}

std::string all_kinds() {
  std::string made;
  for (unsigned at = 0; at <= static_cast<unsigned>(last_kind); ++at) {
    made += at == 0 ? "" : ", ";
    made += name_of(static_cast<fault_kind>(at));
  }
  return made;
}

/// `7` or `0-99`.
std::optional<instance_range> range_of(std::string_view text) {
  instance_range range;
  const auto* const end = text.data() + text.size();
  const auto first = std::from_chars(text.data(), end, range.first);
  if (first.ec != std::errc{}) {
    return std::nullopt;
  }
  range.last = range.first;
  if (first.ptr == end) {
    return range;
  }
  const auto last = std::from_chars(first.ptr + 1, end, range.last);
  const bool good = *first.ptr == '-' && last.ec == std::errc{}
                    && last.ptr == end && range.first <= range.last;
  return good ? std::optional{range} : std::nullopt;
}

void read_instances(object_reader& from, instance_number count, fault& into) {
  const auto* const found = from.value("instances");
  if (found == nullptr
      || (found->is_string() && found->get_string() == "all")) {
    return;
  }
  std::vector<const boost::json::value*> parts;
  if (const auto* const list = found->if_array(); list != nullptr) {
    for (const auto& one : *list) {
      parts.push_back(&one);
    }
  } else {
    parts.push_back(found);
  }
  bool good = !parts.empty();
  for (const auto* const one : parts) {
    std::optional<instance_range> range;
    if (const auto* const text = one->if_string(); text != nullptr) {
      range = range_of({text->data(), text->size()});
    } else if (one->is_int64()) {
      range = range_of(fmt::format("{}", one->get_int64()));
    }
    good = good && range && range->last < count;
    into.instances.push_back(range.value_or(instance_range{}));
  }
  if (!good) {
    from.report("instances",
                fmt::format("expected \"all\", a number, a range such as "
                            "\"0-99\", or a list of these, below {}",
                            count));
  }
}

void read_place(object_reader& from, fault& into) {
  std::string place = "before_row";
  from.text("at", place);
  if (place == "startup") {
    into.place = fault_place::startup;
  } else if (place == "within_row" && into.is == fault_kind::hang) {
    into.place = fault_place::within_row;
  } else if (place == "sessions" && into.is == fault_kind::reset) {
    into.place = fault_place::sessions;
  } else if (place != "before_row" && place != "answer") {
    from.report("at", into.is == fault_kind::hang
                        ? "expected startup, before_row or within_row"
                        : "expected startup, answer or sessions");
  }
}

/// What only some kinds have.
void read_own_keys(object_reader& from, fault& into) {
  const auto need = [&](std::string_view key, bool given) {
    if (!given) {
      from.report(key, fmt::format("{} needs it", name_of(into.is)));
    }
  };
  switch (into.is) {
  case fault_kind::slow:
  case fault_kind::slow_tls:
    from.duration("by", into.by);
    return need("by", into.by > nanoseconds{0});
  case fault_kind::hang:
  case fault_kind::reset:
    return read_place(from, into);
  case fault_kind::refuse:
    return from.flag("silently", into.abrupt);
  case fault_kind::restart:
    from.flag("crash", into.abrupt);
    [[fallthrough]];
  case fault_kind::failover:
    return need("to", into.to != forever);
  case fault_kind::scram_iterations:
    from.count("amount", 1, scram_iterations_max, into.amount);
    return need("amount", into.amount != 0);
  case fault_kind::eviction:
    from.count("amount", 1, 100, into.amount);
    return need("amount", into.amount != 0);
  case fault_kind::new_databases:
  case fault_kind::distinct_queries:
    from.count("amount", 1, 1'000'000, into.amount);
    return need("amount", into.amount != 0);
  case fault_kind::wrong_password:
  case fault_kind::statistics_reset:
  case fault_kind::statements_reset:
    return;
  }
}

} // namespace

fault read_fault(const boost::json::value& of,
                 std::string pointer,
                 instance_number instances,
                 std::vector<std::string>& problems) {
  object_reader from{of, std::move(pointer), problems};
  fault made;
  std::string kind;
  from.text("kind", kind);
  const auto known = kind_named(kind);
  if (!known) {
    from.report("kind", fmt::format("expected one of {}", all_kinds()));
    return made;
  }
  made.is = *known;
  read_instances(from, instances, made);
  from.part("share", made.share);
  from.part("chance", made.chance);
  from.duration("from", made.from);
  from.duration("to", made.to);
  from.duration("stagger", made.stagger);
  if (made.to <= made.from) {
    from.report("to", "expected a time after `from`");
  }
  read_own_keys(from, made);
  from.end();
  return made;
}

} // namespace pgmuster::loadtest
