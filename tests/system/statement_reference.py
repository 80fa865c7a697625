"""What the entries of pg_stat_statements add between two quiet moments, by the
rules of SEMANTICS §2 alone: an own model over an own read, in no way the
program's."""
import collections
import math
import re

# Column of the view → metric and attributes; all versions together.
COLUMNS = {
    "calls": "postgresql.statement.calls",
    "rows": "postgresql.statement.rows",
    "plans": "postgresql.statement.plans",
    "total_exec_time": "postgresql.statement.execution.time",
    "total_plan_time": "postgresql.statement.planning.time",
    "wal_records": "postgresql.statement.wal.records",
    "wal_fpi": "postgresql.statement.wal.full_page_images",
    "wal_bytes": "postgresql.statement.wal.bytes",
    "wal_buffers_full": "postgresql.statement.wal.buffers_full",
    "jit_functions": "postgresql.statement.jit.functions",
    "parallel_workers_to_launch":
        "postgresql.statement.parallel_workers postgresql.worker.state=planned",
    "parallel_workers_launched":
        "postgresql.statement.parallel_workers postgresql.worker.state=launched",
}
for _storage in ("shared", "local", "temp"):
    for _what in ("hit", "read", "dirtied", "written"):
        COLUMNS[f"{_storage}_blks_{_what}"] = (
            "postgresql.statement.blocks "
            f"postgresql.storage={_storage} operation={_what}")
    for _what in ("read", "write"):
        COLUMNS[f"{_storage}_blk_{_what}_time"] = (
            "postgresql.statement.io.time "
            f"postgresql.storage={_storage} operation={_what}")
# Their name before extension 1.11.
for _what in ("read", "write"):
    COLUMNS[f"blk_{_what}_time"] = COLUMNS[f"shared_blk_{_what}_time"]
for _phase in ("inlining", "optimization", "emission", "deform"):
    COLUMNS[f"jit_{_phase}_count"] = (
        f"postgresql.statement.jit.runs postgresql.jit.phase={_phase}")
for _phase in ("generation", "inlining", "optimization", "emission", "deform"):
    COLUMNS[f"jit_{_phase}_time"] = (
        f"postgresql.statement.jit.time postgresql.jit.phase={_phase}")

NEVER_A_SERIES = re.compile(
    "(userid|dbid|toplevel|queryid|query|stats_since|minmax_stats_since)$"
    "|(min|max|mean|stddev)_")

READ = """SELECT d.datname, r.rolname, to_jsonb(s) AS entry
  FROM pg_stat_statements s JOIN pg_database d ON d.oid = s.dbid
  JOIN pg_roles r ON r.oid = s.userid"""
IDENTITY = """SELECT system_identifier::text AS system,
  pg_postmaster_start_time() AS start FROM pg_control_system()"""
RESET = "SELECT stats_reset FROM pg_stat_statements_info"

Read = collections.namedtuple("Read", "incarnation reset entries unattributed")
Entry = collections.namedtuple("Entry", "database user query since values")


def integer(column, value):
    """Times are milliseconds there and whole microseconds here, halves up."""
    if column.endswith("_time"):
        return math.floor(value * 1000.0 + 0.5)
    return value


def told_values(row):
    for column in row:
        if column not in COLUMNS and not NEVER_A_SERIES.match(column):
            raise AssertionError(f"no metric is known for the column {column}")
    return {column: integer(column, value) for column, value in row.items()
            if column in COLUMNS}


def falls(before, now):
    return any(now[column] < before[column] for column in now)


def minus(now, before):
    return {column: now[column] - before[column] for column in now}


class Reference:
    """Of one target: a server as a role sees it."""

    def __init__(self, sees_all):
        self.sees_all, self.before = sees_all, None
        # Of the read before, entry by entry: [(entry, delta)].
        self.moved = []

    def read(self, server, first):
        queries = [READ, IDENTITY] + ([RESET] if server.major >= 14 else [])
        rows, (identity,), *reset = server.rows("observer", *queries, first=first)
        entries, unattributed = {}, {}
        for row in rows:
            told = row["entry"]
            values = told_values(told)
            if not self.sees_all:
                known = unattributed.setdefault(
                    row["datname"], collections.Counter(dict.fromkeys(values, 0)))
                for column, value in values.items():
                    known[column] += value
                continue
            key = (told["dbid"], told["userid"], told["queryid"],
                   told.get("toplevel", True))
            entries[key] = Entry(row["datname"], row["rolname"], told["query"],
                                 told.get("stats_since"), values)
        return Read((identity["system"], identity["start"]),
                    reset[0][0]["stats_reset"] if reset else None,
                    entries, unattributed)

    def advance(self, server, first=""):
        """Runs `first` and reads; {(database, metric): what was added since}."""
        now, before = self.read(server, first), self.before
        self.before, self.moved = now, []
        added = collections.Counter()
        if before is None or before.incarnation != now.incarnation:
            return added
        wholly_reset = before.reset != now.reset
        for key, entry in now.entries.items():
            old = None if wholly_reset else before.entries.get(key)
            delta = self.delta(old, entry)
            self.moved.append((entry, delta))
            self.add(added, entry.database, delta)
        for database, sums in now.unattributed.items():
            old = None if wholly_reset else before.unattributed.get(database)
            if old is None:
                self.add(added, database, sums)
            elif not falls(old, sums):
                self.add(added, database, minus(sums, old))
        return added

    @staticmethod
    def delta(old, entry):
        if old is None or old.since != entry.since or falls(old.values, entry.values):
            return entry.values
        return minus(entry.values, old.values)

    @staticmethod
    def add(to, database, delta):
        for column, value in delta.items():
            to[database, COLUMNS[column]] += value

    def calls_of(self, database, words):
        """(entries, their calls) that moved in the last read, by their text."""
        found = [delta["calls"] for entry, delta in self.moved
                 if entry.database == database and words in entry.query
                 and delta["calls"]]
        return len(found), sum(found)
