#!/usr/bin/env python3
"""Each row of docs/misfortunes.md names a test that exists, and each test of a
misfortune has its row."""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "misfortunes.md"
# Of misfortunes, and of promises.
COLUMNS = (4, 3)


def cases(files):
    """Names of the cases in GoogleTest sources."""
    found = set()
    for file in files:
        text = file.read_text(encoding="utf-8")
        found |= set(re.findall(r"\bTEST(?:_[PF])?\(\s*\w+,\s*(\w+)\s*\)", text))
    return found


def rows(text):
    """The cells of each row of the page's tables that name tests, without heads."""
    found = []
    for table in re.findall(r"(?:^\|.*\n)+", text, re.M):
        lines = [[cell.strip() for cell in line.strip("|").split("|")]
                 for line in table.splitlines()]
        if lines[0][-1].lower() == "test":
            found += lines[2:]
    return found


def complaints(text, every_case, misfortune_cases):
    named = set()
    for row in rows(text):
        if len(row) not in COLUMNS or not all(row):
            yield f"a row of {len(row)} cells: {' | '.join(row)}"
            continue
        # `case`, or `file: case`.
        tests = re.findall(r"`(?:\w+: )?(\w+)`", row[-1])
        if not tests and row[-1] != "the same":
            yield f"no test is named: {row[0]}"
        for test in tests:
            named.add(test)
            if test not in every_case:
                yield f"no such test: {test}"
    for test in sorted(misfortune_cases - named):
        yield f"a test without a row: {test}"


def self_check():
    """The rules find what they are for."""
    page = ("| a | b | c | Test |\n|---|---|---|---|\n| x | y | z | `gone` |\n\n"
            "| a | b | test |\n|---|---|---|\n| x | y | `file: far` |\n| x | y |\n\n"
            "| what | seen |\n|---|---|\n| memory | 89 MiB |\n")
    expected = ["no such test: gone", "no such test: far", "a row of 2 cells: x | y",
                "a test without a row: there"]
    assert list(complaints(page, {"there"}, {"there"})) == expected


def main():
    self_check()
    every_case = cases((ROOT / "tests").rglob("*.cpp"))
    misfortunes = cases((ROOT / "tests" / "actors").glob("misfortune_*_pgtest.cpp"))
    text = PAGE.read_text(encoding="utf-8")
    found = list(complaints(text, every_case, misfortunes))
    for line in found:
        print(line)
    print(f"{len(rows(text))} rows, {len(misfortunes)} tests, {len(found)} complaints")
    return 1 if found or not misfortunes else 0


if __name__ == "__main__":
    sys.exit(main())
