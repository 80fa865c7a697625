#!/usr/bin/env python3
"""pgmuster-load over a real server: it passes a sound collector, also behind a
sink that misbehaves, and fails for each thing that is planted, in words."""
import concurrent.futures
import json
import pathlib
import socket
import subprocess
import tempfile
import time

import load_run
from expectations import expect, failures
from fleet_process import (PostgresServer, end_process, end_with, free_port, http_get,
                           wait_until)
from load_run import load
from simulated_servers import BUILD


def scenario(name, **more):
    collector = {"intervals": {"default": "1s", "database": "2s", "statements": "2s"},
                 "routes": {"sink": {"timeout": "2s"}}}
    made = load_run.scenario(name, **{"collector": collector, "warm_up": "8s",
                                      "measure": "10s", **more})
    # A misbehaving sink is what the test needs; what it costs is not asked.
    made["pass"] = {**made["pass"], "cycles_done_share": {"min": 0.5},
                    **more.get("pass", {})}
    return made


def check_sound(folder, dsn):
    done = load(folder, scenario("sound"), "--dsn", dsn)
    expect(done.code == 0, "a sound run passes", done.all)
    expect(done.verdict["verdict"] == "pass", "the last line is the verdict")
    figures = done.figures
    expect(figures["points_delivered"] == figures["points_arrived"] > 500,
           "points were delivered, and as many arrived", str(figures))
    expect(figures["cpu_ms_a_cycle"] > 0 and figures["memory_mib"] > 1
           and figures["descriptors"] > 6 and figures["context_switches_per_s"] > 0
           and figures["first_point_s"] > 0 and figures["acknowledged_p95_s"] > 0
           and figures["received_p95_s"] > 0, "the costs were measured", str(figures))
    page = (done.out / "report.html").read_text()
    expect(page.count("<polyline") == 8, "the page has plots")
    report = done.report
    report["figures"]["memory_mib"] /= 10
    report["scenario"] = "worse"
    before = pathlib.Path(folder) / "before.json"
    before.write_text(json.dumps(report))
    worse = load(folder, scenario("worse"), "--dsn", dsn, "--against", before)
    expect(worse.code == 1 and "memory_mib" in worse.verdict["failed"],
           "ten times the memory of an earlier report fails", worse.all)


def check_misbehaving(folder, dsn):
    deeds = [{"do": "throttle", "retry_after_as": form, "share": 0.1}
             for form in ("seconds", "date", "none")]
    deeds += [{"do": deed, "share": share} for deed, share in (
        ("unavailable", 0.2), ("reset", 0.1), ("take_and_reset", 0.2),
        ("garbage", 0.1))]
    deeds += [{"do": "stall", "from": "2s", "until": "3s"}]
    what = scenario("misbehaving", sink={"rules": deeds, "seed": 5},
                    # A backlog at the end is dropped at the stop, and counted.
                    **{"pass": {"points_dropped": None, "collector_failures": None,
                                "targets_missing": None}})
    done = load(folder, what, "--dsn", dsn)
    expect(done.code == 0,
           "behind a sink that misbehaves nothing is lost and nothing twice", done.all)
    sink = done.sink_report()
    met = sink["misdeeds"]
    expect(met.get("throttle", 0) > 0 and met.get("unavailable", 0) > 0,
           "the sink did misbehave", str(met))
    expect(sink["points_redelivered"] > 0 or met.get("take_and_reset", 0) == 0,
           "what it took and denied came again", str(sink))


def check_old_receiver(folder, dsn):
    rules = [{"do": "refuse_encoding", "encoding": "zstd"}]
    done = load(folder, scenario("no_zstd", sink={"rules": rules},
                                 **{"pass": {"points_dropped": None}}), "--dsn", dsn)
    expect(done.code == 0 and done.sink_report()["encodings"].get("gzip", 0) > 0,
           "a receiver without zstd is served with gzip", done.all)


def check_planted(folder, dsn, deed, figure):
    done = load(folder, scenario("planted_" + deed, sink={
        "rules": [{"do": deed, "share": 0.2}], "seed": 3}), "--dsn", dsn)
    expect(done.code == 1 and figure in done.verdict["failed"],
           f"a sink that does {deed} makes it fail with {figure}", done.all)
    words = done.words(figure)
    expect("the sink took" in words, "in words: " + words)


def check_silent_server(folder):
    """A server that takes connections and never answers."""
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen(64)
        dsn = f"host=127.0.0.1 port={deaf.getsockname()[1]} user=u dbname=d"
        done = load(folder, scenario("silent"), "--dsn", dsn)
    expect(done.code == 1 and "targets_missing" in done.verdict["failed"],
           "a fleet that never answers makes it fail", done.all)


def simulated(name, **more):
    what = scenario(name, **more)
    what["fleet"] = {"targets": 40, "tenants": 4}
    what["collector"]["routes"] = {}
    return what


def check_simulated(folder):
    done = load(folder, simulated("simulated"))
    expect(done.code == 0, "a simulated fleet passes", done.all)
    figures = done.figures
    expect(figures["points_compared"] > figures["points_arrived"] / 2 > 10_000
           and figures["wrong_values"] == 0,
           "its values were compared with the truth, and none is wrong", str(figures))
    # A truth of another time: what arrives is wrong by that.
    other = load(folder, simulated("another_truth", sink={"truth": {
        "started_unix_nano": time.time_ns() - 3600 * 10**9}}))
    expect(other.code == 1 and "wrong_values" in other.verdict["failed"],
           "values that are not the truth make it fail", other.all)
    words = other.words("wrong_values")
    expect("in truth" in words, "in words: " + words[:200])


def check_late(folder):
    """Servers that become slow: 0.3 s for each of a cycle's answers."""
    what = simulated("late", simulator={"faults": [
        {"kind": "slow", "by": "300ms", "from": "7s"}]})
    what["pass"] = {"late_p99_s": {"max": 1}, "cycles_done_share": None}
    done = load(folder, what)
    expect(done.code == 1 and "late_p99_s" in done.verdict["failed"],
           "late cycles make it fail", done.all)


def check_refusals(folder):
    big = load(folder, scenario("big", needs={"descriptors": 10**9}), "--dsn",
               "host=127.0.0.1")
    expect(big.code == 2 and "descriptors here (ulimit -Hn), 1000000000 are needed"
           in big.told, "a machine that is too small is told in words", big.told)
    later = load(folder, scenario("later", missing=["the spool"]))
    expect(later.code == 2 and "the spool" in later.told,
           "a scenario says what is missing", later.told)
    wrong = scenario("wrong")
    wrong["pass"]["points_lots"] = {"max": 0}
    done = load(folder, wrong)
    expect(done.code == 2 and "points_lots" in done.told,
           "a figure that is none is refused", done.told)


def targets_of(folder, config, member):
    port = free_port()
    file = pathlib.Path(folder) / f"member-{member.replace('/', '-')}.json"
    file.write_text(json.dumps({**config, "admin": {"listen": f"127.0.0.1:{port}"}}))
    process = subprocess.Popen(
        [BUILD / "pgmuster", "run", "--config", file, "--member", member],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE, text=True)
    try:
        before = set()

        def asked():
            # It answers before the last of its targets has begun.
            nonlocal before
            try:
                answer = http_get(f"http://127.0.0.1:{port}/api/v1/targets")
            except OSError:
                return None
            last, before = before, {one["target"]
                                    for one in json.loads(answer)["targets"]}
            return before if before == last else None
        return wait_until("a member answers", asked, 30)
    finally:
        end_process(process)
        process.stderr.close()


def check_members(folder):
    names = {f"s-{at}" for at in range(40)}
    dsn = f"host=127.0.0.1 port={free_port()} user=u dbname=d"
    config = {"routes": {"file": {"file": "/dev/null"}}, "tenants": [
        {"id": "acme", "targets": [{"name": name, "dsn": dsn}
                                   for name in sorted(names)]}]}
    shares = [targets_of(folder, config, f"{number}/3") for number in (1, 2, 3)]
    expect(set().union(*shares) == names and sum(map(len, shares)) == 40
           and all(shares), "three members share the fleet", str(shares))
    refused = subprocess.run(
        [BUILD / "pgmuster", "run", "--config",
         pathlib.Path(folder) / "member-1-3.json", "--member", "4/3"],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=30)
    expect(refused.returncode == 2 and "--member 4/3" in refused.stderr,
           "a member that is none is refused", refused.stderr)


def main():
    with tempfile.TemporaryDirectory(prefix="pgmuster-load-") as folder, \
            PostgresServer("deb", "max_connections = 200") as server:
        dsn = f"host=127.0.0.1 port={server.port} user=postgres dbname=postgres"
        # Runs wait more than they work.
        with concurrent.futures.ThreadPoolExecutor(4) as together:
            asked = [together.submit(check_sound, folder, dsn),
                     together.submit(check_misbehaving, folder, dsn),
                     together.submit(check_old_receiver, folder, dsn),
                     together.submit(check_planted, folder, dsn, "swallow",
                                     "points_lost"),
                     together.submit(check_planted, folder, dsn, "repeat",
                                     "points_doubled"),
                     together.submit(check_silent_server, folder),
                     together.submit(check_refusals, folder),
                     together.submit(check_simulated, folder),
                     together.submit(check_late, folder),
                     together.submit(check_members, folder)]
            for one in asked:
                one.result()
    print(f"{len(failures)} failures")
    return 1 if failures else 0


if __name__ == "__main__":
    end_with(main)
