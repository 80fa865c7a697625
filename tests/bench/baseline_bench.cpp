// Prints what 5,000 baselines of statements occupy, and how many entries a
// second of CPU a read is compared with them.
#include "routing/entry_deltas.hpp"
#include "tests/bench/cpu_seconds.hpp"

#include <fmt/format.h>

#include <malloc.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <memory>
#include <random>
#include <unordered_set>

namespace pgmuster {
namespace {

constexpr std::size_t entries = 5'000;
constexpr std::size_t moved = 200;
constexpr std::size_t columns = 30;
constexpr std::array<std::size_t, 4> key_item{0, 1, 2, 3};

void put_big_endian(std::string& to, std::int64_t value) {
  const auto raw = static_cast<std::uint64_t>(value);
  for (unsigned shift = 64; shift > 0; shift -= 8) {
    to += static_cast<char>(raw >> (shift - 8) & 0xffU);
  }
}

/// A statement of pg_stat_statements as extension 1.10 has it.
struct statement {
  std::string key;
  std::vector<std::int64_t> values;
  std::int64_t digest = 0;
};

/// Sends the differences to what is known, as a server does.
class server_rows final : public entry_source {
public:
  server_rows(const std::vector<statement>& of,
              const std::vector<std::int64_t>& known) {
    std::unordered_set<std::int64_t> gone{known.begin(), known.end()};
    for (const auto& one : of) {
      if (gone.erase(one.digest) == 0) {
        sent_.push_back(&one);
      }
    }
    gone_.assign(gone.begin(), gone.end());
  }
  [[nodiscard]] const entry_shape& shape() const noexcept override {
    return shape_;
  }
  [[nodiscard]] std::size_t count() const noexcept override {
    return gone_.size() + sent_.size();
  }
  [[nodiscard]] bool by_digest() const noexcept override { return true; }
  [[nodiscard]] std::optional<std::int64_t>
  gone(std::size_t row) const override {
    return row < gone_.size() ? std::optional{gone_[row]} : std::nullopt;
  }
  void decode(std::size_t row, entry_reading& into) override {
    const auto& from = *sent_[row - gone_.size()];
    into = {from.key, from.values, 0, 16'384, false, from.digest};
  }

private:
  std::vector<const statement*> sent_;
  std::vector<std::int64_t> gone_;
  entry_shape shape_{key_item.size(), columns, false, 0};
};

/// `used` columns are not 0: between 1 and `most`, small ones far more often.
std::vector<statement> make_statements(std::size_t used, double most) {
  std::mt19937_64 random{6};
  std::uniform_real_distribution<double> share{0, 1};
  std::vector<statement> made(entries);
  for (auto& one : made) {
    put_big_endian(one.key, 16'384);
    put_big_endian(one.key, 16'385);
    put_big_endian(one.key, static_cast<std::int64_t>(random()));
    put_big_endian(one.key, 1);
    one.values.resize(columns);
    for (std::size_t column = 0; column < used; ++column) {
      one.values[column * columns / used] =
        static_cast<std::int64_t>(std::pow(most, share(random)));
    }
    one.digest = static_cast<std::int64_t>(random());
  }
  return made;
}

std::shared_ptr<const block_layout> make_layout() {
  auto made = std::make_shared<block_layout>();
  for (std::size_t column = 0; column < columns; ++column) {
    made->metrics.push_back({.name = fmt::format("m{}", column),
                             .unit = "{call}",
                             .description = {},
                             .kind = instrument::counter});
    made->columns.push_back({static_cast<std::uint32_t>(column), {}});
  }
  return made;
}

void move(std::vector<statement>& all, std::size_t turn) {
  for (std::size_t at = 0; at < moved; ++at) {
    auto& one = all[(at * (entries / moved) + turn) % entries];
    for (auto& value : one.values) {
      value += value != 0 ? 1 : 0;
    }
    ++one.digest;
  }
}

class reader {
public:
  void read(const std::vector<statement>& all) {
    context_.time += seconds{10};
    auto began = cpu_seconds();
    const auto known = of_.known(layout_);
    spent_ += cpu_seconds() - began;
    server_rows rows{all, known};
    began = cpu_seconds();
    for (const auto& block : of_.absorb(rows, layout_, context_)) {
      moved_ += block.moved.size();
    }
    spent_ += cpu_seconds() - began;
  }
  void begin() { spent_ = 0; }
  [[nodiscard]] double spent() const noexcept { return spent_; }
  [[nodiscard]] std::size_t moved_so_far() const noexcept { return moved_; }
  [[nodiscard]] std::size_t bytes() const noexcept { return of_.bytes(); }

private:
  entry_deltas of_;
  std::shared_ptr<const block_layout> layout_ = make_layout();
  read_context context_;
  double spent_ = 0;
  std::size_t moved_ = 0;
};

std::size_t allocated() {
  const auto told = mallinfo2();
  return told.uordblks + told.hblkhd;
}

void say_bytes(const char* what, std::size_t used, double most) {
  auto all = make_statements(used, most);
  auto one = std::make_unique<reader>();
  one->read(all);
  move(all, 0);
  one->read(all);
  const auto bytes = one->bytes();
  const auto with = allocated();
  one.reset();
  fmt::print("{:<48} {:>7} B, {:>5.1f} B an entry; by malloc {} B\n", what,
             bytes, static_cast<double>(bytes) / entries, with - allocated());
}

template <class Change>
void say_time(const char* what,
              int turns,
              std::size_t expected,
              Change change) {
  auto all = make_statements(8, 1e6);
  reader one;
  one.read(all);
  one.begin();
  for (int turn = 0; turn < turns; ++turn) {
    change(all, static_cast<std::size_t>(turn));
    one.read(all);
  }
  const double reads = turns;
  fmt::print("{:<48} {:>7.0f} µs a read, {:.1f} M entries/s{}\n", what,
             one.spent() / reads * 1e6, reads * entries / one.spent() / 1e6,
             one.moved_so_far() == expected * static_cast<std::size_t>(turns)
               ? ""
               : " (NOT WHAT MOVED)");
}

void run() {
  fmt::print("{} statements of {} counters\n", entries, columns);
  say_bytes("4 counters in use, to 10,000", 4, 1e4);
  say_bytes("8 counters in use, to 1,000,000", 8, 1e6);
  say_bytes("all counters in use, to 10^12", columns, 1e12);
  say_time("nothing moved", 400, 0, [](auto&, std::size_t) {});
  say_time("200 moved", 400, moved,
           [](auto& all, std::size_t turn) { move(all, turn); });
  say_time("all moved", 50, entries, [](auto& all, std::size_t) {
    for (std::size_t turn = 0; turn < entries / moved; ++turn) {
      move(all, turn);
    }
  });
  std::mt19937_64 random{7};
  say_time("200 moved, and all in another order", 50, moved,
           [&](auto& all, std::size_t turn) {
             std::shuffle(all.begin(), all.end(), random);
             move(all, turn);
           });
}

} // namespace
} // namespace pgmuster

int main() {
  pgmuster::run();
  return 0;
}
