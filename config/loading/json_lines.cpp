// A walk over text that the JSON parser has already accepted.
#include "config/loading/json_lines.hpp"

#include <boost/json/parse.hpp>

#include <algorithm>
#include <map>

namespace pgmuster::loading {
namespace {

class line_walker {
public:
  line_walker(std::string_view text,
              const std::function<void(const line_of_value&)>& visit)
    : text_(text), visit_(visit) {}

  // Recursion is bounded by the parser's own limit on depth.
  void value() {
    skip_blank();
    if (at_ >= text_.size()) {
      return;
    }
    switch (text_[at_]) {
    case '{':
      return object();
    case '[':
      return array();
    case '"':
      string_token();
      return;
    default:
      at_ = std::min(text_.find_first_of(",]} \t\r\n/", at_), text_.size());
    }
  }

private:
  void object() {
    std::map<std::string, std::size_t> seen;
    ++at_;
    while (more('}')) {
      if (text_[at_] != '"') {
        at_ = text_.size();
        return;
      }
      const auto line = line_;
      const auto key = decoded(string_token());
      const auto [found, fresh] = seen.emplace(key, line);
      skip_blank();
      ++at_; // the colon
      step(child_pointer(pointer_, key), line, fresh ? 0 : found->second);
    }
  }

  void array() {
    std::size_t index = 0;
    ++at_;
    while (more(']')) {
      step(child_pointer(pointer_, index++), line_, 0);
    }
  }

  void step(std::string pointer, std::size_t line, std::size_t earlier) {
    pointer_.swap(pointer);
    visit_({pointer_, line, earlier});
    const auto before = at_;
    value();
    pointer_.swap(pointer);
    if (at_ == before) {
      at_ = text_.size(); // not JSON after all
    }
  }

  /// Stands before the next entry; false, and past `close`, at the end.
  bool more(char close) {
    skip_blank();
    if (at_ < text_.size() && text_[at_] == ',') {
      ++at_;
      skip_blank();
    }
    if (at_ < text_.size() && text_[at_] != close) {
      return true;
    }
    ++at_;
    return false;
  }

  void skip_blank() {
    while (at_ < text_.size()) {
      const auto rest = text_.substr(at_);
      if (rest.starts_with("//")) {
        at_ = std::min(text_.find('\n', at_), text_.size());
      } else if (rest.starts_with("/*")) {
        const auto end = std::min(text_.find("*/", at_ + 2), text_.size());
        while (at_ < end) {
          line_ += text_[at_++] == '\n' ? 1U : 0U;
        }
        at_ = std::min(at_ + 2, text_.size());
      } else if (rest.front() == '\n' || rest.front() == ' '
                 || rest.front() == '\t' || rest.front() == '\r') {
        line_ += rest.front() == '\n' ? 1U : 0U;
        ++at_;
      } else {
        return;
      }
    }
  }

  /// The token with its quotes.
  std::string_view string_token() {
    const auto start = at_++;
    while (at_ < text_.size() && text_[at_] != '"') {
      at_ += text_[at_] == '\\' ? 2U : 1U;
    }
    at_ = std::min(at_ + 1, text_.size());
    return text_.substr(start, at_ - start);
  }

  static std::string decoded(std::string_view token) {
    if (token.find('\\') == std::string_view::npos) {
      return std::string{token.size() < 2 ? token
                                          : token.substr(1, token.size() - 2)};
    }
    boost::json::error_code failure;
    const auto value = boost::json::parse(
      boost::json::string_view{token.data(), token.size()}, failure);
    return !failure && value.is_string() ? std::string{value.get_string()}
                                         : std::string{token};
  }

  std::string_view text_;
  const std::function<void(const line_of_value&)>& visit_;
  std::size_t at_ = 0;
  std::size_t line_ = 1;
  std::string pointer_;
};

} // namespace

void visit_lines(std::string_view text,
                 const std::function<void(const line_of_value&)>& visit) {
  line_walker{text, visit}.value();
}

std::string child_pointer(std::string_view pointer, std::string_view key) {
  std::string child{pointer};
  child += '/';
  for (const char byte : key) {
    if (byte == '~') {
      child += "~0";
    } else if (byte == '/') {
      child += "~1";
    } else {
      child += byte;
    }
  }
  return child;
}

std::string child_pointer(std::string_view pointer, std::size_t index) {
  return std::string{pointer} + "/" + std::to_string(index);
}

std::string parent_pointer(std::string_view pointer) {
  const auto slash = pointer.rfind('/');
  return std::string{
    slash == std::string_view::npos ? "" : pointer.substr(0, slash)};
}

} // namespace pgmuster::loading
