// Small judgements about text that goes into HTTP.
#include "config/loading/http_words.hpp"

#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

#include <algorithm>
#include <charconv>

namespace pgmuster::loading {
namespace {

/// -1: not a number from 0 to 65535.
int port_of(std::string_view text) {
  constexpr std::size_t digits_max = 5;
  constexpr int port_max = 65'535;
  int number = -1;
  const auto* const end = text.data() + text.size();
  const auto [rest, failure] = std::from_chars(text.data(), end, number);
  const bool whole = failure == std::errc{} && rest == end;
  return whole && text.size() <= digits_max && number <= port_max ? number : -1;
}

/// Scheme, host and port.
std::string wrong_authority(const boost::urls::url_view& url) {
  const std::string_view scheme{url.scheme().data(), url.scheme().size()};
  if (scheme != "http" && scheme != "https") {
    return "it must begin with http:// or https://";
  }
  if (url.host().empty()) {
    return "it has no host";
  }
  if (url.has_port() && port_of({url.port().data(), url.port().size()}) < 1) {
    return "its port is not from 1 to 65535";
  }
  return {};
}

/// `wrong` with the URL that the text is; why it is none of ours.
template <class Judge>
std::string judged(std::string_view text, const Judge& wrong) {
  const auto url =
    boost::urls::parse_uri(boost::core::string_view{text.data(), text.size()});
  if (!url) {
    return "it is no URL";
  }
  auto words = wrong_authority(*url);
  return words.empty() ? wrong(*url) : words;
}

} // namespace

std::string wrong_url(std::string_view text) {
  return judged(text, [](const boost::urls::url_view& url) -> std::string {
    if (url.has_userinfo()) {
      return "it holds a user or password; put those into \"headers\"";
    }
    return url.has_fragment() ? "it has a fragment (#…)" : "";
  });
}

std::string wrong_proxy(std::string_view text) {
  return judged(text, [](const boost::urls::url_view& url) -> std::string {
    const bool more = (!url.encoded_path().empty() && url.encoded_path() != "/")
                      || url.has_query() || url.has_fragment();
    return more ? "nothing may follow its host and port" : "";
  });
}

bool is_header_name(std::string_view text) {
  constexpr std::string_view others = "!#$%&'*+-.^_`|~";
  return !text.empty() && std::all_of(text.begin(), text.end(), [&](char byte) {
    return (byte >= '0' && byte <= '9') || (byte >= 'A' && byte <= 'Z')
           || (byte >= 'a' && byte <= 'z')
           || others.find(byte) != std::string_view::npos;
  });
}

bool is_header_value(std::string_view text) {
  return std::none_of(text.begin(), text.end(), [](char byte) {
    return (byte >= 0 && byte < ' ') || byte == '\x7f';
  });
}

bool is_listen_address(std::string_view text) {
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos || colon == 0) {
    return false;
  }
  auto host = text.substr(0, colon);
  const auto port = text.substr(colon + 1);
  if (port_of(port) < 0) {
    return false;
  }
  if (host.starts_with('[') && host.ends_with(']')) {
    host = host.substr(1, host.size() - 2);
    return !host.empty()
           && host.find_first_not_of("0123456789abcdefABCDEF:.")
                == std::string_view::npos;
  }
  return host.find_first_of(":[]/ \t") == std::string_view::npos;
}

} // namespace pgmuster::loading
