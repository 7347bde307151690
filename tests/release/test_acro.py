"""The request in ACRO's form holds what SACRO Viewer reads, and no count that the release does not hold."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from dataclasses import replace

import pytest

from pi_research.files import FileReadError
from pi_research.release.acro import acro_files
from pi_research.release.request import requested

NAMES = ("01_cohort_and_milestones", "09_synthesis")
KEYS = {"uid", "status", "type", "properties", "files", "outcome", "command", "summary", "timestamp", "comments",
        "exception"}
"""What acro 1.0.2 writes of each result, but for its links to an ontology."""


@pytest.fixture(scope="module")
def outputs(run):
    return requested(run.settings, NAMES, run.audited)


@pytest.fixture(scope="module")
def made(run, outputs):
    return acro_files(run.place, outputs, run.audited.rule)


@pytest.fixture(scope="module")
def results(made):
    return json.loads(made["results.json"])["results"]


def test_each_table_and_figure_that_leaves_is_one_result_with_every_field(made, results):
    stored = json.loads(made["results.json"])
    assert set(stored) == {"version", "tool", "results"} and stored["version"].count(".") == 2
    assert {k: v["uid"] for k, v in results.items()} == {k: k for k in results}
    assert set(results) == {
        "01_cohort_and_milestones_table_people", "01_cohort_and_milestones_table_costs",
        "01_cohort_and_milestones_figure_ends", "09_synthesis_table_published", "09_synthesis_figure_kept"}
    for result in results.values():
        assert set(result) == KEYS and result["status"] in ("pass", "review", "fail")
        assert result["summary"].split("; ")[0] == result["status"], "the viewer takes the status from here"
        assert result["timestamp"][:10] == "2024-10-02" and result["comments"]


def test_the_viewer_finds_every_file_by_its_flat_name_with_its_hash(made, results):
    named = [f["name"] for r in results.values() for f in r["files"]]
    assert len(named) == len(set(named)) == 7, "three tables, two figures as CSV and PNG"
    for name in [*named, "results.json"]:
        assert "/" not in name and made[f"checksums/{name}.txt"].decode() == hashlib.sha256(made[name]).hexdigest()
    assert {n for n in made if not n.startswith("checksums/")} == {*named, "results.json", "config.json"}
    assert "version" not in json.loads(made["config.json"]), "else the viewer takes it for a second list of results"


def test_the_cells_that_it_marks_are_those_that_are_left_out(made, results):
    """The viewer marks [row, column] from 0, rows below the heading, columns beside the first."""
    marked, left_out = set(), set()
    for result in results.values():
        if result["type"] != "table":
            continue
        [file] = result["files"]
        rows = list(csv.reader(io.StringIO(made[file["name"]].decode())))[1:]
        marked |= {(file["name"], r, c + 1) for cells in file["sdc"]["cells"].values() for r, c in cells}
        left_out |= {(file["name"], r, c) for r, row in enumerate(rows) for c, v in enumerate(row) if v == "[hidden]"}
    assert marked == left_out and len(marked) == 5, "two groups with their shares, one mean"


def test_a_hidden_point_of_a_figure_is_marked_too(made, results):
    file = results["01_cohort_and_milestones_figure_ends"]["files"][0]
    rows = list(csv.reader(io.StringIO(made[file["name"]].decode())))[1:]
    assert [rows[r][c + 1] for r, c in file["sdc"]["cells"]["threshold"]] == ["", ""]
    assert file["sdc"]["summary"] == {"suppressed": True, "threshold": 2, "withheld": 0}


def test_the_outcome_names_each_cell_by_its_labels(results):
    outcome = results["01_cohort_and_milestones_table_people"]["outcome"]
    assert outcome["People"] == {"A": "ok", "B": "ok", "C": "threshold; ", "D": "threshold; "}
    assert set(outcome) == {"People", "Moved"}


def test_labels_that_come_twice_stay_apart(run, outputs):
    from pi_research.release.acro import _once

    assert _once(["A", "A", "B", "A"]) == ["A", "A (2)", "B", "A (3)"]


def test_what_the_viewer_puts_into_its_page_cannot_be_read_as_a_tag(results):
    comments = results["01_cohort_and_milestones_table_people"]["comments"]
    assert comments[0] == "People &lt;by&gt; group."
    assert results["01_cohort_and_milestones_table_costs"]["exception"] != "", "a person must judge a mean"
    assert results["09_synthesis_table_published"]["exception"] == ""


def test_no_exact_count_is_in_it(made):
    text = b"\n".join(v for k, v in made.items() if k.endswith((".csv", ".json")))
    for exact in (b"1237", b"1,237", b"411", b"1893", b"113"):
        assert exact not in text, exact
    assert b"Montague" not in text


def test_refused_is_fail_and_what_stays_inside_is_not_there(run, outputs):
    first = replace(outputs[0], status="refused", reason="It leaks.")
    stored = json.loads(acro_files(run.place, [first, *outputs[1:]], run.audited.rule)["results.json"])["results"]
    assert stored["01_cohort_and_milestones_table_people"]["status"] == "fail"
    assert stored["01_cohort_and_milestones_table_people"]["exception"] == "It leaks."
    assert not [k for k in stored if "journey" in k]


def test_a_file_that_is_gone_is_an_error(run, outputs):
    gone = replace(outputs[0], files=("tables/01_cohort_and_milestones/gone.csv",))
    with pytest.raises(FileReadError, match="people"):
        acro_files(run.place, [gone], run.audited.rule)


def test_the_same_request_gives_the_same_bytes(run, outputs, made):
    assert acro_files(run.place, outputs, run.audited.rule) == made
