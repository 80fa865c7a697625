#!/usr/bin/env python3
"""The count at the end of tests/run is true: what hides from ctest is found."""
import os
import pathlib
import sys
import tempfile

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "support"))
import count_results  # noqa: E402

PASSED = '<testcase name="{}" status="run"/>'
SKIPPED = '<testcase name="{}" status="run"><skipped message="no server"/></testcase>'
FAILED = '<testcase name="{}" status="run"><failure message="x"/></testcase>'
CTEST_FAILED = '<testcase name="{}" status="fail"><failure message=""/></testcase>'
CTEST_SKIPPED = ('<testcase name="{}" status="notrun">'
                 '<skipped message="SKIP_RETURN_CODE=77"/></testcase>')
CTEST_ABSENT = ('<testcase name="{}" status="notrun">'
                '<skipped message="Unable to find executable"/></testcase>')


def suite(*cases):
    return "<testsuite>" + "".join(c.format("c") for c in cases) + "</testsuite>"


# ctest's entry, the report of the binary (or None), (passed, failed, skipped)
CASES = (
    (PASSED, suite(PASSED, PASSED, SKIPPED), (2, 0, 1)),
    (CTEST_FAILED, suite(PASSED, FAILED, SKIPPED), (1, 1, 1)),
    # A failure that ctest calls skipped is a failure.
    (CTEST_SKIPPED, suite(FAILED, SKIPPED), (0, 1, 1)),
    # Crashed after its report, or before it.
    (CTEST_FAILED, suite(PASSED), (1, 1, 0)),
    (CTEST_FAILED, None, (0, 1, 0)),
    (CTEST_FAILED, "<testsuite><testcase", (0, 1, 0)),
    # Scripts have no report.
    (PASSED, None, (1, 0, 0)),
    (CTEST_SKIPPED, None, (0, 0, 1)),
    # A program that was not built did not pass, and was not skipped on purpose.
    (CTEST_ABSENT, None, (0, 1, 0)),
)


def counted(entry, report):
    with tempfile.TemporaryDirectory(prefix="pgmuster-count-") as results:
        folder = os.path.join(results, "dev")
        os.mkdir(folder)
        name = "codec/rows_test"
        text = "<testsuite>" + entry.format(name) + "</testsuite>"
        pathlib.Path(folder, "ctest_pure.xml").write_text(text, encoding="utf-8")
        if report is not None:
            pathlib.Path(folder, "test_codec_rows_test.xml").write_text(
                report, encoding="utf-8")
        # Another test whose name begins alike must not be counted here.
        pathlib.Path(folder, "test_codec_rows_test_more.xml").write_text(
            suite(FAILED), encoding="utf-8")
        totals, _, _ = count_results.count(results)
        return tuple(totals)


def counted_in_presets(*runs):
    """What is counted of one test that ran in several folders."""
    with tempfile.TemporaryDirectory(prefix="pgmuster-count-") as results:
        for preset, entry, case in runs:
            folder = pathlib.Path(results, preset)
            folder.mkdir()
            folder.joinpath("ctest_pure.xml").write_text(
                "<testsuite>" + entry.format("codec/rows_test") + "</testsuite>",
                encoding="utf-8")
            if case is not None:
                folder.joinpath("test_codec_rows_test.xml").write_text(
                    suite(PASSED, case), encoding="utf-8")
        totals, culprits, unsteady = count_results.count(results)
        return tuple(totals), culprits, unsteady


NAME = "codec/rows_test"
# The same test in two presets counts twice, its failure in one once. Run again,
# the second run counts: told as unsteady if it passed.
PRESETS = (
    ((("dev", PASSED, PASSED), ("asan", CTEST_FAILED, FAILED)),
     ((3, 1, 0), ["asan/" + NAME], [])),
    ((("dev", CTEST_FAILED, FAILED), ("dev_again", PASSED, PASSED)),
     ((2, 0, 0), [], [NAME])),
    ((("dev", CTEST_FAILED, FAILED), ("dev_again", CTEST_FAILED, FAILED)),
     ((1, 1, 0), [NAME], [])),
    ((("release", CTEST_FAILED, FAILED), ("release_again", PASSED, PASSED)),
     ((2, 0, 0), [], [NAME])),
    ((("release", CTEST_FAILED, FAILED), ("release_again", CTEST_SKIPPED, None)),
     ((1, 1, 0), [NAME], [])),
    ((("release_again", PASSED, PASSED), ("asan", CTEST_FAILED, FAILED),
      ("release", CTEST_FAILED, FAILED)),
     ((3, 1, 0), ["asan/" + NAME], [NAME])),
)


def main():
    wrong = 0
    for number, (entry, report, expected) in enumerate(CASES):
        found = counted(entry, report)
        if found != expected:
            wrong += 1
            print(f"case {number}: expected {expected}, counted {found}")
    for runs, expected in PRESETS:
        found = counted_in_presets(*runs)
        if found != expected:
            wrong += 1
            print(f"{runs}: expected {expected}, counted {found}")
    print(f"{len(CASES) + len(PRESETS)} cases, {wrong} wrong")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
