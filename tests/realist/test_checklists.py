"""Reporting lists: every place exists, what is missing is shown, and the project's own lists hold."""

import pandas as pd
import pytest

from pi_research.realist import ChecklistError, checklist
from pi_research.report.synthesis_lists import headings, reporting_lists

ITEMS = pd.DataFrame({"item": ["1", "2", "3"], "topic": ["Title", "Ethics", "Funding"], "asks": ["a", "b", "c"]})
SECTIONS = {"docs/x.md": {"A title"}}


def places(*rows):
    made = pd.DataFrame(rows, columns=["item", "done", "file", "section", "note"])
    made.index += 2
    return made


def test_an_item_without_a_place_is_to_be_written_by_a_person():
    made = checklist("A list", ITEMS, places(("1", "by code", "docs/x.md", "A title", "")), SECTIONS)
    assert made.empty()["item"].tolist() == ["2", "3"]
    assert "of 3 items 1 are filled by code" in made.sentence() and "by a person: 2, 3." in made.sentence()


def test_a_list_that_is_full_says_nothing_of_what_is_missing():
    made = checklist("A list", ITEMS.head(1), places(("1", "by a person", "docs/x.md", "", "")), SECTIONS)
    assert made.empty().empty and "to be written" not in made.sentence()


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        (("9", "by code", "docs/x.md", "", ""), "row 2, A list item 9: no such item"),
        (("1", "by code", "docs/y.md", "", ""), "there is no file docs/y.md"),
        (("1", "by code", "docs/x.md", "Another title", ""), "docs/x.md has no section 'Another title'"),
        (("1", "by magic", "docs/x.md", "", ""), "done must be one of"),
        (("1", "by code", "", "", ""), "a file is named where, and only where"),
        (("1", "to be written by a person", "docs/x.md", "", ""), "a file is named where, and only where"),
    ],
)
def test_a_place_that_does_not_hold_is_refused_by_row(row, fault):
    with pytest.raises(ChecklistError, match=fault.replace("(", r"\(")):
        checklist("A list", ITEMS, places(row), SECTIONS)


def test_an_item_that_stands_twice_and_every_other_fault_are_said_at_once():
    rows = (
        ("1", "by code", "docs/x.md", "", ""),
        ("1", "by code", "docs/x.md", "", ""),
        ("2", "by code", "gone", "", ""),
    )
    with pytest.raises(ChecklistError) as fault:
        checklist("A list", ITEMS, places(*rows), SECTIONS)
    assert "stands twice" in str(fault.value) and "no file gone" in str(fault.value)


def test_headings_are_read_from_notebooks_and_from_markdown(project):
    assert "Colophon" in headings(project / "notebooks" / "09_synthesis.ipynb")
    assert "The tables" in headings(project / "docs" / "theory.md")
    assert headings(project / "params.yaml") == frozenset()


def test_the_lists_of_the_project_hold_and_show_their_gaps(project):
    made = reporting_lists(project)
    assert {name: len(one.rows) for name, one in made.items()} == {
        "rameses_ii": 20,
        "strobe": 22,
        "record": 13,
        "cheers": 33,
    }
    assert {"6", "20"} <= set(made["rameses_ii"].empty()["item"])
    assert all((one.rows["note"] != "").loc[one.empty().index].all() for one in made.values())
