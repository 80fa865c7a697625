// Who closes libpq's objects and descriptors: the type that holds them.
#pragma once

#include <libpq-fe.h>
#include <unistd.h>

#include <memory>
#include <utility>

namespace pgmuster::postgres {

struct finish_connection {
  void operator()(PGconn* connection) const noexcept {
    // Non-blocking, or the farewell message could wait for a full socket.
    PQsetnonblocking(connection, 1);
    PQfinish(connection);
  }
};
using connection_ptr = std::unique_ptr<PGconn, finish_connection>;

struct clear_result {
  void operator()(const PGresult* rows) const noexcept {
    // libpq frees through a pointer to non-const; nothing is written before.
    PQclear(const_cast<PGresult*>(rows)); // NOLINT
  }
};
using result_ptr = std::unique_ptr<PGresult, clear_result>;

struct free_options {
  void operator()(PQconninfoOption* options) const noexcept {
    PQconninfoFree(options);
  }
};
using options_ptr = std::unique_ptr<PQconninfoOption, free_options>;

struct free_memory {
  void operator()(char* bytes) const noexcept { PQfreemem(bytes); }
};
using text_ptr = std::unique_ptr<char, free_memory>;

class descriptor {
public:
  descriptor() = default;
  explicit descriptor(int number) noexcept : number_(number) {}
  descriptor(descriptor&& other) noexcept
    : number_(std::exchange(other.number_, -1)) {}
  descriptor& operator=(descriptor&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }
  descriptor(const descriptor&) = delete;
  descriptor& operator=(const descriptor&) = delete;
  ~descriptor() {
    if (number_ >= 0) {
      ::close(number_);
    }
  }

  [[nodiscard]] int number() const noexcept { return number_; }
  [[nodiscard]] explicit operator bool() const noexcept { return number_ >= 0; }

private:
  int number_ = -1;
};

} // namespace pgmuster::postgres
