#!/usr/bin/env python3
"""What a shell sees of the program: a pipe that closes, a misspelt command,
what `check` sends."""
import http.server
import json
import pathlib
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

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
    done = subprocess.run([PGMUSTER, "spool", "lsit", "/nowhere"], timeout=60,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    expect(done.returncode == 2 and '"list"' in done.stderr, f"lsit: {done.stderr}")


def check_misspelt_interval(folder):
    """Which probes there are is not known to the configuration's shape."""
    file = pathlib.Path(folder) / "intervals.json"
    file.write_text(json.dumps({
        "tenants": [{"id": "acme", "targets": [
            {"name": "one", "dsn": "postgresql://x@127.0.0.1:1/postgres"}]}],
        "intervals": {"statments": "10s"}}))
    done = subprocess.run([PGMUSTER, "check", file], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True, timeout=60)
    expect(done.returncode == 2 and "/intervals/statments" in done.stderr
           and 'did you mean "statements"?' in done.stderr, done.stderr)


class Receiver(http.server.BaseHTTPRequestHandler):
    """A proxy to itself: what comes is what is noted."""
    seen = []

    def do_POST(self):
        self.seen.append((self.path, self.headers.get("X-Scope-OrgID")))
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.send_response(404 if "/refuses/" in self.path else 200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


def check_sends_as_run_does(folder):
    """`check` goes by the route's proxy, with a tenant's own header, trusts
    what the route trusts, and says the status of a refusal without words."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    port = server.server_address[1]
    own = {"X-Scope-OrgID": "org-${tenant.id}"}
    file = pathlib.Path(folder) / "check.json"
    file.write_text(json.dumps({
        "routes": {
            "proxied": {"otlp": "http://collector.invalid:4318", "headers": own,
                        "proxy": f"http://127.0.0.1:{port}"},
            "refused": {"otlp": f"http://127.0.0.1:{port}/refuses"}},
        "tenants": [{"id": "acme", "routes": ["proxied", "refused"], "targets": [
            {"name": "down", "dsn": "postgresql://me@127.0.0.1:1/x"}]}]}))
    try:
        done = subprocess.run([PGMUSTER, "check", file], timeout=120, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    finally:
        server.shutdown()
        server.server_close()
    expect(done.returncode == 1, f"exit code {done.returncode}: {done.stderr}")
    expect(("http://collector.invalid:4318/v1/metrics", "org-acme") in Receiver.seen,
           f"by the proxy, with the tenant's header: {Receiver.seen}")
    expect("route proxied: ok" in done.stdout, done.stdout)
    expect("route refused: FAILED" in done.stdout and "HTTP 404" in done.stdout,
           done.stdout)


def check_says_what_run_would(folder):
    """Files that `run` could not write are told, and no key of a URL is."""
    taken = pathlib.Path(folder) / "taken"
    taken.mkdir()
    file = pathlib.Path(folder) / "routes.json"
    file.write_text(json.dumps({
        "routes": {"folder": {"file": str(taken)},
                   "nowhere": {"file": str(taken / "no" / "out.jsonl")},
                   "good": {"file": str(taken / "out.jsonl")},
                   "keyed": {"otlp": "http://127.0.0.1:1/x?token=geheim"}},
        "tenants": [{"id": "acme", "routes": ["folder", "nowhere", "good", "keyed"],
                     "targets": [
            {"name": "down", "databases": "own",
             "dsn": "postgresql://me:geheim@127.0.0.1:1/x?sslmode=disable"}]}]}))
    done = subprocess.run([PGMUSTER, "check", "--print", file], timeout=120,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    for words in (f"route folder: FAILED: file {taken}: it is a folder",
                  "out.jsonl: no such folder", "route good: ok",
                  "route keyed: FAILED", "me:***@127.0.0.1:1/x?sslmode=disable"):
        expect(words in done.stdout, f"{words}: {done.stdout}")
    expect("geheim" not in done.stdout, done.stdout)
    expect(not (taken / "out.jsonl").exists(), "a check makes no file")


def answer_names(server, names):
    """Every name is at 127.0.0.1, and nowhere else; until an empty question."""
    while True:
        asked, whence = server.recvfrom(512)
        if not asked:
            return
        names.append(asked)
        question = asked[12:asked.index(b"\0", 12) + 5]
        is_a = question[-4:-2] == b"\0\1"
        server.sendto(
            asked[:2] + b"\x81\x80\0\1" + (b"\0\1" if is_a else b"\0\0") + bytes(4)
            + question + (b"\xc0\x0c\0\1\0\1\0\0\0\5\0\4\x7f\0\0\1" if is_a else b""),
            whence)


def check_asks_our_name_servers(folder):
    names = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        answering = threading.Thread(target=answer_names, args=(server, names))
        answering.start()
        file = pathlib.Path(folder) / "names.json"
        file.write_text(json.dumps({
            "process": {"name_servers": [f"127.0.0.1:{server.getsockname()[1]}"]},
            "tenants": [{"id": "acme", "targets": [
                {"name": "named", "dsn": "postgresql://me@db.internal:1/x"}]}]}))
        try:
            done = subprocess.run([PGMUSTER, "check", file], timeout=60, text=True,
                                  stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        finally:
            server.sendto(b"", server.getsockname())
            answering.join()
    expect(any(b"\2db\x08internal" in one for one in names),
           f"asked there, as run does: {names}")
    expect("acme/named: FAILED" in done.stdout and "Connection refused" in done.stdout,
           f"and tried where it was told: {done.stdout}")


def check_print_reads_back(folder):
    """What is printed is a configuration, and nothing else."""
    file = pathlib.Path(folder) / "whole.json"
    file.write_text(json.dumps({"tenants": [{"id": "acme", "targets": [
        {"name": "one", "dsn": "host=/run/x user=u application_name=y"}]}]}))
    def printed(of):
        return subprocess.run([PGMUSTER, "check", "--offline", "--print", of],
                              timeout=60, stdout=subprocess.PIPE, check=True).stdout
    first = printed(file)
    json.loads(first)
    again = pathlib.Path(folder) / "again.json"
    again.write_bytes(first)
    expect(printed(again) == first, "it reads back as itself")


def check_probe_mistakes():
    for words, told in ((["postgresql://a,b/x"], "is a list"),
                        (["host=a sslmode=bogus"], "verify-full"),
                        (["host=127.0.0.1 port=1", "--probe", "identty"],
                         'did you mean "identity"?')):
        done = subprocess.run([PGMUSTER, "probe", *words], timeout=60, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        expect(done.returncode == 2 and told in done.stderr,
               f"{words}: {done.returncode} {done.stderr}")


def check_closed_terminal(folder, ignored):
    """SIGHUP drains and ends it; under nohup it goes on."""
    file = pathlib.Path(folder) / "hang_up.json"
    file.write_text(json.dumps({
        "routes": {"main": {"file": str(pathlib.Path(folder) / "out.jsonl")}},
        "tenants": [{"id": "acme", "targets": [
            {"name": "down", "dsn": "postgresql://me@127.0.0.1:1/x"}]}],
        "admin": {"listen": ""}}))
    command = [PGMUSTER, "run", "--config", file]
    def heed():
        # The tests may run under nohup themselves.
        signal.signal(signal.SIGHUP, signal.SIG_DFL)
    run = subprocess.Popen(["nohup", *command] if ignored else command,
                           preexec_fn=heed,
                           stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                           stderr=subprocess.PIPE, text=True)
    try:
        for line in run.stderr:
            if "target is down" in line:
                break
        run.send_signal(signal.SIGHUP)
        if ignored:
            time.sleep(1)
            expect(run.poll() is None, "under nohup it goes on")
            run.send_signal(signal.SIGTERM)
        told = run.communicate(timeout=60)[1]
    finally:
        run.kill()
        run.wait()
    expect(run.returncode == 0 and "books balanced" in told,
           f"exit code {run.returncode}: {told}")


def main():
    with tempfile.TemporaryDirectory() as folder:
        check_closed_pipe(folder)
        check_sends_as_run_does(folder)
        check_misspelt_interval(folder)
        check_says_what_run_would(folder)
        check_asks_our_name_servers(folder)
        check_print_reads_back(folder)
        for ignored in (False, True):
            check_closed_terminal(folder, ignored)
    check_probe_mistakes()
    check_misspelt_command()
    print(f"{len(failures)} failed")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
