// A conversation with one simulated instance, without sockets: what a client
// sends is put together here, and what it gets is taken apart.
#pragma once

#include "loadtest/simulator/wire/conversation.hpp"
#include "tests/loadtest/simulator/wire/small_talk.hpp"

#include <gtest/gtest.h>

#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace pgmuster::loadtest {

inline std::string number16(unsigned value) {
  return {static_cast<char>(value >> 8U), static_cast<char>(value)};
}
inline std::string number32(std::uint32_t value) {
  return number16(value >> 16U) + number16(value & 0xffffU);
}
inline std::string zero_ended(std::string_view text) {
  return std::string{text} + '\0';
}
inline std::string message(char type, const std::string& body) {
  return type + number32(static_cast<std::uint32_t>(body.size() + 4)) + body;
}
inline std::string packet(std::uint32_t code, const std::string& body = {}) {
  return number32(static_cast<std::uint32_t>(body.size() + 8)) + number32(code)
         + body;
}
inline std::string startup(const std::string& user,
                           const std::string& database = "app") {
  return packet(3U << 16U, zero_ended("user") + zero_ended(user)
                             + zero_ended("database") + zero_ended(database)
                             + '\0');
}

inline std::string query(std::string_view sql) {
  return message('Q', zero_ended(sql));
}
inline std::string parse(std::string_view sql, std::string_view name = "") {
  return message('P', zero_ended(name) + zero_ended(sql) + number16(0));
}
inline std::string bind(std::string_view statement = "",
                        bool binary = false,
                        std::string_view portal = "") {
  return message('B', zero_ended(portal) + zero_ended(statement) + number16(0)
                        + number16(0) + number16(1) + number16(binary ? 1 : 0));
}
inline std::string describe_portal(std::string_view portal = "") {
  return message('D', "P" + zero_ended(portal));
}
inline std::string execute(std::uint32_t rows = 0,
                           std::string_view portal = "") {
  return message('E', zero_ended(portal) + number32(rows));
}
inline std::string sync() {
  return message('S', {});
}
inline std::string whole(std::string_view sql) {
  return parse(sql) + bind() + describe_portal() + execute() + sync();
}

struct answered {
  char type = 0;
  std::string body;
};

/// Messages of a server; an incomplete one at the end has the type '?'.
inline std::vector<answered> cut(std::string_view bytes) {
  std::vector<answered> made;
  while (!bytes.empty()) {
    const auto one = cut_typed(bytes);
    if (one.is != cut_message::outcome::complete) {
      made.push_back({'?', std::string{bytes}});
      break;
    }
    made.push_back({one.type, std::string{one.body}});
    bytes.remove_prefix(one.size);
  }
  return made;
}

/// The types alone: "T D C Z" without blanks.
inline std::string types(std::string_view bytes) {
  std::string made;
  for (const auto& one : cut(bytes)) {
    made += one.type;
  }
  return made;
}

/// The sqlstate of the last ErrorResponse or NoticeResponse; empty: none.
inline std::string sqlstate(std::string_view bytes) {
  std::string found;
  for (const auto& one : cut(bytes)) {
    if (one.type == 'E' || one.type == 'N') {
      found = one.body.substr(one.body.find(std::string{'\0', 'C'}) + 2, 5);
    }
  }
  return found;
}

/// One instance, `sim00000`, of small talk; decisions are what a test sets.
class plain_host final : public session_host {
public:
  startup_decision at_startup;
  answer_decision at_answer;
  std::shared_ptr<const scram_verifier> password;
  bool tls = false;
  std::vector<session_key> cancelled;

  std::optional<instance_number>
  instance_of(std::string_view user) const override {
    return user == "sim00000" ? std::optional<instance_number>{0}
                              : std::nullopt;
  }
  server_model& model(instance_number) override { return model_; }
  std::string_view server_version(instance_number) override { return "16.0"; }
  startup_decision on_startup(instance_number, sim_time) override {
    return at_startup;
  }
  answer_decision on_answer(instance_number, sim_time) override {
    return at_answer;
  }
  std::shared_ptr<const scram_verifier> verifier(std::uint32_t) override {
    return password;
  }
  bool has_tls() const noexcept override { return tls; }
  std::uint64_t random() override { return ++random_; }
  struct late {
    wall_time asked;
    wall_time made;
  };
  std::vector<late> lates;
  void
  answered_late(instance_number, wall_time asked, wall_time made) override {
    lates.push_back({asked, made});
  }
  void cancel(std::uint32_t pid, std::uint32_t key, sim_time) override {
    cancelled.push_back({pid, key});
  }
  statement_texts& texts() noexcept override { return texts_; }
  wire_counts& counts() noexcept override { return counts_; }

private:
  small_talk model_{16, "16.0"};
  statement_texts texts_;
  wire_counts counts_;
  std::uint64_t random_ = 0;
};

class conversation_fixture : public testing::Test {
protected:
  plain_host host;
  conversation talk{host, {4711, 815}, std::nullopt};
  sim_time now;

  /// What the server may send now.
  std::string take() {
    std::string bytes{talk.output()};
    talk.sent(bytes.size());
    return bytes;
  }
  std::string say(const std::string& bytes) {
    talk.receive(bytes, now);
    return take();
  }
  std::string later(nanoseconds by) {
    now.since_start += by;
    now.wall += by;
    talk.resume(now);
    return take();
  }
  void log_in() { ASSERT_EQ(types(say(startup("sim00000"))).back(), 'Z'); }
};

} // namespace pgmuster::loadtest
