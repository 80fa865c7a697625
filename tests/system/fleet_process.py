"""Starts and stops what a system test needs: pgmuster itself, PostgreSQL
servers and OTLP receivers. Each is stopped by its own pid, also on failure."""
import contextlib
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.parse
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
SUPPORT = ROOT / "tests" / "support"
# Another build of it, for a run under a sanitizer.
PGMUSTER = pathlib.Path(os.environ.get(
    "PGMUSTER_BINARY", ROOT / "build" / "release" / "pgmuster"))


class Skip(Exception):
    """What the test needs cannot be had here."""


def end_with(main):
    """The whole program: what `main` returns, or 77, which ctest takes for
    skipped, with the reason."""
    try:
        sys.exit(main())
    except Skip as reason:
        print("SKIPPED:", reason)
        sys.exit(77)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_until(what, condition, seconds=60.0, step=0.1):
    """The first true answer of `condition`; fails with `what` after `seconds`."""
    deadline = time.monotonic() + seconds
    while True:
        answer = condition()
        if answer:
            return answer
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {seconds:.0f} s in vain until {what}")
        time.sleep(step)


def http_get(url, timeout=20.0):
    with urllib.request.urlopen(url, timeout=timeout) as answer:
        return answer.read().decode()


def end_process(process, how=signal.SIGTERM, seconds=30.0):
    """Its exit code; killed if it does not end in time."""
    if process.poll() is None:
        process.send_signal(how)
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    return process.returncode


class Pgmuster:
    """`pgmuster run` on a configuration (a dict), in a folder of its own. The
    admin address is a free port; the log is JSON lines."""

    def __init__(self, folder, config, binary=PGMUSTER):
        if not os.access(binary, os.X_OK):
            raise AssertionError(f"{binary} is not built: cmake --preset release "
                                 "&& cmake --build build/release")
        config = {"admin": {"listen": "127.0.0.1:0"},
                  "log": {"format": "json"}, **config}
        file = pathlib.Path(folder) / "fleet.json"
        file.write_text(json.dumps(config, indent=1))
        self.log_file = pathlib.Path(folder) / "pgmuster.log"
        with open(self.log_file, "wb") as log:
            self.process = subprocess.Popen(
                [str(binary), "run", "--config", str(file)], cwd=folder,
                stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def __enter__(self):
        try:
            self.admin = f"http://127.0.0.1:{wait_until('it listens', self._port)}"
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        end_process(self.process, signal.SIGKILL)

    def _port(self):
        for line in self.log().splitlines():
            found = re.search(r'admin address is open.*"port":"(\d+)"', line)
            if found:
                return int(found.group(1))
        if self.process.poll() is not None:
            raise AssertionError("pgmuster ended:\n" + self.log())
        return 0

    def log(self):
        return self.log_file.read_text(errors="replace")

    def api(self, name):
        return json.loads(http_get(f"{self.admin}/api/v1/{name}"))

    def metrics(self):
        """Its own metrics: the text of a series → its value."""
        lines = http_get(self.admin + "/metrics").splitlines()
        pairs = (line.rsplit(" ", 1) for line in lines if line[:1] not in ("", "#"))
        return {series: float(value) for series, value in pairs}

    @contextlib.contextmanager
    def paused(self):
        """It stands still: asks nothing, hears nothing, and goes on at the end."""
        def stands(task):
            return (task / "stat").read_text().rsplit(")", 1)[1].split()[0] == "T"
        tasks = pathlib.Path(f"/proc/{self.process.pid}/task")
        self.process.send_signal(signal.SIGSTOP)
        try:
            wait_until("it stands still", lambda: all(map(stands, tasks.iterdir())),
                       step=0.01)
            yield
        finally:
            self.process.send_signal(signal.SIGCONT)

    def stop(self):
        """(exit code, the closing line), by SIGTERM."""
        code = end_process(self.process)
        return code, (self.log().strip().splitlines() or [""])[-1]


class PostgresServer:
    """A throw-away server of tests/support/pgserver."""

    def __init__(self, major, *conf):
        self.major = major
        self._tell("start", str(major), *conf)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        subprocess.run([SUPPORT / "pgserver", "stop", self.data], check=False)

    def _tell(self, *words):
        env = dict(os.environ, PGMUSTER_TEST_PARENT=str(os.getpid()))
        done = subprocess.run([SUPPORT / "pgserver", *words], env=env,
                              stdout=subprocess.PIPE, text=True, timeout=120)
        if done.returncode != 0:
            # Once there is one, it must also go on.
            kind = Skip if words[0] == "start" else AssertionError
            raise kind(f"pgserver {words[0]} of PostgreSQL {self.major} failed")
        port, pid, self.data = done.stdout.split()
        self.port, self.pid = int(port), int(pid)

    def conninfo(self, database):
        # The test's own statements stay out of pg_stat_statements.
        return (f"host=127.0.0.1 port={self.port} user=postgres dbname={database} "
                "sslmode=disable options='-c pg_stat_statements.track=none'")

    def psql(self, database, script, timeout=60):
        done = subprocess.run(
            ["psql", "-XqAt", "-v", "ON_ERROR_STOP=1", "-d",
             self.conninfo(database), "-f", "-"],
            input=script, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            text=True, timeout=timeout)
        if done.returncode != 0:
            raise AssertionError(f"psql: {done.stderr}\n{script}")
        return done.stdout

    def rows(self, database, *queries, first=""):
        """For each query its rows, as a list of dicts; `first` has none."""
        script = first + "\n".join(
            f"SELECT coalesce(json_agg(q), '[]')::jsonb FROM ({query}) AS q;"
            for query in queries)
        return [json.loads(line)
                for line in self.psql(database, script).splitlines()]

    def value(self, database, query):
        (row,), = self.rows(database, query)
        return next(iter(row.values()))

    def start_session(self, database, script):
        """A psql that stays; end it with end_process."""
        return subprocess.Popen(
            ["psql", "-XqAt", "-d", self.conninfo(database), "-c", script],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL)

    def shut_down(self):
        """As an operator would; the files stay."""
        os.kill(self.pid, signal.SIGINT)
        wait_until("the server has ended",
                   lambda: not os.path.exists(f"/proc/{self.pid}"))

    @contextlib.contextmanager
    def paused(self):
        """All its processes stand still, and go on at the end."""
        def everyone():
            children = pathlib.Path(f"/proc/{self.pid}/task/{self.pid}/children")
            return [self.pid] + [int(pid) for pid in children.read_text().split()]

        def send(which):
            for pid in everyone():
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, which)
        send(signal.SIGSTOP)
        try:
            yield
        finally:
            send(signal.SIGCONT)

    def restart(self):
        port = self.port
        self._tell("restart", str(self.major), self.data)
        # One that has taken an address over stays there.
        self.port = port

    def crash(self):
        """As if by `pg_ctl stop -m immediate`."""
        os.kill(self.pid, signal.SIGQUIT)
        wait_until("the server has ended",
                   lambda: not os.path.exists(f"/proc/{self.pid}"))

    def standby(self):
        """A cold copy that follows it, for which it stops a moment."""
        made = object.__new__(PostgresServer)
        made.major = self.major
        made._tell("standby", str(self.port))
        pid_file = pathlib.Path(self.data) / "postmaster.pid"
        self.pid = int(pid_file.read_text().split("\n", 1)[0])
        return made

    def take_over(self, dead):
        """A standby goes on as the primary, where the dead one was."""
        self.shut_down()
        with open(pathlib.Path(self.data) / "postgresql.conf", "a",
                  encoding="utf-8") as conf:
            conf.write(f"port = {dead.port}\n")
        self.port = dead.port
        self.restart()
        self.value("postgres", "SELECT pg_promote()")

    def become_standby_of(self, primary, slot):
        """Debian's own 15 only: its programs are complete."""
        owner = os.stat(self.data)
        self.shut_down()
        for entry in pathlib.Path(self.data).iterdir():
            shutil.rmtree(entry) if entry.is_dir() else entry.unlink()
        who = {"user": owner.st_uid, "group": owner.st_gid,
               "extra_groups": []} if os.getuid() == 0 else {}
        subprocess.run(
            ["/usr/lib/postgresql/15/bin/pg_basebackup", "-D", self.data, "-R",
             "-c", "fast", "-X", "stream", "-S", slot, "-h", "127.0.0.1",
             "-p", str(primary.port), "-U", "postgres"],
            check=True, cwd="/", timeout=60, **who)
        sockets = pathlib.Path(self.data).parents[1] / "run" / str(self.port)
        with open(pathlib.Path(self.data) / "postgresql.auto.conf", "a",
                  encoding="utf-8") as conf:
            conf.write(f"port = {self.port}\nhot_standby_feedback = on\n"
                       f"unix_socket_directories = '{sockets}'\n")
        self.restart()


class VictoriaMetrics:
    """An OTLP receiver that answers PromQL. On the port of an earlier one in the
    same folder it has that one's data."""

    def __init__(self, folder, program, *words, port=0):
        self.port = port or free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        data = pathlib.Path(folder) / f"victoria-metrics-{self.port}"
        self.log_file = data.with_suffix(".log")
        with open(self.log_file, "wb") as log:
            self.process = subprocess.Popen(
                [program, f"-storageDataPath={data}",
                 f"-httpListenAddr=127.0.0.1:{self.port}",
                 "-search.latencyOffset=1ms", "-search.disableCache",
                 "-memory.allowedBytes=128MB", "-retentionPeriod=100y", *words],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    @staticmethod
    def fetch():
        done = subprocess.run([SUPPORT / "victoria_metrics", "fetch"],
                              stdout=subprocess.PIPE, text=True)
        if done.returncode != 0:
            raise Skip("no OTLP receiver (VictoriaMetrics) can be had here")
        return done.stdout.strip()

    def __enter__(self):
        def answers():
            try:
                return http_get(self.url + "/health") == "OK"
            except OSError:
                if self.process.poll() is not None:
                    raise AssertionError(self.log_file.read_text()) from None
                return False
        try:
            wait_until("VictoriaMetrics answers", answers)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        end_process(self.process)

    def query(self, promql):
        """[(labels, value)] of what has been received up to now."""
        http_get(self.url + "/internal/force_flush")
        words = urllib.parse.urlencode({"query": promql, "nocache": 1,
                                        "time": f"{time.time() + 0.5:.3f}"})
        answer = json.loads(http_get(f"{self.url}/api/v1/query?{words}"))
        return [(one["metric"], float(one["value"][1]))
                for one in answer["data"]["result"]]
