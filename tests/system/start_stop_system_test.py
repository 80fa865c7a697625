#!/usr/bin/env python3
"""Start and stop of a large fleet of which half is dead: live targets do not
wait for dead ones, and a stop ends in time whatever hangs.

PGMUSTER_START_TARGETS (default 400, at most 2,000) says how many targets."""
import os
import re
import signal
import socket
import sys
import tempfile
import time

from expectations import expect, failures, say
from fleet_process import (Pgmuster, PostgresServer, Skip, end_process, http_get,
                           wait_until)

TARGETS = int(os.environ.get("PGMUSTER_START_TARGETS", "400"))
LIVE, REFUSED = TARGETS // 2, TARGETS // 4
SILENT = TARGETS - LIVE - REFUSED
GRACE = 5
# What a machine with other work on it may add before we call it hanging.
PATIENCE = 20


class DeadPort:
    """A port of 127.0.0.x that refuses, or that listens and never answers."""

    def __init__(self, address, listens):
        self.socket = socket.socket()
        self.socket.bind((address, 0))
        self.address, self.port = self.socket.getsockname()
        if listens:
            # The kernel accepts on its behalf, nobody else ever does.
            self.socket.listen(4096)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def dsn(self):
        return f"postgresql://pgmuster@{self.address}:{self.port}/postgres"


def live_dsn(server):
    return f"postgresql://postgres@127.0.0.1:{server.port}/postgres?sslmode=disable"


def configuration(servers, refusing, silent, grace=GRACE):
    def targets(kind, count, dsns):
        return [{"name": f"{kind}-{index}", "databases": "own",
                 "dsn": dsns[index % len(dsns)]} for index in range(count)]
    everyone = (targets("live", LIVE, [live_dsn(server) for server in servers])
                + targets("refused", REFUSED, [refusing.dsn()])
                + targets("silent", SILENT, [silent.dsn()]))
    # Mixed, as they would stand in a file.
    everyone.sort(key=lambda target: hash(target["name"][::-1]))
    return {"routes": {"out": {"file": "/dev/null"}},
            "tenants": [{"id": "acme", "targets": everyone}],
            "intervals": {"default": "60s", "database": "1h", "statements": "1h"},
            # Longer than the start: no silent target may end before it is seen
            # that nobody waits for it.
            "timeouts": {"probe": "60s", "cycle": "60s"},
            "process": {"shutdown_grace": f"{grace}s"}}


def states(pgmuster):
    counts = {}
    for target in pgmuster.api("targets")["targets"]:
        kind = target["target"].split("-")[0]
        counts[kind, target["state"]] = counts.get((kind, target["state"]), 0) + 1
    return counts


def descriptors(pgmuster):
    return len(os.listdir(f"/proc/{pgmuster.process.pid}/fd"))


def resident_mib(pgmuster):
    status = open(f"/proc/{pgmuster.process.pid}/status", encoding="ascii").read()
    return int(re.search(r"VmRSS:\s+(\d+) kB", status)[1]) / 1024


def is_ready(pgmuster):
    try:
        return http_get(pgmuster.admin + "/readyz")
    except OSError:
        return False


def our_sessions(server):
    return server.value("postgres", "SELECT count(*) FROM pg_stat_activity "
                        "WHERE application_name = 'pgmuster'")


def check_start(pgmuster, began):
    def after():
        return f"after {time.monotonic() - began:.1f} s"
    wait_until("it is ready", lambda: is_ready(pgmuster), 60)
    say(f"ready {after()}")
    wait_until("all that live are up", lambda: states(pgmuster).get(
        ("live", "up"), 0) + states(pgmuster).get(("live", "degraded"), 0) == LIVE, 120)
    now = states(pgmuster)
    say(f"all live targets are up {after()}: {now}")
    expect(now.get(("silent", "down"), 0) == 0,
           "the live ones are up before the first silent one was given up")
    wait_until("all that refuse are down", lambda: states(pgmuster).get(
        ("refused", "down"), 0) == REFUSED, 120)
    say(f"all refusing targets are down {after()}; {descriptors(pgmuster)} "
        f"descriptors, {resident_mib(pgmuster):.0f} MiB resident")
    expect(descriptors(pgmuster) <= LIVE + SILENT + 150,
           f"{descriptors(pgmuster)} descriptors: one for each live or silent target")
    expect(resident_mib(pgmuster) <= 150 + TARGETS * 0.75,
           f"{resident_mib(pgmuster):.0f} MiB resident")
    told = [len(re.findall(rf'target is down.*"acme/{kind}-\d+"', pgmuster.log()))
            for kind in ("live", "refused", "silent")]
    expect(told == [0, REFUSED, 0], f"each that is down is told once: {told}")
    lines = len(pgmuster.log().splitlines())
    # Of those that live also, once, what they lack (pg_stat_statements).
    expect(lines <= TARGETS + LIVE + 50, f"{lines} log lines for {TARGETS} targets")
    ledger = pgmuster.api("ledger")
    expect(ledger["balanced"], f"the books balance: {ledger}")


def check_stop(pgmuster, server):
    """By one signal, while a server is stopped and listeners stay silent."""
    began = time.monotonic()
    code = end_process(pgmuster.process, seconds=GRACE + PATIENCE)
    took = time.monotonic() - began
    closing = (pgmuster.log().strip().splitlines() or [""])[-1]
    say(f"stopped in {took:.1f} s, exit code {code}: {closing}")
    expect(code == 0, f"exit code {code}: all was delivered within the grace time")
    expect(took < GRACE + PATIENCE, f"it took {took:.1f} s to stop")
    expect(f"stopped; {TARGETS} targets" in closing, f"closing line: {closing}")
    expect("books balanced" in closing, f"closing line: {closing}")
    wait_until("its sessions have gone", lambda: our_sessions(server) == 0, 30)


def check_second_signal(pgmuster):
    """Ends at once what would have waited for the grace time."""
    pgmuster.process.send_signal(signal.SIGTERM)
    wait_until("it is stopping", lambda: '"stopping"' in pgmuster.log())
    # Sooner it would pass for the first one's echo.
    time.sleep(1)
    expect(pgmuster.process.poll() is None, "it waits for what hangs")
    began = time.monotonic()
    code = end_process(pgmuster.process, seconds=PATIENCE)
    say(f"the second signal ended it in {time.monotonic() - began:.2f} s")
    expect(code == 1, f"exit code {code} after a second signal")
    expect("second signal" in pgmuster.log(), "the second signal is told")


def run_all():
    room = f"max_connections = {LIVE // 2 + 50}"
    with tempfile.TemporaryDirectory() as folder, \
            PostgresServer("deb", room) as first, \
            PostgresServer("deb", room) as second, \
            DeadPort("127.0.0.2", listens=False) as refusing, \
            DeadPort("127.0.0.3", listens=True) as silent:
        began = time.monotonic()
        say(f"{TARGETS} targets: {LIVE} live, {REFUSED} refuse, {SILENT} silent")
        with Pgmuster(folder, configuration((first, second), refusing, silent)) as one:
            check_start(one, began)
            with second.paused():
                check_stop(one, first)
        long_grace = configuration((first, second), refusing, silent, grace=600)
        with Pgmuster(folder, long_grace) as other:
            wait_until("something is up", lambda: states(other).get(("live", "up")))
            with second.paused():
                # A cycle that hangs, not only idle sessions.
                wait_until("a cycle hangs", lambda: hanging(other))
                check_second_signal(other)


def hanging(pgmuster):
    return states(pgmuster).get(("live", "starting"), 0) > 0


def main():
    try:
        run_all()
    except Skip as why:
        print("skipped:", why)
        return 77
    except AssertionError as why:
        failures.append(str(why))
        print("FAILED:", why)
    print(f"{len(failures)} failed")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
