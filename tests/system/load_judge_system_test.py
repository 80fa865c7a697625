#!/usr/bin/env python3
"""pgmuster-load over simulated servers: wherever it is started, whatever ends,
it says what it saw in words."""
import concurrent.futures
import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile

from fleet_process import ROOT, wait_until

BUILD = ROOT / "build" / os.environ.get("PGMUSTER_TEST_BUILD", "release")
failures = []


def expect(what, holds, told=""):
    print(("ok      " if holds else "FAILED  ") + what, flush=True)
    if not holds:
        failures.append(what)
        print(told, flush=True)


def scenario(name, **more):
    # What a run costs beside others is not asked.
    return {"name": name, "about": "planted by a test", "warm_up": "5s",
            "measure": "5s", "simulator": {"size": "small"},
            "collector": {"intervals": {"default": "1s", "database": "2s",
                                        "statements": "2s"}},
            **more, "fleet": {"targets": 6, "tenants": 2, **more.get("fleet", {})},
            "pass": {"late_p99_s": None, "cycles_done_share": None,
                     **more.get("pass", {})}}


def start(folder, what, *words, environment=None):
    """In a folder of its own, which is also where it is started."""
    home = pathlib.Path(folder) / what["name"]
    home.mkdir()
    (home / "scenario.json").write_text(json.dumps(what))
    return subprocess.Popen(
        [BUILD / "pgmuster-load", "scenario.json", "--format", "json", "--out",
         "out", *words], cwd=home, stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        start_new_session=True,
        env={**os.environ, **(environment or {})})


def finish(process):
    """(exit code, the lines of standard output, of standard error)"""
    try:
        out, told = process.communicate(timeout=120)
    finally:
        if process.poll() is None:
            process.kill()
            process.communicate()
    return process.returncode, out.splitlines(), told


def check_tls(folder):
    code, lines, told = finish(start(folder, scenario("tls", fleet={"tls": True})))
    expect("a fleet behind TLS passes with a relative --out", code == 0,
           "\n".join(lines) + told)
    before = pathlib.Path(folder) / "tls" / "out" / "report.json"
    code, lines, told = finish(start(folder, scenario("not_tls"),
                                     "--against", before))
    expect("a report of another scenario is refused",
           code == 2 and "a report of the scenario tls, not of not_tls" in told, told)


def children_of(process):
    """{program: pid}"""
    made = {}
    listed = pathlib.Path(f"/proc/{process.pid}/task/{process.pid}/children")
    for pid in listed.read_text().split():
        try:
            made[pathlib.Path(f"/proc/{pid}/comm").read_text().strip()] = int(pid)
        except OSError:
            pass
    return made


def parts_of(process):
    """Once all three run."""
    return wait_until("all parts run", lambda: (
        lambda parts: parts if len(parts) == 3 and "pgmuster" in parts else None)(
            children_of(process)), 30)


def wait_for_phase(process, phase):
    for line in process.stderr:
        if line.startswith(phase):
            break


def check_interrupted(folder):
    what = scenario("interrupted", measure="90s", sample_every="200ms")
    process = start(folder, what)
    parts = {}
    try:
        parts = parts_of(process)
        wait_for_phase(process, "measuring")
        # As Ctrl-C does: to all that are in the foreground.
        os.killpg(process.pid, signal.SIGINT)
    finally:
        code, lines, told = finish(process)
    verdict = json.loads(lines[-1])
    expect("an interrupted run is judged, and fails for that alone",
           code == 1 and verdict["failed"] == ["measured_s"],
           "\n".join(lines)[-3000:] + told)
    words = json.loads(lines[-2])["findings"][0]["words"]
    expect("in words: " + words, "SIGINT ended the measurement" in words)
    expect("its parts are stopped", not any(
        pathlib.Path(f"/proc/{pid}").exists() for pid in parts.values()))


def check_interrupted_early(folder):
    process = start(folder, scenario("early", warm_up="90s", sample_every="200ms"))
    parts = {}
    try:
        parts = parts_of(process)
        wait_for_phase(process, "warming up")
        process.send_signal(signal.SIGTERM)
    finally:
        code, lines, told = finish(process)
    expect("a run that is interrupted before it measured says so",
           code == 130 and "SIGTERM: nothing was measured yet" in told,
           "\n".join(lines) + told)
    expect("its parts are stopped too", not any(
        pathlib.Path(f"/proc/{pid}").exists() for pid in parts.values()))


def check_dead_sink(folder):
    what = scenario("dead_sink", measure="60s", sample_every="200ms")
    process = start(folder, what)
    try:
        parts = parts_of(process)
        wait_for_phase(process, "measuring")
        os.kill(parts["pgmuster-sink"], signal.SIGKILL)
    finally:
        code, lines, told = finish(process)
    report = json.loads(lines[-2])
    figures = report["figures"]
    expect("a sink that dies makes it fail", code == 1, "\n".join(lines) + told)
    expect("what it would have told is unknown, nothing is nonsense",
           figures["points_per_s"] is None and figures["points_lost"] is None
           and all(value is None or 0 <= value < 1e10
                   for name, value in figures.items()
                   if name != "memory_growth_percent"), str(figures))
    words = " ".join(one["words"] for one in report["findings"])
    expect("words say who was silent",
           "the sink did not answer" in words
           and "the sink ended early with code 137" in words, words)


def check_refusals(folder):
    """A folder is no file, an empty password no password."""
    empty = pathlib.Path(folder) / "empty"
    empty.write_text("\n")
    what = pathlib.Path(folder) / "refusals.json"
    what.write_text(json.dumps(scenario("refusals")))
    for words in (("pgmuster-load", folder), ("pgmuster-load", "/nowhere"),
                  ("pgmuster-load", what, "--against", folder),
                  ("pgmuster-sink", "--config", folder),
                  ("pgmuster-pgsim", "--scenario", folder),
                  ("pgmuster-pgsim", "--password-file", folder),
                  ("pgmuster-pgsim", "--password-file", empty)):
        try:
            done = subprocess.run(
                [BUILD / words[0], *words[1:]], stdin=subprocess.DEVNULL,
                capture_output=True, text=True, timeout=10)
            code, told = done.returncode, done.stderr
        except subprocess.TimeoutExpired:
            code, told = None, "it runs"
        expect(" ".join(map(str, words)) + " is refused in words",
               code == 2 and str(words[-1]) in told, f"{code} {told}")


CHECKS = [check_refusals, check_tls, check_dead_sink, check_interrupted, check_interrupted_early]


def main():
    with tempfile.TemporaryDirectory(prefix="pgmuster-judge-") as folder:
        # Runs wait more than they work.
        with concurrent.futures.ThreadPoolExecutor(4) as together:
            chosen = [one for one in CHECKS if one.__name__ in sys.argv[1:]]
            for one in [together.submit(check, folder)
                        for check in chosen or CHECKS]:
                one.result()
    print(f"{len(failures)} failures")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
