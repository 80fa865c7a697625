// What a server says to one client, byte by byte: PostgreSQL's protocol 3.0,
// without a socket and without a clock.
#pragma once

#include "loadtest/simulator/wire/client_message.hpp"
#include "loadtest/simulator/wire/server_message.hpp"
#include "loadtest/simulator/wire/session_host.hpp"
#include "loadtest/simulator/wire/session_settings.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pgmuster::loadtest {

/// Of one session, of each kind; more are an error to the client.
inline constexpr std::size_t prepared_statements_max = 2'000;
inline constexpr std::size_t portals_max = 100;
/// While so many bytes wait to be read by the client, nothing more is
/// answered.
inline constexpr std::size_t output_backlog_max = std::size_t{1} << 20U;
/// While an answer takes its time, no more than this is read ahead.
inline constexpr std::size_t input_backlog_max = std::size_t{256} << 10U;
/// Less than this is not worth a timer: it is added to the next wait.
inline constexpr nanoseconds shortest_wait = milliseconds{10};

struct session_key {
  std::uint32_t pid = 0;
  std::uint32_t secret = 0;
};

class conversation {
public:
  /// `fixed`: a listener's own instance; otherwise the user's name decides.
  conversation(session_host& host,
               session_key key,
               std::optional<instance_number> fixed);

  /// Bytes that came, decrypted.
  void receive(std::string_view bytes, sim_time now);
  /// Goes on when `wakes_at` has come, or output was sent.
  void resume(sim_time now);
  /// A CancelRequest meant this session.
  void cancel(sim_time now);
  /// FATAL with these words, and the end.
  void shut(std::string_view sqlstate, std::string_view words);

  /// What may be sent now; `sent` says how much of it was.
  [[nodiscard]] std::string_view output() const noexcept;
  void sent(std::size_t bytes);

  enum class course : std::uint8_t {
    open,
    /// After the output: a TLS handshake; `tls_begun` when it is made.
    begin_tls,
    /// After the output: the end.
    close,
    /// At once, so that the client sees a reset.
    reset
  };
  [[nodiscard]] course what_next() const noexcept { return course_; }
  void tls_begun() noexcept;

  [[nodiscard]] bool wants_input() const noexcept;
  /// Stopped only because of a client that did not read: `resume` goes on.
  [[nodiscard]] bool held_back() const noexcept {
    return simple_ || !in_.empty();
  }
  /// When `resume` is due; nothing: not by time alone.
  [[nodiscard]] std::optional<nanoseconds> wakes_at() const noexcept;
  /// Known from the start-up packet on.
  [[nodiscard]] std::optional<instance_number> instance() const noexcept {
    return instance_;
  }
  /// Memory of its buffers.
  [[nodiscard]] std::size_t bytes_kept() const noexcept {
    return in_.capacity() + out_.capacity();
  }
  [[nodiscard]] session_key key() const noexcept { return key_; }
  [[nodiscard]] bool before_startup() const noexcept {
    return stage_ == stage::startup;
  }
  /// Nor is the password known yet.
  [[nodiscard]] bool before_queries() const noexcept {
    return stage_ != stage::queries;
  }

private:
  enum class stage : std::uint8_t { startup, sasl_first, sasl_last, queries };

  struct prepared {
    std::string name;
    std::shared_ptr<const statement_text> text;
    std::vector<std::uint32_t> types;
  };
  struct portal {
    std::string name;
    std::shared_ptr<const statement_text> text;
    std::vector<std::string> parameters;
    bool binary_parameters = false;
    bool binary = false;
    /// Since the first Execute.
    std::optional<wire_answer> answer;
    std::size_t sent = 0;
    bool done = false;
  };
  /// How an answer goes to the client.
  struct delivery {
    /// Startup's own silence has no answer.
    enum class to : std::uint8_t { startup, simple, portal };
    to where = to::simple;
    std::shared_ptr<const statement_text> text;
    std::string portal;
    std::uint32_t rows_max = 0;
    bool described = false;
    /// Bytes of the rows that were sent already.
    std::size_t sent = 0;
  };
  struct waiting {
    nanoseconds until{0};
    bool deaf = false;
    wire_answer answer;
    delivery how;
  };
  struct simple_query {
    std::string sql;
    /// Where its next statement begins.
    std::size_t at = 0;
  };

  // conversation.cpp
  [[nodiscard]] std::size_t run(std::string_view bytes, sim_time now);
  [[nodiscard]] bool can_go_on() const noexcept;
  void note_question(sim_time now) noexcept;
  void take(const cut_message& message, sim_time now);
  void violation(std::string_view words);
  void flush() noexcept { flushable_ = out_.size(); }
  void flush_if_full() noexcept;
  [[nodiscard]] message_writer write() noexcept { return message_writer{out_}; }

  // conversation_startup.cpp
  void take_startup(std::string_view body, sim_time now);
  void open_session(const startup_packet& packet, sim_time now);
  void decide_startup(sim_time now);
  void take_sasl_first(std::string_view body);
  void take_sasl_last(std::string_view body);
  void wrong_password();
  void greet();
  void refuse(std::string_view sqlstate, std::string_view words);

  // conversation_answer.cpp
  /// `question` says the parameters and the formats.
  void ask(delivery how, wire_question question, sim_time now);
  void hang(wire_answer answer, delivery how, const answer_decision& decided);
  void finish_waiting();
  void deliver(wire_answer answer, const delivery& how);
  void send_portal(portal& from, std::uint32_t rows_max);
  void statement_done(const statement_text& text, std::string_view tag);
  void take_effect(const statement_text& text);
  void end_transaction(std::string_view tag, bool back);
  void fail(std::string_view sqlstate, std::string_view words);
  void warn(std::string_view sqlstate, std::string_view words);
  void ready();

  // conversation_simple.cpp
  void take_query(std::string_view sql, sim_time now);
  void run_simple(sim_time now);

  // conversation_extended.cpp
  void take_extended(const cut_message& message, sim_time now);
  void take_parse(const parse_message& message);
  void take_bind(const bind_message& message);
  void take_describe(const named_message& message);
  void describe(const statement_text& text, bool binary);
  void take_execute(const execute_message& message, sim_time now);
  void take_close(const named_message& message);
  void take_sync();
  [[nodiscard]] prepared* find_prepared(std::string_view name) noexcept;
  [[nodiscard]] portal* find_portal(std::string_view name) noexcept;
  [[nodiscard]] bool forbidden_now(const statement_text& text);

  session_host* host_;
  session_key key_;
  std::optional<instance_number> instance_;
  stage stage_ = stage::startup;
  course course_ = course::open;
  transaction_status status_ = transaction_status::idle;
  bool encrypted_ = false;
  /// An error is passed over up to the next Sync.
  bool skip_to_sync_ = false;
  bool wrong_password_ = false;
  bool transaction_read_only_ = false;
  std::string in_;
  std::string out_;
  std::size_t sent_ = 0;
  /// Of `out_`, as PostgreSQL flushes: at a Sync, a Flush, an error, 8 KiB.
  std::size_t flushable_ = 0;
  std::string user_;
  std::string database_;
  std::string application_name_;
  std::unique_ptr<scram_exchange> scram_;
  std::vector<prepared> prepared_;
  std::vector<portal> portals_;
  std::optional<waiting> waiting_;
  /// Since when the client waits, its start-up included; until when we know of.
  wall_time asked_since_{};
  wall_time asked_until_{};
  /// While statements of it are still to be answered.
  std::optional<simple_query> simple_;
  /// The server's own time that no timer was worth.
  nanoseconds owed_{0};
  session_settings settings_;
};

} // namespace pgmuster::loadtest
