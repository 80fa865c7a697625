// Which item fills which member; a session is told by its pid.
#include "drivers/postgres/sessions/read_sessions.hpp"

#include "codec/catalog/entry_key.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace pgmuster::postgres {

namespace {

struct text_member {
  std::string_view item;
  std::string seen_session::*member;
};

constexpr std::array<text_member, 8> texts = {
  {{"db.namespace", &seen_session::database},
   {"user.name", &seen_session::user},
   {"postgresql.state", &seen_session::state},
   {"postgresql.wait_event_type", &seen_session::wait_type},
   {"postgresql.wait_event", &seen_session::wait},
   {"application_name", &seen_session::application},
   {"client_address", &seen_session::client_address},
   {"query", &seen_session::text}}};

struct integer_member {
  std::string_view item;
  std::int64_t seen_session::*member;
};

constexpr std::array<integer_member, 7> integers = {
  {{"queryid", &seen_session::query_id},
   {"pid", &seen_session::id},
   {"client_port", &seen_session::client_port},
   {"xact_start", &seen_session::transaction_start},
   {"query_start", &seen_session::query_start},
   {"state_change", &seen_session::state_change},
   {"xmin_age", &seen_session::snapshot_age}}};

/// False: it does not fit.
bool fill(std::string_view name, const cell& value, seen_session& into) {
  for (const auto& each : texts) {
    if (each.item == name) {
      into.*each.member = value.text();
      return value.is == cell::kind::text;
    }
  }
  for (const auto& each : integers) {
    if (each.item == name) {
      const bool fits = value.is == cell::kind::integer;
      into.*each.member = fits ? value.integer : 0;
      return fits;
    }
  }
  if (name == "blocked_by") {
    into.blocked_by = read_pids(value.text());
    return value.is == cell::kind::text;
  }
  return true;
}

void read_row(const negotiated_probe& probe,
              std::span<const cell> cells,
              seen_sessions& made) {
  auto& one = made.all.emplace_back();
  for (std::size_t at = 0; at < cells.size(); ++at) {
    const auto& item = probe.definition->items[probe.items[at]];
    const auto& value = cells[at];
    const bool number = value.is == cell::kind::integer;
    if (item.role == item_role::attribute) {
      one.series.emplace_back(value.text());
    }
    if (item.role == item_role::key) {
      append_key_item(one.key, number ? value.integer : 0);
    }
    if (item.role == item_role::rows_found && number) {
      made.turned_away = static_cast<std::uint64_t>(value.integer);
    } else if (item.name == "now" && number) {
      made.server_now = value.integer;
    } else if (value.is != cell::kind::null && item.role != item_role::metric
               && !fill(item.name, value, one)) {
      ++made.bad_cells;
    }
  }
  one.idle_in_transaction = one.state.starts_with("idle in transaction");
  if (one.query_id == 0) {
    one.key.clear();
  } else {
    // What a session reports is at the top level.
    append_key_item(one.key, 1);
  }
}

} // namespace

std::vector<std::int64_t> read_pids(std::string_view text) {
  std::vector<std::int64_t> pids;
  if (!text.starts_with('{')) {
    return pids;
  }
  text.remove_prefix(1);
  for (;;) {
    const auto end = text.find_first_of(",}");
    std::int64_t pid = 0;
    const auto* const first = text.data();
    const auto* const last = first + std::min(end, text.size());
    const auto read = std::from_chars(first, last, pid);
    if (end == std::string_view::npos || read.ec != std::errc{}
        || read.ptr != last) {
      return pids;
    }
    // 0 stands for a prepared transaction, which is no session.
    if (pid != 0 && std::find(pids.begin(), pids.end(), pid) == pids.end()) {
      pids.push_back(pid);
    }
    text.remove_prefix(end + 1);
  }
}

seen_sessions read_sessions(const negotiated_probe& probe,
                            const row_set& rows) {
  seen_sessions made;
  made.all.reserve(rows.rows());
  std::vector<cell> scratch;
  for (std::size_t at = 0; at < rows.rows(); ++at) {
    const auto cells = rows.values(at, probe.items.size(), scratch);
    if (cells.empty()) {
      made.bad_cells += probe.items.size();
    } else {
      read_row(probe, cells, made);
    }
  }
  made.turned_away -= std::min<std::uint64_t>(made.turned_away, rows.rows());
  return made;
}

} // namespace pgmuster::postgres
