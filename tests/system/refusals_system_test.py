#!/usr/bin/env python3
"""A receiver that throttles, refuses and finds requests too large: what it took,
what it refused for good and what was taken in add up to the point."""
import re
import sys
import tempfile

from destination_gate import Sink
from expectations import expect, failures, say
from fleet_process import Pgmuster, wait_until
from simulated_servers import BUILD, SimulatedServers

TARGETS = 12
# Of a body as it is sent: a batch of several targets is larger, one target's
# points are not.
TOO_LARGE = 12_000
RULES = [{"do": "throttle", "share": 0.02},
         {"do": "unavailable", "share": 0.02},
         {"do": "too_large", "larger_than": TOO_LARGE}]


def configuration(servers, sink):
    return {"routes": {"main": {"otlp": f"http://127.0.0.1:{sink.port}", "shards": 1,
                                "retry": {"first": "20ms", "longest": "100ms"},
                                "breaker": {"first": "20ms", "longest": "100ms"}}},
            "tenants": [{"id": "acme", "targets": servers.targets()}],
            "intervals": {"default": "1s", "database": "1s", "statements": "1s"},
            "process": {"shutdown_grace": "20s"}}


def outcomes(pgmuster):
    prefix = 'pgmuster_export_requests_total{outcome="'
    return {series[len(prefix):].split('"')[0]: value
            for series, value in pgmuster.metrics().items() if series.startswith(prefix)}


def main():
    with tempfile.TemporaryDirectory(prefix="pgmuster-refusals-") as folder, \
            SimulatedServers(TARGETS) as servers, Sink(folder, RULES) as sink:
        with Pgmuster(folder, configuration(servers, sink), BUILD / "pgmuster") as pgmuster:
            wait_until("it was refused in every way", lambda: {
                "take_apart", "retry", "acknowledged"} <= set(outcomes(pgmuster)), 120)
            wait_until("much is delivered",
                       lambda: outcomes(pgmuster).get("acknowledged", 0) > 100, 120)
            ledger = pgmuster.api("ledger")
            expect(ledger["balanced"], "the books balance")
            expect(ledger["disagreements"] == [], f"markers agree: {ledger}")
            say(f"requests: {outcomes(pgmuster)}")
            code, closing = pgmuster.stop()
            expect("books balanced" in closing, f"{code}: {closing}")
        taken = sink.report()["points"]
        acknowledged = int(re.search(r"(\d+) points delivered", closing).group(1))
        lost = int(re.search(r"delivered, (\d+) lost", closing).group(1))
        refused = int((re.search(r"(\d+) refused", closing) or [0, 0])[1])
        expect(lost == refused, f"nothing is lost but what was refused: {closing}")
        say(f"{closing}; the sink took {taken}")
        expect(taken == acknowledged, f"the sink took {taken}: {closing}")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
