"""Simulated PostgreSQL servers for system tests: pgmuster-pgsim, stopped by its
own pid."""
import json
import os
import signal
import subprocess

from fleet_process import ROOT, end_process

BUILD = ROOT / "build" / os.environ.get("PGMUSTER_TEST_BUILD", "release")


class SimulatedServers:
    def __init__(self, instances, *words):
        self.instances = instances
        self.process = subprocess.Popen(
            [str(BUILD / "pgmuster-pgsim"), "--instances", str(instances),
             "--listen", "127.0.0.1:0", *words],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
        said = json.loads(self.process.stdout.readline())
        self.port = said["addresses"][0]["port"]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        end_process(self.process, signal.SIGKILL)
        self.process.stdout.close()

    def target(self, number, **more):
        return {"name": f"sim{number:05}", "databases": "own",
                "dsn": f"postgresql://sim{number:05}@127.0.0.1:{self.port}/app"
                       "?sslmode=disable", **more}

    def targets(self, first=0, count=None):
        count = self.instances - first if count is None else count
        return [self.target(number) for number in range(first, first + count)]
