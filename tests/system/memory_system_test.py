#!/usr/bin/env python3
"""A process that is given less memory than it uses takes in less, says so, and
loses nothing without an account: only who a server is goes on. What waits for a
dead destination gives way first, that of who has the most."""
import json
import pathlib
import subprocess
import sys
import tempfile
import time
import urllib.error

from expectations import expect, failures, say
from fleet_process import Pgmuster, free_port, http_get, wait_until
from simulated_servers import BUILD, SimulatedServers

BINARY = BUILD / "pgmuster"
TARGETS = 20
MIB = 1 << 20


def configuration(servers, limit=None):
    config = {"routes": {"file": {"file": "points.jsonl"}},
              "tenants": [{"id": "acme", "targets": servers.targets(0, TARGETS // 2)},
                          {"id": "bolt", "targets": servers.targets(TARGETS // 2)}],
              "intervals": {"default": "1s", "database": "1s", "statements": "1s"}}
    if limit:
        config["memory"] = {"limit": f"{limit // MIB}MiB"}
    return config


def points_by_metric(folder):
    count = {}
    for line in (folder / "points.jsonl").read_text().splitlines():
        for resource in json.loads(line).get("resourceMetrics", ()):
            for scope in resource["scopeMetrics"]:
                for metric in scope["metrics"]:
                    for kind in ("sum", "gauge"):
                        count[metric["name"]] = count.get(metric["name"], 0) + len(
                            metric.get(kind, {}).get("dataPoints", ()))
    return count


def ready(pgmuster):
    try:
        return json.loads(http_get(pgmuster.admin + "/readyz"))
    except urllib.error.HTTPError as refused:
        return json.loads(refused.read())


def all_up(pgmuster):
    found = pgmuster.api("targets")["targets"]
    return len(found) == TARGETS and all(one["state"] == "up" for one in found)


def check_books(pgmuster):
    ledger = pgmuster.api("ledger")
    expect(ledger["balanced"] and ledger["disagreements"] == [], f"books: {ledger}")
    return ledger


def what_it_needs(folder, servers):
    with Pgmuster(folder, configuration(servers), BINARY) as pgmuster:
        wait_until("all targets are up", lambda: all_up(pgmuster))
        time.sleep(2)
        expect(pgmuster.api("ledger")["memory"]["state"] == "ample",
               "by default there is enough")
        used = int(pgmuster.metrics()["process_resident_memory_bytes"])
        pgmuster.stop()
    say(f"{TARGETS} targets use {used // MIB} MiB")
    return used


def check_tight(folder, servers, used):
    """At about 87 % of the limit every second cycle is skipped."""
    with Pgmuster(folder, configuration(servers, int(used / 0.87)), BINARY) as pgmuster:
        wait_until("memory is tight", lambda: pgmuster.api("ledger")["memory"]["state"]
                   in ("tight", "scarce"))
        skipped = 'pgmuster_cycles_skipped_total{reason="memory"}'
        wait_until("cycles are skipped", lambda: pgmuster.metrics().get(skipped, 0) > 0)
        expect("memory is " in pgmuster.log(), "the log tells it")
        check_books(pgmuster)
        code, closing = pgmuster.stop()
        expect(code == 0 and "books balanced" in closing, closing)
    (folder / "points.jsonl").unlink()


def check_exhausted(folder, servers, used):
    limit = max(32 * MIB, int(used * 0.7))
    with Pgmuster(folder, configuration(servers, limit), BINARY) as pgmuster:
        wait_until("memory is exhausted", lambda: pgmuster.api("ledger")["memory"]["state"]
                   == "exhausted")
        reasons = ready(pgmuster)["reasons"]
        expect(any("memory is exhausted" in one and "2 tenants are turned away" in one
                   for one in reasons), f"readiness tells it: {reasons}")
        series = pgmuster.metrics()
        expect(series['pgmuster_memory_state{state="exhausted"}'] == 1, "so does /metrics")
        expect(series["pgmuster_tenants_turned_away"] == 2, "both tenants")
        top = subprocess.run([BINARY, "top", "--once", "--url", pgmuster.admin],
                             capture_output=True, text=True, timeout=30).stdout
        expect("memory exhausted" in top, f"so does top: {top[:200]}")
        # What was taken in before is written; from here on identity alone.
        time.sleep(3)
        before = points_by_metric(folder)
        time.sleep(4)
        after = points_by_metric(folder)
        grown = {name for name in after if after[name] > before.get(name, 0)}
        say(f"grown: {sorted(grown)}")
        expect("pgmuster.up" in grown, "`up` goes on")
        expect(not {name for name in grown if name.startswith("postgresql.")},
               f"nothing else is read: {grown}")
        expect(all(one["state"] in ("up", "starting")
                   for one in pgmuster.api("targets")["targets"]), "targets stay up")
        check_books(pgmuster)
        code, closing = pgmuster.stop()
        say(closing)
        expect(code == 0 and "books balanced" in closing, closing)


def check_shed(folder, servers, used):
    """Without a spool, what waits for a dead destination is what fills memory:
    the tenant that holds more than its share loses the oldest of it."""
    few = TARGETS // 10
    config = configuration(servers, used + 24 * MIB)
    config["routes"] = {"dead": {"otlp": f"http://127.0.0.1:{free_port()}",
                                 "compression": "none"}}
    config["tenants"] = [
        {"id": "large", "targets": servers.targets(few)},
        {"id": "small", "targets": servers.targets(0, few)}]
    with Pgmuster(folder, config, BINARY) as pgmuster:
        def book(tenant):
            for one in check_books(pgmuster)["tenants"]:
                if one["tenant"] == tenant and "dead" in one["delivery"]:
                    return one["delivery"]["dead"]
            return {"dropped": {}, "in_flight": 0}
        wait_until("frames are shed",
                   lambda: book("large")["dropped"].get("memory", 0), 120)
        large, small = book("large"), book("small")
        say(f"shed: {large['dropped']['memory']} points of the large tenant, "
            f"{small['dropped']['memory']} of the small one, which has "
            f"{small['in_flight']} left")
        expect(small["dropped"]["memory"] == 0 and small["in_flight"] > 0,
               f"who has less than its share keeps it: {small}")
        expect(not any(points for reason, points in large["dropped"].items()
                       if reason != "memory"), f"for no other reason: {large}")
        resident = pgmuster.metrics()["process_resident_memory_bytes"]
        expect(resident < 1.1 * (used + 24 * MIB),
               f"{resident / MIB:.0f} MiB of {(used + 24 * MIB) / MIB:.0f}")
        code, closing = pgmuster.stop()
        expect(code == 1 and "books balanced" in closing, f"{code}: {closing}")


def main():
    with tempfile.TemporaryDirectory(prefix="pgmuster-memory-") as name, \
            SimulatedServers(TARGETS) as servers:
        folder = pathlib.Path(name)
        used = what_it_needs(folder, servers)
        (folder / "points.jsonl").unlink()
        check_tight(folder, servers, used)
        check_exhausted(folder, servers, used)
        check_shed(folder, servers, used)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
