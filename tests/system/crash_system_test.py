#!/usr/bin/env python3
"""kill -9 at random moments: the next start tells a bound of what is missing,
and no more than that is; where nothing moved, it is what was held, to the
point; a clean stop leaves nothing to tell.

PGMUSTER_CRASH_ROUNDS (default 4) and PGMUSTER_CRASH_SEED say how often and
when."""
import json
import os
import pathlib
import random
import signal
import socket
import subprocess
import sys
import tempfile
import time

from expectations import expect, failures, say
from fleet_process import Pgmuster, end_process, wait_until
from simulated_servers import BUILD, SimulatedServers

BINARY = BUILD / "pgmuster"
ROUNDS = int(os.environ.get("PGMUSTER_CRASH_ROUNDS", "4"))
SEED = int(os.environ.get("PGMUSTER_CRASH_SEED", str(random.randrange(1 << 32))))
TARGETS = 12
# At most what a tenant's targets observe in a cycle.
CYCLE_POINTS = TARGETS // 2 * 15_000


def configuration(servers, stuck_port):
    return {"routes": {"file": {"file": "points.jsonl"},
                       # It takes connections and never answers.
                       "stuck": {"otlp": f"http://127.0.0.1:{stuck_port}",
                                 "timeout": "5m"}},
            "tenants": [{"id": "acme", "targets": servers.targets(0, TARGETS // 2)},
                        {"id": "bolt", "targets": servers.targets(TARGETS // 2)}],
            "intervals": {"default": "1s", "database": "1s", "statements": "1s"},
            "process": {"shutdown_grace": "1s", "state_directory": "state"},
            # It never has room: what a kill takes is what memory held.
            "spool": {"free_min": "1000000GB"}}


def tenant_of(resource):
    return next(one["value"]["stringValue"]
                for one in resource["resource"]["attributes"]
                if one["key"] == "service.namespace")


def points_by_tenant(path):
    """What the file has, but for a line that the kill cut off."""
    count = {}
    with open(path, encoding="utf-8") as file:
        for line in file:
            try:
                request = json.loads(line)
            except ValueError:
                continue
            for resource in request.get("resourceMetrics", ()):
                tenant = tenant_of(resource)
                for scope in resource["scopeMetrics"]:
                    for metric in scope["metrics"]:
                        for kind in ("sum", "gauge"):
                            count[tenant] = count.get(tenant, 0) + len(
                                metric.get(kind, {}).get("dataPoints", ()))
            for resource in request.get("resourceLogs", ()):
                count[tenant_of(resource)] = count.get(tenant_of(resource), 0) + sum(
                    len(scope["logRecords"]) for scope in resource["scopeLogs"])
    return count


def books(pgmuster):
    document = pgmuster.api("ledger")
    expect(document["balanced"], "the books balance")
    expect(document["disagreements"] == [], f"markers agree: {document}")
    return {(one["tenant"], route): book for one in document["tenants"]
            for route, book in one["delivery"].items()}


def entered(book):
    return book["passed"] + book["made"]


def flowing(pgmuster):
    seen = books(pgmuster)
    return len(seen) == 4 and all(entered(book) for book in seen.values())


def crash(folder, config, chance):
    """What was in the books just before the kill."""
    with Pgmuster(folder, config, BINARY) as pgmuster:
        wait_until("points flow", lambda: flowing(pgmuster))
        time.sleep(chance.uniform(0, 3))
        seen = books(pgmuster)
        end_process(pgmuster.process, signal.SIGKILL)
    return seen


def at_rest(pgmuster):
    """The books once nothing has come in for two seconds and no batch is
    open."""
    before = books(pgmuster)
    time.sleep(2)
    now = books(pgmuster)
    return now if now == before and not any(
        book["batching"] for book in now.values()) else None


def boot_again(folder):
    """As if the machine had died with the process."""
    file = folder / "state" / "books.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | {"boot": "another"}))


def check_quiet(folder, config, servers, machine_died):
    """A kill while nothing moves: told is what was held, neither more nor
    less; more where the machine died too."""
    with Pgmuster(folder, config, BINARY) as pgmuster:
        wait_until("points flow", lambda: flowing(pgmuster))
        servers.process.send_signal(signal.SIGSTOP)
        try:
            seen = wait_until("the books are at rest", lambda: at_rest(pgmuster))
            end_process(pgmuster.process, signal.SIGKILL)
        finally:
            servers.process.send_signal(signal.SIGCONT)
    if machine_died:
        boot_again(folder)
    with Pgmuster(folder, config, BINARY) as pgmuster:
        told = {key: book["lost_in_crash"] for key, book in books(pgmuster).items()}
        for key, book in seen.items():
            held, bound = book["in_flight"], told.get(key, 0)
            expect(bound > held if machine_died else bound == held,
                   f"{key}: {held} were held, {bound} told")
        expect(any(told.values()), f"something was held: {told}")
        say(f"at rest: {told}")
        pgmuster.stop()
    (folder / "points.jsonl").unlink()


def check_told(folder, config, seen):
    delivered = points_by_tenant(folder / "points.jsonl")
    (folder / "points.jsonl").unlink()
    with Pgmuster(folder, config, BINARY) as pgmuster:
        told = {key: book["lost_in_crash"] for key, book in books(pgmuster).items()
                if book["lost_in_crash"]}
        log = pgmuster.log()
        series = pgmuster.metrics()["pgmuster_points_lost_in_crash"]
        say(f"told {told}")
        for (tenant, route), book in seen.items():
            missing = (entered(book) - delivered.get(tenant, 0) if route == "file"
                       else entered(book))
            bound = told.get((tenant, route), 0)
            say(f"{tenant} {route}: {missing} missing at least, {bound} told")
            expect(bound >= missing,
                   f"{tenant} on {route}: {missing} are missing, {bound} were told")
            # What came in between the last look and the kill, and what was in
            # the lanes: a cycle of each of the tenant's targets at most.
            expect(bound <= max(missing, 0) + CYCLE_POINTS,
                   f"{tenant} on {route}: {bound} were told, {missing} missing")
        expect("the run before died; points may be missing" in log, "the log says so")
        expect(series == sum(told.values()), f"/metrics says so: {series}")
        # Nothing to tell of this one; 1 if it got as far as the stuck route.
        code, closing = pgmuster.stop()
        expect(code in (0, 1) and "books balanced" in closing, f"{code}: {closing}")
    (folder / "points.jsonl").unlink()


def check_clean(folder, config):
    with Pgmuster(folder, config, BINARY) as pgmuster:
        expect(pgmuster.metrics()["pgmuster_points_lost_in_crash"] == 0,
               "after a clean stop nothing is told")
        expect("run before" not in pgmuster.log(), "nor in the log")
        second = subprocess.run(
            [BINARY, "run", "--config", "fleet.json"], cwd=folder,
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=30)
        expect(second.returncode == 1
               and f"(process {pgmuster.process.pid})" in second.stderr
               and "state" in second.stderr,
               f"a second process is refused: {second.stderr}")
        pgmuster.stop()
    with Pgmuster(folder, config, BINARY) as pgmuster:
        expect(pgmuster.metrics()["pgmuster_points_lost_in_crash"] == 0,
               "who was refused has touched nothing")


def main():
    say(f"seed {SEED}")
    chance = random.Random(SEED)
    with tempfile.TemporaryDirectory(prefix="pgmuster-crash-") as name, \
            SimulatedServers(TARGETS) as servers, socket.socket() as stuck:
        folder = pathlib.Path(name)
        stuck.bind(("127.0.0.1", 0))
        stuck.listen(64)
        config = configuration(servers, stuck.getsockname()[1])
        for _ in range(ROUNDS):
            check_told(folder, config, crash(folder, config, chance))
        for machine_died in (False, True):
            check_quiet(folder, config, servers, machine_died)
        check_clean(folder, config)
    if failures:
        say(f"{len(failures)} failures; PGMUSTER_CRASH_SEED={SEED}")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
