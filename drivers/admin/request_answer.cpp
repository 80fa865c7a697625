// Which answer a request gets; knows nothing of sockets.
#include "drivers/admin/request_answer.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <string>

namespace pgmuster {

namespace {

admin_answer unknown_path(const admin_handlers& handlers) {
  boost::json::array known;
  for (const auto& [path, handler] : handlers) {
    known.emplace_back(path);
  }
  return {404, "application/json",
          boost::json::serialize(boost::json::object{
            {"error", "no such path"}, {"paths", std::move(known)}})
            + "\n"};
}

} // namespace

admin_answer refusal(int status, std::string_view why) {
  return {status, "application/json",
          boost::json::serialize(boost::json::object{{"error", why}}) + "\n"};
}

admin_answer answer_request(const admin_handlers& handlers,
                            std::string_view method,
                            std::string_view target) {
  if (method != "GET" && method != "HEAD") {
    return refusal(405, "only GET and HEAD");
  }
  const auto found =
    handlers.find(std::string{target.substr(0, target.find('?'))});
  if (found == handlers.end() || !found->second) {
    return unknown_path(handlers);
  }
  try {
    return found->second();
  } catch (...) { // whatever it was, the listener must go on
    return refusal(500, "the answer could not be made");
  }
}

} // namespace pgmuster
