// Whatever a server says, while connecting and after, ends in a session, rows
// or an error: never in a crash, a loop or a wait without end.
//
// Input: a byte of choices (see `choices`); then what the server says: type,
// two bytes of length, that many bytes. Type 0 says nothing more before we
// have read it all; type 1 sends its bytes as they are.
#include "drivers/postgres/connect_task.hpp"
#include "tests/fuzz/demand.hpp"
#include "tests/fuzz/input_reader.hpp"
#include "tests/fuzz/scripted_server.hpp"
#include "tests/fuzz/still_reactor.hpp"

// libpq 15 forgets a result that a server did not finish before its Sync; only
// a server that breaks the protocol can do that, once a connection. Our own
// care of results is shown by the tests of sessions under AddressSanitizer.
extern "C" const char* __lsan_default_suppressions() {
  return "leak:libpq.so\n";
}

namespace {

using pgmuster::fuzz::demand;
using namespace pgmuster; // NOLINT(google-build-using-namespace)

constexpr int turns_max = 1'000;
constexpr mono_time began{seconds{1'000}};

enum choices : unsigned {
  /// The handshake goes well by itself; what is said follows it.
  greets = 1,
  /// … and turns out to be a pooler.
  pools = 2,
  second_call = 4,
  prepares = 8,
  companion = 16
};

class still_clock final : public clock_source {
public:
  mono_time mono() const noexcept override { return began; }
  wall_time wall() const noexcept override { return {}; }
};

std::unique_ptr<postgres::session>
connect(fuzz::scripted_server& server,
        const std::shared_ptr<postgres::connector_core>& core) {
  std::unique_ptr<postgres::session> made;
  bool answered = false;
  postgres::waiting_connect what;
  what.request.dsn = secret_string{server.dsn()};
  what.done = [&](result<std::unique_ptr<postgres::session>> outcome) {
    demand(!answered, "a connect is answered once");
    answered = true;
    if (outcome) {
      made = std::move(outcome.value());
    }
  };
  const auto task = postgres::make_connect_task(core, std::move(what), began);
  bool under_way = true;
  for (int turn = 0; under_way; ++turn) {
    demand(turn <= turns_max, "a connect ends with what the server says");
    std::vector<pollfd> waits;
    task->waits_for(waits);
    if (!waits.empty() && ::poll(waits.data(), waits.size(), 0) == 0) {
      server.turn();
      continue;
    }
    under_way = task->step(waits, began);
  }
  demand(answered, "a connect is answered");
  return made;
}

void look_at(const row_set& rows) {
  std::size_t bytes = 0;
  for (std::size_t row = 0; row < rows.rows(); ++row) {
    for (const auto& cell : rows.row(row)) {
      for (const char c : cell.text()) {
        bytes += c == '\0' ? 1U : 0U;
      }
    }
  }
  demand(bytes < SIZE_MAX, "text can be read");
}

std::vector<postgres::statement_call> calls_of(unsigned chosen) {
  std::vector<postgres::statement_call> calls{
    {(chosen & prepares) != 0 ? "one" : "", "SELECT 1",
     (chosen & companion) != 0 ? "SELECT 2" : ""}};
  if ((chosen & second_call) != 0) {
    calls.push_back({(chosen & prepares) != 0 ? "one" : "", "SELECT 1", ""});
  }
  return calls;
}

void converse(fuzz::scripted_server& server,
              postgres::session& session,
              unsigned chosen) {
  session.notify([] {});
  if (!session.start(calls_of(chosen))) {
    return;
  }
  for (int turn = 0; !session.idle(); ++turn) {
    demand(turn <= turns_max, "a call ends with what the server says");
    server.turn();
    const auto done = session.advance();
    if (!done) {
      demand(!session.advance(), "what is lost stays lost");
      return;
    }
    for (const auto& one : *done) {
      demand(one.index < 2, "a result belongs to a call");
      if (one.rows) {
        look_at(*one.rows);
      }
      look_at(one.companion);
    }
  }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  static still_clock clock;
  static fuzz::still_reactor reactor;
  static fuzz::scripted_server server;
  fuzz::input_reader input{data, size};
  const unsigned chosen = input.byte();
  server.begin();
  if ((chosen & greets) != 0) {
    server.greet((chosen & pools) != 0);
  }
  server.follow(input);
  const auto core =
    std::make_shared<postgres::connector_core>(reactor, clock, 1, "");
  if (const auto session = connect(server, core); session != nullptr) {
    converse(server, *session, chosen);
  }
  demand(core->counts().open == 0, "no connection is left open");
  return 0;
}
