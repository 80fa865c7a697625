// The keys of the `simulator` section.
#include "config/errc.hpp"
#include "loadtest/simulator/scenario/object_reader.hpp"
#include "loadtest/simulator/scenario/read_fault.hpp"
#include "loadtest/simulator/scenario/simulator_scenario.hpp"

#include <boost/json/parse.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace pgmuster::loadtest {

namespace {

constexpr int version_min = 13;
constexpr int version_max = 18;

void read_listen(object_reader& from, simulator_scenario& into) {
  const auto* const found = from.value("listen");
  if (found == nullptr) {
    return;
  }
  const auto* const list = found->if_array();
  if (list == nullptr || list->empty() || list->size() > listeners_max) {
    return from.report(
      "listen", fmt::format("expected 1 to {} addresses", listeners_max));
  }
  for (std::size_t at = 0; at < list->size(); ++at) {
    const auto* const text = (*list)[at].if_string();
    const auto place = text == nullptr
                         ? read_listen_place({})
                         : read_listen_place({text->data(), text->size()});
    if (!place || place->instance.value_or(0) >= into.instances) {
      from.report(fmt::format("listen/{}", at),
                  "expected an address of 127.0.0.0/8 with a port, such as "
                  "\"127.0.0.1:0\", and perhaps \"=\" and an instance");
    } else {
      into.listen.push_back(*place);
    }
  }
}

void read_versions(object_reader& from, simulator_scenario& into) {
  const auto* const found = from.value("versions");
  if (found == nullptr) {
    return;
  }
  into.versions.clear();
  std::size_t listed = 0;
  if (const auto* const list = found->if_array(); list != nullptr) {
    listed = list->size();
    for (const auto& one : *list) {
      const auto version = one.is_int64() ? one.get_int64() : 0;
      if (version >= version_min && version <= version_max) {
        into.versions.push_back(static_cast<int>(version));
      }
    }
  }
  if (into.versions.empty() || into.versions.size() != listed) {
    from.report("versions",
                fmt::format("expected a list of majors from {} to {}",
                            version_min, version_max));
  }
}

void read_tls(object_reader& from,
              const std::filesystem::path& folder,
              std::vector<std::string>& problems,
              simulator_scenario& into) {
  const auto* const found = from.value("tls");
  if (found == nullptr) {
    return;
  }
  object_reader files{*found, from.pointer_of("tls"), problems};
  std::string certificate;
  std::string key;
  files.text("certificate", certificate);
  files.text("key", key);
  files.end();
  if (certificate.empty() || key.empty()) {
    return from.report("tls", "needs the files `certificate` and `key`");
  }
  into.tls = {folder / certificate, folder / key};
}

void read_reactor(object_reader& from, simulator_scenario& into) {
  std::string reactor = "automatic";
  from.text("reactor", reactor);
  if (reactor == "io_uring") {
    into.reactor = reactor_choice::io_uring;
  } else if (reactor == "epoll") {
    into.reactor = reactor_choice::epoll;
  } else if (reactor != "automatic") {
    from.report("reactor", "expected automatic, io_uring or epoll");
  }
}

void read_faults(object_reader& from,
                 std::vector<std::string>& problems,
                 simulator_scenario& into) {
  const auto* const found = from.value("faults");
  if (found == nullptr) {
    return;
  }
  const auto* const list = found->if_array();
  if (list == nullptr) {
    return from.report("faults", "expected a list");
  }
  for (std::size_t at = 0; at < list->size(); ++at) {
    into.faults.push_back(
      read_fault((*list)[at], from.pointer_of(fmt::format("faults/{}", at)),
                 into.instances, problems));
  }
}

simulator_scenario read_section(const boost::json::value& section,
                                const std::filesystem::path& folder,
                                std::vector<std::string>& problems) {
  simulator_scenario made;
  object_reader from{section, "/simulator", problems};
  std::uint64_t instances = made.instances;
  std::uint64_t sessions_max = made.sessions_max;
  std::string password;
  from.count("seed", 0, ~std::uint64_t{0}, made.seed);
  from.count("instances", 1, instances_max, instances);
  from.count("standby_every", 0, instances_max, made.standby_every);
  from.count("sessions_max", 1, 1'000'000, sessions_max);
  made.instances = static_cast<instance_number>(instances);
  made.sessions_max = sessions_max;
  from.text("size", made.size);
  from.text("user_prefix", made.user_prefix);
  from.text("password", password);
  std::string late_answers;
  from.text("late_answers", late_answers);
  if (!late_answers.empty()) {
    made.late_answers = folder / late_answers;
  }
  made.password = secret_string{std::move(password)};
  read_listen(from, made);
  read_versions(from, made);
  read_tls(from, folder, problems, made);
  read_reactor(from, made);
  read_faults(from, problems, made);
  from.end();
  return made;
}

bool is_loopback(std::string_view address) {
  std::size_t dots = 0;
  for (const char letter : address) {
    dots += letter == '.' ? 1U : 0U;
    if (letter != '.' && (letter < '0' || letter > '9')) {
      return false;
    }
  }
  return dots == 3 && address.starts_with("127.");
}

template <class Number>
bool read_number(std::string_view text, Number& into) {
  const auto* const end = text.data() + text.size();
  const auto [stop, status] = std::from_chars(text.data(), end, into);
  return status == std::errc{} && stop == end;
}

} // namespace

result<simulator_scenario> read_scenario(std::string_view text,
                                         const std::filesystem::path& folder) {
  if (text.size() > scenario_bytes_max) {
    return fail(config_errc::too_large, "the scenario");
  }
  boost::json::error_code failed;
  boost::json::parse_options options;
  options.allow_comments = true;
  const auto document =
    boost::json::parse({text.data(), text.size()}, failed, {}, options);
  const auto* const root = document.if_object();
  const auto* const section =
    root == nullptr ? nullptr : root->if_contains("simulator");
  if (failed || section == nullptr) {
    return fail(config_errc::malformed,
                failed ? failed.message()
                       : "expected an object with the key \"simulator\"");
  }
  std::vector<std::string> problems;
  auto made = read_section(*section, folder, problems);
  if (problems.empty()) {
    return made;
  }
  return fail(config_errc::malformed,
              fmt::format("{}", fmt::join(problems, "\n")));
}

result<listen_place> read_listen_place(std::string_view text) {
  listen_place made;
  auto rest = text;
  if (const auto equals = rest.find('='); equals != rest.npos) {
    instance_number instance = 0;
    if (!read_number(rest.substr(equals + 1), instance)) {
      return fail(config_errc::malformed, std::string{text});
    }
    made.instance = instance;
    rest = rest.substr(0, equals);
  }
  const auto colon = rest.rfind(':');
  if (colon == rest.npos || !is_loopback(rest.substr(0, colon))
      || !read_number(rest.substr(colon + 1), made.port)) {
    return fail(config_errc::malformed, std::string{text});
  }
  made.address = rest.substr(0, colon);
  return made;
}

std::optional<instance_number>
instance_named(std::string_view user, const simulator_scenario& scenario) {
  instance_number number = 0;
  if (!user.starts_with(scenario.user_prefix)
      || !read_number(user.substr(scenario.user_prefix.size()), number)
      || number >= scenario.instances) {
    return std::nullopt;
  }
  return number;
}

std::string user_of(instance_number instance,
                    const simulator_scenario& scenario) {
  return fmt::format("{}{:05}", scenario.user_prefix, instance);
}

} // namespace pgmuster::loadtest
