// Every bound that is not a key of the configuration, with its reason.
#pragma once

#include "config/byte_count.hpp"
#include "config/time.hpp"

#include <cstddef>
#include <cstdint>

namespace pgmuster::limits {

using namespace literals; // NOLINT(google-build-using-namespace): units only

/// Children of one supervising actor.
inline constexpr std::size_t group_children_max = 1'000;

/// Descriptors that are kept free for everything but database connections.
inline constexpr std::size_t reserved_descriptors = 2'000;

/// Our connections to one target at a time: the held one and a transient.
inline constexpr std::size_t target_connections_default = 2;

/// Cancel requests under way at once.
inline constexpr std::size_t cancels_max = 256;

/// Connects under way on one connector thread: as many as the rate lets begin
/// within the default deadline, so that servers that never answer hold up
/// nobody. One that waits costs a descriptor and its place in a poll.
inline constexpr std::size_t connecting_max = 2'000;

/// Bundles of trusted roots that are kept read.
inline constexpr std::size_t root_bundles_max = 64;

/// New connections a second, for the whole process: a restart of all servers
/// at once is spread over as long as that takes.
inline constexpr std::size_t connects_per_second_default = 200;

/// How long a closed connection waits for the server's own end of it.
inline constexpr milliseconds closing_max{3'000};

/// A child that has lived this long is as good as one that never ended.
inline constexpr milliseconds restart_quiet{300'000};

/// Bytes of one lane that one tenant may have between database and frame.
inline constexpr byte_count lane_tenant_credit = 16_MiB;

/// Part of that credit that only `up` may use.
inline constexpr byte_count lane_up_reserve = 256_KiB;

/// A request's body before compression, unless a route says otherwise.
inline constexpr byte_count frame_bytes_max = 900_kB;

/// Points of a request: more than its bytes let in, unless a route says less.
inline constexpr std::uint64_t frame_points_max = 100'000;

/// How long a point waits for company in a frame, unless a route says
/// otherwise.
inline constexpr milliseconds frame_age_max{1'000};

/// Frames of one exporter shard that wait in memory; the oldest go first.
inline constexpr byte_count exporter_queue_max = 64_MiB;

/// Rows of one lane whose last values are held for routes that take deltas,
/// about 200 B each; the points of others are dropped.
inline constexpr std::size_t delta_rows_max = 200'000;

/// How long such a row may be silent before it is forgotten: longer than any
/// interval of a probe.
inline constexpr seconds delta_row_forgotten_after{172'800};

/// How often a marker compares the books with the stages, and how long it may
/// take to pass them all.
inline constexpr milliseconds audit_every{10'000};
inline constexpr milliseconds audit_patience{2'000};

/// How often it is written down what would be lost if the process died.
inline constexpr milliseconds checkpoint_every{1'000};

/// The process's share of the machine's or the control group's memory, unless
/// `memory.limit` says; and the limit where the kernel does not say what there
/// is.
inline constexpr std::uint64_t memory_percent_default = 75;
inline constexpr byte_count memory_limit_unknown = 2'048_MiB;

/// How often memory is looked at.
inline constexpr milliseconds memory_every{1'000};

/// Rows of one result of a database, as they come; a statement that is answered
/// with more has failed, and they are passed over. The longest that a probe of
/// ours asks for are a few MiB.
inline constexpr byte_count result_bytes_max = 64_MiB;

/// Answers of a destination that are read; the rest is cut.
inline constexpr byte_count answer_bytes_max = 64_KiB;

/// Events of one database that wait for its next observation.
inline constexpr std::size_t events_pending_max = 64;

/// Databases of one target.
inline constexpr std::size_t databases_max = 10'000;

/// Kept series of one accumulated family in one database.
inline constexpr std::size_t kept_entries_default = 50;

/// Tables and indexes of one database with series of their own. Few databases
/// have more that anyone looks at, and two indexes a table are usual.
inline constexpr std::size_t kept_tables_default = 300;
inline constexpr std::size_t kept_indexes_default = 600;

/// Series that the entries, tables and indexes of one target, and of all of a
/// tenant's, may have of their own; the rest adds up in `other`. Each has one
/// for each column of its probe. A database whose places are all taken has
/// about 15,000 (300 tables of 28, 600 indexes of 6, their sizes, 50 statements
/// of up to 43).
inline constexpr std::uint64_t series_per_target = 250'000;
inline constexpr std::uint64_t series_per_tenant = 10'000'000;

/// A statement's text, as it is told.
inline constexpr byte_count statement_text_length = 1_KiB;

/// Texts that one read of a target's statements may bring: 5,000 usual ones.
inline constexpr byte_count statement_text_bytes = 1_MiB;

/// Descriptions of statements' texts in the whole process; the ones that were
/// not asked for longest go.
inline constexpr byte_count fingerprint_cache_bytes = 64_MiB;

/// Texts of one lane that wait to be looked at; more are asked for again later.
inline constexpr byte_count texts_waiting_max = 16_MiB;

/// Rules for what must not leave, besides the built-in ones.
inline constexpr std::size_t scrub_rules_max = 64;

/// Keys of statements' comments that are told.
inline constexpr std::size_t comment_tags_max = 16;

/// Frames on disk, of all tenants and routes.
inline constexpr byte_count spool_bytes_max = 10'240_MiB;

/// Frames on disk of one tenant and route; the oldest segment goes first.
inline constexpr byte_count spool_route_bytes_max = 1'024_MiB;

/// A segment is what is let go at once, and what is read again at a start.
inline constexpr byte_count spool_segment_bytes = 8_MiB;

/// Frames that no destination takes, kept to be looked at.
inline constexpr byte_count quarantine_bytes_max = 64_MiB;

/// Room on the spool's file system that is left to others.
inline constexpr byte_count spool_free_min = 256_MiB;

/// Frames that wait to be written to the spool.
inline constexpr byte_count spool_queued_max = 64_MiB;

/// After a full disk, until it is tried again.
inline constexpr milliseconds spool_try_again_after{10'000};

/// What running cycles have at a stop, however short its grace: most end in it.
inline constexpr milliseconds last_cycles_min{250};

/// How long a stop waits, beyond its grace, for what is left to be spooled.
inline constexpr milliseconds last_spooling_max{5'000};

/// Segments of the spool that are open at once.
inline constexpr std::size_t spool_files_max = 128;

/// An unchanged series is sent again after this long.
inline constexpr seconds refresh_after{240};

} // namespace pgmuster::limits
