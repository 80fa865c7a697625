"""The throw-away server of a benchmark: its tables, statements and load."""
import itertools
import os
import pathlib
import subprocess
import threading

PGSERVER = pathlib.Path(__file__).resolve().parent.parent / "support" / "pgserver"
COLUMNS = [f"c{at}" for at in range(8)]
ROLES = ("bench_pgmuster", "bench_loop", "bench_loop_with_text")


class Server:
    """One server with the bench cycle's database; ends with `close`."""

    def __init__(self, cycle, major, connections):
        started = subprocess.run(
            [PGSERVER, "start", major, f"max_connections={connections}",
             *cycle.get("server", [])],
            env=os.environ | {"PGMUSTER_TEST_PARENT": str(os.getpid())},
            check=True, stdout=subprocess.PIPE, text=True)
        self.port, _, self.folder = started.stdout.split(maxsplit=2)
        self.folder = self.folder.strip()
        self.cycle = cycle
        self.stopping = threading.Event()
        self.mover = None

    def dsn(self, role, sslmode="disable"):
        return f"postgresql://{role}@127.0.0.1:{self.port}/bench?sslmode={sslmode}"

    def psql(self, text, database="bench"):
        return subprocess.run(
            ["psql", "-XAtq", "-v", "ON_ERROR_STOP=1", "-h", "127.0.0.1", "-p",
             self.port, "-U", "postgres", "-d", database],
            input=text, check=True, stdout=subprocess.PIPE, text=True).stdout

    def statements(self):
        """Distinct statements: tables by subsets of their columns."""
        lists = [", ".join(some) for size in (2, 3, 4, 5, 6, 7, 8, 1)
                 for some in itertools.combinations(COLUMNS, size)]
        pairs = itertools.product(lists, range(self.cycle["tables"]))
        made = [f"SELECT {columns} FROM t{table} WHERE id = 7;"
                for columns, table in itertools.islice(pairs, self.cycle["statements"])]
        if len(made) < self.cycle["statements"]:
            raise SystemExit(f"there are only {len(made)} distinct statements")
        return [self._lengthened(one) for one in made]

    def _lengthened(self, statement):
        """To the length of usual ones, where the cycle says what that is; by
        words, since the server keeps no literals."""
        words = " AND c0 IS NOT NULL"
        lacking = self.cycle.get("text_bytes", 0) - len(statement)
        return statement.replace(";", words * max(0, round(lacking / len(words))) + ";")

    def entries(self):
        return int(self.psql("SELECT count(*) FROM pg_stat_statements(false);"))

    def prepare(self):
        self.psql("CREATE DATABASE bench;", "postgres")
        self.psql("CREATE EXTENSION pg_stat_statements;")
        for role in ROLES:
            self.psql(f"CREATE ROLE {role} LOGIN; GRANT pg_monitor TO {role};")
        columns = ", ".join(f"{name} int DEFAULT 1" for name in COLUMNS)
        for table in range(self.cycle["tables"]):
            self.psql(f"CREATE TABLE t{table} (id int PRIMARY KEY, {columns});"
                      f"CREATE INDEX ON t{table} (c0);"
                      f"INSERT INTO t{table} SELECT generate_series(1, 1000);")
        self.psql("VACUUM ANALYZE;")
        self.psql("SELECT pg_stat_statements_reset();")
        self.psql("\n".join(self.statements()))

    def move(self, interval):
        """Runs a cycle's share of the statements each interval until `close`."""
        self.mover = threading.Thread(target=self._move, args=(interval,))
        self.mover.start()

    def _move(self, interval):
        every = self.statements()
        same = self.cycle["of_these_always_the_same"]
        more = self.cycle["statements_moved_each_cycle"] - same
        rest = itertools.cycle(every[same:])
        with subprocess.Popen(
                ["psql", "-Xq", "-o", "/dev/null", "-h", "127.0.0.1", "-p",
                 self.port, "-U", "postgres", "-d", "bench"],
                stdin=subprocess.PIPE, text=True) as session:
            while not self.stopping.wait(interval):
                session.stdin.write("\n".join(
                    every[:same] + list(itertools.islice(rest, more))) + "\n")
                session.stdin.flush()
            session.stdin.close()

    def backends(self, role):
        return [int(pid) for pid in self.psql(
            f"SELECT pid FROM pg_stat_activity WHERE usename = '{role}';").split()]

    def close(self):
        self.stopping.set()
        if self.mover:
            self.mover.join()
        subprocess.run([PGSERVER, "stop", self.folder], check=False)
