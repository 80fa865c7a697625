#!/usr/bin/python3
"""Judges the documents of cases/ by the JSON Schema, as documents_test.cpp
judges them by the parser. A case with "beyond_schema" is refused by the parser
for a reason that no schema can express: there the schema must accept."""
import json
import pathlib
import sys

import jsonschema


def keys_of(node) -> set:
    """Every property the schema names, at any depth."""
    found = set()
    if isinstance(node, dict):
        found.update(node.get("properties", {}))
        for value in node.values():
            found |= keys_of(value)
    elif isinstance(node, list):
        for value in node:
            found |= keys_of(value)
    return found


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
    reference = (path.parent / "configuration.md").read_text(encoding="utf-8")
    for key in sorted(keys_of(schema)):
        if f"`{key}`" not in reference:
            wrong.append(f"docs/configuration.md does not explain `{key}`")
    for line in wrong:
        print(line)
    print(f"{judged} documents judged, {len(wrong)} complaints")
    return 1 if wrong or judged < 100 else 0


if __name__ == "__main__":
    sys.exit(main())
