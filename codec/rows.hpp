// A result of a query: typed cells over bytes that somebody else owns.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

namespace pgmuster {

/// One value. Timestamps are integers: microseconds since the Unix epoch.
/// Booleans are integers 0 and 1.
struct cell {
  enum class kind : std::uint8_t { null, integer, real, text };

  kind is = kind::null;
  std::uint32_t length = 0;
  union {
    std::int64_t integer = 0;
    double real;
    const char* bytes;
  };

  [[nodiscard]] static cell of(std::int64_t value) noexcept {
    cell made;
    made.is = kind::integer;
    made.integer = value;
    return made;
  }
  [[nodiscard]] static cell of(double value) noexcept {
    cell made;
    made.is = kind::real;
    made.real = value;
    return made;
  }
  /// The bytes must outlive the cell.
  [[nodiscard]] static cell of(std::string_view value) noexcept {
    cell made;
    made.is = kind::text;
    made.length = static_cast<std::uint32_t>(value.size());
    made.bytes = value.data();
    return made;
  }
  [[nodiscard]] std::string_view text() const noexcept {
    return is == kind::text ? std::string_view{bytes, length}
                            : std::string_view{};
  }
};

/// How a driver takes a packed row apart: fills `out` from `bytes`; false when
/// they do not hold exactly that many values of types it reads.
using unpack_row = bool (*)(std::string_view bytes,
                            std::span<cell> out) noexcept;

/// Row-major cells and the owner of the bytes that text cells point into.
/// A *packed* one has rows of values in its first column, in a driver's own
/// bytes; other columns may stand beside it.
/// Immutable once built; may cross threads.
class row_set {
public:
  row_set() = default;
  row_set(std::size_t columns,
          std::vector<cell> cells,
          std::shared_ptr<const void> owner,
          unpack_row unpack = nullptr)
    : columns_(columns),
      cells_(std::move(cells)),
      owner_(std::move(owner)),
      unpack_(unpack),
      rows_(columns == 0 ? 0 : cells_.size() / columns) {}

  [[nodiscard]] std::size_t columns() const noexcept { return columns_; }
  [[nodiscard]] std::size_t rows() const noexcept { return rows_; }
  /// Precondition: `index < rows()`.
  [[nodiscard]] std::span<const cell> row(std::size_t index) const noexcept {
    return std::span{cells_}.subspan(index * columns(), columns());
  }

  /// A packed row's bytes; empty where rows are not packed.
  [[nodiscard]] std::string_view packed(std::size_t index) const noexcept {
    return unpack_ == nullptr ? std::string_view{} : row(index)[0].text();
  }
  /// The row's values, taken apart into `scratch` if it is packed; empty when
  /// it has not `width` values. Valid until `scratch` is used again.
  [[nodiscard]] std::span<const cell> values(std::size_t index,
                                             std::size_t width,
                                             std::vector<cell>& scratch) const {
    if (unpack_ == nullptr) {
      return columns() == width ? row(index) : std::span<const cell>{};
    }
    scratch.assign(width, cell{});
    return unpack_(packed(index), scratch) ? std::span<const cell>{scratch}
                                           : std::span<const cell>{};
  }

  /// What a value of a packed row holds that is a row itself, as `values` does.
  [[nodiscard]] std::span<const cell> within(const cell& part,
                                             std::size_t width,
                                             std::vector<cell>& scratch) const {
    scratch.assign(width, cell{});
    const bool fits = unpack_ != nullptr && unpack_(part.text(), scratch);
    return fits ? std::span<const cell>{scratch} : std::span<const cell>{};
  }

private:
  std::size_t columns_ = 0;
  std::vector<cell> cells_;
  std::shared_ptr<const void> owner_;
  unpack_row unpack_ = nullptr;
  /// A division that loops would ask for with each row.
  std::size_t rows_ = 0;
};

} // namespace pgmuster
