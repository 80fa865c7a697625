#!/usr/bin/env python3
"""Checks the house's rules on every tracked file: which folder may include
what, what is not written here, how long a file and a function may be."""
import os
import pathlib
import re
import subprocess
import sys

FOLDERS = ("config", "codec", "routing", "drivers", "actors", "loadtest", "tests")
SOURCE = (".cpp", ".hpp")
FILE_LINES = {".cpp": 400, ".hpp": 250}
FUNCTION_LINES = 70

# What every driver may see beside its own folder; never another driver's.
DRIVER = ("config/", "codec/", "drivers/*", "drivers/files/", "drivers/reactor/",
          "drivers/logging/")

# Which prefixes a folder may include, besides itself. The longest prefix of a
# file's path decides.
ARROWS = {
    "config/": (),
    "codec/": ("config/",),
    "routing/": ("config/", "codec/"),
    "drivers/": ("config/", "codec/"),
    "drivers/files/": ("config/",),
    "drivers/logging/": ("config/", "drivers/*", "drivers/files/"),
    "drivers/reactor/": ("config/", "drivers/*", "drivers/logging/"),
    "drivers/postgres/": DRIVER,
    "drivers/otlp/": DRIVER,
    "drivers/spool/": DRIVER,
    "drivers/state/": DRIVER,
    "drivers/store/": DRIVER,
    "drivers/coordination/": DRIVER,
    "drivers/admin/": DRIVER,
    "actors/": ("config/", "codec/", "routing/", "drivers/"),
    # The collector's admin address is read as `pgmuster top` reads it. Of the
    # catalog the texts alone, so that the simulator knows what is asked; and
    # what names a statement, so that the judge knows which one arrived.
    "loadtest/": ("config/", "codec/", "drivers/*", "drivers/reactor/",
                  "drivers/admin/", "drivers/postgres/fingerprint/",
                  "drivers/postgres/catalog/builtin_probes.hpp",
                  "loadtest/simulator/"),
    # Conversations and faults touch nothing: no driver, no clock, no socket.
    "loadtest/simulator/faults/": ("config/",),
    "loadtest/simulator/wire/": ("config/", "codec/", "loadtest/simulator/*",
                                 "loadtest/simulator/faults/"),
    "loadtest/simulator/scenario/": ("config/", "codec/", "loadtest/simulator/*",
                                     "loadtest/simulator/faults/"),
    "loadtest/simulator/serve/": ("config/", "codec/", "drivers/*",
                                  "drivers/reactor/", "loadtest/simulator/"),
    "tests/": tuple(folder + "/" for folder in FOLDERS),
}

# A foreign header (a regular expression on the include's text) and the
# prefixes that may include it.
FOREIGN = (
    (r"caf/all\.hpp", ("actors/caf_compat.hpp",)),
    (r"caf/.*", ("actors/", "tests/actors/")),
    (r"libpq-fe\.h|libpq/.*", ("drivers/postgres/", "tests/drivers/postgres/",
                               "tests/support/", "tests/bench/",
                               "tests/loadtest/")),
    (r"liburing\.h|liburing/.*|linux/io_uring\.h",
     ("drivers/reactor/", "tests/drivers/reactor/")),
    (r".*\.pb\.h|google/protobuf/.*", ("codec/", "tests/codec/")),
    (r"boost/beast.*", ("drivers/admin/", "loadtest/", "tests/")),
    (r"bits/.*", ()),
)

MAINS = r"(^|/)([a-z0-9_]*_)?main\.cpp$|_command\.cpp$"

# name, what is banned (in code without comments and strings), the paths where
# it may stand, what to do instead.
BANS = (
    ("clock", r"::now\s*\(", r"^drivers/clock\.cpp$|^tests/",
     "take the time as an argument"),
    ("sleep", r"\bsleep_(for|until)\b|\b[u]?sleep\s*\(", r"^$",
     "wait on what you wait for"),
    ("views", r"\bstd::(ranges::)?views\b", r"^$", "write the loop"),
    ("source-location", r"\bstd::source_location\b", r"^$", "name the place"),
    ("too-new", r"\bstd::(format|expected|print)\b", r"^$", "GCC 12 lacks it: {fmt}, result<T>"),
    # Not naked: `std::unique_ptr<t> made{new t}`, for a private constructor.
    ("new", r"(?<![\w.])new\b\s*[A-Za-z_:(]", r"^tests/",
     "std::make_unique, std::make_shared"),
    ("delete", r"(?<![\w.])(?<!operator )delete(\s*\[\s*\])?\s+[A-Za-z_:(*]", r"^tests/",
     "an owner with a destructor"),
    ("print", r"\bstd::(cout|cerr|clog)\b|(?<!\w)(f|v|vf)?printf\s*\(|(?<!\w)f?puts\s*\(",
     MAINS + r"|^tests/|^loadtest/", "libraries do not print"),
    ("throw", r"(?<!\w)throw\b(?!_)", r"^tests/", "errors are values: result<T>"),
    ("endl", r"\bstd::endl\b", r"^$", "'\\n'"),
)
OWNED = re.compile(r"_ptr<[^;{}()]*>\s*\w*\s*[({]\s*$")
USING_NAMESPACE = re.compile(r"\busing\s+namespace\s+([\w:]+)")
LITERALS = re.compile(r"(^|::)(literals|chrono_literals|string_literals|"
                      r"string_view_literals)$")

# In the whole text of any file. Written so that they do not match themselves.
ANYWHERE = (
    ("unfinished", r"\b(FIX[M]E|TO[D]O|X[X]X)\b", "finish it or open an issue"),
    ("workplace", r"(?<![\w.])/wor[k]/|/tmp/brie[f]|(?<![\w.])/roo[t]/",
     "no path of a machine"),
    ("registry", r"registry\.npmjs|deb\.debian\.or[g]|pypi\.or[g]|"
     r"files\.pythonhosted|static\.crates\.i[o]|proxy\.golang|snapshot\.debian",
     "take the source from the machine's own settings"),
    ("suppression", r"race:caf[:]{2}", "no blanket suppression"),
)
VAGUE_NAMES = re.compile(r"(^|[/_])(utils?|common|helpers?|managers?|misc)([/_.]|$)")


def strip_code(text, blank=" "):
    """The text with comments, strings and character constants blanked out,
    line by line in place, so that what is left is code."""
    pattern = re.compile(
        r'R"(?P<d>[^()\\\s]{0,16})\(.*?\)(?P=d)"'
        r"|//[^\n]*|/\*.*?\*/"
        r'|"(?:\\.|[^"\\\n])*"'
        r"|(?<![0-9a-fA-F])'(?:\\.|[^'\\\n])+'",
        re.S,
    )
    return pattern.sub(lambda m: re.sub(r"[^\n]", blank, m.group(0)), text)


def line_of(text, offset):
    return text.count("\n", 0, offset) + 1


def longest_prefix(path, prefixes):
    fitting = [prefix for prefix in prefixes if path.startswith(prefix)]
    return max(fitting, key=len) if fitting else None


def allowed_by(target, allowed):
    for prefix in allowed:
        if prefix.endswith("/*"):
            folder = prefix[:-1]
            if target.startswith(folder) and "/" not in target[len(folder):]:
                return True
        elif target.startswith(prefix):
            return True
    return False


def check_own_include(path, target, known):
    here = longest_prefix(path, ARROWS)
    own = here or path.split("/")[0] + "/"
    if known is not None and any(p.endswith("/" + target + ".in") for p in known):
        return  # configured into the build folder
    if target.split("/")[0] not in FOLDERS:
        yield "include-root", f'"{target}" is not named from the root'
        return
    if known is not None and target not in known:
        yield "include-missing", f'"{target}" is not a tracked file'
    inside = longest_prefix(target, ARROWS) == here
    if not inside and here and not allowed_by(target, ARROWS[here]):
        yield "include-arrow", f'{own} may not include "{target}"'


def check_includes(path, text, known):
    # The include's own text is a string to strip_code, so comments go first.
    code = re.sub(r"/\*.*?\*/", lambda m: re.sub(r"[^\n]", " ", m.group(0)),
                  text, flags=re.S)
    for match in re.finditer(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"\n]+)[>"]',
                             code, re.M):
        quote, target = match.groups()
        line = line_of(code, match.start())
        foreign = next((p for r, p in FOREIGN if re.fullmatch(r, target)), None)
        if foreign is not None:
            if not any(path.startswith(prefix) for prefix in foreign):
                yield line, "include-foreign", f"{target} is not for this folder"
        elif quote == '"':
            for rule, words in check_own_include(path, target, known):
                yield line, rule, words


def check_bans(path, code, text):
    lines = text.splitlines()
    for name, pattern, allowed, instead in BANS:
        if re.search(allowed, path):
            continue
        for match in re.finditer(pattern, code):
            if name == "new" and OWNED.search(code[: match.start()][-200:]):
                continue
            yield line_of(code, match.start()), "ban-" + name, instead
    for match in USING_NAMESPACE.finditer(code):
        line = line_of(code, match.start())
        if not LITERALS.search(match.group(1)) and (
            "NOLINT(google-build-using-namespace)" not in lines[line - 1]
        ):
            yield line, "ban-using-namespace", "name what is used"


def check_opening(path, text):
    if not path.endswith(".hpp"):
        return
    lines = text.splitlines()
    if not lines or not re.match(r"// \S", lines[0]):
        yield 1, "opening", "a header opens with one // sentence: its decision"
        return
    after = next((i for i, l in enumerate(lines) if not l.startswith("//")), None)
    if after is None or lines[after] != "#pragma once":
        yield (after or 0) + 1, "pragma-once", "#pragma once follows the opening"


def function_spans(code):
    """(first line, lines) of each function body, by braces alone."""
    keywords = re.compile(r"\b(if|for|while|switch|catch|do|else|try)\b")
    stack, start = [], 0
    for offset, char in enumerate(code):
        if char == "{":
            head = code[start:offset]
            is_type = re.search(r"\b(namespace|class|struct|enum|union)\b[^()]*$", head)
            opens = ")" in head and not is_type
            plain = head.strip()
            control = keywords.match(re.sub(r"^[\s:]*", "", plain))
            stack.append(offset if opens and not control else None)
            start = offset + 1
        elif char == "}":
            begun = stack.pop() if stack else None
            start = offset + 1
            if begun is not None:
                first = line_of(code, begun)
                yield first, line_of(code, offset) - first + 1
        elif char == ";":
            start = offset + 1


def check_lengths(path, text, code):
    limit = FILE_LINES[pathlib.PurePath(path).suffix]
    count = len(text.splitlines())
    if count > limit:
        yield limit + 1, "file-length", f"{count} lines, at most {limit}"
    # A line of preprocessor can open a brace twice (#if … #else …).
    if re.search(r"^\s*#\s*else\b", code, re.M):
        return
    for first, lines in function_spans(code):
        if lines > FUNCTION_LINES:
            yield first, "function-length", f"{lines} lines, at most {FUNCTION_LINES}"


def check_text(path, text):
    for number, line in enumerate(text.split("\n"), 1):
        if "\t" in line and not path.endswith((".tsv", "Makefile")):
            yield number, "tab", "spaces only"
        if line != line.rstrip():
            yield number, "trailing-space", "nothing after the last character"
    if text and not text.endswith("\n"):
        yield text.count("\n") + 1, "final-newline", "a file ends with a newline"
    for name, pattern, instead in ANYWHERE:
        for match in re.finditer(pattern, text):
            yield line_of(text, match.start()), name, instead
    # The official .proto files keep their official names.
    if VAGUE_NAMES.search(path) and not path.endswith(".proto"):
        yield 1, "vague-name", "a file's name says what it decides"


def check_file(path, text, known=None):
    """Every violation of one file: (line, rule, words). `known`, when given,
    holds all tracked paths."""
    yield from check_text(path, text)
    if not path.endswith(SOURCE) or path.split("/")[0] not in FOLDERS:
        return
    code = strip_code(text)
    yield from check_includes(path, text, known)
    yield from check_bans(path, code, text)
    yield from check_opening(path, text)
    yield from check_lengths(path, text, code)


def check_listed(files):
    """Sources are listed by hand: one that nobody lists is not built."""
    lists = {p: t for p, t in files.items() if p.endswith("CMakeLists.txt")}
    for path in files:
        if not path.endswith(".cpp"):
            continue
        stem = pathlib.PurePath(path).stem
        # A test's path is given from tests/, whichever list there names it.
        listed = any(
            (path.startswith(where[: -len("CMakeLists.txt")])
             or (path.startswith("tests/") and where.startswith("tests/")))
            and re.search(r"(?<!\w)" + re.escape(stem) + r"(?!\w)", words)
            for where, words in lists.items()
        )
        if not listed:
            yield path, 1, "not-built", "no CMakeLists.txt above names it"


def tracked(root):
    listing = subprocess.run(
        ["git", "-c", f"safe.directory={root}", "-C", root, "ls-files", "-z",
         "--cached", "--others", "--exclude-standard"],
        capture_output=True, check=True,
    ).stdout.decode()
    return sorted(set(path for path in listing.split("\0") if path))


def check_tree(root, paths):
    """Every violation below `root`: (path, line, rule, words)."""
    files = {}
    for path in paths:
        full = os.path.join(root, path)
        if os.path.islink(full) or not os.path.isfile(full):
            continue
        try:
            files[path] = pathlib.Path(full).read_bytes().decode("utf-8")
        except UnicodeDecodeError:
            continue
    known = set(files)
    for path, text in files.items():
        if path.startswith("tests/fuzz/corpus/"):
            continue
        for line, rule, words in check_file(path, text, known):
            yield path, line, rule, words
    yield from check_listed(files)


def main():
    root = str(pathlib.Path(__file__).resolve().parent.parent)
    paths = tracked(root)
    found = list(check_tree(root, paths))
    for path, line, rule, words in sorted(found):
        print(f"{path}:{line}: {rule}: {words}")
    print(f"{len(paths)} files, {len(found)} violations")
    return 1 if found or not paths else 0


if __name__ == "__main__":
    sys.exit(main())
