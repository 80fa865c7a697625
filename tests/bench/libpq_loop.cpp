// The least that the same rows can cost over libpq: held connections, prepared
// statements, one pipeline a cycle, binary cells that are walked and forgotten.
#include <libpq-fe.h>
#include <malloc.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <iterator>
#include <memory>
#include <queue>
#include <string>
#include <vector>

namespace {

using steady = std::chrono::steady_clock;

struct close_connection {
  void operator()(PGconn* connection) const noexcept { PQfinish(connection); }
};
struct clear_result {
  void operator()(PGresult* result) const noexcept { PQclear(result); }
};
using result_ptr = std::unique_ptr<PGresult, clear_result>;

struct target {
  std::unique_ptr<PGconn, close_connection> connection;
  std::size_t syncs_left = 0;
};

struct tally {
  std::uint64_t cycles = 0;
  std::uint64_t late = 0;
  std::uint64_t cells = 0;
  /// Printed, so that no compiler may leave the walk out.
  std::uint64_t checksum = 0;
};

[[noreturn]] void give_up(const std::string& why) {
  std::cerr << "libpq_loop: " << why << '\n';
  std::exit(1);
}

/// As `pgmuster probe --print-sql` writes them.
std::vector<std::string> read_statements(const char* path) {
  std::ifstream file{path};
  const std::string text{std::istreambuf_iterator<char>{file}, {}};
  constexpr const char* end = ";\n\n";
  std::vector<std::string> statements;
  for (std::size_t from = 0;;) {
    const auto to = text.find(end, from);
    if (to == std::string::npos) {
      return statements;
    }
    statements.push_back(text.substr(from, to - from));
    from = to + 3;
  }
}

void connect(target& one,
             const char* dsn,
             const std::vector<std::string>& statements) {
  one.connection.reset(PQconnectdb(dsn));
  auto* const to = one.connection.get();
  if (PQstatus(to) != CONNECTION_OK) {
    give_up(PQerrorMessage(to));
  }
  for (std::size_t at = 0; at < statements.size(); ++at) {
    const auto name = "s" + std::to_string(at);
    const result_ptr made{
      PQprepare(to, name.c_str(), statements[at].c_str(), 0, nullptr)};
    if (PQresultStatus(made.get()) != PGRES_COMMAND_OK) {
      give_up(PQerrorMessage(to));
    }
  }
  if (PQsetnonblocking(to, 1) != 0 || PQenterPipelineMode(to) != 1) {
    give_up(PQerrorMessage(to));
  }
}

void send_cycle(target& one, std::size_t statements) {
  auto* const to = one.connection.get();
  for (std::size_t at = 0; at < statements; ++at) {
    const auto name = "s" + std::to_string(at);
    if (PQsendQueryPrepared(to, name.c_str(), 0, nullptr, nullptr, nullptr, 1)
          != 1
        || PQpipelineSync(to) != 1) {
      give_up(PQerrorMessage(to));
    }
  }
  one.syncs_left = statements;
  if (PQflush(to) != 0) {
    give_up("a pipeline of requests did not fit the socket");
  }
}

void walk(const PGresult& rows, tally& into) {
  const int height = PQntuples(&rows);
  const int width = PQnfields(&rows);
  for (int row = 0; row < height; ++row) {
    for (int column = 0; column < width; ++column) {
      const int length = PQgetlength(&rows, row, column);
      const char* const bytes = PQgetvalue(&rows, row, column);
      if (length > 0) {
        into.checksum += static_cast<unsigned char>(bytes[length - 1]);
      }
      ++into.cells;
    }
  }
}

void read_answers(target& one, tally& into) {
  auto* const from = one.connection.get();
  if (PQconsumeInput(from) != 1) {
    give_up(PQerrorMessage(from));
  }
  while (one.syncs_left > 0 && PQisBusy(from) == 0) {
    const result_ptr rows{PQgetResult(from)};
    switch (PQresultStatus(rows.get())) {
    case PGRES_TUPLES_OK:
      walk(*rows, into);
      break;
    case PGRES_PIPELINE_SYNC:
      into.cycles += --one.syncs_left == 0 ? 1U : 0U;
      break;
    default:
      if (rows != nullptr) {
        give_up(PQresultErrorMessage(rows.get()));
      }
    }
  }
}

void say(const tally& so_far) {
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  const auto us = (used.ru_utime.tv_sec + used.ru_stime.tv_sec) * 1'000'000
                  + used.ru_utime.tv_usec + used.ru_stime.tv_usec;
  std::cout << so_far.cycles << ' ' << so_far.late << ' ' << so_far.cells << ' '
            << us << ' ' << so_far.checksum << ' ' << PQlibVersion() << '\n'
            << std::flush;
}

/// A cycle is begun at each of a target's due times, spread over the interval.
class timetable {
public:
  timetable(std::size_t targets, std::chrono::milliseconds interval)
    : interval_(interval) {
    const auto now = steady::now();
    for (std::size_t at = 0; at < targets; ++at) {
      due_.push({now + interval * at / targets, at});
    }
  }
  [[nodiscard]] int milliseconds_left() const {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(
      due_.top().first - steady::now());
    return left.count() < 0 ? 0 : static_cast<int>(left.count());
  }
  [[nodiscard]] bool take(std::size_t& target) {
    auto first = due_.top();
    if (first.first > steady::now()) {
      return false;
    }
    due_.pop();
    target = first.second;
    first.first += interval_;
    due_.push(first);
    return true;
  }

private:
  using entry = std::pair<steady::time_point, std::size_t>;
  std::priority_queue<entry, std::vector<entry>, std::greater<>> due_;
  std::chrono::milliseconds interval_;
};

void tune_allocator() {
  // As the collector does, or the floor would be higher than it is.
  mallopt(M_TRIM_THRESHOLD, 64 * 1024 * 1024);
  mallopt(M_TOP_PAD, 4 * 1024 * 1024);
  mallopt(M_MMAP_THRESHOLD, 8 * 1024 * 1024);
}

void watch(int poll, int descriptor, std::size_t which) {
  epoll_event wanted{};
  wanted.events = EPOLLIN;
  wanted.data.u64 = which;
  if (epoll_ctl(poll, EPOLL_CTL_ADD, descriptor, &wanted) != 0) {
    give_up("epoll_ctl");
  }
}

/// A line on the standard input is a question for figures; its end is the end.
void run(std::vector<target>& targets,
         std::size_t statements,
         std::chrono::milliseconds interval) {
  const int poll = epoll_create1(EPOLL_CLOEXEC);
  for (std::size_t at = 0; at < targets.size(); ++at) {
    watch(poll, PQsocket(targets[at].connection.get()), at);
  }
  watch(poll, STDIN_FILENO, targets.size());
  timetable times{targets.size(), interval};
  tally so_far;
  std::vector<epoll_event> events(64);
  for (;;) {
    for (std::size_t next = 0; times.take(next);) {
      if (targets[next].syncs_left > 0) {
        ++so_far.late;
      } else {
        send_cycle(targets[next], statements);
      }
    }
    const int ready =
      epoll_wait(poll, events.data(), 64, times.milliseconds_left());
    for (int at = 0; at < ready; ++at) {
      const auto which = events[static_cast<std::size_t>(at)].data.u64;
      if (which < targets.size()) {
        read_answers(targets[which], so_far);
        continue;
      }
      char line[64];
      if (read(STDIN_FILENO, line, sizeof line) <= 0) {
        return;
      }
      say(so_far);
    }
  }
}

} // namespace

int main(int count, char** words) {
  if (count != 5) {
    give_up("DSN TARGETS INTERVAL_MS STATEMENTS_FILE");
  }
  tune_allocator();
  const auto statements = read_statements(words[4]);
  if (statements.empty()) {
    give_up("no statements");
  }
  std::vector<target> targets(std::strtoul(words[2], nullptr, 10));
  for (auto& one : targets) {
    connect(one, words[1], statements);
  }
  run(targets, statements.size(),
      std::chrono::milliseconds{std::strtol(words[3], nullptr, 10)});
}
