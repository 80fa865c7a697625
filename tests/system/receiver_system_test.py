#!/usr/bin/env python3
"""A real OTLP receiver is away, overloaded, restarted and full while points
flow: afterwards it has every point of every series, no counter ever fell, and
the last values are those that a file beside it has."""
import json
import pathlib
import sys
import tempfile
import time

from destination_gate import Gate
from expectations import expect, failures, say
from fleet_process import Pgmuster, Skip, VictoriaMetrics, wait_until
from simulated_servers import BUILD, SimulatedServers

TARGETS = 6
MATCH = '{__name__=~"postgresql.*"}'
# How long each misfortune lasts, and the peace after it.
LASTS = 3
# It takes nothing while its disk has less than this left.
NO_ROOM = "-storage.minFreeDiskSpaceBytes=1000000GB"


def configuration(servers, port):
    return {"routes": {"main": {
                "otlp": f"http://127.0.0.1:{port}/opentelemetry",
                "timeout": "2s",
                "retry": {"first": "100ms", "longest": "500ms",
                          "retry_after_max": "1s"},
                "breaker": {"first": "200ms", "longest": "500ms"}},
                       "file": {"file": "points.jsonl", "signals": ["metrics"]}},
            "tenants": [{"id": "acme", "targets": servers.targets()}],
            "intervals": {"default": "1s", "database": "1s", "statements": "1s"},
            "process": {"state_directory": "state", "shutdown_grace": "20s"},
            "spool": {"free_min": "0B"}}


def delivery(pgmuster):
    ledger = pgmuster.api("ledger")
    expect(ledger["balanced"] and ledger["disagreements"] == [],
           f"books: {ledger}")
    return ledger["tenants"][0]["delivery"]["main"]


def taken_again(pgmuster):
    """All that waited is delivered, and fresh points are as well."""
    before = delivery(pgmuster)["acked"]
    wait_until("the spool is empty", lambda: delivery(pgmuster)["spooled"] == 0)
    wait_until("points arrive again",
               lambda: delivery(pgmuster)["acked"] > before)


def outcomes(pgmuster):
    return {series: value for series, value in pgmuster.metrics().items()
            if series.startswith("pgmuster_export_requests_total")
            and 'route="main"' in series}


def waits(pgmuster):
    """Points cannot be delivered now."""
    return wait_until("frames wait", lambda: delivery(pgmuster)["spooled"])


def attributes(of):
    made = {}
    for one in of.get("attributes", ()):
        made[one["key"]] = str(next(iter(one["value"].values())))
    return {key: value for key, value in made.items() if value}


def series_of_file(path):
    """Labels → (points by time in ms, is a counter)."""
    found = {}
    for line in path.read_text().splitlines():
        for resource in json.loads(line).get("resourceMetrics", ()):
            common = attributes(resource["resource"])
            for scope in resource["scopeMetrics"]:
                common |= {"scope.name": scope["scope"]["name"],
                           "scope.version": scope["scope"]["version"]}
                for metric in scope["metrics"]:
                    if not metric["name"].startswith("postgresql."):
                        continue
                    kind = "sum" if "sum" in metric else "gauge"
                    counter = metric[kind].get("isMonotonic", False)
                    for point in metric[kind]["dataPoints"]:
                        labels = {"__name__": metric["name"]} | common
                        labels |= attributes(point)
                        points, _ = found.setdefault(
                            frozenset(labels.items()), ({}, counter))
                        value = float(point.get("asInt", point.get("asDouble")))
                        points[int(point["timeUnixNano"]) // 1_000_000] = value
    return found


def check_values(receiver, path):
    told = series_of_file(path)
    asked = {what: {frozenset(labels.items()): value for labels, value in
                    receiver.query(f"{function}({MATCH}[1h]) keep_metric_names")}
             for what, function in (("last", "last_over_time"),
                                    ("points", "count_over_time"),
                                    ("falls", "resets"))}
    expect(len(told) > 500, f"only {len(told)} series")
    expect(set(asked["last"]) == set(told),
           f"series: {list(set(asked['last']) ^ set(told))[:2]}")
    compared = fallen = 0
    for key, (points, counter) in told.items():
        name = dict(key)["__name__"]
        last = points[max(points)]
        found = asked["last"].get(key)
        # It keeps about 15 digits.
        if not expect(found is not None
                      and abs(found - last) <= 1e-12 * abs(last),
                      f"{name}: {found}, and the file has {last} {key}"):
            continue
        has = asked["points"][key]
        expect(has >= len(points),
               f"{name} has {has} points, {len(points)} were sent {key}")
        values = [points[time] for time in sorted(points)]
        falls = sum(later < earlier
                    for earlier, later in zip(values, values[1:]))
        fallen += counter and falls > 0
        expect(not counter or asked["falls"].get(key, 0) == falls,
               f"{name} fell {asked['falls'].get(key)} times, {falls} in truth")
        compared += 1
    expect(fallen == 0, f"{fallen} counters fell, and no server was reset")
    say(f"{compared} series have their points and last values; no counter fell")


def misfortunes(pgmuster, gate, folder, program, receiver):
    """Each is noticed, and overcome; returns the receiver of the end."""
    gate.shut()
    waits(pgmuster)
    time.sleep(LASTS)
    gate.open()
    taken_again(pgmuster)
    say("connections were refused")

    gate.overload()
    waits(pgmuster)
    wait_until("it has answered 503", lambda: gate.refused > 2)
    time.sleep(LASTS)
    gate.recover()
    taken_again(pgmuster)
    say(f"{gate.refused} requests were answered 503")

    port = receiver.port
    receiver.__exit__()
    waits(pgmuster)
    full = VictoriaMetrics(folder, program, NO_ROOM, port=port)
    with full:
        time.sleep(LASTS)
        expect(delivery(pgmuster)["spooled"] > 0, "a full receiver takes nothing")
        say(f"restarted, and full: {outcomes(pgmuster)}")
    again = VictoriaMetrics(folder, program, port=port).__enter__()
    taken_again(pgmuster)
    return again


def main():
    try:
        program = VictoriaMetrics.fetch()
    except Skip as why:
        say(f"skipped: {why}")
        return 77
    with tempfile.TemporaryDirectory(prefix="pgmuster-receiver-") as name, \
            SimulatedServers(TARGETS, "--size", "small") as servers:
        folder = pathlib.Path(name)
        receiver = VictoriaMetrics(folder, program).__enter__()
        try:
            with Gate(receiver.port) as gate, Pgmuster(
                    folder, configuration(servers, gate.port),
                    BUILD / "pgmuster") as pgmuster:
                wait_until("points arrive", lambda: pgmuster.metrics().get(
                    "pgmuster_points_acknowledged", 0) > 1_000)
                receiver = misfortunes(pgmuster, gate, folder, program, receiver)
                book = delivery(pgmuster)
                expect(sum(book["dropped"].values()) + book["quarantined"]
                       + book["rejected"] == 0, f"nothing is lost: {book}")
                code, closing = pgmuster.stop()
                expect(code == 0 and "books balanced" in closing,
                       f"{code}: {closing}")
            say(closing)
            check_values(receiver, folder / "points.jsonl")
        finally:
            receiver.__exit__()
    print(f"{len(failures)} failed")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
