#!/usr/bin/env python3
"""The soak's judge condemns each thing that it is there for, and nothing else."""
import dataclasses
import os
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from judge import MIB, Bounds, Sample, faults, slope  # noqa: E402

BOUNDS = Bounds(targets=200, warm_up_s=60)
CALM = Sample(0, 300, 200, 60 * MIB, True, {"up": 200}, 20, 0.1)


def run(**changed):
    """Ten calm minutes, a sample a second, with the changes in one of them."""
    samples = [dataclasses.replace(CALM, at=float(at)) for at in range(600)]
    samples[400] = dataclasses.replace(samples[400], **changed)
    return samples


def growing(bytes_a_second, begin=0):
    return [dataclasses.replace(one, resident=one.resident + int(
        max(0, one.at - begin) * bytes_a_second)) for one in run()]


def until(samples, second):
    """What grew before `second` has grown by then."""
    most = samples[second].resident
    return [dataclasses.replace(one, resident=min(one.resident, most))
            for one in samples]


# name, samples, end, how many faults, a word of the first
CASES = (
    ("a calm run holds", run(), CALM, 0, ""),
    ("targets may be down meanwhile", run(states={"down": 90, "up": 110}), CALM, 0, ""),
    ("connections may be fewer meanwhile", run(connections=20), CALM, 0, ""),
    ("growth before the warm-up ends is none", until(growing(MIB), 60), CALM, 0, ""),
    ("a leak of 20 KiB a second is one", growing(20_480), CALM, 1, "memory"),
    ("a leak that begins late is one", growing(100_000, 300), CALM, 1, "memory"),
    ("a moment's peak is no leak", run(resident=80 * MIB), CALM, 0, ""),
    ("descriptors left open", run(),
     dataclasses.replace(CALM, descriptors=309), 1, "descriptors"),
    ("a connection left open", run(),
     dataclasses.replace(CALM, connections=201), 1, "connections"),
    ("a book out of balance once", run(balanced=False), CALM, 1, "books"),
    ("a late bystander", run(late_ms=1_001), CALM, 1, "late"),
    ("a bystander left alone", run(overdue_s=2.1), CALM, 1, "overdue"),
    ("a target that stays down", run(),
     dataclasses.replace(CALM, states={"up": 199, "down": 1}), 1, "not every"),
)


def main():
    wrong = 0
    for name, samples, end, count, word in CASES:
        found = faults(CALM, samples, end, BOUNDS)
        if len(found) != count or (count and word not in found[0]):
            wrong += 1
            print(f"{name}: {found}")
    if abs(slope([(0, 1), (1, 3), (2, 5)]) - 2) > 1e-9:
        wrong += 1
        print("the slope of a line is wrong")
    print(f"{len(CASES) + 1} cases, {wrong} wrong")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
