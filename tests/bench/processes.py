"""What is measured of processes, and the collector and the loop as such."""
import json
import pathlib
import re
import socket
import subprocess
import time
import urllib.request


def cpu_seconds(pid):
    """On a CPU since its start, all threads, in user and kernel; by the scheduler."""
    return sum(int(task.read_text().split()[0])
               for task in pathlib.Path(f"/proc/{pid}/task").glob("*/schedstat")) / 1e9


def memory_kib(pid):
    text = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text()
    return {word: int(re.search(rf"^{word}:\s+(\d+)", text, re.M)[1])
            for word in ("Rss", "Anonymous")}


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Child:
    def __init__(self, words, **more):
        self.process = subprocess.Popen(words, **more)
        self.pid = self.process.pid

    def close(self):
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


class Collector(Child):
    """pgmuster with `targets` names for one server."""

    def __init__(self, program, folder, config):
        self.admin = config["admin"]["listen"]
        file = pathlib.Path(folder) / "bench.json"
        file.write_text(json.dumps(config))
        super().__init__([program, "run", "--config", file])

    def get(self, path):
        with urllib.request.urlopen(f"http://{self.admin}{path}", timeout=20) as answer:
            return answer.read().decode()

    def figures(self):
        """The sums of its metrics over their labels."""
        sums = {}
        for line in self.get("/metrics").splitlines():
            found = re.match(r"(\w+)(\{[^}]*\})? (\S+)$", line)
            if found:
                sums[found[1]] = sums.get(found[1], 0) + float(found[3])
                if found[0].startswith('pgmuster_cycle_lateness_seconds_bucket{le="0.25"}'):
                    sums["in_time"] = float(found[3])
        sums["later_than_250_ms"] = (
            sums.get("pgmuster_cycle_lateness_seconds_count", 0) - sums.get("in_time", 0))
        return sums

    def wait_for_cycles(self, count, patience=120):
        until = time.monotonic() + patience
        while time.monotonic() < until:
            try:
                if self.figures().get("pgmuster_cycle_duration_seconds_count", 0) >= count:
                    return
            except OSError:
                pass
            if self.process.poll() is not None:
                raise SystemExit("pgmuster ended")
            time.sleep(0.5)
        raise SystemExit(f"pgmuster did not run {count} cycles in {patience} s")


class Loop(Child):
    """The bare libpq loop; answers a line with its figures."""

    def __init__(self, program, dsn, targets, interval, statements):
        super().__init__([program, dsn, str(targets), str(int(interval * 1000)), statements],
                         stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def figures(self):
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        cycles, late, cells, cpu, _, version = self.process.stdout.readline().split()
        return {"cycles": int(cycles), "late": int(late), "cells": int(cells),
                "cpu": int(cpu) / 1e6, "libpq": int(version)}

    def close(self):
        self.process.stdin.close()
        super().close()
