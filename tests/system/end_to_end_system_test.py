#!/usr/bin/env python3
"""End to end: two real servers → pgmuster → a real OTLP receiver → PromQL.
What is read back lies between the servers' own views before and after, and
equals them on a quiet server, for every probe of the catalog."""
import argparse
import collections
import contextlib
import json
import os
import re
import socket
import subprocess
import tempfile
import time

import expected_series
from expected_series import AGE, CHECKS, COUNTER, LEVEL, MOVED
from expectations import expect, failures, say
from fleet_process import (ROOT, Pgmuster, PostgresServer, Skip,
                           VictoriaMetrics, end_process, end_with, wait_until)
from load_script import COLLECTED, SETUP, load

CATALOG = ROOT / "drivers" / "postgres" / "catalog"
IDENTITY = ("service.namespace", "service.name", "service.instance.id",
            "server.address", "server.port", "db.system.name", "env",
            "scope.name", "scope.version")
ROUTES = ("zstd", "gzip", "file")
# Longer than a cycle and a frame's age, on a busy machine too.
RECENT = "4s"
# Within 15 s of the last change a server logs its running transactions once.
QUIET_ATTEMPTS = 8

CONF = ("wal_level = logical", "archive_mode = on", "archive_command = '/bin/true'",
        "checkpoint_timeout = 1h", "max_slot_wal_keep_size = '1GB'",
        "track_wal_io_timing = on")


def probes_of_the_catalog():
    """Names of the probes that make series."""
    return {file.stem for file in CATALOG.glob("*.sql")
            if not re.search("-- family: (internal|sampled)", file.read_text())}


def number(value):
    return float(value)


def metric_of(words):
    """"name label=value …" → (name, labels)."""
    name, *pairs = words.split(" ")
    return name, dict(pair.split("=", 1) for pair in pairs)


class Target:
    """A server, as it is configured and as it sees itself."""

    def __init__(self, name, server, major, loaded):
        self.name, self.server, self.major = name, server, major
        self.loaded = loaded
        self.checks = [check for check in CHECKS
                       if check.majors[0] <= major <= check.majors[1]]

    def config(self):
        return {"name": self.name, "databases": list(COLLECTED),
                "dsn": f"postgresql://pgmuster@127.0.0.1:{self.server.port}/postgres",
                "attributes": {"env": "test"}}

    def view(self):
        """{(check's place, column, labels): value} from the server itself."""
        seen = {}
        # The database of the DSN is always among those that are collected.
        for database in ("observer", "postgres") + COLLECTED:
            here = [check for check in self.checks
                    if check.each_database == (database != "observer")]
            rows = self.server.rows(database, *(check.sql for check in here))
            for check, found in zip(here, rows):
                for row in found:
                    self._note(seen, check, row)
        return seen

    def _note(self, seen, check, row):
        own = {label: str(row[label]) for label in check.labels
               if row[label] is not None}
        if check.only and not check.only(own):
            return
        for column, words in check.metrics.items():
            name, fixed = metric_of(words)
            if row[column] is not None:
                key = (name, frozenset({**own, **fixed}.items()))
                seen[key] = (number(row[column]), self.rule(check, column, own),
                             check)

    @staticmethod
    def rule(check, column, own):
        rule = check.rules.get(column, check.rules.get("*"))
        if rule == COUNTER and check.quiet and not check.quiet(own):
            return MOVED
        return rule


class Fleet:
    """Everything that runs, and how to wait for it."""

    def __init__(self, targets, receivers, pgmuster, folder):
        self.targets, self.pgmuster, self.folder = targets, pgmuster, folder
        self.receivers = receivers

    @property
    def store(self):
        return self.receivers["zstd"]

    def probe_counts(self):
        counts = self.pgmuster.metrics()
        start = "pgmuster_probe_runs_total{"
        return {name: value for name, value in counts.items()
                if name.startswith(start)}

    def settle(self, rounds=3):
        """Waits until each probe has run `rounds` times more everywhere, and
        what it said is acknowledged by every route."""
        wait = rounds * len(self.targets) * len(COLLECTED)
        before = self.probe_counts()
        wait_until("each probe has run again", lambda: all(
            self.probe_counts()[name] >= count + wait
            for name, count in before.items()))
        self.drain()

    def drain(self):
        """Waits until what has passed by now is acknowledged."""
        def delivery():
            return [(name, book) for tenant in self.pgmuster.api("ledger")["tenants"]
                    for name, book in tenant["delivery"].items()]
        entered = {name: book["passed"] + book["made"] for name, book in delivery()}
        wait_until("all routes have acknowledged", lambda: all(
            book["acked"] >= entered[name] for name, book in delivery()))

    def check_books(self, when):
        ledger = self.pgmuster.api("ledger")
        expect(ledger["balanced"], f"{when}: the books balance: {ledger}")
        for tenant in ledger["tenants"]:
            book = tenant["shaping"]
            out = (book["passed"] + book["unchanged"] + book["folded"]
                   + book["sampled_out"] + sum(book["dropped"].values()) + book["held"])
            expect(book["observed"] == out, f"{when}: book A adds up: {book}")
            expect(set(tenant["delivery"]) == set(ROUTES), f"{when}: every route is told")
            for name, book in tenant["delivery"].items():
                into = book["passed"] + book["made"] + book["recovered"]
                out = sum(book[key] for key in (
                    "acked", "rejected", "quarantined", "batching", "in_flight",
                    "spooled")) + sum(book["dropped"].values())
                expect(into == out, f"{when}: book B of {name} adds up: {book}")
                expect(book["rejected"] + book["quarantined"]
                       + sum(book["dropped"].values()) == 0,
                       f"{when}: nothing is lost on {name}: {book}")

    def series(self, target, window="1h"):
        """{(name, labels without the identity): value} of a target."""
        found = {}
        for labels, value in self.store.query(
                f'last_over_time({{service\\.name="{target.name}"}}[{window}])'):
            own = {label: text for label, text in labels.items()
                   if label not in IDENTITY and label != "__name__"}
            found[labels["__name__"], frozenset(own.items())] = value
        return found


def near(one, other):
    return abs(one - other) <= 1e-9 * max(abs(one), abs(other))


def is_other(key):
    """What tables or indexes without series of their own add up to."""
    labels = dict(key[1])
    return "|" not in labels.get("db.namespace", "") and "other" in (
        labels.get("db.collection.name"), labels.get("postgresql.index.name"))


class Comparison:
    """Holds what was read back against the views before and after."""

    def __init__(self, target, when, quiet):
        self.target, self.when, self.quiet = target, when, quiet
        self.compared, self.moved = collections.Counter(), 0

    def run(self, before, held, recent, after):
        for key, (late, rule, check) in after.items():
            if key not in before:
                if self.quiet and rule != AGE:
                    self.fail(key, "appeared on a quiet server")
                continue
            early = before[key][0]
            # What does not change is not sent again, an age always changes.
            value = (recent if rule == AGE else held).get(key)
            if not self.quiet and rule in (LEVEL, AGE):
                continue
            if value is None:
                self.fail(key, f"was not received; the server says {late}")
                continue
            self.compared[check.probe] += 1
            self.judge(key, rule, early, value, late)
        if self.quiet:
            self.nothing_else(held, recent, after)
        if not self.quiet and self.target.loaded:
            expect(self.moved > 50, f"{self.when}: {self.moved} series moved")
        return self.compared

    def judge(self, key, rule, early, value, late):
        self.moved += early != late
        words = f"{rule}: before {early}, received {value}, after {late}"
        if self.quiet and rule in (COUNTER, LEVEL):
            if not near(early, late):
                self.fail(key, "moved on a quiet server; " + words)
            elif not near(value, late):
                self.fail(key, words)
            return
        # Ages of whole seconds are rounded.
        slack = 1 if rule == AGE and late == int(late) else 0
        if not (near(early, value) or near(value, late)
                or early - slack <= value <= late + slack):
            self.fail(key, words)

    def nothing_else(self, held, recent, after):
        """Every series received of a checked metric is one that we expect."""
        names = {metric_of(words)[0]: check for check in self.target.checks
                 for words in check.metrics.values()}
        for key in held:
            check = names.get(key[0])
            if check is None or key in after:
                continue
            if is_other(key):
                # Everything has series here: only first counts are in there.
                if check.rules.get("*") == LEVEL and held[key] != 0:
                    self.fail(key, f"is {held[key]}, and all fits")
                continue
            # Sessions and locks come and go.
            passing = check.only and not (check.only(dict(key[1])) and key in recent)
            if not passing:
                self.fail(key, f"was received ({held[key]}); the server has no such")

    def fail(self, key, words):
        labels = ", ".join(f"{k}={v}" for k, v in sorted(key[1]))
        expect(False, f"{self.when}: {self.target.name}: {key[0]}{{{labels}}} {words}")


def compare_everything(fleet, when, quiet):
    """Series compared, by probe."""
    total = collections.Counter()
    for target in fleet.targets:
        for _ in range(QUIET_ATTEMPTS):
            before = target.view()
            fleet.settle(rounds=3 if quiet else 1)
            held, recent = fleet.series(target), fleet.series(target, RECENT)
            after = target.view()
            moved = moved_between(before, after) if quiet else []
            if not moved:
                break
            say(f"{target.name} was not quiet yet: {sorted(moved)[:3]}")
        total += Comparison(target, when, quiet).run(before, held, recent, after)
    return total


def moved_between(before, after):
    """Metrics that stand still on a quiet server, and did not."""
    return {key[0] for key in before.keys() | after.keys()
            if (key in before) != (key in after)
            or (after[key][1] in (COUNTER, LEVEL) and before[key][0] != after[key][0])}


def statement_sums(fleet, target):
    """By (metric, labels): the server's sum and what the series added up to,
    counted from each series' own zero, whatever was kept when."""
    both = {**expected_series.STATEMENT_SUMS, **expected_series.STATEMENT_TIMES}
    columns = ", ".join(f"sum({column}) AS {column}" for column in both)
    if target.major < 14:
        raise Skip("no toplevel")
    (rows,) = target.server.rows(
        "postgres", f"SELECT datname, {columns} FROM pg_stat_statements "
        "JOIN pg_database d ON d.oid = dbid GROUP BY 1")
    server, series = collections.Counter(), collections.Counter()
    for row in rows:
        for column, words in both.items():
            name, fixed = metric_of(words)
            labels = frozenset({**fixed, "db.namespace": row["datname"]}.items())
            server[name, labels] += row[column]
    kept = ("__name__", "db.namespace", "postgresql.storage", "operation")
    for labels, value in fleet.store.query(
            f'increase_pure({{__name__=~"postgresql.statement.+",'
            f'service\\.name="{target.name}"}}[1h]) keep_metric_names'):
        own = {key: labels[key] for key in kept if key in labels}
        series[own.pop("__name__"), frozenset(own.items())] += value
    return server, series


def check_statements(first, second):
    """The increments between two quiet moments, exactly."""
    compared = moved = 0
    times = {metric_of(words)[0] for words in expected_series.STATEMENT_TIMES.values()}
    for key, late in second[0].items():
        truth = late - first[0][key]
        told = second[1][key] - first[1][key]
        if key[0] in times:
            # Milliseconds there, whole microseconds here: an entry's rounding.
            fine = abs(truth * 1000 - told) <= 2000
        else:
            fine = round(truth) == round(told)
        expect(fine, f"statements: {key[0]} {dict(key[1])}: the server added {truth}, "
               f"the series {told}")
        compared += 1
        moved += truth > 0
    expect(moved > 10, f"statements: the load moved something ({moved})")
    return compared


def check_membership(fleet, target):
    """There are more shapes than are kept, and the rest is in `other`."""
    calls = fleet.store.query(
        f'increase_pure(postgresql.statement.calls{{service\\.name="{target.name}",'
        'db\\.namespace="shop"}[1h])')
    other = [value for labels, value in calls
             if labels.get("postgresql.query.fingerprint") == "other"]
    expect(len(other) == 1 and other[0] > 0, f"statements: `other` has calls: {other}")
    expect(len(calls) > 50, f"statements: {len(calls)} series of calls")


def check_identity(fleet):
    for target in fleet.targets:
        mine = f'{{service\\.name="{target.name}"}}[1h])'
        up = fleet.store.query("last_over_time(pgmuster.up" + mine)
        expect(len(up) == 1 and up[0][1] == 1, f"{target.name} is up: {up}")
        info = fleet.store.query("last_over_time(pgmuster.target.info" + mine)
        if not expect(len(info) == 1, f"{target.name}: one target.info: {info}"):
            continue
        (row,), = target.server.rows("observer", """SELECT
          current_setting('server_version') AS version,
          system_identifier::text AS id, timeline_id::text AS timeline,
          CASE WHEN pg_is_in_recovery() THEN 'standby' ELSE 'primary' END AS role
          FROM pg_control_system(), pg_control_checkpoint()""")
        labels = info[0][0]
        seen = {"version": labels.get("db.version"), "role": labels.get("postgresql.role"),
                "id": labels.get("postgresql.system_identifier"),
                "timeline": labels.get("postgresql.timeline")}
        expect(seen == row, f"{target.name}: target.info says {seen}, the server {row}")
        wanted = {"service.namespace": "acme", "service.name": target.name,
                  "server.address": "127.0.0.1", "server.port": str(target.server.port),
                  "db.system.name": "postgresql", "env": "test", "scope.name": "pgmuster"}
        found = {key: labels.get(key) for key in wanted}
        expect(found == wanted, f"{target.name}: the identity is {found}")


def check_stopped_server(fleet):
    """`up` falls and rises under one identity."""
    target = fleet.targets[0]
    query = f'last_over_time(pgmuster.up{{service\\.name="{target.name}"}}[1h])'
    (before, _), = fleet.store.query(query)

    def told(value):
        answer = fleet.store.query(query)
        return [labels for labels, seen in answer if seen == value]

    target.server.shut_down()
    say("the first server is stopped")
    down = wait_until("up is 0", lambda: told(0))
    expect(down == [before], f"`up` = 0 has the same labels: {down}, {before}")
    fleet.check_books("while a server is down")
    target.server.restart()
    again = wait_until("up is 1 again", lambda: told(1))
    expect(again == [before], f"`up` = 1 has the same labels: {again}, {before}")


def check_load(fleet):
    """Statements exactly, counters between before and after."""
    target = fleet.targets[0]
    fleet.settle()
    first = statement_sums(fleet, target)
    began = time.monotonic()
    sessions = []
    try:
        for seed, database in enumerate(COLLECTED):
            script = fleet.folder + f"/load-{database}.sql"
            with open(script, "w", encoding="utf-8") as file:
                file.write(load(seed, 1500))
            sessions.append(subprocess.Popen(
                ["psql", "-Xqf", script, f"host=127.0.0.1 port={target.server.port} "
                 f"user=postgres dbname={database}"], stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL))
        compared = compare_everything(fleet, "under load", quiet=False)
        say(f"under load: {sum(compared.values())} counters between before and after")
        fleet.check_books("under load")
        for session in sessions:
            expect(session.wait(90) == 0, "the load ran to its end")
    finally:
        for session in sessions:
            end_process(session)
    say(f"the load took {time.monotonic() - began:.0f} s")
    fleet.settle()
    second = statement_sums(fleet, target)
    count = check_statements(first, second)
    check_membership(fleet, target)
    calls = sum(second[0][k] - first[0][k] for k in second[0]
                if k[0] == "postgresql.statement.calls")
    say(f"statements: {count} sums equal to the server's ({calls} calls)")


def make_quiet(fleet):
    """No load, no maintenance, all WAL archived and replayed."""
    first = fleet.targets[0].server
    for database in COLLECTED + ("observer", "postgres", "template1"):
        first.psql(database, "VACUUM; ANALYZE;")
    first.psql("observer", "CHECKPOINT; SELECT pg_switch_wal(); CHECKPOINT;")
    for target in fleet.targets[1:]:
        end = first.value("observer", "SELECT pg_current_wal_lsn()::text AS lsn")
        wait_until("the standby has replayed all", lambda: target.server.value(
            "observer", f"SELECT pg_last_wal_replay_lsn() >= '{end}'::pg_lsn AS yes"))
        target.server.psql("observer", "CHECKPOINT;")


def check_quiet(fleet):
    make_quiet(fleet)
    for target in fleet.targets:
        target.view()  # The first session of a database leaves a cache file.
    fleet.settle()
    compared = compare_everything(fleet, "quiet", quiet=True)
    compared["statements"] += 1  # by check_load
    for probe in sorted(probes_of_the_catalog()):
        has_check = any(check.probe == probe for check in CHECKS) or probe == "statements"
        expect(has_check, f"no check for probe {probe}")
        exists = probe == "statements" or any(
            check.probe == probe for target in fleet.targets for check in target.checks)
        if probe in ("replication", "standby") and len(fleet.targets) == 1:
            exists = False
        words = f"{compared[probe]} series" if exists else "not on this version or pair"
        if probe != "statements":
            say(f"quiet: {probe:18} {words}")
        expect(not exists or compared[probe] > 0, f"probe {probe}: nothing was compared")
    unchecked = {key[0] for target in fleet.targets for key in fleet.series(target)} - {
        metric_of(words)[0] for check in CHECKS for words in check.metrics.values()}
    say("received and not compared here: " + " ".join(sorted(
        name for name in unchecked if ".statement." not in name)))
    fleet.check_books("quiet")


def points_in(path):
    count = 0
    with open(path, encoding="utf-8") as file:
        for line in file:
            for resource in json.loads(line)["resourceMetrics"]:
                for scope in resource["scopeMetrics"]:
                    for metric in scope["metrics"]:
                        for kind in ("sum", "gauge"):
                            count += len(metric.get(kind, {}).get("dataPoints", ()))
    return count


def check_end(fleet):
    fleet.check_books("at the end")
    code, closing = fleet.pgmuster.stop()
    say(closing)
    expect(code == 0, f"the exit code is {code}")
    expect(" 0 lost;" in closing and "books balanced" in closing, f"closing: {closing}")
    held = {"file": points_in(fleet.folder + "/points.jsonl")}
    for name, store in fleet.receivers.items():
        ((_, count),) = store.query('sum(count_over_time({__name__!=""}[1h]))')
        held[name] = int(count)
    say(f"points held by each route: {held}")
    expect(len(set(held.values())) == 1, f"all routes hold the same points: {held}")
    expect(f" {sum(held.values())} points delivered" in closing,
           f"the closing line counts what the routes hold: {held}")


def prepare(primary):
    databases = COLLECTED + ("archive", "observer")
    primary.psql("postgres", "CREATE EXTENSION pg_stat_statements;\n" + "\n".join(
        f"CREATE DATABASE {name};" for name in databases) + """
      CREATE ROLE pgmuster LOGIN IN ROLE pg_monitor;
      -- So that pg_stat_statements counts the load and nothing else.
      ALTER ROLE pgmuster SET pg_stat_statements.track = 'none';
      SELECT pg_create_physical_replication_slot('standby', true),
        pg_create_physical_replication_slot('idle', true);""")
    primary.psql("observer", "CREATE EXTENSION pg_stat_statements")
    for name in COLLECTED:
        primary.psql(name, SETUP)
    primary.psql("archive", """CREATE TABLE old (id int);
      SELECT pg_create_logical_replication_slot('reader', 'pgoutput');
      VACUUM; ANALYZE;""")


def sessions_that_stay(stack, servers):
    """A session on each server, and on the first a lock somebody waits for."""
    scripts = [(server, "SELECT pg_sleep(600)") for server in servers]
    scripts.append((servers[0], "BEGIN; LOCK TABLE old IN EXCLUSIVE MODE; "
                                "SELECT pg_sleep(600)"))
    for server, script in scripts:
        stack.callback(end_process, server.start_session("archive", script),
                       seconds=5)
    wait_until("the lock is held", lambda: servers[0].value(
        "archive", "SELECT count(*) AS n FROM pg_locks WHERE mode = 'ExclusiveLock' "
        "AND relation = 'old'::regclass"))
    stack.callback(end_process, servers[0].start_session(
        "archive", "BEGIN; LOCK TABLE old IN SHARE MODE"), seconds=5)


def start_fleet(stack, major):
    program = VictoriaMetrics.fetch()
    folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="pgmuster-e2e-"))
    primary = stack.enter_context(PostgresServer(major, *CONF))
    prepare(primary)
    servers = [primary]
    if major == "deb":
        standby = stack.enter_context(PostgresServer(major))
        standby.become_standby_of(primary, "standby")
        servers.append(standby)
    sessions_that_stay(stack, servers)
    number_of = primary.value("observer", "SELECT current_setting("
                              "'server_version_num')::int / 10000 AS v")
    targets = [Target(name, server, number_of, server is primary)
               for name, server in zip(("orders", "orders-standby"), servers)]
    receivers = {name: stack.enter_context(VictoriaMetrics(folder, program))
                 for name in ("zstd", "gzip")}
    routes = {name: {"otlp": store.url + "/opentelemetry", "compression": name}
              for name, store in receivers.items()}
    routes["file"] = {"file": folder + "/points.jsonl", "signals": ["metrics"]}
    pgmuster = stack.enter_context(Pgmuster(folder, {
        "routes": routes,
        "tenants": [{"id": "acme", "routes": list(ROUTES),
                     "targets": [target.config() for target in targets]}],
        "intervals": {name: "1s" for name in (
            "default", "database", "statements", "db_size", "table_sizes",
            "index_sizes", "statement_texts")},
    }))
    return Fleet(targets, receivers, pgmuster, folder)


def check_refusals(fleet):
    """What the admin address refuses is counted where it is asked."""
    port = int(fleet.pgmuster.admin.rsplit(":", 1)[1])
    with socket.create_connection(("127.0.0.1", port), 10) as peer:
        peer.sendall(b"not HTTP\r\n\r\n")
        answer = peer.recv(4096)
    expect(b" 400 " in answer, "what is not HTTP is refused")
    refused = fleet.pgmuster.metrics().get("pgmuster_admin_turned_away")
    expect(refused == 1, f"one refusal is counted, not {refused}")


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--postgres", default="deb", help="13…18 or deb")
    major = arguments.parse_args().postgres
    with contextlib.ExitStack() as stack:
        fleet = start_fleet(stack, major)
        say(f"{len(fleet.targets)} servers are collected")
        try:
            wait_until("all targets are up", lambda: all(
                target["state"] == "up"
                for target in fleet.pgmuster.api("targets")["targets"]))
            fleet.settle()
            check_identity(fleet)
            check_refusals(fleet)
            check_load(fleet)
            check_quiet(fleet)
            check_stopped_server(fleet)
            check_end(fleet)
        except BaseException:
            print(fleet.pgmuster.log()[-4000:], flush=True)
            raise
    print(f"{len(failures)} failures")
    return 1 if failures else 0


if __name__ == "__main__":
    end_with(main)
