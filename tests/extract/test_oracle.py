"""Frictionless, another reader of the same Table Schema files, finds the same faults in the same cells.

Ours is the stricter: it also refuses exponents, NaN, 1 and 0 for true and false, and dates out of the record.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml
from frictionless import Package, Resource, Schema, system

DICTIONARY = Path(__file__).resolve().parents[2] / "data" / "dictionary"
FAULTS = yaml.load(Path(__file__).with_name("faults.yaml").read_text(encoding="utf-8"), yaml.BaseLoader)
SAME = {
    "type-error": (
        "date_impossible",
        "date_day_first",
        "date_month_first",
        "date_ambiguous",
        "date_two_digit_year",
        "date_serial",
        "date_compact",
        "date_separator",
        "date_month_name",
        "date_incomplete",
        "date_with_time",
        "date_with_zone",
        "date_unreadable",
        "number_currency",
        "number_thousands",
        "number_decimal_comma",
        "number_percent",
        "number_spaces",
        "number_brackets",
        "number_with_unit",
        "number_hex",
        "number_unreadable",
        "boolean_word",
        "boolean_number",
    ),
    "constraint-error": (
        "required_missing",
        "unknown_category",
        "category_case",
        "category_spaces",
        "too_long",
        "wrong_form",
        "negative",
        "out_of_range",
        "date_too_early",
        "id_mangled",
    ),
    "primary-key": ("duplicate_key",),
    "foreign-key": ("orphan",),
}
SHARED = {rule: kind for kind, rules in SAME.items() for rule in rules}
OURS_ALONE = {
    "Arabic digits": "Python reads them as a number",
    "a number longer than any machine holds": "no bound stands in the Table Schema",
    "a key twice but for a space": "the two texts differ",
}
ENTRIES = [
    entry for entry in FAULTS if entry["rule"] in SHARED and "set" in entry and entry["id"] not in OURS_ALONE
]


def faults_by_frictionless(folder: Path, tables: list[str]) -> list[tuple[str, str, int, str]]:
    package = Package(basepath=str(folder))
    for name in tables:
        schema = Schema.from_descriptor(json.loads((DICTIONARY / f"{name}.json").read_text(encoding="utf-8")))
        package.add_resource(Resource(name=name, path=f"{name}.csv", schema=schema))
    with system.use_context(trusted=True):
        report = package.validate()
    return [
        (task.name, error.type, getattr(error, "row_number", 0), getattr(error, "field_name", ""))
        for task in report.tasks
        for error in task.errors
    ]


def test_frictionless_finds_nothing_in_the_good_extract(extract_of, good):
    assert faults_by_frictionless(extract_of(good), list(good)) == []


@pytest.mark.parametrize("entry", ENTRIES, ids=[entry["id"] for entry in ENTRIES])
def test_frictionless_finds_the_fault_in_the_same_place(entry, plant, extract_of):
    name = entry["table"]
    keys = json.loads((DICTIONARY / f"{name}.json").read_text(encoding="utf-8")).get("foreignKeys", [])
    needed = [name, *{key["reference"]["resource"] for key in keys}]
    folder = extract_of(plant(entry))
    for further in list(needed):
        more = json.loads((DICTIONARY / f"{further}.json").read_text(encoding="utf-8")).get("foreignKeys", [])
        needed += [key["reference"]["resource"] for key in more if key["reference"]["resource"] not in needed]
    found = faults_by_frictionless(folder, needed)
    kind = SHARED[entry["rule"]]
    here = [(row, field) for table, error, row, field in found if table == name and error == kind]
    column = "" if kind in ("primary-key", "foreign-key") else entry["column"]
    assert (int(entry["row"]), column) in here, found
