"""The servers of the test of statements' sums, the collector before them and
the receiver behind it; and what is done at a quiet moment: the model reads, the
collector has read, and all that is shown is compared."""
import collections
import concurrent.futures
import contextlib
import pathlib
import subprocess
import tempfile
import time

import statement_load as load
from expectations import expect, say
from fleet_process import (Pgmuster, PostgresServer, Skip, VictoriaMetrics,
                           end_process, wait_until)
from statement_load import DATABASES
from statement_reference import Reference
from statement_series import Received

MAJORS = (13, 14, 15, 16, 17, 18)
ENTRIES_MAX = 350
KEPT = 5
CALLS = "postgresql.statement.calls"

# Comes with the statements' numbers, and is read before them: a cycle that has
# seen a number has read all that was counted before that was written.
TICK_PROBE = """-- probe: test_tick
-- summary: which moment of the test it is
-- interval: statements
-- versions: 13-
SELECT
  t.n -- gauge test.tick {tick} : moments so far
FROM public.tick AS t
"""


class Target:
    """A server as a role sees it, and what is expected of its series."""

    def __init__(self, name, server, user):
        self.name, self.server, self.user = name, server, user
        self.reference = Reference(sees_all=user == "pgmuster")
        # {(database, metric): sum}
        self.expected = collections.Counter()

    def config(self):
        return {"name": self.name, "databases": "own", "dsn": "postgresql://"
                f"{self.user}@127.0.0.1:{self.server.port}/observer"}

    @property
    def sees_all(self):
        return self.reference.sees_all


class Fleet:
    """Everything that runs; `each` does something at all servers at once."""

    def __init__(self, pool, primaries, standbys, targets, store, pgmuster, folder):
        self.pool, self.servers, self.standbys = pool, primaries, standbys
        self.targets, self.store = targets, store
        self.pgmuster, self.folder = pgmuster, folder
        self.ticks = 0
        # By the last mark, by target.
        self.added = {}

    def each(self, do):
        return list(self.pool.map(do, self.servers))

    def replace(self, old, new):
        self.servers = [new if one is old else one for one in self.servers]
        for target in self.targets:
            if target.server is old:
                target.server = new

    # -- a quiet moment

    def mark(self):
        """The model reads."""
        self.ticks += 1
        tick = f"UPDATE tick SET n = {self.ticks};\n"
        added = list(self.pool.map(
            lambda one: one.reference.advance(one.server, tick), self.targets))
        for target, more in zip(self.targets, added):
            target.expected.update(more)
        self.added = {target.name: more
                      for target, more in zip(self.targets, added)}

    def wait_for_read(self):
        """The collector has read after the last mark, and it has arrived."""
        def arrived():
            seen = {labels["service.name"]: value for labels, value in
                    self.store.query('last_over_time({__name__="test.tick"}[1h])')}
            return all(seen.get(target.name) == self.ticks
                       for target in self.targets)
        wait_until(f"moment {self.ticks} is told of each target", arrived, step=0.2)

    def wrong(self, look):
        """{(target, database, metric): (expected, shown)} of what differs."""
        found = {}
        for target in self.targets:
            shown = look.sums[target.name]
            for key in target.expected.keys() | shown.keys():
                if target.expected[key] != shown[key]:
                    found[target.name, *key] = (target.expected[key], shown[key])
        return found

    def compare(self, when):
        """All sums are the model's; a look at what is shown then."""
        look = None

        def agrees():
            nonlocal look
            look = Received(self.store)
            return not self.wrong(look)
        self.wait_for_read()
        try:
            wait_until("they agree", agrees, seconds=10, step=0.3)
        except AssertionError:
            wrong = self.wrong(look)
            expect(False, f"{when}: {len(wrong)} sums differ (expected, shown): "
                   f"{sorted(wrong.items())[:12]}")
            # Each fault is told once.
            for target in self.targets:
                target.expected = look.sums[target.name].copy()
        violations = self.pgmuster.metrics().get(
            "pgmuster_cardinality_violations_total", 0)
        expect(violations == 0, f"{when}: {violations} violations")
        return look

    def settle(self, when):
        """At a quiet moment; a look at what is shown."""
        self.mark()
        return self.compare(when)

    @contextlib.contextmanager
    def between_reads(self):
        """Nothing is read meanwhile; at the end the model reads."""
        with self.pgmuster.paused():
            self.each(wait_for_silence)
            began = time.monotonic()
            yield
            self.mark()
        say(f"it stood still for {time.monotonic() - began:.1f} s")


def wait_for_silence(server):
    """What a collector that stands still has asked before is answered: none of
    its bytes is unread, and each of its sessions waits for more."""
    wait_until("nothing is unread", lambda: not unread_bytes(server.port),
               step=0.01)
    wait_until("its sessions wait", lambda: server.value(
        "postgres", "SELECT count(*) FROM pg_stat_activity WHERE usename IN "
        "('pgmuster', 'watcher') AND wait_event IS DISTINCT FROM 'ClientRead'"
    ) == 0, step=0.01)


def unread_bytes(port):
    own = f":{port:04X}"
    lines = pathlib.Path("/proc/net/tcp").read_text().splitlines()[1:]
    fields = [line.split() for line in lines]
    return sum(int(field[4].split(":")[1], 16) for field in fields
               if field[1].endswith(own) and field[3] == "01")


def run(server, *sessions):
    """(database, user, script) side by side, to their end."""
    started = []
    try:
        for database, user, script in sessions:
            psql = subprocess.Popen(
                ["psql", "-XqAt", "-v", "ON_ERROR_STOP=1", "-f", "-",
                 f"host=127.0.0.1 port={server.port} user={user} "
                 f"dbname={database} sslmode=disable"],
                stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
            started.append(psql)
            psql.stdin.write(script)
            psql.stdin.close()
        for psql in started:
            expect(psql.wait(90) == 0, f"the load of {server.major} ran to its end")
    finally:
        for psql in started:
            end_process(psql)


def everywhere(script, user="app_a"):
    return [(database, user, script) for database in DATABASES]


def calls_in(sums):
    return sum(value for (_, metric), value in sums.items() if metric == CALLS)


def calls_by_entry(target):
    """{entry: calls} of the model's last read."""
    return {key: entry.values["calls"]
            for key, entry in target.reference.before.entries.items()}


def start_pair(started, major):
    """A primary and its standby, or nothing where there is no such server."""
    try:
        primary = PostgresServer(major, f"pg_stat_statements.max = {ENTRIES_MAX}",
                                 "pg_stat_statements.track = all",
                                 "pg_stat_statements.track_planning = on")
    except Skip:
        return None
    started.append(primary)
    primary.psql("postgres", "CREATE DATABASE observer;" + "".join(
        f"CREATE DATABASE {name};" for name in DATABASES))
    primary.psql("observer", load.INSTANCE_SETUP)
    for name in DATABASES:
        primary.psql(name, load.SETUP)
    standby = primary.standby()
    started.append(standby)
    # So that each database has an entry from the first read on.
    run(primary, *everywhere("SELECT 1;"))
    return primary, standby


def start_fleet(stack, majors):
    program = VictoriaMetrics.fetch()
    folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="pgmuster-sums-"))
    started = []
    pool = stack.enter_context(concurrent.futures.ThreadPoolExecutor(len(majors)))
    stack.callback(lambda: list(pool.map(PostgresServer.__exit__, started)))
    pairs = list(pool.map(lambda major: start_pair(started, major), majors))
    absent = [major for major, pair in zip(majors, pairs) if pair is None]
    if absent:
        say(f"{len(absent)} servers cannot be had: {absent}")
    pairs = [pair for pair in pairs if pair]
    if not pairs:
        raise Skip("no server")
    primaries, standbys = map(list, zip(*pairs))
    targets = [Target(f"pg{server.major}", server, "pgmuster")
               for server in primaries]
    targets.append(Target("unprivileged", primaries[-1], "watcher"))
    store = stack.enter_context(VictoriaMetrics(folder, program))
    probes = pathlib.Path(folder) / "probes.d"
    probes.mkdir()
    (probes / "test_tick.sql").write_text(TICK_PROBE)
    batch = {"batch": {"age": "100ms"}}
    pgmuster = stack.enter_context(Pgmuster(folder, {
        "routes": {"store": {"otlp": store.url + "/opentelemetry", **batch},
                   "file": {"file": folder + "/points.jsonl",
                            "signals": ["metrics"]}},
        "tenants": [{"id": "acme", "targets": [one.config() for one in targets]}],
        "intervals": {"default": "60s", "session_samples": "1h", "statements": "1s",
                      "statement_texts": "1s"},
        "reconnect": {"after": "100ms", "at_most": "500ms"},
        "statements": {"limit": KEPT},
        "probes": {"directory": str(probes)}}))
    return Fleet(pool, primaries, standbys, targets, store, pgmuster, folder)
