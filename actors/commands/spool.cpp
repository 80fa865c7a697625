#include "actors/commands/frame_words.hpp"
#include "actors/commands/spool_folder.hpp"
#include "drivers/admin/humanise.hpp"
#include "drivers/logging/legible.hpp"
#include "drivers/logging/rfc3339.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <set>

namespace pgmuster::commands {

namespace {

using action = spool_command_options::action;

/// Nothing is written, so no bound may be in the way.
constexpr byte_count no_bound{std::uint64_t{1} << 62U};
constexpr byte_count segment_bytes = limits::spool_segment_bytes;

std::string readable_bytes(std::uint64_t bytes) {
  return humanise_bytes(static_cast<double>(bytes));
}

void list_as_text(const spool_command_options& options,
                  const opened_spool& opened) {
  say(fmt::format("{:<40} {:>8} {:>9} {:>12} {:>10}  {:<24} {}\n",
                  "route/tenant/shard", "segments", "frames", "points", "bytes",
                  "first segment", "last segment"));
  for (const auto& one : opened.store->survey()) {
    if (selects(options, one.of)) {
      say(fmt::format("{:<40} {:>8} {:>9} {:>12} {:>10}  {:<24} {}\n",
                      words_for(one.of), one.segments, one.frames, one.points,
                      readable_bytes(one.bytes), rfc3339(one.oldest),
                      rfc3339(one.youngest)));
    }
  }
  for (const auto& one : opened.store->refused()) {
    say("left as it is: " + without_controls(legible(one.words)) + "\n");
  }
}

void list_as_json(const spool_command_options& options,
                  const opened_spool& opened) {
  boost::json::array partitions;
  for (const auto& one : opened.store->survey()) {
    if (selects(options, one.of)) {
      partitions.push_back(
        boost::json::object{{"route", legible(one.of.route.value())},
                            {"tenant", legible(one.of.tenant.value())},
                            {"shard", one.of.shard},
                            {"segments", one.segments},
                            {"frames", one.frames},
                            {"points", one.points},
                            {"bytes", one.bytes},
                            {"first_segment", rfc3339(one.oldest)},
                            {"last_segment", rfc3339(one.youngest)}});
    }
  }
  boost::json::array refused;
  for (const auto& one : opened.store->refused()) {
    refused.push_back(boost::json::object{{"bytes", one.bytes},
                                          {"reason", legible(one.words)}});
  }
  say(boost::json::serialize(
        boost::json::object{{"partitions", std::move(partitions)},
                            {"left_as_it_is", std::move(refused)}})
      + "\n");
}

int list_spool(const spool_command_options& options) {
  const auto opened = open_spool_folder(options, false);
  if (!opened) {
    return exit_failure;
  }
  if (options.format == "json") {
    list_as_json(options, *opened);
  } else {
    list_as_text(options, *opened);
  }
  return exit_ok;
}

struct verdict {
  std::uint64_t segments = 0;
  std::uint64_t frames = 0;
  std::uint64_t points = 0;
  std::uint64_t bytes = 0;
  spooling::spool_loss damage;
};

void add(spooling::spool_loss& sum, const spooling::spool_loss& one) {
  sum.points += one.points;
  sum.frames += one.frames;
  sum.bytes += one.bytes;
}

/// Reads every payload that waits.
verdict read_all(const spool_command_options& options, opened_spool& opened) {
  verdict made;
  for (const auto& one : opened.store->take_losses()) {
    if (selects(options, one.of)) {
      add(made.damage, one.what);
    }
  }
  for (const auto& one : opened.store->survey()) {
    if (!selects(options, one.of)) {
      continue;
    }
    for (std::size_t at = 0; at < one.segments; ++at) {
      auto* part = opened.store->nth_segment(one.of, at);
      ++made.segments;
      made.bytes += part->bytes();
      std::size_t from = 0;
      while (const auto found = part->look(from, made.damage)) {
        ++made.frames;
        made.points += found->what->points;
      }
      part->rest();
    }
  }
  return made;
}

int verify_spool(const spool_command_options& options) {
  auto opened = open_spool_folder(options, false);
  if (!opened) {
    return exit_failure;
  }
  const auto found = read_all(options, *opened);
  const auto& refused = opened->store->refused();
  const auto good = found.damage.bytes == 0 && found.damage.frames == 0
                    && refused.empty() && opened->store->left_unknown().empty();
  if (options.format == "json") {
    say(boost::json::serialize(
          boost::json::object{{"good", good},
                              {"segments", found.segments},
                              {"bytes", found.bytes},
                              {"frames", found.frames},
                              {"points", found.points},
                              {"damaged_bytes", found.damage.bytes},
                              {"lost_frames", found.damage.frames},
                              {"lost_points", found.damage.points},
                              {"left_as_it_is", refused.size()}})
        + "\n");
    return good ? exit_ok : exit_failure;
  }
  say(fmt::format("{} segments of {}: {} frames with {} points are whole\n",
                  found.segments, readable_bytes(found.bytes), found.frames,
                  found.points));
  if (found.damage.bytes > 0 || found.damage.frames > 0) {
    say(fmt::format("{} bytes are damaged; {} frames with {} points are known "
                    "to be lost\n",
                    found.damage.bytes, found.damage.frames,
                    found.damage.points));
  }
  if (!opened->store->left_unknown().empty()) {
    say("what the last run left is not known: "
        + without_controls(legible(opened->store->left_unknown())) + "\n");
  }
  for (const auto& one : refused) {
    say("left as it is: " + without_controls(legible(one.words)) + "\n");
  }
  return good ? exit_ok : exit_failure;
}

int drop_spool(const spool_command_options& options) {
  if (!options.yes) {
    complain("pgmuster spool drop deletes frames that were not delivered; say "
             "--yes if that is meant.\n");
    return exit_configuration;
  }
  auto opened = open_spool_folder(options, true);
  if (!opened) {
    return exit_failure;
  }
  std::uint64_t frames = 0;
  std::uint64_t points = 0;
  for (const auto& one : opened->store->survey()) {
    if (selects(options, one.of)) {
      frames += one.frames;
      points += one.points;
      opened->store->drop(one.of);
    }
  }
  auto unreadable = std::size_t{0};
  if (options.unreadable) {
    unreadable = opened->store->refused().size();
    opened->store->drop_refused();
  }
  leave_spool_folder(*opened);
  say(fmt::format("dropped {} frames with {} points{}\n", frames, points,
                  unreadable > 0
                    ? fmt::format(", and {} unreadable segments", unreadable)
                    : std::string{}));
  return exit_ok;
}

/// A route that is spelt wrongly, rather than one of which nothing waits.
bool names_no_route(const spool_command_options& options,
                    const spooling::segment_store& store) {
  std::set<std::string> known;
  for (const auto& one : store.survey()) {
    known.insert(one.of.route.value());
  }
  if (options.route.empty() || known.empty() || known.contains(options.route)) {
    return false;
  }
  complain(without_controls(
             legible(fmt::format("pgmuster spool: nothing here is of route "
                                 "\"{}\"; there are: {}",
                                 options.route, fmt::join(known, ", "))))
           + "\n");
  return true;
}

} // namespace

std::optional<opened_spool>
open_spool_folder(const spool_command_options& options, bool change) {
  const std::filesystem::path folder{options.directory};
  const auto below = folder
                     / (options.quarantine ? spooling::quarantine_folder
                                           : spooling::frames_folder);
  std::error_code ignored;
  if (!std::filesystem::is_directory(folder / spooling::frames_folder, ignored)
      && !std::filesystem::is_directory(below, ignored)) {
    complain("pgmuster spool: " + folder.string() + " is no spool\n");
    return std::nullopt;
  }
  opened_spool made;
  if (change) {
    auto lock = folder_lock::take(folder);
    if (!lock) {
      complain("pgmuster spool: " + describe(lock.error())
               + "; stop it first\n");
      return std::nullopt;
    }
    made.lock.emplace(std::move(*lock));
  } else if (const auto pid = folder_lock::holder(folder); !pid.empty()) {
    complain("process " + pid + " owns this spool: what is read here moves\n");
  }
  made.store = std::make_unique<spooling::segment_store>(
    below, spooling::store_limits{no_bound, no_bound, segment_bytes},
    [] { return std::uint64_t{0}; });
  if (auto opened = made.store->open(change); !opened) {
    complain("pgmuster spool: " + describe(opened.error()) + "\n");
    return std::nullopt;
  }
  if (names_no_route(options, *made.store)) {
    return std::nullopt;
  }
  if (change) {
    made.store->begin_changes();
  }
  return made;
}

void leave_spool_folder(const opened_spool& opened) {
  if (auto left = opened.store->leave(); !left) {
    complain("pgmuster spool: " + describe(left.error()) + "\n");
  }
}

bool selects(const spool_command_options& options,
             const spooling::partition_key& which) {
  return (options.route.empty() || options.route == which.route.value())
         && (options.tenant.empty() || options.tenant == which.tenant.value());
}

std::string words_for(const spooling::partition_key& which) {
  return without_controls(legible(fmt::format(
    "{}/{}/{}", which.route.value(), which.tenant.value(), which.shard)));
}

int show_spool(const spool_command_options& options) {
  auto opened = open_spool_folder(options, false);
  if (!opened) {
    return exit_failure;
  }
  otlp_decoder decoder;
  std::size_t shown = 0;
  for (const auto& one : opened->store->survey()) {
    if (!selects(options, one.of)) {
      continue;
    }
    for (std::size_t at = 0; at < one.segments; ++at) {
      auto* part = opened->store->nth_segment(one.of, at);
      spooling::spool_loss damaged;
      std::size_t from = 0;
      while (const auto found = part->look(from, damaged)) {
        say(options.format == "json" ? frame_as_json(*found)
                                     : frame_as_text(*found, decoder));
        if (++shown == options.limit) {
          return exit_ok;
        }
      }
      part->rest();
    }
  }
  return exit_ok;
}

int spool(const spool_command_options& options) {
  switch (options.what) {
  case action::list:
    return list_spool(options);
  case action::show:
    return show_spool(options);
  case action::verify:
    return verify_spool(options);
  case action::replay:
    return replay_spool(options);
  case action::drop:
    return drop_spool(options);
  }
  return exit_failure;
}

} // namespace pgmuster::commands
