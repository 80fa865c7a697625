// What /readyz answers; who decides the reasons is not known here.
#include "drivers/admin/readiness.hpp"

#include "drivers/logging/legible.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <utility>

namespace pgmuster {

admin_answer readiness_answer(const std::vector<std::string>& reasons) {
  boost::json::array listed;
  for (const std::string& reason : reasons) {
    listed.emplace_back(legible(reason));
  }
  return {reasons.empty() ? 200 : 503, "application/json",
          boost::json::serialize(boost::json::object{
            {"ready", reasons.empty()}, {"reasons", std::move(listed)}})
            + "\n"};
}

} // namespace pgmuster
