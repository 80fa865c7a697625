#!/usr/bin/env python3
"""What a destination that is away, a kill, damage and a full disk cost, with
the whole program before the simulator and the sink: every point is delivered
or accounted for. `--rounds N --seed S` for more than the short set."""
import argparse
import json
import os
import pathlib
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

from destination_gate import Gate, Sink
from expectations import expect, failures, say
from fleet_process import PGMUSTER, Pgmuster, free_port, wait_until
from simulated_servers import SimulatedServers

TARGETS = 20


class Case:
    """Servers, a sink behind a gate, and a collector that is started again
    and again on one spool."""

    def __init__(self, folder, name, servers, **spool):
        self.folder = pathlib.Path(folder) / name
        self.folder.mkdir()
        self.name = name
        self.servers = servers
        self.spool = {"free_min": "0B", **spool}
        self.state = self.folder / "state"
        self.runs = 0
        self.acknowledged = 0
        self.rejected = 0

    def __enter__(self):
        self.sink = Sink()
        self.gate = Gate(self.sink.port).__enter__()
        return self

    def __exit__(self, *_):
        self.gate.__exit__()
        self.sink.__exit__()

    def config(self, **more):
        return {
            "routes": {"main": {"otlp": f"http://127.0.0.1:{self.gate.port}",
                                "timeout": "2s",
                                "breaker": {"first": "200ms",
                                            "longest": "1s"},
                                "retry": {"first": "100ms", "longest": "1s"}}},
            "tenants": [{"id": "acme", "targets": self.servers.targets(
                            0, TARGETS // 2)},
                        {"id": "globex", "targets": self.servers.targets(
                            TARGETS // 2)}],
            "intervals": {"default": "1s", "database": "1s", "statements": "1s"},
            "process": {"state_directory": str(self.state),
                        "shutdown_grace": "4s"},
            "spool": self.spool, **more}

    def start(self, **more):
        self.runs += 1
        folder = self.folder / f"run{self.runs}"
        folder.mkdir()
        return Pgmuster(folder, self.config(**more))

    def expect(self, holds, words):
        return expect(holds, f"{self.name}: {words}")


def delivery(pgmuster):
    """The delivery books of all tenants and routes as one."""
    ledger = pgmuster.api("ledger")
    expect(ledger["disagreements"] == [], f"{ledger['disagreements']}")
    books = [book for tenant in ledger["tenants"]
             for book in tenant["delivery"].values()]
    keys = ("passed", "made", "recovered", "acked", "rejected", "quarantined",
            "batching", "in_flight", "spooled")
    made = {key: sum(book[key] for book in books) for key in keys}
    made["dropped"] = sum(sum(book["dropped"].values()) for book in books)
    made["by_reason"] = {}
    for book in books:
        for reason, points in book["dropped"].items():
            made["by_reason"][reason] = (
                made["by_reason"].get(reason, 0) + points)
    made["balanced"] = ledger["balanced"]
    made["lost_in_crash"] = sum(book.get("lost_in_crash", 0) for book in books)
    return made


def wait_for_ready(pgmuster):
    wait_until("points flow", lambda: delivery(pgmuster)["passed"] > 0)


def drained(pgmuster):
    book = delivery(pgmuster)
    return book if book["spooled"] == 0 and book["recovered"] > 0 else None


def stop_quietly(case, pgmuster):
    """Ends it in order: no cycle is cut, so that what it says last is true."""
    code, closing = pgmuster.stop()
    case.expect(code == 0, f"exit code {code}: {closing}")
    case.expect("books balanced" in closing, closing)
    return closing


def check_order(case):
    report = case.sink.report()
    wrong = {name: count for name, count in report["faults"].items()
             if count and name in ("duplicate", "conflict", "disorder", "fell",
                                   "start_went_back")}
    case.expect(not wrong, f"order: {wrong} {report['examples'][:3]}")
    return report


def away_and_back(folder, servers, mode, ordering):
    """A destination is away, over a restart; all that waited arrives."""
    name = f"away_{mode}_{ordering}"
    with Case(folder, name, servers, mode=mode) as case:
        route = case.config()["routes"]["main"] | {"ordering": ordering}
        routes = {"routes": {"main": route}}
        with case.start(**routes) as first:
            wait_for_ready(first)
            case.gate.shut()
            waits = wait_until(
                "frames are spooled", lambda: delivery(first)["spooled"] and
                delivery(first))
            case.expect(waits["balanced"], f"balanced: {waits}")
            time.sleep(3)
            case.expect(delivery(first)["by_reason"].get("queue_full", 0) == 0,
                        "nothing is dropped")
            stop_quietly(case, first)
        case.gate.open()
        with case.start(**routes) as second:
            book = wait_until("the spool is empty", lambda: drained(second))
            case.expect(book["balanced"], f"balanced: {book}")
            case.expect(book["dropped"] == 0, f"nothing is dropped: {book}")
            closing = stop_quietly(case, second)
        say(f"{name}: {book['recovered']} points recovered; {closing[-160:]}")
        report = case.sink.report()
        if ordering == "strict":
            check_order(case)
        for target in report["targets"].get("down", []):
            case.expect(False, f"{target} never arrived")
        case.expect(not list((case.state / "spool").rglob("*.seg")),
                    "the spool is empty on disk")


def no_grace(folder, servers):
    """A stop without grace spools what lanes and exporters hold: no
    frame comes to an exporter that has gone."""
    with Case(folder, "no_grace", servers) as case:
        process = case.config()["process"] | {"shutdown_grace": "0s"}
        lost = 0
        for _ in range(3):
            case.gate.open()
            with case.start(process=process) as run:
                wait_for_ready(run)
                case.gate.shut()
                wait_until("frames are spooled", lambda: delivery(run)["spooled"])
                closing = stop_quietly(case, run)
                case.expect("actor_lost" not in closing, closing)
                lost += int(re.search(r"delivered, (\d+) lost", closing).group(1))
        say(f"no_grace: {lost} lost; {closing[-170:]}")


def kill_rounds(folder, servers, mode, seed, kills):
    """kill -9 at random moments, the destination away at some of them."""
    name = f"kill_{mode}_{seed}"
    chance = random.Random(seed)
    framed = lost_bound = 0
    with Case(folder, name, servers, mode=mode) as case:
        route = case.config()["routes"]["main"]
        # It stays closed: what cannot be sent waits in memory for a second.
        route["breaker"] |= {"failures": 1000, "failures_percent": 100,
                             "outcomes": 1000}
        routes = {"routes": {"main": route}}
        for _ in range(kills):
            case.gate.open()
            with case.start(**routes) as run:
                wait_for_ready(run)
                time.sleep(chance.uniform(0.2, 2.0))
                if chance.random() < 0.7:
                    # So that frames wait in memory when it comes.
                    case.gate.shut()
                    time.sleep(chance.uniform(0.2, 0.9))
                book = delivery(run)
                lost_bound += book["lost_in_crash"]
                # Long enough for what was framed then to be written.
                time.sleep(0.2)
                run.process.send_signal(signal.SIGKILL)
                run.process.wait()
            framed += (book["acked"] + book["rejected"] + book["in_flight"]
                       + book["spooled"] + book["dropped"] - book["recovered"])
        case.gate.open()
        with case.start() as last:
            book = wait_until("the spool is empty", lambda: (
                lambda now: now if now["spooled"] == 0 and now["acked"] else None
            )(delivery(last)))
            lost_bound += book["lost_in_crash"]
            case.expect(book["balanced"], f"balanced: {book}")
            closing = stop_quietly(case, last)
            delivered = int(re.search(r"(\d+) points delivered",
                                      closing).group(1))
            framed += delivered - book["recovered"]
        report = case.sink.report()
        say(f"{name}: {report['points']} points arrived once, {framed} were framed, "
            f"at most {lost_bound} told as lost, "
            f"{report['points_redelivered']} came again")
        if mode == "always":
            case.expect(report["points"] >= framed, "nothing framed is lost: "
                        f"{report['points']} of {framed}")
        else:
            case.expect(report["points"] + lost_bound >= framed,
                        f"no more is lost than is told: {report['points']} of "
                        f"{framed}, {lost_bound} told")
        check_order(case)


def damaged(folder, servers, seed):
    """A spool with bytes changed at random places: the rest arrives, what does
    not is counted."""
    name = f"damaged_{seed}"
    chance = random.Random(seed)
    with Case(folder, name, servers) as case:
        with case.start() as first:
            wait_for_ready(first)
            case.gate.shut()
            wait_until("frames are spooled", lambda: delivery(first)["spooled"])
            time.sleep(3)
            closing = stop_quietly(case, first)
        spooled = int(re.search(r"(\d+) spooled", closing).group(1))
        segments = sorted((case.state / "spool" / "frames").rglob("*.seg"))
        for path in chance.sample(segments, min(3, len(segments))):
            data = bytearray(path.read_bytes())
            for _ in range(3):
                at = chance.randrange(4096, len(data))
                data[at:at + 40] = chance.randbytes(min(40, len(data) - at))
            path.write_bytes(data)
        case.gate.open()
        with case.start() as second:
            book = wait_until("the spool is empty", lambda: drained(second))
            case.expect(book["balanced"], f"balanced: {book}")
            lost = book["by_reason"].get("spool_corrupt", 0)
            case.expect(lost > 0, f"what is damaged is counted: {book}")
            case.expect(book["recovered"] == spooled,
                        f"{book['recovered']} of {spooled}")
            stop_quietly(case, second)
        say(f"{name}: {spooled} points spooled, {book['recovered']} found, "
            f"{lost} of them damaged")
        check_order(case)


def remove_at_once(folder):
    """Also while somebody writes into it."""
    aside = folder.with_name("aside")
    folder.rename(aside)
    shutil.rmtree(aside)


def vanished(folder, servers):
    """What goes from a spool without a trace, while nothing runs or under the
    running process, is counted, and never told as spooled."""
    with Case(folder, "vanished", servers) as case:
        spool = case.state / "spool"
        with case.start() as first:
            wait_for_ready(first)
            case.gate.shut()
            wait_until("both tenants spool", lambda: len(
                list((spool / "frames").rglob("*.seg"))) >= 2)
            closing = stop_quietly(case, first)
        spooled = int(re.search(r"(\d+) spooled", closing).group(1))
        segments = sorted((spool / "frames").rglob("*.seg"))
        segments[0].unlink()
        os.truncate(segments[1], 100)
        verify = subprocess.run([str(PGMUSTER), "spool", "verify", str(spool)],
                                capture_output=True, text=True, check=False)
        case.expect(verify.returncode == 1, f"verify: {verify.stdout}")
        with case.start() as second:
            book = wait_until("it is looked at", lambda: (
                lambda now: now if now["recovered"] else None)(
                    delivery(second)))
            case.expect(book["recovered"] == spooled,
                        f"{book['recovered']} of {spooled}")
            lost = book["by_reason"].get("spool_corrupt", 0)
            case.expect(lost > 0 and book["balanced"], f"{book}")
            wait_until("more is spooled", lambda: delivery(second)["passed"]
                       and delivery(second)["spooled"] > spooled - lost)
            remove_at_once(spool)
            wait_until("the log says so",
                       lambda: "it is made anew" in second.log())
            more = wait_until("it is counted", lambda: (
                lambda now: now if now > lost else None)(
                    delivery(second)["by_reason"].get("spool_corrupt", 0)))
            wait_until("it is written to again",
                       lambda: list(spool.rglob("*.seg")))
            remove_at_once(spool)
            code, closing = second.stop()
            case.expect(code == 0 and "books balanced" in closing, closing)
            left = re.search(r"(\d+) spooled", closing)
            found = subprocess.run(
                [str(PGMUSTER), "spool", "verify", "--format", "json",
                 str(spool)], capture_output=True, text=True, check=False)
            points = (json.loads(found.stdout)["points"]
                      if found.returncode == 0 else 0)
            case.expect(int(left.group(1) if left else 0) == points,
                        f"{points} points are there: {closing}")
        say(f"vanished: {lost} of {spooled} points between runs, then "
            f"{more - lost} more; {closing[-170:]}")


def one_dead(folder, servers):
    """A destination that is dead holds up no other."""
    with Case(folder, "one_dead", servers) as case:
        routes = case.config()["routes"]
        routes["dead"] = routes["main"] | {
            "otlp": f"http://127.0.0.1:{free_port()}"}
        with case.start(routes=routes) as run:
            wait_for_ready(run)
            wait_until("the dead one's frames are spooled", lambda: sum(
                tenant["delivery"].get("dead", {"spooled": 0})["spooled"]
                for tenant in run.api("ledger")["tenants"]))
            time.sleep(4)
            for tenant in run.api("ledger")["tenants"]:
                live, dead = (tenant["delivery"][name]
                              for name in ("main", "dead"))
                # A batch is a second old at most; each cycle takes one.
                waits = live["batching"] + live["in_flight"] + live["spooled"]
                case.expect(waits * 2 < live["acked"],
                            f"the living one has all but the last: {live}")
                case.expect(dead["acked"] == 0 and dead["spooled"] > 0,
                            f"the dead one's wait on disk: {dead}")
            case.expect(run.api("ledger")["balanced"], "balanced")
            closing = stop_quietly(case, run)
        say(f"one_dead: {closing[-170:]}")
        check_order(case)


def full_disk(folder, servers):
    """A disk that is full: spooling stops and says so, collecting goes on."""
    small = pathlib.Path(folder) / "small"
    small.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=400k",
                              "tmpfs", str(small)], capture_output=True,
                             check=False)
    if mounted.returncode != 0:
        say("skipped: no file system may be mounted here")
        return
    try:
        with Case(folder, "full_disk", servers,
                  directory=str(small / "spool")) as case:
            with case.start() as run:
                wait_for_ready(run)
                case.gate.shut()
                wait_until("the disk is full", lambda: (
                    run.metrics().get('pgmuster_spool_state{state="disk_full"}')
                    == 1))
                case.expect("the spool takes no frames" in run.log(),
                            "the log says so")
                before = delivery(run)["passed"]
                wait_until("collecting goes on",
                           lambda: delivery(run)["passed"] > before)
                case.gate.open()
                book = wait_until("the spool is empty", lambda: (
                    lambda now: now if now["spooled"] == 0 else None)(
                        delivery(run)))
                case.expect(book["balanced"], f"balanced: {book}")
                wait_until("what was delivered has made room", lambda: (
                    run.metrics().get('pgmuster_spool_state{state="disk_full"}')
                    == 0))
                closing = stop_quietly(case, run)
            say(f"full_disk: {closing[-170:]}")
            check_order(case)
    finally:
        subprocess.run(["umount", str(small)], check=False)


def main():
    words = argparse.ArgumentParser()
    words.add_argument("--rounds", type=int, default=0,
                       help="instead of the short set: so many rounds")
    words.add_argument("--seed", type=int, default=1)
    words.add_argument("--only", default="")
    told = words.parse_args()
    with tempfile.TemporaryDirectory() as folder, \
            SimulatedServers(TARGETS, "--size", "small") as servers:
        cases = [
            ("away_overflow", lambda: away_and_back(
                folder, servers, "overflow", "strict")),
            ("away_relaxed", lambda: away_and_back(
                folder, servers, "overflow", "relaxed")),
            ("kill_always", lambda: kill_rounds(
                folder, servers, "always", told.seed, 2)),
            ("kill_overflow", lambda: kill_rounds(
                folder, servers, "overflow", told.seed, 2)),
            ("damaged", lambda: damaged(folder, servers, told.seed)),
            ("no_grace", lambda: no_grace(folder, servers)),
            ("vanished", lambda: vanished(folder, servers)),
            ("one_dead", lambda: one_dead(folder, servers)),
            ("full_disk", lambda: full_disk(folder, servers)),
        ]
        if told.rounds:
            cases = []
            for seed in range(told.seed, told.seed + told.rounds):
                cases += [
                    (f"kill_always_{seed}", lambda seed=seed: kill_rounds(
                        folder, servers, "always", seed, 3)),
                    (f"kill_overflow_{seed}", lambda seed=seed: kill_rounds(
                        folder, servers, "overflow", seed, 3)),
                    (f"damaged_{seed}",
                     lambda seed=seed: damaged(folder, servers, seed))]
        for name, case in cases:
            if told.only in name:
                case()
    print(f"{len(failures)} failed")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
