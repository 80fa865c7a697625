#!/usr/bin/env python3
"""Decides what counts as one test: a GoogleTest case where there are cases,
else a ctest entry. A test binary that failed without a failing case (a crash,
a time limit, a sanitizer's report) counts as one failure more."""
import glob
import os
import re
import sys
import xml.etree.ElementTree as xml


def gtest_counts(path):
    """(passed, failed, skipped) of one GoogleTest report, None if unreadable."""
    try:
        root = xml.parse(path).getroot()
    except (xml.ParseError, OSError):
        return None
    passed = failed = skipped = 0
    for case in root.iter("testcase"):
        if case.find("failure") is not None or case.find("error") is not None:
            failed += 1
        elif (
            case.find("skipped") is not None
            or case.get("result") in ("skipped", "suppressed")
            or case.get("status") == "notrun"
        ):
            skipped += 1
        else:
            passed += 1
    return passed, failed, skipped


def entry_outcome(entry):
    """What ctest itself says: passed, failed or skipped."""
    status = entry.get("status", "run")
    if entry.find("failure") is not None or status == "fail":
        return "failed"
    if entry.find("skipped") is not None or status in ("notrun", "disabled"):
        return "skipped"
    return "passed"


def entry_counts(entry, results):
    name = entry.get("name", "?")
    outcome = entry_outcome(entry)
    stem = os.path.join(results, "test_" + name.replace("/", "_"))
    reports = [
        path
        for path in glob.glob(glob.escape(stem) + "*.xml")
        if re.fullmatch(re.escape(stem) + r"(_\d+)?\.xml", path)
    ]
    parts = [gtest_counts(path) for path in reports]
    if not parts or None in parts:
        # A missing program is "not run" to ctest, and a failure to us.
        said = entry.find("skipped")
        why = said.get("message", "") if said is not None else ""
        if outcome == "skipped" and "SKIP" not in why.upper():
            outcome = "failed"
        return tuple(int(outcome == o) for o in ("passed", "failed", "skipped"))
    passed, failed, skipped = (sum(column) for column in zip(*parts))
    if outcome == "failed" and failed == 0:
        failed = 1
    return passed, failed, skipped


def entries_of(results):
    """(folder, ctest entry) of all reports in the folders of `results`."""
    for report in sorted(glob.glob(os.path.join(results, "*", "ctest_*.xml"))):
        for entry in xml.parse(report).getroot().iter("testcase"):
            yield os.path.dirname(report), entry


def count(results):
    """Totals over the reports, one folder a preset, the entries that failed, and
    those that failed beside others and passed alone: their second run counts,
    unless it was skipped."""
    totals, culprits, unsteady = [0, 0, 0], [], []
    again = {(os.path.basename(folder), entry.get("name"))
             for folder, entry in entries_of(results)
             if any(entry_counts(entry, folder)[:2])}
    for folder, entry in entries_of(results):
        preset, name = os.path.basename(folder), entry.get("name", "?")
        second = preset.endswith("_again")
        if (preset + "_again", name) in again or second and (preset, name) not in again:
            continue
        counts = entry_counts(entry, folder)
        totals = [a + b for a, b in zip(totals, counts)]
        if counts[1]:
            culprits.append((preset + "/" if preset in ("asan", "tsan") else "") + name)
        elif second:
            unsteady.append(name)
    return totals, culprits, unsteady


def main():
    results, extra_passed, extra_failed = sys.argv[1:4]
    (passed, failed, skipped), culprits, unsteady = count(results)
    passed += int(extra_passed)
    failed += int(extra_failed)
    for name in unsteady:
        print("unsteady, passed alone:", name)
    for name in culprits:
        print("failed:", name)
    print(f"{passed} passed, {failed} failed, {skipped} skipped")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
