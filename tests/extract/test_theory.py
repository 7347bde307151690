"""The folder of a theory: everything of the five documents is there, and what is wrong is said by file and row."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

import pandas as pd
import pytest

from pi_research.extract import theory as folder
from pi_research.extract.dictionary import read_dictionary
from pi_research.extract.published import read_published


@pytest.fixture(scope="module")
def place(project):
    return project / "data" / "theory"


@pytest.fixture(scope="module")
def tables(place):
    return folder.read_theory_tables(place)


# what must be there


def test_the_framework_has_thirty_three_activities_in_three_phases_of_two_roles(tables):
    acts = tables["activities"]
    by = acts.groupby(["phase", "role"], sort=False).size().to_dict()
    assert by == {
        ("preparation", "coach"): 6,
        ("preparation", "housing_worker"): 8,
        ("resettlement", "coach"): 10,
        ("resettlement", "housing_worker"): 3,
        ("transition", "coach"): 5,
        ("transition", "housing_worker"): 1,
    }
    rows = acts["where"].str.extract(r"row (\d+) \((\w+): (.+)\)$")
    assert rows[0].astype(int).tolist() == list(range(1, 34))
    assert rows[1].str.lower().tolist() == acts["phase"].tolist()
    assert set(tables["indicators"]["activity_id"]) == set(acts["activity_id"])


SUB_THEMES = {1: 24, 2: 13, 3: 10, 4: 4, 5: 5, 6: 12, 7: 9}
"""Headings, bulleted points and, in theme 7, paragraphs of the interim report."""


def test_all_seven_themes_and_every_sub_theme_are_there_and_name_their_heading(tables):
    themes = tables["themes"]
    numbers = themes["sub_theme_id"].str.extract(r"T(\d)\.(\d+)").astype(int)
    assert numbers.groupby(0)[1].agg(list).to_dict() == {k: list(range(1, n + 1)) for k, n in SUB_THEMES.items()}
    heading = themes["where"].str.extract(r"^Theme (\d)")[0]
    named = heading.notna()
    assert (heading[named].astype(int) == numbers.loc[named, 0]).all()
    assert themes.loc[~named, "where"].str.startswith("Ways to").sum() == 0
    assert themes.groupby("theme").ngroups == 7 and not themes["where"].duplicated().any()


def test_the_five_lessons_that_worked_and_the_eight_that_did_not_are_those_of_the_published_table(tables):
    lessons, published = tables["lessons"], read_published("challenging_behaviour")
    for kind, n in (("worked", 5), ("not_worked", 8)):
        mine, theirs = lessons[lessons["kind"] == kind], published[published["kind"] == kind]
        assert len(mine) == n == len(theirs)
        assert mine["published"].str.removeprefix("challenging_behaviour.").tolist() == theirs["id"].tolist()
        assert mine["where"].tolist() == theirs["where"].tolist() and mine["why"].str.len().gt(20).all()


def test_all_ten_partnerships_are_there_the_one_that_the_report_is_silent_on_too(tables):
    published = read_published("building_right_support").query("kind == 'partnership'")
    mine = tables["lessons"].dropna(subset=["area"])
    assert sorted(mine["area"]) == sorted(published["area"])
    assert mine.loc[mine["kind"] == "silent", "area"].tolist() == ["Suffolk"]


def test_the_six_steps_and_the_conditions_of_in_one_place_are_there(tables):
    lessons = tables["lessons"]
    assert (lessons["kind"] == "step").sum() == 6
    mine = set(lessons.loc[lessons["source"] == "in_one_place", "published"].str.removeprefix("in_one_place."))
    theirs = read_published("in_one_place")
    assert mine == set(theirs.loc[theirs["kind"].isin(["barrier", "enabler"]), "id"])


def test_every_sub_theme_and_every_lesson_that_says_anything_is_evidence_for_some_configuration(tables):
    cited = set(tables["evidence"]["ref"])
    assert set(tables["themes"]["sub_theme_id"]) <= cited
    assert set(tables["lessons"].loc[tables["lessons"]["kind"] != "silent", "lesson_id"]) <= cited


def test_the_code_book_holds_the_codes_of_the_simulated_segments_and_about_twenty_comparisons_are_fixed(tables):
    from pi_research.extract.simulation.segments import SUB_THEMES, THEMES

    codes = tables["codes"]
    assert {(THEMES[int(t)], name) for t, name, *_ in SUB_THEMES} == set(
        zip(codes["theme"], codes["code"], strict=True)
    )
    tests = tables["tests"]
    compared = tests.loc[tests["reach"] == "comparison", "theory_id"]
    assert 18 <= compared.nunique() <= 22 and set(tests["theory_id"]) == set(tables["configurations"]["theory_id"])


def test_every_row_names_a_source_that_the_project_cites(tables):
    known = folder.theory_vocabulary(tables)["sources"]
    for name, table in tables.items():
        if "where" in table:
            assert set(table["source"]) <= known and table["where"].notna().all(), name


def test_frames_are_indexed_by_the_rows_of_the_spreadsheet_and_read_with_their_types(tables):
    assert tables["activities"].index.tolist() == list(range(2, 35))
    assert str(tables["history"]["date"].dtype) == "datetime64[ns]" and tables["evidence"]["reference"].dtype == float


# a folder of one's own


@pytest.fixture
def mine(place, tmp_path):
    made = tmp_path / "theory"
    shutil.copytree(place, made, ignore=shutil.ignore_patterns("schema"))
    return made


def change(mine, name, was, now, times=1):
    file = mine / f"{name}.csv"
    text = file.read_text(encoding="utf-8")
    assert was in text
    file.write_text(text.replace(was, now, times), encoding="utf-8")


def test_a_folder_without_the_optional_tables_is_read_with_empty_ones(mine):
    for name in ("lessons", "history", "evidence", "tests", "success", "steps", "codes"):
        (mine / f"{name}.csv").unlink()
    made = folder.read_theory_tables(mine)
    assert made["lessons"].empty and "lesson_id" in made["lessons"] and len(made["configurations"]) == 32


def test_an_evaluators_own_sources_count(mine):
    (mine / "sources.csv").write_text("source,citation\nour_notes,Notes of our own workshop\n", encoding="utf-8")
    assert "our_notes" in folder.theory_vocabulary(folder.read_theory_tables(mine))["sources"]


@pytest.mark.parametrize(
    ("name", "was", "now", "said"),
    [
        (
            "configurations",
            ",The tenancy lasts,O3,",
            ",,O3,",
            "configurations.csv, row 8, column outcome: The cell is empty",
        ),
        (
            "configurations",
            ",O3,",
            ",O33,",
            "configurations.csv, row 8, column outcome_id: The identifier is not in outcomes",
        ),
        (
            "evidence",
            ",supports,",
            ",proves,",
            "evidence.csv, row 2, column direction: The cell is not one of the categories",
        ),
        ("evidence", "E002,", "E001,", "evidence.csv, row 3, column evidence_id: Another row has the same"),
        (
            "indicators",
            "assessments.tool; ",
            "assessments tool; ",
            "indicators.csv, row 2, column fields: The cell does not have",
        ),
        ("history", "2019-10-01", "01/10/2019", "history.csv, row 3, column date: The date"),
        (
            "activities",
            "Assess everyday living skills",
            "Call 943 476 5919 first",
            "activities.csv, row 2, column activity: The cell holds what looks like an NHS number",
        ),
        ("success", "D1,", "d1,", "success.csv, row 2, column definition_id: "),
    ],
)
def test_what_is_wrong_with_a_cell_is_said_by_file_row_and_column(mine, name, was, now, said):
    change(mine, name, was, now)
    with pytest.raises(folder.TheoryFolderError) as fault:
        folder.read_theory_tables(mine)
    assert said in str(fault.value) and "943" not in str(fault.value)


def test_every_fault_is_said_at_once_with_what_to_do(mine):
    change(mine, "evidence", ",supports,", ",proves,")
    change(mine, "configurations", ",O3,", ",O33,")
    with pytest.raises(folder.TheoryFolderError) as fault:
        folder.read_theory_tables(mine)
    assert "has 2 faults" in str(fault.value) and "Use one of these" in str(fault.value)


def test_a_missing_table_that_is_needed_and_a_missing_folder_are_named(mine, tmp_path):
    (mine / "configurations.csv").unlink()
    with pytest.raises(folder.TheoryFolderError, match=r"configurations\.csv"):
        folder.read_theory_tables(mine)
    with pytest.raises(folder.TheoryFolderError, match="no folder of that name"):
        folder.read_theory_tables(tmp_path / "nowhere")


def test_the_schemas_are_table_schemas_that_frictionless_reads(place):
    from frictionless import Resource, Schema

    for name in read_dictionary(place / "schema"):
        schema = Schema.from_descriptor(str(place / "schema" / f"{name}.json"))
        if (place / f"{name}.csv").is_file():
            schema.foreign_keys = []
            report = Resource(path=f"{name}.csv", basepath=str(place), schema=schema).validate()
            assert report.valid, (name, report.flatten(["rowNumber", "fieldName", "type"])[:3])


# segments


def segment(**changed):
    row = {
        "segment_id": "S-0001",
        "role": "coach",
        "theme": "Challenges",
        "sub_theme": "Too few suitable homes",
        "theory_id": "C17",
        "direction": "supports",
        "coder": "A",
    }
    return pd.DataFrame([row | changed])


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("Asked by Mrs Green", "name"),
        ("She said that Darren waits", "name"),
        ("born 3/4/1980", "birth date"),
        ("NHS 943 476 5919", "NHS number"),
        ("lives at S10 2TN now", "postcode"),
        ("Dr O told her", "name"),
    ],
)
def test_a_segment_that_may_name_a_person_is_refused_without_repeating_it(tables, text, what):
    with pytest.raises(folder.SegmentError) as fault:
        folder.checked_segments(segment(sub_theme=text), tables)
    assert f"row 2 (S-0001), column sub_theme: holds what looks like a {what}" in str(fault.value)
    assert text not in str(fault.value)


@pytest.mark.parametrize(
    "text", ["Too few suitable homes", "Recovery Star as a conversation", "Covid and access to homes"]
)
def test_codes_with_words_that_the_theory_writes_with_a_capital_are_no_names(tables, text):
    assert len(folder.checked_segments(segment(sub_theme=text), tables)) == 1


def test_the_share_of_filled_cells_is_nought_for_a_table_without_rows():
    frames = {"people": pd.DataFrame({"area": ["a", None]}), "delays": pd.DataFrame({"reason": []})}
    assert folder.filled_fields(frames) == {"people.area": 0.5, "delays.reason": 0.0}


@pytest.mark.skipif("PI_INTERIM_REPORT" not in os.environ, reason="PI_INTERIM_REPORT does not name the report's text")
def test_every_sub_theme_but_those_of_theme_seven_names_a_heading_that_the_report_has(tables):
    def plain(text):
        text = re.sub(r"[-/]", " ", text.lower())
        return re.sub(r"\s+", " ", re.sub(r"[^a-z0-9\s]", "", text)).strip()

    report = plain(Path(os.environ["PI_INTERIM_REPORT"]).read_text(encoding="utf-8"))
    themes = tables["themes"]
    named = themes.loc[~themes["sub_theme_id"].str.startswith("T7"), "where"]
    tails = named.str.replace(r"^Theme \d: [^,]*(, values and design of the programme)?, ", "", regex=True)
    assert [t for t in tails if not any(plain(part) in report for part in (t, *t.split(", ")) if len(part) > 6)] == []
