#!/usr/bin/python3
"""Judges the documents of cases/ by the JSON Schema, as documents_test.cpp
judges them by the parser. A case with "beyond_schema" is refused by the parser
for a reason that no schema can express: there the schema must accept."""
import json
import pathlib
import sys

import jsonschema


def main() -> int:
    here = pathlib.Path(__file__).resolve().parent
    path = here.parent.parent / "docs" / "configuration.schema.json"
    schema = json.loads(path.read_text(encoding="utf-8"))
    jsonschema.Draft7Validator.check_schema(schema)
    validator = jsonschema.Draft7Validator(schema)
    judged = 0
    wrong = []
    for table in sorted((here / "cases").glob("*.json")):
        for case in json.loads(table.read_text(encoding="utf-8")):
            expected = case["accepted"] or "beyond_schema" in case
            errors = [e.message for e in validator.iter_errors(case["document"])]
            judged += 1
            if expected != (not errors):
                verdict = "; ".join(errors) if errors else "accepted"
                wrong.append(f"{table.name}: {case['name']}: {verdict}")
    for line in wrong:
        print(line)
    print(f"{judged} documents judged, {len(wrong)} differently than the parser")
    return 1 if wrong or judged < 100 else 0


if __name__ == "__main__":
    sys.exit(main())
