#!/usr/bin/env python3
"""The program pgmuster-pgsim as it is started by hand, and psql as a person
would type into it."""
import contextlib
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile

PGSIM = None
failures = []


def expect(holds, words):
    if not holds:
        failures.append(words)
        print("FAILED:", words)


@contextlib.contextmanager
def pgsim(*arguments):
    """The process, what it said when it listened, and a list that receives
    what it says at its end."""
    process = subprocess.Popen([PGSIM, *arguments], stdout=subprocess.PIPE,
                               text=True)
    ended = []
    try:
        yield json.loads(process.stdout.readline()), ended
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            rest, _ = process.communicate(timeout=30)
        except subprocess.TimeoutExpired:
            process.kill()
            rest, _ = process.communicate()
        ended.append(json.loads(rest.splitlines()[-1]) if rest else {})
        expect(process.returncode == 0, f"exit code {process.returncode}")


def psql(said, script, user="sim00000", password=None, more="", at=0):
    """(standard output, standard error) of one psql."""
    address = said["addresses"][at]
    environment = {"PATH": os.environ["PATH"], "HOME": "/nonexistent"}
    if password is not None:
        environment["PGPASSWORD"] = password
    done = subprocess.run(
        ["psql", "-XAtq", f"host={address['host']} port={address['port']} "
         f"user={user} dbname=app {more}"],
        input=script, capture_output=True, text=True, timeout=60,
        env=environment, check=False)
    return done.stdout, done.stderr


def a_person_can_talk_to_it():
    with pgsim("--instances", "20", "--version", "16", "--version", "17",
               "--listen", "127.0.0.1:0", "--listen", "127.0.0.7:0=3",
               "--seed", "9") as (said, ended):
        expect(said["event"] == "listening" and said["seed"] == 9, f"{said}")
        out, err = psql(said, "select 1;\nselect 2;\nshow server_version;\n")
        lines = out.split()
        expect(lines[:2] == ["1", "2"] and lines[2].startswith("16"), out + err)
        out, err = psql(said, "begin;\nselect nonsense from nowhere;\n"
                              "select 1;\nrollback;\nselect 5;\n")
        expect("does not know the statement" in err, err)
        expect("transaction is aborted" in err, err)
        expect(out.strip() == "5", out)
        out, err = psql(said, "copy t to stdout;\nselect 6;\n")
        expect("COPY is not simulated" in err and out.strip() == "6", out + err)
        out, err = psql(said, "commit;\n")
        expect("there is no transaction in progress" in err, err)
        out, err = psql(said, "select 1;\n", user="sim00020")
        expect("sim00020" in err, err)
        out, err = psql(said, "show server_version;\n", user="me", at=1)
        expect(out.startswith("17"), out + err)
        out, err = psql(said, "set statement_timeout = 100;\n"
                              "select pg_sleep(600);\n")
        expect("statement timeout" in err, err)
    counts = ended[0]
    expect(counts.get("event") == "ended", f"{counts}")
    expect(counts.get("sessions") == 7 and counts.get("startups_refused") == 1,
           f"{counts}")
    expect("nonsense" in str(counts.get("unknown_examples")), f"{counts}")
    expect(counts.get("unknown_sql") == 1 and counts.get("timeouts") == 1,
           f"{counts}")


def a_scenario_is_followed(folder):
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
         "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=pgsim", "-addext",
         "subjectAltName=IP:127.0.0.1", "-days", "2", "-keyout",
         folder / "key", "-out", folder / "crt"],
        check=True, capture_output=True)
    (folder / "scenario.json").write_text(json.dumps({"simulator": {
        "instances": 3, "password": "right",
        "tls": {"certificate": "crt", "key": "key"},
        "faults": [{"kind": "refuse", "instances": 1},
                   {"kind": "wrong_password", "instances": 2}]}}))
    with pgsim("--scenario", str(folder / "scenario.json")) as (said, ended):
        secure = f"sslmode=verify-full sslrootcert={folder / 'crt'}"
        out, err = psql(said, "\\conninfo\nselect 1;\n", password="right",
                        more=secure)
        expect("1" in out.split() and "SSL" in out, out + err)
        out, err = psql(said, "select 1;\n", password="wrong", more=secure)
        expect("password authentication failed" in err, err)
        out, err = psql(said, "select 1;\n", "sim00001", "right", secure)
        expect("too many clients" in err, err)
        out, err = psql(said, "select 1;\n", "sim00002", "right", secure)
        expect("password authentication failed" in err, err)
    expect(ended[0].get("passwords_wrong") == 2, f"{ended}")


def what_is_wrong_is_said(folder):
    (folder / "wrong.json").write_text('{"simulator": {"instances": 0, "x": 1}}')
    for arguments, code, words in (
            (["--scenario", str(folder / "wrong.json")], 2, "/simulator/x"),
            (["--scenario", str(folder / "none.json")], 2, "cannot be read"),
            (["--listen", "0.0.0.0:0"], 2, "127.0.0.0/8"),
            (["--tls", "/nonexistent", "/nonexistent"], 1, "certificate")):
        done = subprocess.run([PGSIM, *arguments], capture_output=True,
                              text=True, timeout=30, check=False)
        expect(done.returncode == code, f"{arguments}: exit {done.returncode}")
        expect(words in done.stderr, f"{arguments}: {done.stderr}")


def main():
    global PGSIM
    PGSIM = sys.argv[1]
    if shutil.which("psql") is None or shutil.which("openssl") is None:
        print("skipped: psql or openssl is not installed")
        return 77
    with tempfile.TemporaryDirectory(prefix="pgmuster-pgsim-") as name:
        a_person_can_talk_to_it()
        a_scenario_is_followed(pathlib.Path(name))
        what_is_wrong_is_said(pathlib.Path(name))
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
