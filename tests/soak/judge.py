"""Decides by the samples of a soak whether the collector held: flat, balanced,
its bystanders in time, everything up again at the end."""
import dataclasses

MIB = 1024 * 1024


@dataclasses.dataclass
class Sample:
    """What was seen at one moment; `at` is seconds since the start."""
    at: float
    descriptors: int
    connections: int
    resident: int
    balanced: bool
    states: dict
    # The worst among the bystanders: of the last cycle, and of its age beyond
    # one interval.
    late_ms: float
    overdue_s: float
    misfortunes: int = 0


@dataclasses.dataclass
class Bounds:
    targets: int
    warm_up_s: float
    # Growth of resident memory over the judged time, by its slope.
    growth_share: float = 0.10
    growth_least: int = 8 * MIB
    # More descriptors at the end than when all was calm.
    descriptors_more: int = 8
    late_ms: float = 1_000
    overdue_s: float = 2.0


def slope(points):
    """Least squares, units of y a second."""
    count = len(points)
    if count < 2:
        return 0.0
    mean_x = sum(x for x, _ in points) / count
    mean_y = sum(y for _, y in points) / count
    spread = sum((x - mean_x) ** 2 for x, _ in points)
    if spread == 0:
        return 0.0
    return sum((x - mean_x) * (y - mean_y) for x, y in points) / spread


def memory_growth(samples, bounds):
    """(bytes over the judged time by the slope, what is allowed)."""
    judged = [(s.at, s.resident) for s in samples if s.at >= bounds.warm_up_s]
    if len(judged) < 2:
        return 0.0, bounds.growth_least
    ordered = sorted(y for _, y in judged)
    allowed = max(bounds.growth_share * ordered[len(ordered) // 2],
                  bounds.growth_least)
    return slope(judged) * (judged[-1][0] - judged[0][0]), allowed


def faults(calm, samples, end, bounds):
    """Every reason why it did not hold, as sentences; none: it held.

    `calm` is a sample before anything struck, `end` one after all was put
    right and time to recover."""
    found = []
    grown, allowed = memory_growth(samples, bounds)
    if grown > allowed:
        found.append(f"memory grew by {grown / MIB:.1f} MiB, allowed are "
                     f"{allowed / MIB:.1f}")
    if end.descriptors > calm.descriptors + bounds.descriptors_more:
        found.append(f"{end.descriptors} descriptors at the end, "
                     f"{calm.descriptors} before")
    if end.connections != calm.connections:
        found.append(f"{end.connections} connections at the end, "
                     f"{calm.connections} before")
    unbalanced = sum(not one.balanced for one in [calm, *samples, end])
    if unbalanced:
        found.append(f"the books did not balance in {unbalanced} samples")
    late = max((one.late_ms for one in samples), default=0.0)
    if late > bounds.late_ms:
        found.append(f"a bystander's cycle was {late:.0f} ms late")
    overdue = max((one.overdue_s for one in samples), default=0.0)
    if overdue > bounds.overdue_s:
        found.append(f"a bystander's cycle was overdue by {overdue:.1f} s")
    if end.states.get("up", 0) != bounds.targets:
        found.append(f"not every target is up at the end: {end.states}")
    return found


def table(samples, every_s=60):
    """A line a minute: what was largest in it."""
    lines = ["  minute  struck  descriptors  connections  RSS MiB  late ms  "
             "overdue s  not up  balanced"]
    minutes = {}
    for one in samples:
        minutes.setdefault(int(one.at // every_s), []).append(one)
    for minute, ones in sorted(minutes.items()):
        away = max(sum(n for state, n in one.states.items() if state != "up")
                   for one in ones)
        lines.append(
            f"  {minute:6}  {sum(one.misfortunes for one in ones):6}"
            f"  {max(one.descriptors for one in ones):11}"
            f"  {max(one.connections for one in ones):11}"
            f"  {max(one.resident for one in ones) / MIB:7.1f}"
            f"  {max(one.late_ms for one in ones):7.0f}"
            f"  {max(one.overdue_s for one in ones):9.1f}  {away:6}"
            f"  {'yes' if all(one.balanced for one in ones) else 'NO':>8}")
    return "\n".join(lines)
