// Writes binary rows of numbers straight into a buffer; all else goes by the
// ordinary encoder.
#include "loadtest/simulator/statement_answer.hpp"

#include "loadtest/simulator/encode_row.hpp"

#include <xxhash.h>

#include <array>
#include <bit>
#include <cstring>

namespace pgmuster::loadtest {

namespace {

constexpr std::int64_t postgres_epoch_us = 946'684'800'000'000;
constexpr std::int64_t first_user_oid = 16'384;
constexpr std::uint32_t null_length = 0xffff'ffffU;

enum class source : std::uint8_t {
  counter,
  dbid,
  userid,
  queryid,
  toplevel,
  since,
  datname,
  rolname,
  query,
  nothing
};

struct named_source {
  std::string_view name;
  source is;
};

constexpr std::array<named_source, 7> named = {{{"dbid", source::dbid},
                                                {"userid", source::userid},
                                                {"queryid", source::queryid},
                                                {"toplevel", source::toplevel},
                                                {"datname", source::datname},
                                                {"rolname", source::rolname},
                                                {"query", source::query}}};

source source_of(const asked_item& item) {
  if (item.role == item_role::metric) {
    return source::counter;
  }
  if (item.role == item_role::start) {
    return source::since;
  }
  for (const auto& each : named) {
    if (each.name == item.name) {
      return each.is;
    }
  }
  return source::nothing;
}

bool is_text(source from) {
  return from == source::datname || from == source::rolname
         || from == source::query || from == source::nothing;
}

/// An entry, whether one of the profile's or one of the queries seen once.
struct entry {
  bool distinct = false;
  std::uint64_t which = 0;
  entry_state state;
};

class row_maker {
public:
  row_maker(const asked_probe& probe,
            const instance_plan& plan,
            const moment& now,
            bool binary)
    : probe_(probe),
      plan_(plan),
      now_(now),
      binary_(binary),
      instance_key_(key_of_instance(plan)) {
    for (const auto& item : probe.items) {
      sources_.push_back(source_of(item));
      numbers_ = numbers_ && !is_text(sources_.back());
    }
    // A value has its type, its length and at most eight bytes; a part of them
    // a type, a length and a count of its own.
    buffer_.resize(16 + (probe.items.size() + probe.widths.size()) * 16);
  }

  /// The row of the entry; where the probe has digests, returns its digest.
  std::int64_t append(const entry& what, std::string& into) {
    const auto begun = into.size();
    append_entry(what, into);
    if (!probe_.by_digest) {
      return 0;
    }
    const auto digest = static_cast<std::int64_t>(
      XXH3_64bits(into.data() + begun, into.size() - begun));
    put_beside(into, begun, field{digest}, field{});
    return digest;
  }

  /// A row that says that no entry has the digest any more.
  void append_gone(std::int64_t digest, std::string& into) const {
    const auto begun = open_row(into, 1);
    encode_value(wire_type::int8, field{}, binary_, into);
    close_row(into, begun);
    put_beside(into, begun - 1, field{}, field{digest});
  }

private:
  /// Makes a row of one value one of three.
  void put_beside(std::string& into,
                  std::size_t row,
                  const field& digest,
                  const field& gone) const {
    constexpr std::size_t columns_at = 1 + 4;
    encode_value(wire_type::int8, digest, binary_, into);
    encode_value(wire_type::int8, gone, binary_, into);
    into[row + columns_at + 1] = 3;
    close_row(into, row + 1);
  }

  void append_entry(const entry& what, std::string& into) {
    if (binary_ && numbers_) {
      return append_numbers(what, into);
    }
    std::vector<field> values;
    values.reserve(sources_.size());
    for (std::size_t at = 0; at < sources_.size(); ++at) {
      values.push_back(value(what, at));
    }
    encode_row(probe_, values, binary_, into);
  }

  template <class Unsigned>
  void put(Unsigned value) {
    if constexpr (sizeof value == 8) {
      value = __builtin_bswap64(value);
    } else if constexpr (sizeof value == 4) {
      value = __builtin_bswap32(value);
    } else if constexpr (sizeof value == 2) {
      value = __builtin_bswap16(value);
    }
    std::memcpy(at_, &value, sizeof value);
    at_ += sizeof value;
  }

  void append_numbers(const entry& what, std::string& into) {
    at_ = buffer_.data();
    *at_++ = 'D';
    at_ += 4;
    put(static_cast<std::uint16_t>(probe_.packed ? 1 : probe_.items.size()));
    char* const record = at_;
    if (probe_.packed) {
      at_ += 4;
      put(static_cast<std::uint32_t>(probe_.widths.size()));
    }
    std::size_t first = 0;
    for (const auto width : probe_.widths) {
      if (width == 1) {
        put_number(what, first);
      } else {
        put_part(what, first, width);
      }
      first += width;
    }
    char* const end = at_;
    if (probe_.packed) {
      at_ = record;
      put(static_cast<std::uint32_t>(end - record - 4));
    }
    at_ = buffer_.data() + 1;
    put(static_cast<std::uint32_t>(end - at_));
    into.append(buffer_.data(), static_cast<std::size_t>(end - buffer_.data()));
  }

  /// A record within the record; null when all of it is.
  void put_part(const entry& what, std::size_t first, std::size_t width) {
    put(record_type_oid);
    char* const begun = at_;
    at_ += 4;
    put(static_cast<std::uint32_t>(width));
    bool any = false;
    for (auto at = first; at < first + width; ++at) {
      any = put_number(what, at) || any;
    }
    char* const end = any ? at_ : begun + 4;
    at_ = begun;
    put(any ? static_cast<std::uint32_t>(end - begun - 4) : null_length);
    at_ = end;
  }

  /// Not 0.
  bool put_number(const entry& what, std::size_t at) {
    const auto& item = probe_.items[at];
    const auto number = integer(what, at);
    if (probe_.packed) {
      put(oid_of(item.type));
    }
    if (item.zero_is_null && number == 0) {
      put(null_length);
    } else if (item.type == wire_type::float8) {
      put(std::uint32_t{8});
      put(std::bit_cast<std::uint64_t>(divided(item, number)));
    } else if (item.type == wire_type::oid || item.type == wire_type::int4) {
      put(std::uint32_t{4});
      put(static_cast<std::uint32_t>(number));
    } else if (item.type == wire_type::boolean) {
      put(std::uint32_t{1});
      *at_++ = static_cast<char>(number);
    } else {
      put(std::uint32_t{8});
      put(static_cast<std::uint64_t>(item.type == wire_type::timestamptz
                                       ? number - postgres_epoch_us
                                       : number));
    }
    return number != 0;
  }

  [[nodiscard]] static double divided(const asked_item& item,
                                      std::int64_t number) {
    return static_cast<double>(number)
           / (item.rule.divisor > 0 ? item.rule.divisor : 1.0);
  }

  [[nodiscard]] std::int64_t integer(const entry& what, std::size_t at) const {
    const auto index = static_cast<std::uint32_t>(what.which);
    switch (sources_[at]) {
    case source::counter:
      return what.distinct ? distinct_counter(probe_.items[at], what.which)
                           : entry_counter(instance_key_, probe_.items[at],
                                           index, what.state, now_.incarnation);
    case source::dbid:
      return first_user_oid + database(what);
    case source::userid:
      return statements_role_oid;
    case source::queryid:
      return what.distinct ? distinct_queryid_of(what.which)
                           : queryid_of(index);
    case source::toplevel:
      return 1;
    case source::since:
      return since(what);
    default:
      return 0;
    }
  }

  /// A query that is seen once has a time of its own, so that nobody takes two
  /// for one.
  [[nodiscard]] std::int64_t since(const entry& what) const {
    if (what.distinct) {
      return microseconds_of(plan_.born)
             + static_cast<std::int64_t>(what.which);
    }
    return microseconds_of(what.state.has_past
                             ? now_.statements_reset
                             : time_of(plan_, what.state.entered));
  }

  [[nodiscard]] std::uint32_t database(const entry& what) const {
    return what.distinct
             ? 0
             : database_of(*plan_.size, static_cast<std::uint32_t>(what.which));
  }

  [[nodiscard]] field value(const entry& what, std::size_t at) const {
    const auto& item = probe_.items[at];
    switch (sources_[at]) {
    case source::datname:
      return database_name_of(plan_, database(what));
    case source::rolname:
      return plan_.role;
    case source::query:
      return what.distinct
               ? text_of_distinct(what.which)
               : text_of_statement(static_cast<std::uint32_t>(what.which));
    case source::nothing:
      return {};
    default:
      break;
    }
    const auto number = integer(what, at);
    return item.type == wire_type::float8 ? field{divided(item, number)}
                                          : field{number};
  }

  const asked_probe& probe_;
  const instance_plan& plan_;
  const moment& now_;
  bool binary_;
  std::uint64_t instance_key_;
  std::vector<source> sources_;
  bool numbers_ = true;
  std::vector<char> buffer_;
  char* at_ = nullptr;
};

/// But for what is known.
void copy_sheet(const statement_sheet& sheet,
                known_digests& known,
                statement_rows& into) {
  if (sheet.digests.empty()) {
    into.bytes += sheet.bytes;
    into.rows += sheet.rows;
    return;
  }
  std::size_t begun = 0;
  for (std::size_t at = 0; at < sheet.digests.size(); ++at) {
    if (!known.take(sheet.digests[at])) {
      into.bytes.append(sheet.bytes, begun, sheet.ends[at] - begun);
      ++into.rows;
    }
    begun = sheet.ends[at];
  }
}

} // namespace

std::shared_ptr<const statement_sheet>
make_sheet(const asked_probe& probe, const instance_plan& plan, bool binary) {
  auto first = plan;
  first.happenings.clear();
  const auto begin = moment_at(first, 0);
  row_maker rows{probe, first, begin, binary};
  auto made = std::make_shared<statement_sheet>();
  const auto moving = static_cast<std::uint32_t>(moving_statements(*plan.size));
  for (auto at = moving; at < plan.size->statements; ++at) {
    const auto digest =
      rows.append({false, at, entry_at(first, begin, at)}, made->bytes);
    ++made->rows;
    if (probe.by_digest) {
      made->digests.push_back(digest);
      made->ends.push_back(made->bytes.size());
    }
  }
  made->bytes.shrink_to_fit();
  return made;
}

statement_rows statement_answer(const asked_probe& probe,
                                const instance_plan& plan,
                                const moment& now,
                                bool binary,
                                known_digests known,
                                const statement_sheet* sheet) {
  statement_rows made;
  row_maker rows{probe, plan, now, binary};
  const auto add = [&](const entry& what) {
    const auto begun = made.bytes.size();
    const auto digest = rows.append(what, made.bytes);
    if (probe.by_digest && known.take(digest)) {
      made.bytes.resize(begun);
    } else {
      ++made.rows;
    }
  };
  const auto own = sheet == nullptr ? plan.size->statements
                                    : plan.size->statements - sheet->rows;
  for (std::uint32_t at = 0; at < own; ++at) {
    const auto state = entry_at(plan, now, at);
    if (state.visible()) {
      add({false, at, state});
    }
  }
  if (sheet != nullptr) {
    copy_sheet(*sheet, known, made);
  }
  const auto distinct = distinct_at(plan, now);
  for (auto at = distinct.first; at < distinct.last; ++at) {
    add({true, at, {}});
  }
  for (const auto digest : known.gone()) {
    rows.append_gone(digest, made.bytes);
    ++made.rows;
  }
  return made;
}

} // namespace pgmuster::loadtest
