#!/usr/bin/env python3
"""A destination that flaps, one that is away for a day, and one that is away
for longer than the spool has room for: what can wait arrives in order, what
cannot is counted, and the books balance. `--seed S` for other moments.

The day is compressed. What grows with an outage is the number of cycles whose
points wait, and with it frames, segments and bytes; the hours themselves do
nothing. A day of cycles at the default interval of ten seconds is 8,640 cycles
of each target; here 20 targets with an interval of a second make as many as
432 s of one server would in 21 s. `max_age` is scaled as the time is."""
import argparse
import random
import sys
import tempfile
import time

from expectations import failures, say
from fleet_process import wait_until
from simulated_servers import SimulatedServers
from spool_system_test import (TARGETS, Case, check_order, delivery, drained,
                               stop_quietly, wait_for_ready)

OUTAGE = 21


def delivered_all(case, run):
    """Nothing waits on disk, and the breaker has closed."""
    return wait_until("the spool is empty", lambda: (
        lambda now: now if now["spooled"] == 0 else None)(delivery(run)))


def flapping(folder, servers, seed):
    """Away and back, again and again, in the middle of requests."""
    chance = random.Random(seed)
    with Case(folder, f"flapping_{seed}", servers) as case:
        with case.start() as run:
            wait_for_ready(run)
            flaps = 0
            until = time.monotonic() + 15
            while time.monotonic() < until:
                case.gate.shut()
                time.sleep(chance.uniform(0.02, 0.8))
                case.gate.open()
                time.sleep(chance.uniform(0.02, 0.8))
                flaps += 1
            book = delivered_all(case, run)
            case.expect(book["balanced"], f"balanced: {book}")
            case.expect(book["dropped"] + book["quarantined"] == 0,
                        f"nothing is lost: {book}")
            stop_quietly(case, run)
        report = check_order(case)
        say(f"flapping: {flaps} times; {report['points']} points, "
            f"{report['points_redelivered']} came again")


def away_a_day(folder, servers):
    """All of it waits on disk, over a restart in the night, and arrives."""
    with Case(folder, "day", servers) as case:
        with case.start() as first:
            wait_for_ready(first)
            case.gate.shut()
            time.sleep(OUTAGE)
            waits = delivery(first)
            case.expect(waits["balanced"] and waits["dropped"] == 0,
                        f"all of it waits: {waits}")
            case.expect(waits["spooled"] > waits["passed"] / 2,
                        f"on disk: {waits}")
            stop_quietly(case, first)
        with case.start() as second:
            wait_until("what waits is found", lambda: drained_later(second))
            case.gate.open()
            book = wait_until("the spool is empty", lambda: drained(second))
            case.expect(book["balanced"] and book["dropped"] == 0,
                        f"nothing is lost: {book}")
            stop_quietly(case, second)
        report = check_order(case)
        case.expect(report["points"] >= book["recovered"],
                    f"{report['points']} of {book['recovered']}")
        say(f"day: {book['recovered']} points waited over the restart, "
            f"{report['points']} arrived")


def drained_later(run):
    return delivery(run)["recovered"] > 0


def away_too_long(folder, servers):
    """The oldest go, counted; the rest arrives, in order."""
    with Case(folder, "too_long", servers, route_bytes_max="1MiB") as case:
        with case.start() as run:
            wait_for_ready(run)
            case.gate.shut()
            # Bounded by its size, not by the time that it takes.
            wait_until("the oldest go", lambda: delivery(run)["by_reason"].get(
                "spool_full", 0) > 0, seconds=120)
            case.expect("it is full" in run.log(), "the log says so")
            case.gate.open()
            book = delivered_all(case, run)
            case.expect(book["balanced"], f"balanced: {book}")
            case.expect(set(one for one, points in book["by_reason"].items()
                            if points) == {"spool_full"},
                        f"for no other reason: {book['by_reason']}")
            stop_quietly(case, run)
        check_order(case)
        say(f"too_long: {book['by_reason']['spool_full']} points dropped of "
            f"{book['passed'] + book['made']}")


def too_old(folder, servers):
    """What is older than the destination takes is dropped for that reason."""
    with Case(folder, "too_old", servers) as case:
        route = case.config()["routes"]["main"] | {"max_age": "5s"}
        with case.start(routes={"main": route}) as run:
            wait_for_ready(run)
            case.gate.shut()
            time.sleep(9)
            case.gate.open()
            book = delivered_all(case, run)
            case.expect(book["balanced"], f"balanced: {book}")
            case.expect(book["by_reason"].get("too_old", 0) > 0,
                        f"some are too old: {book['by_reason']}")
            stop_quietly(case, run)
        report = check_order(case)
        case.expect(report["age_ms"]["max"] < 9_000,
                    f"nothing as old has come: {report['age_ms']}")
        say(f"too_old: {book['by_reason']['too_old']} points dropped")


def main():
    words = argparse.ArgumentParser()
    words.add_argument("--seed", type=int, default=1)
    words.add_argument("--only", default="")
    told = words.parse_args()
    with tempfile.TemporaryDirectory() as folder, \
            SimulatedServers(TARGETS, "--size", "small") as servers:
        for name, case in (
                ("flapping", lambda: flapping(folder, servers, told.seed)),
                ("day", lambda: away_a_day(folder, servers)),
                ("too_long", lambda: away_too_long(folder, servers)),
                ("too_old", lambda: too_old(folder, servers))):
            if told.only in name:
                case()
    print(f"{len(failures)} failed")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
