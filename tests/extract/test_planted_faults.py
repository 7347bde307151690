"""Each fault of ``faults.yaml`` is planted in the good extract, and the message is read."""

from __future__ import annotations

from html import escape
from pathlib import Path

import pytest
import yaml

from pi_research.extract import read_rules, write_problems

FAULTS = yaml.load(Path(__file__).with_name("faults.yaml").read_text(encoding="utf-8"), yaml.BaseLoader)
DICTIONARY = Path(__file__).resolve().parents[2] / "data" / "dictionary"


def test_the_good_extract_has_no_fault_and_nothing_to_notice(checked, good):
    check = checked(good)
    assert check.problems.empty, check.text()
    assert check.ok and set(check.tables) == set(good)


@pytest.fixture(scope="module", params=FAULTS, ids=[entry["id"] for entry in FAULTS])
def found(request, plant, checked):
    """One entry, and the check of the extract that holds its fault."""
    return request.param, checked(plant(request.param), **request.param.get("options", {}))


def test_a_planted_fault_is_named_with_its_place_and_what_to_do(found):
    entry, check = found
    here = check.problems[
        (check.problems["rule"] == entry["rule"])
        & (check.problems["table"] == entry.get("table", ""))
        & (check.problems["column"] == entry.get("column", ""))
        & (check.problems["row"].astype(object).map(str) == entry.get("row", "<NA>"))
    ]
    assert len(here) == 1, check.text(200)
    assert here["severity"].item() == entry.get("severity", "error")
    assert check.problems["what"].str.len().min() > 10 and check.problems["what_to_do"].str.len().min() > 10


def test_a_planted_fault_is_reported_once_and_not_again_where_it_is_felt(found):
    entry, check = found
    allowed = {entry["rule"], "not_tried", *entry.get("also", ())}
    assert set(check.problems["rule"]) <= allowed, check.text(200)
    assert check.ok == (entry.get("severity") == "notice" and not set(entry.get("also", ())) & _errors())


def test_no_output_shows_the_planted_value(found, tmp_path):
    entry, check = found
    table, page = write_problems(check, tmp_path / "out")
    for value in _planted_values(entry):
        for shown in (check.text(500), table.read_text("utf-8"), page.read_text("utf-8")):
            assert value not in shown and escape(value) not in shown


def _planted_values(entry: dict) -> list[str]:
    """``value`` where the entry says; else the cells set, unless too short or too common a word to tell."""
    if "value" in entry:
        return [] if entry["value"] == "null" else [entry["value"]]
    return [value for value in entry.get("set", {}).values() if len(value) > 1]


def _errors() -> set[str]:
    return {name for name, rule in read_rules(DICTIONARY).by_id.items() if rule.severity == "error"}


@pytest.mark.parametrize(
    ("place", "one", "other"),
    [
        ("people 2 sex", " female", " male"),
        ("tenancies 2 end_reason", "-", "unknown"),
        ("contacts 2 planned", "1", "0"),
        ("delays 2 start_date", "31/12/2020", "30/12/2020"),
    ],
)
def test_the_same_fault_with_another_value_gives_the_same_words(place, one, other, plant, checked):
    first, second = (checked(plant({"set": {place: value}})).problems for value in (one, other))
    assert first.equals(second)


def test_every_rule_of_the_dictionary_is_planted_or_tested_elsewhere():
    elsewhere = {
        "folder_missing", "folder_is_a_file", "folder_unreadable", "folder_without_tables", "file_too_large",
        "line_too_long", "cell_too_long", "parquet_type", "not_tried", "duplicate_value",
    }  # fmt: skip
    planted = {entry["rule"] for entry in FAULTS}
    assert planted | elsewhere == set(read_rules(DICTIONARY).by_id)
    assert len(FAULTS) >= 80
