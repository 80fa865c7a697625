#!/usr/bin/env python3
"""Statements of real servers 13–18 under mixed load: what a backend shows of
them is, in each column, what the entries of pg_stat_statements have added by an
own model (statement_reference.py), through resets, evictions, restarts, a
failover, entries that share a series, and series that come and go.

It is compared at quiet moments. Under load without resets or evictions it does
not matter when the collector reads. What happens to entries between two of its
reads nobody can know; there it stands still (SIGSTOP), so that its reads lie
where the model's do, or what it shows is held between bounds, as said there."""
import argparse
import collections
import contextlib
import os
import signal
import time

import statement_load as load
from expectations import expect, failures, say
from fleet_process import end_process, end_with, wait_until
from statement_fleet import (ENTRIES_MAX, KEPT, MAJORS, calls_by_entry, calls_in,
                             everywhere, run, start_fleet)
from statement_load import DATABASES, USERS
from statement_series import Received, lives_in

# -- what happens to them


def calls_added(fleet):
    return {name: calls_in(added) for name, added in fleet.added.items()}


def plain_load(fleet):
    """Reads fall anywhere; nothing is lost, so that all was counted."""
    for round_ in range(2):
        fleet.each(lambda server, seed=round_: run(server, *(
            (database, user, load.mixed(seed + len(user + database), 80))
            for database in DATABASES for user in USERS)))
        look = fleet.settle(f"load {round_}")
        for name, calls in calls_added(fleet).items():
            expect(calls >= 80 * 4, f"{name}: only {calls} calls")
    columns = {key[1] for target in fleet.targets
               for key, value in target.expected.items() if value}
    say(f"load: {sum(calls_added(fleet).values())} calls; moved: {len(columns)} metrics")
    for metric in ("calls", "rows", "execution.time", "wal.records", "wal.bytes"):
        expect("postgresql.statement." + metric in columns, f"{metric} moved")
    for storage in ("shared", "local", "temp"):
        expect(any(f"storage={storage}" in key for key in columns),
               f"blocks of {storage} moved")
    for target in fleet.targets:
        kinds = {key[0] for key in look.calls[target.name, "shop"]}
        expect(("unattributed" in kinds) != target.sees_all,
               f"{target.name}: {kinds}")
        nested = [key for key in calls_by_entry(target) if not key[3]]
        expect(bool(nested) == (target.sees_all and target.server.major >= 14),
               f"{target.name}: statements ran in functions: {nested}")


def until_kept(fleet, what, burst, kept, rounds=10):
    """Bursts until `kept(look)`: a text is learned, then a place is taken."""
    for _ in range(rounds):
        fleet.each(burst)
        look = fleet.settle(what)
        if kept(look):
            return look
    expect(False, f"{what}: no series after {rounds} bursts")
    return look


def merged_entries(fleet):
    """All entries of a shape add into its one series."""
    fleet.each(lambda server: [server.psql(name, load.NEW_TWINS)
                               for name in DATABASES])
    watched = [(target, database) for target in fleet.targets
               for database in DATABASES if target.sees_all]

    def burst(server):
        run(server, *everywhere(load.twins(2)))

    def series(look):
        return [look.series_of(target.name, database, load.TWIN_SUMMARY)
                for target, database in watched]
    before = series(until_kept(fleet, "merging", burst,
                               lambda look: all(map(len, series(look)))))
    fleet.each(burst)
    look = fleet.settle("merged")
    least = 1 << 30
    for (target, database), first, second in zip(watched, before, series(look)):
        entries, calls = target.reference.calls_of(database, load.TWIN_WORDS)
        grown = sum(second.values()) - sum(first.values())
        where = f"{target.name}/{database}"
        expect(len(second) == 1, f"{where}: one series, not {second}")
        expect(entries >= (3 if target.server.major >= 18 else 12),
               f"{where}: only {entries} entries")
        expect(grown == calls > 0, f"{where}: {entries} entries had {calls} calls, "
               f"their series {grown}")
        least = min(least, entries)
    say(f"merging: at least {least} entries a series")


def changing_members(fleet):
    """Costs shift: series end, others begin, some of them again."""
    def shapes(look):
        return {(target.name, database): {
            key for key in look.calls[target.name, database]
            if key[0] not in ("other", "unattributed")}
            for target in fleet.targets if target.sees_all for database in DATABASES}

    seen = shapes(Received(fleet.store))
    for numbers, weight in ((range(6), 3), (range(6, 12), 9), (range(6), 25)):
        def burst(server, numbers=numbers, weight=weight):
            run(server, *everywhere(load.dear(numbers, weight)))
        if weight < 25:
            look = until_kept(
                fleet, f"costs shift to {list(numbers)}", burst,
                lambda look: all(len(now - seen[where]) >= KEPT - 2
                                 for where, now in shapes(look).items()))
            seen = shapes(look)
        else:
            for _ in range(3):
                fleet.each(burst)
                fleet.settle("costs shift back")


def resets(fleet):
    """Of everything and of one query, while more is counted than before, where
    the server tells; where only a fall tells, less or with a read between."""
    busy = everywhere(load.queries_only(3, 60))
    fleet.each(lambda server: run(server, *busy))
    fleet.settle("before the reset")
    older = [server for server in fleet.servers if server.major < 14]
    fleet.each(lambda server: server in older and reset(server))
    fleet.settle("reset of 13 seen empty")
    with fleet.between_reads():
        def reset_and_more(server):
            if server not in older:
                reset(server)
            run(server, *(busy * 3))
        fleet.each(reset_and_more)
    calls = calls_added(fleet)
    fleet.compare("reset")
    expect(all(calls[target.name] >= 2 * 3 * 60 for target in fleet.targets),
           f"reset: all of the load counts: {calls}")
    one = ("SELECT pg_stat_statements_reset(userid, dbid, queryid) FROM "
           "pg_stat_statements WHERE query LIKE 'SELECT name FROM items WHERE id%'")
    with fleet.between_reads():
        def reset_one(server):
            server.psql("observer", one)
            more = 400 if server.major >= 17 else 20
            run(server, *everywhere(load.queries_only(4, more)))
        fleet.each(reset_one)
    calls = calls_added(fleet)
    fleet.compare("reset of one query")
    # A fall is a gap where nobody knows whose rows they are.
    expect(all(calls[target.name] >= 2 * 20 for target in fleet.targets
               if target.sees_all), f"reset of one: {calls}")


def reset(server):
    server.psql("observer", "SELECT pg_stat_statements_reset()")


def evictions(fleet):
    """There are more shapes than the server has room for."""
    def keys():
        return [set(target.reference.before.entries) for target in fleet.targets]

    fleet.each(lambda server: run(server, *everywhere(load.many(range(70), 2))))
    fleet.settle("before evictions")
    before = keys()
    with fleet.between_reads():
        fleet.each(lambda server: run(server, *everywhere(
            load.many(range(70, 70 + ENTRIES_MAX), 4) + "\n"
            + load.many(range(50)))))
    after = keys()
    fleet.compare("evictions")
    for target, old, new in zip(fleet.targets, before, after):
        if target.sees_all:
            expect(len(old - new) > 20, f"{target.name}: {len(old - new)} evicted")
            expect(len(new - old) > 100, f"{target.name}: {len(new - old)} new")


def evictions_amid_reads(fleet):
    """Whatever the collector reads in between can only show it more: what the
    model knows from both ends ≤ what is shown ≤ what was run."""
    shown = {target.name: target.expected.copy() for target in fleet.targets}
    scripts = everywhere(load.many(range(1000, 1300), 6) + "\n"
                         + load.many(range(70)))
    issued = sum(script.count("SELECT") for _, _, script in scripts)
    fleet.each(lambda server: run(server, *scripts))
    fleet.mark()
    least = calls_added(fleet)
    fleet.wait_for_read()
    # What is told with this moment may come in a request after it.
    fleet.mark()
    fleet.wait_for_read()
    look = Received(fleet.store)
    for target in fleet.targets:
        told = calls_in(look.sums[target.name]) - calls_in(shown[target.name])
        if target.sees_all:
            expect(least[target.name] <= told <= issued, f"{target.name}: between "
                   f"{least[target.name]} and {issued}, not {told}")
        target.expected = look.sums[target.name].copy()
    say(f"evictions amid reads: of {issued} calls the ends alone show "
        f"{min(least.values())} or more")
    # What follows has room.
    fleet.each(reset)
    fleet.settle("reset of a full view")


def crashes(fleet):
    """The postmaster goes on as the same one, and all entries are lost."""
    load_again(fleet, "before the crash")
    with fleet.between_reads():
        def crash(server):
            kill_a_session(server)
            run(server, *everywhere(load.queries_only(5, 90)))
        fleet.each(crash)
    calls = calls_added(fleet)
    fleet.compare("crash")
    expect(all(calls[target.name] == 2 * 90 for target in fleet.targets
               if target.server.major >= 14), f"crash: all of the load counts: {calls}")


def kill_a_session(server):
    sleeper = server.start_session("postgres", "SELECT pg_sleep(600)")
    try:
        (found,) = wait_until("it sleeps", lambda: server.rows(
            "postgres", "SELECT pid FROM pg_stat_activity "
            "WHERE query LIKE 'SELECT pg_sleep%' AND state = 'active'")[0])
        os.kill(found["pid"], signal.SIGKILL)
        sleeper.wait(30)
    finally:
        end_process(sleeper)

    def answers():
        with contextlib.suppress(AssertionError):
            return server.value("postgres", "SELECT 1")
    wait_until("the server has recovered", answers)


def restarts(fleet):
    """What is counted before the first read of an incarnation is a gap, though
    pg_stat_statements has outlived it and counters are higher."""
    before = calls_of_targets(fleet)
    with fleet.between_reads():
        def restart(server):
            server.crash()
            server.restart()
            run(server, *everywhere(load.queries_only(5, 90)))
        fleet.each(restart)
    check_gap(fleet, "restart", before)
    load_again(fleet, "after the restart")


def failover(fleet):
    """Another server behind the same address has counted more already."""
    pairs = list(zip(fleet.servers, fleet.standbys))
    before = calls_of_targets(fleet)

    def take_over(pair):
        old, new = pair
        run(new, *everywhere(load.queries_only(7, 600)))
        old.crash()
        new.take_over(old)
    list(fleet.pool.map(take_over, pairs))
    for old, new in pairs:
        fleet.replace(old, new)
    fleet.mark()
    check_gap(fleet, "failover", before)
    load_again(fleet, "after the failover")


def calls_of_targets(fleet):
    return {target.name: calls_by_entry(target) for target in fleet.targets}


def check_gap(fleet, when, before):
    """Nothing is known to be added, though the same entries have higher calls."""
    expect(not any(calls_added(fleet).values()), f"{when}: {calls_added(fleet)}")
    fleet.compare(when)
    for target in fleet.targets:
        old, now = before[target.name], calls_by_entry(target)
        higher = sum(now[key] > calls for key, calls in old.items() if key in now)
        expect(not target.sees_all or higher >= 8,
               f"{when}: {target.name}: {higher} counters are higher than before")


def load_again(fleet, when):
    fleet.each(lambda server: run(server, *everywhere(load.queries_only(6, 50))))
    fleet.settle(when)
    expect(all(calls == 100 for calls in calls_added(fleet).values()),
           f"{when}: {calls_added(fleet)}")


# -- at the end


def check_other(fleet, look):
    """It begins with 0, in each column, in each database."""
    begun = collections.Counter()
    for (target, database, metric), first in look.first_of_other.items():
        expect(first == 0, f"{target}/{database}: {metric} of `other` begins with "
               f"{first}")
        begun[target, database] += 1
    for target in fleet.targets:
        for database in DATABASES:
            expect(begun[target.name, database] >= 20,
                   f"{target.name}/{database}: {begun[target.name, database]} "
                   "columns of `other`")


def check_lives(fleet):
    """Each accumulator begins with 0 at its start and never falls; one that has
    lost its place has told all its columns at its end, and no more of them live
    than there are places."""
    ended, again = collections.Counter(), 0
    living = collections.Counter()
    for key, lives in lives_in(fleet.folder + "/points.jsonl").items():
        where = " ".join(str(word) for word in key)
        again += len(lives) - 1
        last_end = 0
        for start, life in sorted(lives.items()):
            times = sorted(life.rows)
            expect(times[0] == start and not any(life.rows[start].values()),
                   f"{where}: it begins with 0 at its start")
            expect(start > last_end, f"{where}: a life begins before one ended")
            last_end = times[-1]
            highest = {}
            for time_ in times:
                for metric, value in life.rows[time_].items():
                    expect(value >= highest.get(metric, 0), f"{where}: {metric} fell")
                    highest[metric] = value
            whole = (len(times) > 1
                     and life.rows[times[-1]].keys() == life.rows[start].keys())
            if key[2] not in ("other", "unattributed"):
                (ended if whole else living)[key[:2]] += 1
            else:
                expect(len(lives) == 1, f"{where}: it never begins again")
    for target in fleet.targets:
        for database in DATABASES if target.sees_all else ():
            here = (target.name, database)
            expect(living[here] <= KEPT, f"{here}: {living[here]} live")
            expect(ended[here] >= 2 * KEPT - 2, f"{here}: {ended[here]} have ended")
    expect(again > 0, "some began again")
    say(f"lives: {sum(ended.values())} ended with a last point, in a database "
        f"{min(ended.values())} or more; {again} began again, "
        f"{sum(living.values())} live")


def check_books(fleet):
    ledger = fleet.pgmuster.api("ledger")
    expect(ledger["balanced"] and ledger["disagreements"] == [], f"{ledger}")
    for tenant in ledger["tenants"]:
        lost = sum(tenant["shaping"]["dropped"].values()) + sum(
            sum(book["dropped"].values()) + book["rejected"] + book["quarantined"]
            for book in tenant["delivery"].values())
        expect(lost == 0, f"nothing is lost: {tenant}")


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("majors", nargs="*", type=int, default=list(MAJORS))
    majors = arguments.parse_args().majors
    with contextlib.ExitStack() as stack:
        began = time.monotonic()
        fleet = start_fleet(stack, majors)
        say(f"{len(fleet.servers)} servers, {time.monotonic() - began:.0f} s")
        try:
            fleet.settle("the first reads")
            for phase in (plain_load, merged_entries, changing_members, resets,
                          evictions, evictions_amid_reads, crashes, restarts,
                          failover):
                since = time.monotonic()
                phase(fleet)
                say(f"{phase.__name__}: {time.monotonic() - since:.0f} s")
            look = Received(fleet.store)
            check_other(fleet, look)
            check_books(fleet)
            code, closing = fleet.pgmuster.stop()
            say(closing)
            expect(code == 0 and " 0 lost;" in closing and "books balanced" in closing,
                   f"{code}: {closing}")
            expect(not fleet.wrong(Received(fleet.store)), "the same after its end")
            check_lives(fleet)
        except BaseException:
            print(fleet.pgmuster.log()[-4000:], flush=True)
            raise
        say(f"{time.monotonic() - began:.0f} s in all")
    print(f"{len(failures)} failed")
    return 1 if failures else 0


if __name__ == "__main__":
    end_with(main)
