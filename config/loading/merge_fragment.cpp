// A root member of the wrong type stays: the check of shapes has words for it.
#include "config/loading/merge_fragment.hpp"

#include "config/loading/json_lines.hpp"

namespace pgmuster::loading {

void merge_tenants(boost::json::value& list,
                   const place& at,
                   document& into,
                   problem_list& problems) {
  if (!list.is_array()) {
    return problems.add(at, "expected a list");
  }
  auto& all = into.root["tenants"];
  if (all.is_null()) {
    all.emplace_array();
  }
  if (!all.is_array()) {
    return;
  }
  std::size_t index = 0;
  for (auto& tenant : list.get_array()) {
    all.get_array().push_back(std::move(tenant));
    into.tenants.push_back(
      {at.file, child_pointer(at.pointer, index++), {}, 0});
  }
}

void merge_routes(boost::json::value& map,
                  const place& at,
                  document& into,
                  problem_list& problems) {
  if (!map.is_object()) {
    return problems.add(at, "expected an object");
  }
  auto& all = into.root["routes"];
  if (all.is_null()) {
    all.emplace_object();
  }
  if (!all.is_object()) {
    return;
  }
  for (auto& route : map.get_object()) {
    const std::string name{route.key().data(), route.key().size()};
    const place here{at.file, child_pointer(at.pointer, name), {}, 0};
    if (all.get_object().contains(name)) {
      problems.add_pair(here, into.locate(here.pointer),
                        "this route is given twice");
      continue;
    }
    all.get_object()[name] = std::move(route.value());
    into.routes[name] = here;
  }
}

} // namespace pgmuster::loading
