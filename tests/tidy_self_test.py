#!/usr/bin/env python3
"""The checker must be able to fail: each planted violation is found under its
rule, and code that keeps the rules is left alone."""
import os
import pathlib
import re
import sys
import tempfile

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import tidy_test  # noqa: E402

HPP = "// Owns one decision.\n#pragma once\n\n"
CPP = "// Owns one decision.\n"
LONG_BODY = "".join(f"  step({i});\n" for i in range(71))

# path, text, the one rule that must speak.
PLANTED = (
    ("codec/a.cpp", CPP + '#include "routing/ledger.hpp"\n', "include-arrow"),
    ("config/a.hpp", HPP + '#include "codec/rows.hpp"\n', "include-arrow"),
    ("routing/a.cpp", CPP + '#include "drivers/clock.hpp"\n', "include-arrow"),
    ("drivers/admin/a.cpp", CPP + '#include "routing/ledger.hpp"\n', "include-arrow"),
    ("drivers/admin/a.cpp", CPP + '#include "drivers/postgres/dsn.hpp"\n',
     "include-arrow"),
    ("drivers/reactor/a.cpp", CPP + '#include "drivers/otlp/http_client.hpp"\n',
     "include-arrow"),
    ("loadtest/a.cpp", CPP + '#include "drivers/postgres/dsn.hpp"\n', "include-arrow"),
    ("actors/a.cpp", CPP + '#include "tests/support/pg.hpp"\n', "include-arrow"),
    ("actors/a.cpp", CPP + '#include "loadtest/sink.hpp"\n', "include-arrow"),
    ("actors/a.cpp", CPP + '#include "sibling.hpp"\n', "include-root"),
    ("actors/a.cpp", CPP + '#include "actors/absent.hpp"\n', "include-missing"),
    ("routing/a.cpp", CPP + "#include <caf/actor.hpp>\n", "include-foreign"),
    ("tests/codec/a_test.cpp", CPP + '#include "caf/actor.hpp"\n', "include-foreign"),
    ("actors/other.hpp", HPP + "#include <caf/all.hpp>\n", "include-foreign"),
    ("actors/a.cpp", CPP + "#  include <libpq-fe.h>\n", "include-foreign"),
    ("drivers/postgres/a.cpp", CPP + "#include <liburing.h>\n", "include-foreign"),
    ("drivers/otlp/a.cpp", CPP + '#include "opentelemetry/metrics.pb.h"\n',
     "include-foreign"),
    ("routing/a.cpp", CPP + "#include <google/protobuf/arena.h>\n", "include-foreign"),
    ("actors/a.cpp", CPP + "#include <boost/beast/http.hpp>\n", "include-foreign"),
    ("routing/a.cpp", CPP + "auto t = std::chrono::steady_clock::now();\n",
     "ban-clock"),
    ("tests/a_test.cpp", CPP + "std::this_thread::sleep_for(1s);\n", "ban-sleep"),
    ("codec/a.cpp", CPP + "for (auto x : std::views::iota(1)) {}\n", "ban-views"),
    ("codec/a.cpp", CPP + "std::source_location here;\n", "ban-source-location"),
    ("codec/a.cpp", CPP + 'auto s = std::format("{}", 1);\n', "ban-too-new"),
    ("codec/a.cpp", CPP + "auto* p = new thing(1);\n", "ban-new"),
    ("codec/a.cpp", CPP + "delete[] p;\n", "ban-delete"),
    ("codec/a.cpp", CPP + "std::cout << 1;\n", "ban-print"),
    ("codec/a.cpp", CPP + 'fprintf(stderr, "x");\n', "ban-print"),
    ("codec/a.cpp", CPP + 'throw std::runtime_error("x");\n', "ban-throw"),
    ("codec/a.cpp", CPP + "out << std::endl;\n", "ban-endl"),
    ("codec/a.cpp", CPP + "using namespace std;\n", "ban-using-namespace"),
    ("codec/a.hpp", "#pragma once\n", "opening"),
    ("codec/a.hpp", "// Owns one decision.\n\n#pragma once\n", "pragma-once"),
    ("codec/a.cpp", CPP + "int x;\n" * 400, "file-length"),
    ("codec/a.hpp", HPP + "int x;\n" * 250, "file-length"),
    ("codec/a.cpp", CPP + "void f(int n) {\n" + LONG_BODY + "}\n", "function-length"),
    ("codec/a.cpp", CPP + "namespace a {\nclass b {\n  int f() const {\n" + LONG_BODY
     + "  }\n};\n}\n", "function-length"),
    ("docs/a.md", "one\ttwo\n", "tab"),
    ("deploy/a", "one \n", "trailing-space"),
    ("deploy/a", "one", "final-newline"),
    ("docs/a.md", "TO" + "DO: later\n", "unfinished"),
    ("deploy/a", "cd /wor" + "k/tree\n", "workplace"),
    ("deploy/a", "curl https://registry.npm" + "js.org/\n", "registry"),
    ("tests/tsan.supp", "race:ca" + "f::scheduler\n", "suppression"),
    ("codec/string_utils.hpp", HPP, "vague-name"),
)

# Everything here keeps the rules.
INNOCENT = (
    ("config/time.hpp", HPP + "struct a {\n  a(const a&) = delete;\n};\n"),
    ("config/limits.hpp", HPP + "using namespace literals;\n"),
    ("codec/rows.hpp", HPP + '#include "config/time.hpp"\n#include <vector>\n'),
    ("codec/words.cpp", CPP + '// new thing(1) and std::cout, ::now() in words\n'
     'const char* text = "delete x; ::now( // sleep_for";\n'
     'auto raw = R"(std::cout << new thing)";\nint many = 1\'000\'000;\n'),
    ("codec/encode.cpp", CPP + '#include "codec/rows.hpp"\n'
     '#include "opentelemetry/proto/metrics.pb.h"\n'),
    ("drivers/clock.cpp", CPP + '#include "drivers/clock.hpp"\n'
     "auto t = std::chrono::steady_clock::now();\n"),
    ("drivers/clock.hpp", HPP),
    ("drivers/reactor/reactor.hpp", HPP + '#include "drivers/clock.hpp"\n'),
    ("drivers/postgres/session.cpp", CPP + "#include <libpq-fe.h>\n"
     '#include "drivers/reactor/reactor.hpp"\n'),
    ("codec/version.hpp.in", "#define VERSION 1\n"),
    ("codec/made.cpp", CPP + '#include "version.hpp"\n'
     "std::unique_ptr<made> one{new made(1)};\n"
     "int newer = renew(new_entry);\n"
     "auto two = std::unique_ptr<made>(new made(2));\n"),
    ("actors/caf_compat.hpp", HPP + "#include <caf/all.hpp>\n"),
    ("actors/main.cpp", CPP + '#include "actors/caf_compat.hpp"\n'
     '#include "drivers/postgres/session.hpp"\nvoid f() { std::cout << 1; }\n'),
    ("drivers/postgres/session.hpp", HPP),
    ("tests/codec/rows_test.cpp", CPP + '#include "codec/rows.hpp"\n'
     "auto t = std::chrono::steady_clock::now();\n"),
    ("codec/lambda.cpp", CPP + "void f() {\n" + "  x();\n" * 68 + "}\n"),
    ("codec/type.cpp", CPP + "namespace {\nstruct t {\n" + "  int x;\n" * 90
     + "};\n} // namespace\n"),
    ("deploy/notes.md", "Sessions in /workdir, `npm pack`, 10 ms.\n"),
)


def lists_for(files):
    """A CMakeLists.txt that names every .cpp, so that only not-built is quiet."""
    names = [path for path in files if path.endswith(".cpp")]
    return "\n".join(names) + "\n"


def found_in(files):
    """Plants `files` in a fresh folder; the (path, rule) pairs that speak."""
    with tempfile.TemporaryDirectory(prefix="pgmuster-tidy-") as root:
        for path, text in files.items():
            full = pathlib.Path(root, path)
            full.parent.mkdir(parents=True, exist_ok=True)
            full.write_text(text, encoding="utf-8")
        return {
            (path, rule)
            for path, _, rule, _ in tidy_test.check_tree(root, sorted(files))
        }


def rules_of_checker():
    """Every rule name in the checker's source."""
    source = pathlib.Path(tidy_test.__file__).read_text(encoding="utf-8")
    rules = set(re.findall(r'yield [^"\n]*"([a-z-]+)", ', source))
    rules |= {"ban-" + name for name, *_ in tidy_test.BANS}
    rules |= {name for name, *_ in tidy_test.ANYWHERE}
    return rules - {"ban-"}


def main():
    failures = []
    innocent = dict(INNOCENT)
    for path, text, rule in PLANTED:
        files = {**innocent, path: text}
        # What a planted include names exists, so that the arrow alone is wrong.
        for target in re.findall(r'#include "([^"]+)"', text):
            if "absent" not in target and not target.endswith(".pb.h"):
                files.setdefault(target, HPP)
        files["CMakeLists.txt"] = lists_for(files)
        found = found_in(files)
        if (path, rule) not in found:
            failures.append(f"{path}: {rule} was not found in {text[:70]!r}")
        for other, spoken in found - {(path, rule)}:
            if other in innocent and other != path:
                failures.append(f"{other}: {spoken} spoke without a cause")
    quiet = {**innocent, "CMakeLists.txt": lists_for(innocent)}
    for path, rule in found_in(quiet):
        failures.append(f"{path}: {rule} spoke without a cause")
    if ("codec/words.cpp", "not-built") not in found_in(innocent):
        failures.append("codec/words.cpp: not-built was not found")
    unproved = rules_of_checker() - {rule for _, _, rule in PLANTED} - {"not-built"}
    for rule in sorted(unproved):
        failures.append(f"no planted violation for the rule {rule}")
    for failure in failures:
        print(failure)
    print(f"{len(PLANTED) + 1} planted violations, {len(failures)} failures")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
