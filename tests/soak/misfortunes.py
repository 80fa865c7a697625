"""What befalls servers and the destination, and how each is put right again.

A misfortune is a generator: it strikes up to its `yield` and repairs after it.
"""
import os
import pathlib
import signal
import subprocess
import time

SLOWEST = 30.0


def children_of(pid):
    try:
        words = pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return []
    return [int(word) for word in words]


def signal_all(pids, number):
    for pid in pids:
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            pass


def wait_until_gone(pids):
    deadline = time.monotonic() + SLOWEST
    while any(os.path.exists(f"/proc/{pid}") for pid in pids):
        if time.monotonic() > deadline:
            raise AssertionError(f"processes {pids} do not end")
        time.sleep(0.05)


def killed(server, _):
    """SIGKILL to the postmaster; its children find out by themselves."""
    family = [server.pid, *children_of(server.pid)]
    os.kill(server.pid, signal.SIGKILL)
    yield
    wait_until_gone(family)
    server.restart()


def restarted(server, _):
    server.shut_down()
    yield
    server.restart()


def frozen(server, _):
    """SIGSTOP to all of its processes: sockets stay open, nobody answers."""
    family = [server.pid, *children_of(server.pid)]
    signal_all(family, signal.SIGSTOP)
    yield
    signal_all(family, signal.SIGCONT)


def backend_frozen(server, chance):
    """One of our sessions stops in whatever it does."""
    pids = sessions_of(server)
    chosen = chance.sample(pids, min(3, len(pids)))
    signal_all(chosen, signal.SIGSTOP)
    yield
    signal_all(chosen, signal.SIGCONT)


def sessions_of(server):
    return [int(word) for word in server.psql(
        "postgres", "SELECT pid FROM pg_stat_activity "
        "WHERE application_name = 'pgmuster';").split()]


def terminated(server, _):
    server.psql("postgres", "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE application_name = 'pgmuster';")
    yield


def dropped(server, chance):
    """A database goes, with our sessions in it, and comes back empty."""
    name = chance.choice(server.databases)
    server.psql("postgres", f"DROP DATABASE {name} WITH (FORCE);")
    yield
    server.psql("postgres", f"CREATE DATABASE {name};")


def password_changed(server, chance):
    """The server has a new password before we have."""
    new = f"secret-{chance.randrange(10**9)}"
    server.psql("postgres", f"ALTER ROLE scram PASSWORD '{new}'; "
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE usename = 'scram';")
    yield
    server.password_file.write_text(new)


SERVER_KINDS = (killed, restarted, frozen, backend_frozen, terminated, dropped,
                password_changed)
DESTINATION_KINDS = ("503", "reset", "stall")


class Fate:
    """Chooses by seed what strikes whom and when; one thing at a time each."""

    def __init__(self, chance, servers, receiver, journal):
        self.chance = chance
        self.servers = servers
        self.receiver = receiver
        self.journal = journal
        self.under_way = {}  # victim -> (due, what, generator or None)
        self.next = time.monotonic()
        self.counts = {}

    def turn(self, may_strike):
        """Repairs what is due; strikes if it is time. May take a second."""
        now = time.monotonic()
        for victim, (due, name, what) in list(self.under_way.items()):
            if now >= due or not may_strike:
                del self.under_way[victim]
                self._repair(victim, name, what)
        if may_strike and now >= self.next:
            self.next = now + self.chance.uniform(1, 6)
            self._strike()

    def _strike(self):
        victim = self.chance.choice([*self.servers, self.receiver])
        kind = self.chance.choice(
            DESTINATION_KINDS if victim is self.receiver else SERVER_KINDS)
        lasts = self.chance.uniform(1, 12)
        if victim in self.under_way:
            return
        name = kind if victim is self.receiver else kind.__name__
        what = None
        if victim is self.receiver:
            victim.become(kind)
        else:
            what = kind(victim, self.chance)
            try:
                next(what)
            except (AssertionError, subprocess.TimeoutExpired) as failure:
                self.journal(f"could not strike: {name}: {failure}")
                return
        self.counts[name] = self.counts.get(name, 0) + 1
        self.under_way[victim] = (time.monotonic() + lasts, name, what)
        self.journal(f"{name} strikes {self._words(victim)} for {lasts:.1f} s")

    def _repair(self, victim, name, what):
        if what is None:
            victim.recover()
        else:
            next(what, None)
        self.journal(f"{name} is over for {self._words(victim)}")

    def _words(self, victim):
        return ("the destination" if victim is self.receiver
                else f"PostgreSQL {victim.major}")
