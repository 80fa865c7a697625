"""What every built-in probe should have said: metric and labels ← SQL that was
written against PostgreSQL's views, independently of the catalog's text."""
import dataclasses

# How a value read back must relate to the server's own view before and after.
COUNTER = "counter"  # between them; on a quiet server all three are equal
MOVED = "moved"      # between them: the collector itself moves it
LEVEL = "level"      # equal on a quiet server; not compared under load
AGE = "age"          # between them: it grows by the second


@dataclasses.dataclass
class Check:
    probe: str
    labels: tuple        # of the SQL's columns; NULL is an absent label
    metrics: dict        # column → "metric label=value …"
    sql: str
    rules: dict          # column → rule; "*" for the others
    each_database: bool = False
    majors: tuple = (13, 99)
    # Judged and compared only where this holds for the labels.
    only: object = None
    # Where the rule COUNTER holds; elsewhere it is MOVED.
    quiet: object = None


# Databases that nobody is connected to but the sessions that the test holds.
UNTOUCHED = ("archive", "template0", "template1")


def untouched(labels):
    return labels.get("db.namespace") in UNTOUCHED


def in_archive(labels):
    return labels.get("db.namespace") == "archive"


CONFLICTS = {f"confl_{kind}": f"postgresql.query.conflicts postgresql.conflict.type={kind}"
             for kind in ("tablespace", "lock", "snapshot", "bufferpin", "deadlock")}

USER_RELATION = """c.relkind IN ('r', 'm') AND c.relnamespace NOT IN
  ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)
  AND c.relnamespace::regnamespace::text !~ '^pg_(toast|temp)'"""

INDEX_LABELS = ("db.namespace", "db.collection.name", "postgresql.index.name")
TABLE_LABELS = INDEX_LABELS[:2]

CHECKS = [
    Check("archiver", (), {
        "archived_count": "postgresql.archiver.archived",
        "failed_count": "postgresql.archiver.failures",
        "age": "postgresql.wal.age",
    }, "SELECT *, round(extract(epoch FROM now() - last_archived_time)) AS age "
       "FROM pg_stat_archiver", {"age": AGE, "*": COUNTER}),
    Check("bgwriter", (), {
        "buffers_alloc": "postgresql.bgwriter.buffers.allocated",
        "buffers_clean": "postgresql.bgwriter.buffers.writes source=bgwriter",
        "maxwritten_clean": "postgresql.bgwriter.maxwritten",
    }, "SELECT * FROM pg_stat_bgwriter", {"*": MOVED}),
    Check("bgwriter", (), {
        "buffers_checkpoint": "postgresql.bgwriter.buffers.writes source=checkpoints",
        "buffers_backend": "postgresql.bgwriter.buffers.writes source=backend",
        "buffers_backend_fsync": "postgresql.bgwriter.buffers.writes source=backend_fsync",
        "checkpoints_timed": "postgresql.bgwriter.checkpoint.count type=scheduled",
        "checkpoints_req": "postgresql.bgwriter.checkpoint.count type=requested",
        "checkpoint_write_time": "postgresql.bgwriter.duration type=write",
        "checkpoint_sync_time": "postgresql.bgwriter.duration type=sync",
    }, "SELECT * FROM pg_stat_bgwriter",
        {"buffers_backend": MOVED, "*": COUNTER}, majors=(13, 16)),
    Check("checkpointer", (), {
        "buffers_written": "postgresql.bgwriter.buffers.writes source=checkpoints",
        "num_timed": "postgresql.bgwriter.checkpoint.count type=scheduled",
        "num_requested": "postgresql.bgwriter.checkpoint.count type=requested",
        "write_time": "postgresql.bgwriter.duration type=write",
        "sync_time": "postgresql.bgwriter.duration type=sync",
        "restartpoints_timed": "postgresql.checkpointer.restartpoints type=scheduled",
        "restartpoints_req": "postgresql.checkpointer.restartpoints type=requested",
        "restartpoints_done": "postgresql.checkpointer.restartpoints.done",
    }, "SELECT * FROM pg_stat_checkpointer", {"*": COUNTER}, majors=(17, 99)),
    Check("checkpointer", (), {
        "num_done": "postgresql.checkpointer.checkpoints.done",
        "slru_written": "postgresql.checkpointer.slru.writes",
    }, "SELECT * FROM pg_stat_checkpointer", {"*": COUNTER}, majors=(18, 99)),
    Check("database", ("db.namespace",), {
        "xact_commit": "postgresql.commits",
        "xact_rollback": "postgresql.rollbacks",
        "blks_hit": "postgresql.blks_hit",
        "blks_read": "postgresql.blks_read",
        "tup_returned": "postgresql.tup_returned",
        "tup_fetched": "postgresql.tup_fetched",
        "tup_inserted": "postgresql.tup_inserted",
        "tup_updated": "postgresql.tup_updated",
        "tup_deleted": "postgresql.tup_deleted",
        "temp_files": "postgresql.temp_files",
        "temp_bytes": "postgresql.temp.io",
        "deadlocks": "postgresql.deadlocks",
        "checksum_failures": "postgresql.checksum.failures",
        "read_s": "postgresql.database.io.time operation=read",
        "write_s": "postgresql.database.io.time operation=write",
        "frozen_age": "postgresql.database.transaction_id.age",
        "multi_age": "postgresql.database.multixact_id.age",
        **CONFLICTS,
    }, """SELECT s.*, c.*, s.datname AS "db.namespace",
      s.blk_read_time / 1000 AS read_s, s.blk_write_time / 1000 AS write_s,
      age(d.datfrozenxid) AS frozen_age, mxid_age(d.datminmxid) AS multi_age
      FROM pg_stat_database s JOIN pg_database d ON d.datname = s.datname
      LEFT JOIN (SELECT datid AS of, confl_tablespace, confl_lock,
        confl_snapshot, confl_bufferpin, confl_deadlock
        FROM pg_stat_database_conflicts) c ON c.of = d.oid""",
        {"frozen_age": LEVEL, "multi_age": LEVEL, "*": COUNTER},
        quiet=untouched),
    Check("database", ("db.namespace",), {
        "session_s": "postgresql.database.session.time",
        "active_s": "postgresql.database.active.time",
        "idle_s": "postgresql.database.idle_in_transaction.time",
        "sessions": "postgresql.database.sessions",
        "sessions_abandoned": "postgresql.database.sessions.ended reason=abandoned",
        "sessions_fatal": "postgresql.database.sessions.ended reason=fatal",
        "sessions_killed": "postgresql.database.sessions.ended reason=killed",
    }, """SELECT *, datname AS "db.namespace", session_time / 1000 AS session_s,
      active_time / 1000 AS active_s, idle_in_transaction_time / 1000 AS idle_s
      FROM pg_stat_database WHERE datname IS NOT NULL""",
        {"*": COUNTER}, majors=(14, 99), quiet=untouched),
    Check("database", ("db.namespace",), {
        "confl_active_logicalslot": "postgresql.query.conflicts "
                                    "postgresql.conflict.type=active_logicalslot",
    }, 'SELECT *, datname AS "db.namespace" FROM pg_stat_database_conflicts',
        {"*": COUNTER}, majors=(16, 99)),
    Check("database", ("db.namespace",), {
        "parallel_workers_to_launch": "postgresql.database.parallel_workers "
                                      "postgresql.worker.state=planned",
        "parallel_workers_launched": "postgresql.database.parallel_workers "
                                     "postgresql.worker.state=launched",
    }, 'SELECT *, datname AS "db.namespace" FROM pg_stat_database '
       "WHERE datname IS NOT NULL", {"*": COUNTER}, majors=(18, 99), quiet=untouched),
    Check("db_size", ("db.namespace",), {"size": "postgresql.db_size"},
          'SELECT datname AS "db.namespace", pg_database_size(datname) AS size '
          "FROM pg_database", {"*": LEVEL}),
    Check("index_sizes", INDEX_LABELS, {"size": "postgresql.index.size"},
          f"""SELECT current_database() || '|' || nspname AS "db.namespace",
      c.relname AS "db.collection.name", i.relname AS "postgresql.index.name",
      pg_relation_size(i.oid) AS size
      FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      JOIN pg_index x ON x.indrelid = c.oid JOIN pg_class i ON i.oid = x.indexrelid
      WHERE {USER_RELATION}""", {"*": LEVEL}, each_database=True),
    Check("indexes", INDEX_LABELS, {
        "idx_scan": "postgresql.index.scans",
        "idx_tup_read": "postgresql.index.rows operation=read",
        "idx_tup_fetch": "postgresql.index.rows operation=fetched",
        "idx_blks_read": "postgresql.index.blocks source=read",
        "idx_blks_hit": "postgresql.index.blocks source=hit",
        "invalid": "postgresql.index.invalid",
    }, """SELECT current_database() || '|' || u.schemaname AS "db.namespace",
      u.relname AS "db.collection.name", u.indexrelname AS "postgresql.index.name",
      u.idx_scan, u.idx_tup_read, u.idx_tup_fetch, b.idx_blks_read, b.idx_blks_hit,
      CASE WHEN x.indisvalid THEN NULL ELSE 1 END AS invalid
      FROM pg_stat_user_indexes u JOIN pg_statio_user_indexes b USING (indexrelid)
      JOIN pg_index x USING (indexrelid)""",
        {"invalid": LEVEL, "*": COUNTER}, each_database=True),
    Check("instance", (), {
        "uptime": "postgresql.uptime",
        "room": "postgresql.connection.max",
        "databases": "postgresql.database.count",
    }, """SELECT extract(epoch FROM clock_timestamp() - pg_postmaster_start_time())
      AS uptime, (SELECT setting::int FROM pg_settings WHERE name = 'max_connections')
      AS room, (SELECT count(*) FROM pg_database WHERE datname !~ '^template[01]$')
      AS databases""", {"uptime": AGE, "*": LEVEL}),
    Check("io", ("postgresql.backend_type", "postgresql.io.object",
                 "postgresql.io.context"), {
        "reads": "postgresql.io.reads",
        "writes": "postgresql.io.writes",
        "writebacks": "postgresql.io.writebacks",
        "extends": "postgresql.io.extends",
        "hits": "postgresql.io.hits",
        "evictions": "postgresql.io.evictions",
        "reuses": "postgresql.io.reuses",
        "fsyncs": "postgresql.io.fsyncs",
        "read_time": "postgresql.io.read_time_milliseconds",
        "write_time": "postgresql.io.write_time_milliseconds",
        "writeback_time": "postgresql.io.writeback_time_milliseconds",
        "extend_time": "postgresql.io.extend_time_milliseconds",
        "fsync_time": "postgresql.io.fsync_time_milliseconds",
    }, """SELECT *, backend_type AS "postgresql.backend_type",
      object AS "postgresql.io.object", context AS "postgresql.io.context"
      FROM pg_stat_io""", {"*": COUNTER}, majors=(16, 99),
        quiet=lambda labels: labels["postgresql.backend_type"] == "standalone backend"),
    *(Check("io", ("postgresql.backend_type", "postgresql.io.object",
                   "postgresql.io.context"),
            {f"{what}_sum": f"postgresql.io.{what}_bytes"
             for what in ("read", "write", "extend")},
            """SELECT backend_type AS "postgresql.backend_type",
      object AS "postgresql.io.object", context AS "postgresql.io.context", """
            + ", ".join(f"{sum_of.format(what)} AS {what}_sum"
                        for what in ("read", "write", "extend"))
            + " FROM pg_stat_io", {"*": MOVED}, majors=majors)
      for sum_of, majors in (("{}s * op_bytes", (16, 17)), ("{}_bytes", (18, 99)))),
    Check("locks", ("db.namespace", "mode", "granted"), {
        "locks": "postgresql.database.locks",
    }, """SELECT datname AS "db.namespace", mode, granted::text, count(*) AS locks
      FROM pg_locks JOIN pg_database d ON d.oid = database
      GROUP BY 1, 2, 3""", {"*": LEVEL}, only=in_archive),
    Check("locks", ("db.namespace", "mode", "granted"), {
        "age": "postgresql.lock.wait.age.max",
    }, """SELECT datname AS "db.namespace", mode, granted::text,
      extract(epoch FROM clock_timestamp() - min(waitstart)) AS age
      FROM pg_locks JOIN pg_database d ON d.oid = database
      GROUP BY 1, 2, 3""", {"*": AGE}, only=in_archive, majors=(14, 99)),
    Check("replication", ("replication_client", "postgresql.application_name"), {
        "delay": "postgresql.replication.data_delay",
        "sent": "postgresql.replication.lag operation=sent",
        "written": "postgresql.replication.lag operation=write",
        "flushed": "postgresql.replication.lag operation=flush",
        "delay_again": "postgresql.replication.lag operation=replay",
        "streaming": "postgresql.replication.streaming",
        "synchronous": "postgresql.replication.synchronous",
        "xmin_age": "postgresql.replication.xmin.age",
    }, """SELECT host(client_addr) AS replication_client,
      application_name AS "postgresql.application_name",
      pg_current_wal_lsn() - replay_lsn AS delay,
      pg_current_wal_lsn() - replay_lsn AS delay_again,
      pg_current_wal_lsn() - sent_lsn AS sent,
      pg_current_wal_lsn() - write_lsn AS written,
      pg_current_wal_lsn() - flush_lsn AS flushed,
      (state = 'streaming')::int AS streaming,
      (sync_state IN ('sync', 'quorum'))::int AS synchronous,
      age(backend_xmin) AS xmin_age FROM pg_stat_replication""", {"*": LEVEL}),
    Check("replication_slots", ("postgresql.replication_slot.name",
                                "postgresql.replication_slot.type",
                                "db.namespace"), {
        "active": "postgresql.replication_slots.active",
        "retained": "postgresql.replication_slots.wal_retain_bytes",
        "safe_wal_size": "postgresql.replication_slots.safe_wal_size_bytes",
        "unconfirmed": "postgresql.replication_slots.lag_bytes",
        "xid_age": "postgresql.replication_slots.transactions_retain_age",
        **{word: f"postgresql.replication_slots.wal_status status={word}"
           for word in ("reserved", "extended", "unreserved", "lost")},
    }, """SELECT slot_name AS "postgresql.replication_slot.name",
      slot_type AS "postgresql.replication_slot.type", database AS "db.namespace",
      active::int, pg_current_wal_lsn() - restart_lsn AS retained, safe_wal_size,
      pg_current_wal_lsn() - confirmed_flush_lsn AS unconfirmed,
      greatest(age(xmin), age(catalog_xmin)) AS xid_age,
      (wal_status = 'reserved')::int AS reserved,
      (wal_status = 'extended')::int AS extended,
      (wal_status = 'unreserved')::int AS unreserved,
      (wal_status = 'lost')::int AS lost FROM pg_replication_slots""", {"*": LEVEL}),
    Check("replication_slots", ("postgresql.replication_slot.name",
                                "postgresql.replication_slot.type",
                                "db.namespace"), {
        "conflict": "postgresql.replication_slots.conflicting",
        "invalid": "postgresql.replication_slots.invalidated",
        "since": "postgresql.replication_slots.inactive_since_unixtime",
    }, """SELECT slot_name AS "postgresql.replication_slot.name",
      slot_type AS "postgresql.replication_slot.type", database AS "db.namespace",
      conflicting::int AS conflict, (invalidation_reason IS NOT NULL)::int AS invalid,
      round(extract(epoch FROM inactive_since)) AS since
      FROM pg_replication_slots""", {"*": LEVEL}, majors=(17, 99)),
    Check("sessions", ("db.namespace", "postgresql.state",
                       "postgresql.wait_event_type"), {
        "sessions": "postgresql.sessions",
    }, """SELECT datname AS "db.namespace", state AS "postgresql.state",
      wait_event_type AS "postgresql.wait_event_type", count(*) AS sessions
      FROM pg_stat_activity WHERE backend_type = 'client backend'
      GROUP BY 1, 2, 3""", {"*": LEVEL}, only=in_archive),
    Check("sessions", ("db.namespace",), {
        "backends": "postgresql.backends",
        "xact": "postgresql.transaction.age.max",
        "query_age": "postgresql.query.age.max",
        "idle": "postgresql.idle_in_transaction.age.max",
        "xmin_age": "postgresql.backend_xmin.age.max",
    }, """SELECT datname AS "db.namespace", count(*) AS backends,
      extract(epoch FROM clock_timestamp() - min(xact_start)) AS xact,
      extract(epoch FROM clock_timestamp() - min(query_start)
        FILTER (WHERE state = 'active')) AS query_age,
      extract(epoch FROM clock_timestamp() - min(state_change)
        FILTER (WHERE state ~ '^idle in trans')) AS idle,
      max(age(backend_xmin)) AS xmin_age
      FROM pg_stat_activity WHERE datname IS NOT NULL GROUP BY 1""",
        {"backends": LEVEL, "xmin_age": LEVEL, "*": AGE}, only=in_archive),
    Check("standby", (), {
        "delay": "postgresql.replication.standby.delay",
        "lag": "postgresql.replication.standby.lag",
        "receivers": "postgresql.replication.standby.receivers",
        "paused": "postgresql.replication.standby.paused",
    }, """SELECT 0 AS delay,
      pg_last_wal_receive_lsn() - pg_last_wal_replay_lsn() AS lag,
      (SELECT count(*) FROM pg_stat_wal_receiver WHERE status = 'streaming')
      AS receivers, pg_is_wal_replay_paused()::int AS paused
      WHERE pg_is_in_recovery()""", {"*": LEVEL}),
    Check("statements_info", (), {"dealloc": "postgresql.statement.evictions"},
          "SELECT dealloc FROM pg_stat_statements_info", {"*": COUNTER},
          majors=(14, 99)),
    Check("table_count", ("db.namespace",), {"tables": "postgresql.table.count"},
          """SELECT current_database() AS "db.namespace", count(*) AS tables
      FROM pg_tables WHERE schemaname !~ '^(pg_|information_schema$)'""",
          {"*": LEVEL}, each_database=True),
    Check("table_sizes", TABLE_LABELS, {
        "size": "postgresql.table.size",
        "toast": "postgresql.table.toast.size",
    }, f"""SELECT current_database() || '|' || nspname AS "db.namespace",
      c.relname AS "db.collection.name", pg_relation_size(c.oid) AS size,
      pg_relation_size(nullif(c.reltoastrelid, 0)) AS toast
      FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE {USER_RELATION}""", {"*": LEVEL}, each_database=True),
    Check("tables", TABLE_LABELS, {
        "n_live_tup": "postgresql.rows state=live",
        "n_dead_tup": "postgresql.rows state=dead",
        "n_tup_ins": "postgresql.operations operation=ins",
        "n_tup_upd": "postgresql.operations operation=upd",
        "n_tup_del": "postgresql.operations operation=del",
        "n_tup_hot_upd": "postgresql.operations operation=hot_upd",
        "seq_scan": "postgresql.sequential_scans",
        "seq_tup_read": "postgresql.table.sequential_rows",
        **{f"{which}_blks_{how}": f"postgresql.blocks_read source={which}_{how}"
           for which in ("heap", "idx", "toast", "tidx") for how in ("read", "hit")},
        "vacuum_count": "postgresql.table.vacuum.count",
        "autovacuum_count": "postgresql.table.autovacuum.count",
        "analyze_count": "postgresql.table.analyze.count",
        "autoanalyze_count": "postgresql.table.autoanalyze.count",
        "vacuumed": "postgresql.table.vacuum.age",
        "analyzed": "postgresql.table.analyze.age",
        "n_mod_since_analyze": "postgresql.table.modified_since_analyze",
        "n_ins_since_vacuum": "postgresql.table.inserted_since_vacuum",
        "frozen_age": "postgresql.table.transaction_id.age",
    }, """SELECT current_database() || '|' || u.schemaname AS "db.namespace",
      u.relname AS "db.collection.name", u.*, b.*,
      round(extract(epoch FROM now() - greatest(last_vacuum, last_autovacuum)))
      AS vacuumed,
      round(extract(epoch FROM now() - greatest(last_analyze, last_autoanalyze)))
      AS analyzed, age(nullif(c.relfrozenxid::text, '0')::xid) AS frozen_age
      FROM pg_stat_user_tables u JOIN pg_class c ON c.oid = u.relid
      JOIN (SELECT relid AS of, heap_blks_read, heap_blks_hit, idx_blks_read,
        idx_blks_hit, toast_blks_read, toast_blks_hit, tidx_blks_read,
        tidx_blks_hit FROM pg_statio_user_tables) b ON b.of = u.relid
      WHERE c.relkind IN ('r', 'm')""",
        {"n_live_tup": LEVEL, "n_dead_tup": LEVEL, "n_mod_since_analyze": LEVEL,
         "n_ins_since_vacuum": LEVEL, "frozen_age": LEVEL, "vacuumed": AGE,
         "analyzed": AGE, "*": COUNTER}, each_database=True),
    Check("tables", TABLE_LABELS, {
        f"total_{what}_time": f"postgresql.table.maintenance.time operation={what}"
        for what in ("vacuum", "autovacuum", "analyze", "autoanalyze")
    }, """SELECT current_database() || '|' || schemaname AS "db.namespace",
      u.relname AS "db.collection.name", total_vacuum_time / 1000 AS total_vacuum_time,
      total_autovacuum_time / 1000 AS total_autovacuum_time,
      total_analyze_time / 1000 AS total_analyze_time,
      total_autoanalyze_time / 1000 AS total_autoanalyze_time
      FROM pg_stat_user_tables u JOIN pg_class c ON c.oid = relid
      WHERE c.relkind IN ('r', 'm')""",
        {"*": COUNTER}, each_database=True, majors=(18, 99)),
    Check("wal", (), {
        "wal_records": "postgresql.wal.records",
        "wal_fpi": "postgresql.wal.full_page_images",
        "wal_bytes": "postgresql.wal.bytes",
        "wal_buffers_full": "postgresql.wal.buffers_full",
    }, "SELECT * FROM pg_stat_wal", {"*": COUNTER}, majors=(14, 99)),
    Check("wal", (), {
        "wal_write": "postgresql.wal.writes",
        "wal_sync": "postgresql.wal.syncs",
        "write_s": "postgresql.wal.write.time",
        "sync_s": "postgresql.wal.sync.time",
    }, "SELECT *, wal_write_time / 1000 AS write_s, wal_sync_time / 1000 AS sync_s "
       "FROM pg_stat_wal", {"*": COUNTER}, majors=(14, 17)),
]

# pg_stat_statements, summed by database: what its statements added between two
# quiet moments is what the series added, in exact numbers.
BLOCKS = {f"{storage}_blks_{operation}":
          f"postgresql.statement.blocks postgresql.storage={storage} "
          f"operation={operation}"
          for storage in ("shared", "local", "temp")
          for operation in ("hit", "read", "dirtied", "written")
          if (storage, operation) not in (("temp", "hit"), ("temp", "dirtied"))}
STATEMENT_SUMS = {
    "calls": "postgresql.statement.calls",
    "plans": "postgresql.statement.plans",
    "rows": "postgresql.statement.rows",
    "wal_records": "postgresql.statement.wal.records",
    "wal_fpi": "postgresql.statement.wal.full_page_images",
    "wal_bytes": "postgresql.statement.wal.bytes",
    **BLOCKS,
}
STATEMENT_TIMES = {"total_exec_time": "postgresql.statement.execution.time"}
