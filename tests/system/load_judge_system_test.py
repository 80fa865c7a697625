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

from expectations import expect, failures
from fleet_process import ROOT, wait_until
from load_run import Run, load, scenario
from planted_collector import build_leak
from simulated_servers import BUILD


def check_tls(folder):
    done = load(folder, scenario("tls", fleet={"tls": True}))
    expect(done.code == 0, "a fleet behind TLS passes with a relative --out", done.all)
    other = load(folder, scenario("not_tls"), "--against", done.out / "report.json")
    expect(other.code == 2
           and "a report of the scenario tls, not of not_tls" in other.told,
           "a report of another scenario is refused", other.told)


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


def wait_for_phase(process, phase, line_of_it=1):
    """The first line comes as the phase begins, the next ten samples later."""
    for line in process.stderr:
        line_of_it -= line.startswith(phase)
        if line_of_it == 0:
            break


def check_interrupted(folder):
    what = scenario("interrupted", measure="90s", sample_every="200ms")
    run = Run(folder, what)
    parts = {}
    try:
        parts = parts_of(run.process)
        wait_for_phase(run.process, "measuring", line_of_it=2)
        # As Ctrl-C does: to all that are in the foreground.
        os.killpg(run.process.pid, signal.SIGINT)
    finally:
        run.finish()
    expect(run.code == 1 and run.verdict["failed"] == ["measured_s"],
           "an interrupted run is judged, and fails for that alone", run.all)
    words = run.words("measured_s")
    expect("SIGINT ended the measurement" in words, "in words: " + words)
    expect(not any(pathlib.Path(f"/proc/{pid}").exists() for pid in parts.values()),
           "its parts are stopped")


def check_interrupted_early(folder):
    run = Run(folder, scenario("early", warm_up="90s", sample_every="200ms"))
    parts = {}
    try:
        parts = parts_of(run.process)
        wait_for_phase(run.process, "warming up")
        run.process.send_signal(signal.SIGTERM)
    finally:
        run.finish()
    expect(run.code == 130 and "SIGTERM: nothing was measured yet" in run.told,
           "a run that is interrupted before it measured says so", run.all)
    expect(not any(pathlib.Path(f"/proc/{pid}").exists() for pid in parts.values()),
           "its parts are stopped too")


def check_dead_sink(folder):
    what = scenario("dead_sink", measure="60s", sample_every="200ms")
    run = Run(folder, what)
    try:
        parts = parts_of(run.process)
        wait_for_phase(run.process, "measuring", line_of_it=2)
        os.kill(parts["pgmuster-sink"], signal.SIGKILL)
    finally:
        run.finish()
    figures = run.figures
    expect(run.code == 1, "a sink that dies makes it fail", run.all)
    words = " ".join(one["words"] for one in run.report["findings"])
    expect("the sink ended early with code 137" in words,
           "words say who was silent", words)
    # Its end may be noticed before a sample misses it: what it told stands then.
    missed = "the sink did not answer" in words
    expect(figures["points_lost"] is None
           and (figures["points_per_s"] is None) == missed
           and all(value is None or 0 <= value < 1e10
                   for name, value in figures.items()
                   if name != "memory_growth_percent"),
           "what it would have told is unknown, nothing is nonsense", str(figures))


def expect_only(done, name, figure, said):
    """What is planted in a real run makes it fail for that alone, in words."""
    expect(done.code == 1 and done.verdict["failed"] == [figure],
           f"{name} makes it fail by {figure} alone", done.all)
    told = done.words(figure)
    expect(said in told, f"{name}, in words: {told}")


def check_planted(folder, name, figure, said, **more):
    expect_only(load(folder, scenario(name, **more)), name, figure, said)


def check_blind_truth(folder):
    check_planted(folder, "blind_truth", "points_compared",
                  "no value was compared with the truth",
                  sink={"truth": {"target_prefix": "nobody-"}})


def check_silent_target(folder):
    # All that a tenant of one target sends from the measurement's begin on.
    done = load(folder, scenario(
        "silent_target", targets=3, measure="9s", fleet={"tenants": 3},
        sink={"rules": [{"do": "swallow", "containing": "t-2", "from": "0s"}]}))
    expect(done.code == 1 and set(done.verdict["failed"]) >= {
        "targets_missing", "points_lost", "wrong_sums"},
           "a target that falls silent makes it fail", done.all)
    words = done.words("targets_missing")
    expect("t-2/s-00002 was last heard of" in words, "in words: " + words)
    words = done.words("wrong_sums")
    expect("steps after the last read" in words, "in words: " + words)


def check_slow_servers(folder):
    """Each of a cycle's answers takes its time: later than the stamp by far."""
    slow = {"simulator": {"faults": [{"kind": "slow", "by": "300ms", "from": "3s"}]},
            "measure": "15s"}
    patient = {"silence": {"pgmuster.up": "60s"}}
    done = load(folder, scenario("slow", **slow, sink=patient))
    expect(done.code == 0, "servers that are merely slow give no wrong values", done.all)
    late = (done.out / "late_answers.txt").read_text()
    expect(late.count("\n") > 20, "the simulator tells when they answered")
    deaf = load(folder, scenario(
        "slow_untold", **slow, sink={**patient, "truth": {"late_answers": "/dev/null"}}))
    expect("wrong_values" in deaf.verdict["failed"],
           "without being told, the judge would have to call them wrong", deaf.all)


def check_halved_other(folder):
    done = load(folder, scenario("whole_other", **{"pass": {"sums_compared": {"min": 1}}}))
    expect(done.code == 0, "statements add up to the truth", done.all)
    check_planted(folder, "halved_other", "wrong_sums",
                  "all statement series, other included, counted",
                  sink={"rules": [{"do": "halve_other"}]})


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
        expect(code == 2 and str(words[-1]) in told,
               " ".join(map(str, words)) + " is refused in words", f"{code} {told}")


def check_mistakes(folder):
    """All of them, each in the words of who knows it, and no report is left."""
    wrong = scenario("mistakes", simulator={"faults": [{"kind": "sloow"}], "size": 5},
                     sink={"rules": [{"do": "sulk"}], "sum_silence": 5})
    stale = pathlib.Path(folder) / "mistakes" / "out"
    stale.mkdir(parents=True)
    for name in ("report.json", "report.txt", "report.html"):
        (stale / name).write_text("PASS")
    done = load(folder, wrong)
    expect(done.code == 2 and all(words in done.told for words in (
        "/simulator/faults/0/kind", "/simulator/size", "sulk",
        "the sink's configuration: expected")), "all mistakes are told", done.told)
    expect(not list(stale.glob("report.*")),
           "a run that did not run leaves no verdict of an earlier one")
    real = load(folder, scenario("faults_on_real", simulator={
        "faults": [{"kind": "slow", "by": "1s"}]}), "--dsn", "host=127.0.0.1")
    expect(real.code == 2 and "would not take place on real servers" in real.told,
           "faults on real servers are refused", real.told)
    pins = load(folder, scenario("pins", pins={"sink": [1023]}))
    expect(pins.code == 2 and "pinned to CPU 1023, which is not usable" in pins.told,
           "a pin to no CPU is told", pins.told)


PLANTED = ROOT / "tests" / "system" / "planted_collector.py"


def check_planted_later(folder, name, figure, said, **environment):
    """Once the measurement is some samples old, however long all took to start."""
    when = pathlib.Path(folder) / name / "plant"
    run = Run(folder, scenario(name, sample_every="200ms"), "--pgmuster", PLANTED,
              environment={"PLANTED_WHEN": str(when), **environment})
    try:
        wait_for_phase(run.process, "measuring", line_of_it=2)
        when.touch()
    finally:
        run.finish()
    expect_only(run, name, figure, said)


def check_leaked_socket(folder):
    check_planted_later(folder, "one_leaked_socket", "leaked_sockets",
                        "is 1, at most 0", PLANTED="leak",
                        LEAK_LIBRARY=build_leak(folder))


def check_unbalanced_book(folder):
    check_planted_later(folder, "unbalanced_book", "books_unbalanced",
                        "samples at which a book did not balance",
                        PLANTED="unbalanced")


def check_doubled(folder):
    check_planted(folder, "one_doubled_request", "points_doubled", "the sink took",
                  sink={"rules": [{"do": "repeat", "from": "2s", "until": "2500ms"}]},
                  **{"pass": {"faults_duplicate": None, "faults_disorder": None}})


CHECKS = [check_leaked_socket, check_unbalanced_book, check_doubled, check_mistakes, check_refusals, check_halved_other, check_blind_truth,
          check_silent_target, check_slow_servers, check_tls, check_dead_sink,
          check_interrupted, check_interrupted_early]


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
