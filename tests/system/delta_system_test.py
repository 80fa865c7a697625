#!/usr/bin/env python3
"""Two routes of the same data, one of cumulative sums and one of deltas: what
the deltas add up to is what the cumulative series grew by, to the point, though
the destination of the deltas was away for a while."""
import pathlib
import sys
import tempfile
import time

from destination_gate import Gate, Sink
from expectations import expect, failures, say
from fleet_process import Pgmuster, wait_until
from simulated_servers import BUILD, SimulatedServers

TARGETS = 12
# Sums of doubles depend on their order.
REAL_SHARE = 1e-9


def configuration(servers, cumulative, delta):
    pauses = {"breaker": {"first": "200ms", "longest": "500ms"},
              "retry": {"first": "100ms", "longest": "500ms"}}
    return {
        "routes": {"cumulative": {"otlp": f"http://127.0.0.1:{cumulative}"},
                   "delta": {"otlp": f"http://127.0.0.1:{delta}",
                             "temporality": "delta", **pauses}},
        "tenants": [{"id": "acme", "targets": servers.targets(0, TARGETS // 2)},
                    {"id": "globex", "targets": servers.targets(TARGETS // 2)}],
        "intervals": {"default": "1s", "database": "1s", "statements": "1s"},
        "process": {"state_directory": "state", "shutdown_grace": "20s"},
        "spool": {"free_min": "0B"}}


def books(pgmuster):
    ledger = pgmuster.api("ledger")
    expect(ledger["balanced"], f"the books balance: {ledger['tenants']}")
    expect(ledger["disagreements"] == [], f"{ledger['disagreements']}")
    return [tenant["delivery"] for tenant in ledger["tenants"]]


def check_books(pgmuster):
    for book in books(pgmuster):
        expect(book["cumulative"]["unchanged"] == 0,
               f"a cumulative route sends all that passed: {book}")
        expect(book["delta"]["unchanged"] > 0, f"zero deltas: {book}")
        expect(not any(sum(one["dropped"].values()) for one in book.values()),
               f"nothing is dropped: {book}")


def check_sums(cumulative, delta):
    grown, added = cumulative["increase"], delta["increase"]
    expect(set(added) <= set(grown), f"not in both: {set(added) - set(grown)}")
    moved = 0
    for name, sum_of in grown.items():
        found = added.get(name, 0)
        same = (found == sum_of if isinstance(sum_of, int)
                else abs(found - sum_of) <= REAL_SHARE * abs(sum_of))
        expect(same, f"{name}: deltas add up to {found}, the series grew by "
                     f"{sum_of}")
        moved += sum_of != 0
    expect(moved > 10, f"only {moved} counters moved")
    for name, report in (("cumulative", cumulative), ("delta", delta)):
        wrong = {what: count for what, count in report["faults"].items() if count}
        expect(not wrong, f"{name}: {wrong} {report['examples'][:3]}")
    return moved


def main():
    with tempfile.TemporaryDirectory(prefix="pgmuster-delta-") as folder, \
            SimulatedServers(TARGETS, "--size", "small") as servers, \
            Sink() as whole, Sink() as parts, Gate(parts.port) as gate, \
            Pgmuster(pathlib.Path(folder), configuration(
                servers, whole.port, gate.port), BUILD / "pgmuster") as pgmuster:
        wait_until("deltas arrive", lambda: parts.report()["series"] > 100)
        time.sleep(3)
        gate.shut()
        wait_until("deltas are spooled", lambda: any(
            book["delta"]["spooled"] for book in books(pgmuster)))
        time.sleep(2)
        gate.open()
        wait_until("nothing is spooled any more", lambda: not any(
            book["delta"]["spooled"] for book in books(pgmuster)))
        # The markers' turn comes each ten seconds.
        wait_until("a marker has passed", lambda: pgmuster.metrics().get(
            "pgmuster_ledger_audits_total", 0) >= 2)
        check_books(pgmuster)
        code, closing = pgmuster.stop()
        expect(code == 0 and "books balanced" in closing, f"{code}: {closing}")
        cumulative, delta = whole.report(), parts.report()
        moved = check_sums(cumulative, delta)
        say(f"{moved} counters moved; {cumulative['points']} cumulative points, "
            f"{delta['points']} of deltas, {delta['points_redelivered']} came "
            "again")
        expect(delta["points"] < cumulative["points"], "fewer are sent")
    print(f"{len(failures)} failed")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
