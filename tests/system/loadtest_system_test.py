#!/usr/bin/env python3
"""pgmuster-load over a real server: it passes a sound collector, also behind a
sink that misbehaves, and fails for each thing that is planted, in words."""
import concurrent.futures
import json
import os
import pathlib
import socket
import subprocess
import sys
import tempfile
import time

from fleet_process import (ROOT, PostgresServer, Skip, end_process, free_port,
                           http_get, wait_until)

BUILD = ROOT / "build" / os.environ.get("PGMUSTER_TEST_BUILD", "release")
failures = []


def expect(what, holds, told=""):
    print(("ok      " if holds else "FAILED  ") + what, flush=True)
    if not holds:
        failures.append(what)
        print(told, flush=True)


def scenario(name, **more):
    # A misbehaving sink is what the test needs; what it costs is not asked.
    return {"name": name, "about": "planted by a test", "warm_up": "8s",
            "measure": "10s", "fleet": {"targets": 6, "tenants": 2},
            "collector": {
                "intervals": {"default": "1s", "database": "2s", "statements": "2s"},
                "routes": {"sink": {"timeout": "2s"}}},
            **more, "pass": {"late_p99_s": None, "cycles_done_share": {"min": 0.5},
                             **more.get("pass", {})}}


def load(folder, what, *words):
    """(exit code, the lines of standard output, of standard error)"""
    home = pathlib.Path(folder) / what["name"]
    home.mkdir()
    file = home / "scenario.json"
    file.write_text(json.dumps(what))
    done = subprocess.run(
        [BUILD / "pgmuster-load", file, "--format", "json", "--out", home / "out",
         *words], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True, timeout=170)
    return done.returncode, done.stdout.splitlines(), done.stderr


def check_sound(folder, dsn):
    code, lines, told = load(folder, scenario("sound"), "--dsn", dsn)
    expect("a sound run passes", code == 0, "\n".join(lines) + told)
    verdict = json.loads(lines[-1])
    report = json.loads(lines[-2])
    expect("the last line is the verdict", verdict["verdict"] == "pass")
    figures = report["figures"]
    expect("points were delivered, and as many arrived",
           figures["points_delivered"] == figures["points_arrived"] > 500,
           str(figures))
    expect("the costs were measured",
           figures["cpu_ms_a_cycle"] > 0 and figures["memory_mib"] > 1
           and figures["descriptors"] > 6 and figures["context_switches_per_s"] > 0
           and figures["first_point_s"] > 0 and figures["acknowledged_p95_s"] > 0
           and figures["received_p95_s"] > 0, str(figures))
    page = (pathlib.Path(folder) / "sound" / "out" / "report.html").read_text()
    expect("the page has plots", page.count("<polyline") == 8)
    before = pathlib.Path(folder) / "before.json"
    report["figures"]["memory_mib"] /= 10
    report["scenario"] = "worse"
    before.write_text(json.dumps(report))
    code, lines, told = load(folder, scenario("worse"), "--dsn", dsn,
                             "--against", before)
    failed = json.loads(lines[-1])["failed"]
    expect("ten times the memory of an earlier report fails",
           code == 1 and "memory_mib" in failed, "\n".join(lines) + told)


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
    code, lines, told = load(folder, what, "--dsn", dsn)
    expect("behind a sink that misbehaves nothing is lost and nothing twice",
           code == 0, "\n".join(lines) + told)
    sink = json.loads((pathlib.Path(folder) / "misbehaving" / "out"
                       / "sink-report.json").read_text())
    met = sink["misdeeds"]
    expect("the sink did misbehave", met.get("throttle", 0) > 0
           and met.get("unavailable", 0) > 0, str(met))
    expect("what it took and denied came again", sink["points_redelivered"] > 0
           or met.get("take_and_reset", 0) == 0, str(sink))


def check_old_receiver(folder, dsn):
    rules = [{"do": "refuse_encoding", "encoding": "zstd"}]
    what = scenario("no_zstd", sink={"rules": rules},
                    **{"pass": {"points_dropped": None}})
    code, lines, told = load(folder, what, "--dsn", dsn)
    sink = json.loads((pathlib.Path(folder) / "no_zstd" / "out"
                       / "sink-report.json").read_text())
    expect("a receiver without zstd is served with gzip",
           code == 0 and sink["encodings"].get("gzip", 0) > 0,
           "\n".join(lines) + told)


def check_planted(folder, dsn, deed, figure):
    what = scenario("planted_" + deed,
                    sink={"rules": [{"do": deed, "share": 0.2}], "seed": 3})
    code, lines, told = load(folder, what, "--dsn", dsn)
    verdict = json.loads(lines[-1])
    expect(f"a sink that does {deed} makes it fail with {figure}",
           code == 1 and figure in verdict["failed"], "\n".join(lines) + told)
    words = [one["words"] for one in json.loads(lines[-2])["findings"]
             if one["figure"] == figure]
    expect("in words: " + words[0], "the sink took" in words[0])


def check_silent_server(folder):
    """A server that takes connections and never answers."""
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen(64)
        dsn = f"host=127.0.0.1 port={deaf.getsockname()[1]} user=u dbname=d"
        code, lines, told = load(folder, scenario("silent"), "--dsn", dsn)
    verdict = json.loads(lines[-1])
    expect("a fleet that never answers makes it fail",
           code == 1 and "targets_missing" in verdict["failed"],
           "\n".join(lines) + told)


def simulated(name, **more):
    what = scenario(name, **more)
    what["fleet"] = {"targets": 40, "tenants": 4}
    what["collector"]["routes"] = {}
    return what


def check_simulated(folder):
    code, lines, told = load(folder, simulated("simulated"))
    expect("a simulated fleet passes", code == 0, "\n".join(lines) + told)
    figures = json.loads(lines[-2])["figures"]
    expect("its values were compared with the truth, and none is wrong",
           figures["points_compared"] > figures["points_arrived"] / 2 > 10_000
           and figures["wrong_values"] == 0, str(figures))
    # A truth of another time: what arrives is wrong by that.
    other = simulated("another_truth", sink={"truth": {
        "started_unix_nano": time.time_ns() - 3600 * 10**9}})
    code, lines, told = load(folder, other)
    verdict = json.loads(lines[-1])
    expect("values that are not the truth make it fail",
           code == 1 and "wrong_values" in verdict["failed"],
           "\n".join(lines) + told)
    words = [one["words"] for one in json.loads(lines[-2])["findings"]
             if one["figure"] == "wrong_values"]
    expect("in words: " + words[0][:200], "in truth" in words[0])


def check_late(folder):
    """Servers that become slow: 0.3 s for each of a cycle's answers."""
    what = simulated("late", simulator={"faults": [
        {"kind": "slow", "by": "300ms", "from": "7s"}]})
    what["pass"] = {"late_p99_s": {"max": 1}, "cycles_done_share": None}
    code, lines, told = load(folder, what)
    verdict = json.loads(lines[-1])
    expect("late cycles make it fail", code == 1 and "late_p99_s" in verdict["failed"],
           "\n".join(lines) + told)


def check_refusals(folder):
    big = scenario("big", needs={"descriptors": 10**9})
    code, _, told = load(folder, big, "--dsn", "host=127.0.0.1")
    expect("a machine that is too small is told in words",
           code == 2 and "descriptors here (ulimit -Hn), 1000000000 are needed"
           in told, told)
    code, _, told = load(folder, scenario("later", missing=["the spool"]))
    expect("a scenario says what is missing", code == 2 and "the spool" in told, told)
    wrong = scenario("wrong")
    wrong["pass"]["points_lots"] = {"max": 0}
    code, _, told = load(folder, wrong)
    expect("a figure that is none is refused", code == 2 and "points_lots" in told,
           told)


def targets_of(folder, config, member):
    port = free_port()
    file = pathlib.Path(folder) / f"member-{member.replace('/', '-')}.json"
    file.write_text(json.dumps({**config, "admin": {"listen": f"127.0.0.1:{port}"}}))
    process = subprocess.Popen(
        [BUILD / "pgmuster", "run", "--config", file, "--member", member],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE, text=True)
    try:
        def asked():
            try:
                return http_get(f"http://127.0.0.1:{port}/api/v1/targets")
            except OSError:
                return None
        answer = json.loads(wait_until("a member answers", asked, 30))
        return {one["target"] for one in answer["targets"]}
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
    expect("three members share the fleet",
           set().union(*shares) == names and sum(map(len, shares)) == 40
           and all(shares), str(shares))
    refused = subprocess.run(
        [BUILD / "pgmuster", "run", "--config",
         pathlib.Path(folder) / "member-1-3.json", "--member", "4/3"],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=30)
    expect("a member that is none is refused",
           refused.returncode == 2 and "--member 4/3" in refused.stderr,
           refused.stderr)


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
    try:
        sys.exit(main())
    except Skip as reason:
        print("SKIPPED:", reason)
        sys.exit(77)
