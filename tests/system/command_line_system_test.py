#!/usr/bin/env python3
"""What a shell sees of the program: a pipe that closes, a misspelt command."""
import json
import pathlib
import socket
import subprocess
import sys
import tempfile

from expectations import expect, failures
from fleet_process import PGMUSTER


def check_closed_pipe(folder):
    """`run | head -1` ends by itself and says once why."""
    with socket.socket() as refusing:
        refusing.bind(("127.0.0.1", 0))
        file = pathlib.Path(folder) / "fleet.json"
        # Its state is a point at every interval: something to write again.
        file.write_text(json.dumps({
            "tenants": [{"id": "acme", "targets": [
                {"name": f"down-{index}", "databases": "own",
                 "dsn": f"postgresql://me@127.0.0.1:{refusing.getsockname()[1]}/x"}
                for index in range(3)]}],
            "intervals": {"default": "1s"}, "admin": {"listen": ""}}))
        log = pathlib.Path(folder) / "log"
        with open(log, "wb") as errors:
            run = subprocess.Popen([PGMUSTER, "run", "--config", file],
                                   stdin=subprocess.DEVNULL,
                                   stdout=subprocess.PIPE, stderr=errors)
            try:
                expect(b"pgmuster.up" in run.stdout.readline(), "a line comes")
                run.stdout.close()
                code = run.wait(60)
            finally:
                run.kill()
                run.wait()
    text = log.read_text()
    expect(code == 1, f"exit code {code}: its points were not taken")
    told = text.count("nobody reads standard output any more")
    expect(told == 1, f"it is said once: {text}")
    closing = text.strip().splitlines()[-1]
    expect("books balanced" in closing and " 0 lost" not in closing,
           f"what was not written is counted: {closing}")


def check_misspelt_command():
    for word, near in (("chekc", '"check"'), ("tpo", '"top"'), ("bogus", None)):
        done = subprocess.run([PGMUSTER, word], stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True, timeout=60)
        expect(done.returncode == 2, f"{word}: exit code {done.returncode}")
        expect(f'no command "{word}"' in done.stderr, f"{word}: {done.stderr}")
        wanted = [near] if near else ["run", "check", "probe", "top", "spool",
                                    "version"]
        expect(all(name in done.stderr for name in wanted), f"{word}: {done.stderr}")


def main():
    with tempfile.TemporaryDirectory() as folder:
        check_closed_pipe(folder)
    check_misspelt_command()
    print(f"{len(failures)} failed")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
