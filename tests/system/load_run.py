"""One run of pgmuster-load: a scenario that a test plants something in, and
what the run said of it."""
import json
import os
import pathlib
import subprocess

from simulated_servers import BUILD


class Run:
    """Each run has a folder of its own, which is also where it is started."""

    def __init__(self, folder, what, *words, environment=None):
        self.home = pathlib.Path(folder) / what["name"]
        self.out = self.home / "out"
        self.home.mkdir(exist_ok=True)
        (self.home / "scenario.json").write_text(json.dumps(what))
        self.process = subprocess.Popen(
            [BUILD / "pgmuster-load", "scenario.json", "--format", "json",
             "--out", "out", *words], cwd=self.home, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            start_new_session=True, env={**os.environ, **(environment or {})})

    def finish(self):
        """Itself, with what it ended with."""
        try:
            out, self.told = self.process.communicate(timeout=170)
        finally:
            if self.process.poll() is None:
                self.process.kill()
                self.process.communicate()
        self.code = self.process.returncode
        self.lines = out.splitlines()
        return self

    @property
    def all(self):
        """For a person, when a test fails."""
        return "\n".join(self.lines)[-4000:] + self.told

    @property
    def verdict(self):
        return json.loads(self.lines[-1])

    @property
    def report(self):
        return json.loads(self.lines[-2])

    @property
    def figures(self):
        return self.report["figures"]

    def words(self, figure):
        """Of the finding about it; empty if there is none."""
        return next((one["words"] for one in self.report["findings"]
                     if one["figure"] == figure), "")

    def sink_report(self):
        return json.loads((self.out / "sink-report.json").read_text())


def load(folder, what, *words, environment=None):
    return Run(folder, what, *words, environment=environment).finish()


def scenario(name, targets=6, **more):
    """Everything each second or two; what it costs beside others is not asked."""
    return {"name": name, "about": "planted by a test", "warm_up": "5s",
            "measure": "5s",
            "collector": {"intervals": {"default": "1s", "database": "2s",
                                        "statements": "2s"}},
            **more,
            "fleet": {"targets": targets, "tenants": 2, **more.get("fleet", {})},
            "pass": {"late_p99_s": None, "cycles_done_share": None,
                     **more.get("pass", {})}}
