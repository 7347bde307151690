"""What the data-quality page counts, by hand, on small tables."""

from __future__ import annotations

from types import SimpleNamespace

import pandas as pd
import pytest

from pi_research.extract import quality

END = pd.Timestamp("2022-03-31")
SCHEMA = {
    "people": SimpleNamespace(title="People", side="housing", supply="required"),
    "links": SimpleNamespace(title="Links", side="both", supply="optional"),
}


def people(*consent: str, **columns: list) -> pd.DataFrame:
    frame = pd.DataFrame({"customer_id": [f"P{i}" for i in range(len(consent))], "consent": list(consent)})
    return frame.assign(**{"sex": "female", "ethnic_group": "white", "area": "North", **columns})


def events(days: list[str], who: str = "P0") -> pd.DataFrame:
    return pd.DataFrame({"customer_id": who, "date": pd.to_datetime(days)})


def test_tables_not_supplied_have_no_rows_rather_than_nought():
    made = quality.supplied({"people": people("given", "given")}, SCHEMA)
    assert made[["title", "table", "side", "supply"]].values.tolist() == [
        ["People", "people", "housing", "required"],
        ["Links", "links", "both", "optional"],
    ]
    assert made["rows"].iloc[0] == 2 and pd.isna(made["rows"].iloc[1])


def test_everyone_stands_under_one_consent():
    tables = {"people": people("given", "given", "refused", "withdrawn", "not_asked")}
    assert quality.consent(tables)["people"].tolist() == [2, 1, 1, 1, 5]
    assert quality.consent_readings(tables)["people"].tolist() == [3, 2]
    said = quality.consent_sentence(tables)
    assert said.startswith("The extract holds 5 people; the records of 2 are set aside") and said.endswith(
        "3 are used."
    )


def test_notices_are_grouped_by_table_and_rule_and_errors_are_not_among_them():
    rows = [
        ("tenancies", "zero_length", "notice"),
        ("people", "blank", "notice"),
        ("tenancies", "zero_length", "notice"),
        ("people", "orphan", "error"),
    ]
    problems = pd.DataFrame(rows, columns=["table", "rule", "severity"]).assign(what="what", what_to_do="do")
    made = quality.notices(problems)
    assert made.values.tolist() == [["people", "what", 1, "do"], ["tenancies", "what", 2, "do"]]
    assert list(quality.notices(problems.iloc[3:])) == list(made) and quality.notices(problems.iloc[3:]).empty


def test_an_empty_end_date_is_not_missing_and_an_empty_area_is():
    tables = {
        "people": people("given", "given", area=["North", None], end_date=[pd.NaT, pd.NaT]),
        "links": pd.DataFrame({"customer_id": ["P0"], "patient_id": [None]}),
        "unknown": pd.DataFrame({"x": [None]}),
    }
    assert quality.missing_cells(tables, SCHEMA).values.tolist() == [
        ["links.patient_id", 1, 1],
        ["people.area", 1, 2],
    ]


def test_coverage_gives_the_first_and_last_day_of_tables_that_hold_rows():
    tables = {"programme_events": events(["2022-01-05", "2021-02-01"]), "contacts": events([])}
    made = quality.coverage(tables)
    assert made.values.tolist() == [
        ["programme_events", pd.Timestamp("2021-02-01"), pd.Timestamp("2022-01-05"), 2]
    ]


YEAR_BEFORE = [f"2021-{m:02d}-15" for m in range(1, 13)]


@pytest.mark.parametrize(
    ("days", "said"),
    [
        (
            ["2020-06-01", *YEAR_BEFORE, "2022-01-01", "2022-03-31"],
            "2 programme events are recorded, against 12 "
            "in the twelve months before them, which "
            "gives no sign",
        ),
        (
            ["2020-06-01", *YEAR_BEFORE, "2022-01-01"],
            "1 programme events are recorded, against 12 in the twelve months before them, which may mean",
        ),
        (["2020-06-01", *YEAR_BEFORE, "2022-04-01"], "0 programme events are recorded, against 12"),
        (["2021-06-01", "2022-02-01"], "too short to tell"),
        ([], "too short to tell"),
    ],
)
def test_a_fall_in_the_latest_events_may_mean_late_entry(days, said):
    tables = {"people": people("given"), "programme_events": events(days)}
    assert said in quality.late_entry_sentence(tables, END)


def test_events_of_people_set_aside_are_not_counted():
    both = pd.concat([events(["2020-01-01", "2022-01-01"]), events(["2022-02-01"] * 9, "P1")])
    tables = {"people": people("given", "refused"), "programme_events": both}
    assert "In the last three months 1 programme events" in quality.late_entry_sentence(tables, END)


def test_an_empty_table_answers_nothing():
    tables = {
        "extract": people("given"),
        "people": people("given"),
        "programme_events": events(["2022-01-01"]),
        "tenancies": events([]),
    }
    made = quality.fitness(tables).set_index("question")
    assert made.loc["00 data quality", "answer"] == "yes" and made.loc["00 data quality", "missing"] == "–"
    assert made.loc["02 tenancy sustainment"].tolist() == ["no", "tenancies"]
    assert made.loc["04 hospital time series", "missing"] == "area_series"
