#!/usr/bin/env python3
"""pgmuster-load over simulated servers: wherever it is started, whatever ends,
it says what it saw in words."""
import concurrent.futures
import json
import os
import pathlib
import subprocess
import sys
import tempfile

from fleet_process import ROOT

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


CHECKS = [check_tls]


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
