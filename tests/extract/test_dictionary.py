"""The dictionary is checked as it is read, and is a Table Schema that other tools read too."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from frictionless import Schema

from pi_research.extract import DictionaryError, read_dictionary, read_rules

DICTIONARY = Path(__file__).resolve().parents[2] / "data" / "dictionary"


@pytest.fixture
def copy(tmp_path):
    return Path(shutil.copytree(DICTIONARY, tmp_path / "dictionary"))


def change(folder: Path, name: str, edit) -> None:
    path = folder / f"{name}.json"
    content = json.loads(path.read_text(encoding="utf-8"))
    edit(content)
    path.write_text(json.dumps(content), encoding="utf-8")


@pytest.mark.parametrize("path", sorted(DICTIONARY.glob("*.json")), ids=lambda path: path.stem)
def test_every_table_is_a_table_schema_of_which_each_field_is_described(path):
    if path.stem == "rules":
        assert set(json.loads(path.read_text(encoding="utf-8"))) >= {"description", "rules"}
        return
    schema = Schema.from_descriptor(json.loads(path.read_text(encoding="utf-8")))
    assert schema.field_names == list(read_dictionary(DICTIONARY)[path.stem].names)
    for field in read_dictionary(DICTIONARY)[path.stem].fields:
        assert len(field.description) > 8 and field.source


def test_twenty_tables_are_read_and_five_are_required():
    tables = read_dictionary(DICTIONARY)
    assert len(tables) == 20
    assert [name for name, table in tables.items() if table.required] == [
        "extract", "outcome_claims", "people", "programme_events", "tenancies"
    ]  # fmt: skip
    assert tables["leave"].interval == ("start_date", "end_date") and tables["leave"].primary_key == (
        "spell_id",
        "start_date",
    )


def test_every_rule_has_plain_words_and_no_rule_fills_in_a_value():
    for rule in read_rules(DICTIONARY).by_id.values():
        assert (
            rule.severity in ("error", "notice") and rule.what.endswith(".") and rule.what_to_do.endswith(".")
        )
        assert "{value}" not in rule.what + rule.what_to_do


@pytest.mark.parametrize(
    ("name", "edit", "message"),
    [
        ("people", lambda c: c.pop("title"), "people.json has no title"),
        ("people", lambda c: c.update(name="persons"), "differs from the file's"),
        ("people", lambda c: c.update(side="council"), "side 'council'"),
        ("people", lambda c: c.update(supply="maybe"), "supply is neither"),
        ("people", lambda c: c["fields"][0].update(type="uuid"), "type 'uuid'"),
        ("people", lambda c: c["fields"][0].update(description=""), "needs a name and a description"),
        ("people", lambda c: c["fields"][0]["constraints"].update(pattern="(["), "not a regular expression"),
        ("people", lambda c: c["fields"].append(c["fields"][0]), "stands twice"),
        ("people", lambda c: c.update(primaryKey=["id"]), "unknown fields: id"),
        ("people", lambda c: c.update(fields=7), "people.json is not a Table Schema"),
        (
            "delays",
            lambda c: c["foreignKeys"][0]["reference"].update(resource="persons"),
            "not in the dictionary",
        ),
        ("delays", lambda c: c["foreignKeys"].append({}), "delays.json is not a Table Schema"),
        (
            "delays",
            lambda c: c["fields"][2]["constraints"].update(minimum="soon"),
            "delays.json is not a Table Schema",
        ),
        ("support_hours", lambda c: c["fields"][1].update(first_of="week"), "neither month nor quarter"),
    ],
)
def test_a_fault_in_a_table_of_the_dictionary_is_named(copy, name, edit, message):
    change(copy, name, edit)
    with pytest.raises(DictionaryError, match="fault") as error:
        read_dictionary(copy)
    assert message in str(error.value)


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (lambda c: c["rules"]["orphan"].update(severity="warning"), "orphan has severity 'warning'"),
        (lambda c: c["rules"]["orphan"].pop("what_to_do"), "orphan has no what_to_do"),
        (lambda c: c["rules"]["orphan"].update(what="{value} is wrong."), "unknown words in braces: value"),
        (lambda c: c.pop("limits"), "has no limits"),
    ],
)
def test_a_fault_in_the_rules_is_named(copy, edit, message):
    change(copy, "rules", edit)
    with pytest.raises(DictionaryError) as error:
        read_rules(copy)
    assert message in str(error.value)


def test_every_fault_of_the_dictionary_is_named_at_once(copy):
    change(copy, "people", lambda c: c.pop("title"))
    (copy / "leave.json").write_text("{")
    with pytest.raises(DictionaryError) as error:
        read_dictionary(copy)
    assert "people.json" in str(error.value) and "leave.json can't be read as JSON" in str(error.value)


def test_a_folder_without_a_dictionary_is_refused(tmp_path):
    with pytest.raises(DictionaryError, match="no Table Schema file"):
        read_dictionary(tmp_path)
