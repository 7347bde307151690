"""Stages, the flow of people, quarters, delays: by hand."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pi_research import journeys
from pi_research.journeys.stages import stages
from pi_research.journeys.tenancies import episodes, milestones
from pi_research.sections import Milestones, Tenancy

END = pd.Timestamp("2024-03-31")
STEPS = {
    "interest": "expression_of_interest",
    "accepted": "panel_accepted",
    "declined": "panel_declined",
    "start": "start",
    "withdrew": "withdrawal",
}


def events(person: str, **days: str) -> list[tuple]:
    return [(person, STEPS[step], day) for step, day in days.items()]


def status(tables: dict, day: pd.Timestamp = END) -> str:
    made = stages(tables, day)
    assert len(made) == 1
    return made["status"].iloc[0]


@pytest.mark.parametrize(
    ("days", "moved", "said"),
    [
        ({}, None, "waiting"),
        ({"interest": "2022-01-01"}, None, "waiting"),
        ({"interest": "2022-01-01", "accepted": "2022-02-01"}, None, "waiting"),
        ({"interest": "2022-01-01", "declined": "2022-02-01"}, None, "declined"),
        ({"interest": "2022-01-01", "declined": "2022-02-01", "accepted": "2022-05-01"}, None, "waiting"),
        ({"interest": "2022-01-01", "declined": "2022-02-01", "withdrew": "2022-03-01"}, None, "declined"),
        ({"start": "2022-01-01"}, None, "preparing"),
        ({"start": "2022-01-01", "withdrew": "2022-06-01"}, None, "withdrew"),
        ({"start": "2022-01-01"}, "2022-06-01", "moved"),
        ({"start": "2022-01-01", "withdrew": "2022-09-01"}, "2022-06-01", "moved"),
    ],
)
def test_a_person_stands_in_one_place(extract, days, moved, said):
    tables = extract(
        people=[("A", "given")],
        programme_events=events("A", **days),
        tenancies=[("A", moved, None, None)] if moved else [],
    )
    assert status(tables) == said


@pytest.mark.parametrize(
    ("death", "said"), [("2022-05-01", "died"), ("2022-06-01", "died"), ("2022-06-02", "withdrew")]
)
def test_of_death_and_withdrawal_the_first_ends_preparation(extract, death, said):
    tables = extract(
        programme_events=events("A", start="2022-01-01", withdrew="2022-06-01"),
        links=[("A", "P")],
        patients=[("P", death)],
    )
    made = stages(tables, END)
    assert made["status"].iloc[0] == said
    until = min(pd.Timestamp(death), pd.Timestamp("2022-06-01"))
    assert made["months_preparing"].iloc[0] == pytest.approx(
        (until - pd.Timestamp("2022-01-01")).days / (365.25 / 12)
    )
    assert journeys.lead_in(made)["ending"].iloc[0] == journeys.LEFT[said]


def test_months_are_counted_to_the_move_or_the_extract_date(extract):
    tables = extract(
        programme_events=[
            *events("A", interest="2022-01-01", start="2022-03-01"),
            *events("B", start="2024-03-01"),
            *events("C", start="2022-01-01", withdrew="2022-02-01"),
        ],
        tenancies=[("A", "2022-12-01", None, None), ("C", "2022-04-01", None, None)],
    )
    made = stages(tables, END).set_index("customer_id")
    month = 365.25 / 12
    assert made["months_preparing"].tolist() == pytest.approx([275 / month, 30 / month, 90 / month])
    assert (
        made["months_to_start"].iloc[0] == pytest.approx(59 / month)
        and made["months_to_start"].iloc[1:].isna().all()
    )


def test_the_first_of_a_repeated_step_counts(extract):
    rows = [("A", "panel_declined", "2022-03-01"), ("A", "panel_declined", "2022-01-01")]
    assert stages(extract(programme_events=rows), END)["declined"].iloc[0] == pd.Timestamp("2022-01-01")


def test_nothing_after_the_last_day_is_known(extract):
    tables = extract(
        programme_events=events("A", interest="2022-01-01", start="2022-06-01", withdrew="2022-08-01"),
        tenancies=[("A", "2023-01-01", None, None)],
        delays=[("A", "2022-07-01", "2022-12-01", "health")],
    )
    assert status(tables, pd.Timestamp("2022-05-31")) == "waiting"
    assert status(tables, pd.Timestamp("2022-07-31")) == "preparing"
    assert stages(tables, pd.Timestamp("2022-07-31"))["delay_days"].iloc[0] == 30
    assert status(tables, pd.Timestamp("2022-08-01")) == "withdrew"
    assert status(tables, pd.Timestamp("2023-01-01")) == "moved"


def test_people_without_consent_are_nowhere(extract):
    rows = [(p, "start", "2022-01-01") for p in "ABC"]
    tables = extract(
        people=[("A", "refused"), ("B", "withdrawn"), ("C", "given")],
        programme_events=rows,
        tenancies=[(p, "2022-06-01", None, None) for p in "ABC"],
        delays=[(p, "2022-02-01", None, "health") for p in "ABC"],
    )
    made = journeys.build(tables, END, Tenancy(), Milestones())
    for table in (made.stages, made.tenancies, made.milestones):
        assert set(table["customer_id"]) == {"C"}
    assert made.monthly["moves"].sum() == made.monthly["starts"].sum() == 1
    assert journeys.delay_reasons(tables, made.stages, END)["value"].tolist() == [1]
    assert journeys.who_came(tables, made.stages)["started"].max() == 1


def test_a_person_who_stands_twice_is_refused(extract):
    tables = extract(people=[("A", "given"), ("A", "given")])
    with pytest.raises(ValueError, match="people: 1 rows repeat a customer_id"):
        stages(tables, END)


def test_the_longest_delay_gives_the_reason_and_one_that_lasts_is_counted_to_the_last_day(extract):
    rows = [
        ("A", "2024-03-01", None, "health"),
        ("A", "2023-01-01", "2023-01-21", "funding_decision"),
        ("A", "2023-02-01", "2023-02-21", "funding_decision"),
    ]
    made = stages(
        extract(
            programme_events=events("A", start="2022-01-01") + events("B", start="2022-01-01"), delays=rows
        ),
        END,
    )
    assert made["delay_days"].tolist() == [70, 0] and made["delay_reason"].tolist() == [
        "funding_decision",
        "",
    ]


def test_delays_are_counted_by_reason_people_first(extract):
    rows = [
        ("A", "2023-01-01", "2023-01-11", "health"),
        ("A", "2023-02-01", "2023-02-21", "health"),
        ("B", "2023-01-01", "2023-01-31", "care_package"),
        ("C", "2023-01-01", "2023-01-06", "care_package"),
    ]
    tables = extract(delays=rows)
    made = journeys.delay_reasons(tables, stages(tables, END), END)
    assert made.values.tolist() == [["care package", 2, 2, 17.5], ["health", 1, 2, 15.0]]
    assert journeys.delay_reasons(extract(), stages(extract(people=[("A", "given")]), END), END).empty


def test_a_later_step_stands_for_the_earlier_ones_that_nobody_recorded(extract):
    tables = extract(
        people=[("A", "given")],
        tenancies=[("D", "2022-06-01", None, None)],
        programme_events=events("B", accepted="2022-01-01") + events("C", start="2022-01-01"),
    )
    flow = journeys.flow(stages(tables, END))
    assert flow["people"].tolist() == [4, 3, 2, 1] and flow["of"].tolist() == [4, 4, 3, 2]


def counted(tables: dict, start: date = date(2022, 1, 1), day: pd.Timestamp = END) -> pd.DataFrame:
    made = episodes(tables, day, Tenancy())
    return journeys.quarters(stages(tables, day), milestones(made, day, Milestones()), start, day)


def test_quarters_run_from_the_programmes_start_to_the_extract_date(extract):
    tables = extract(
        programme_events=events("A", interest="2022-01-01", start="2022-03-31")
        + events("B", start="2022-04-01"),
        tenancies=[("A", "2022-06-30", None, None)],
    )
    made = counted(tables, day=pd.Timestamp("2023-01-15"))
    assert list(made["quarter"]) == list(
        pd.to_datetime(["2022-01-01", "2022-04-01", "2022-07-01", "2022-10-01", "2023-01-01"])
    )
    assert made["complete"].tolist() == [True, True, True, True, False]
    assert made["interest"].tolist() == [1, 0, 0, 0, 0] and made["starts"].tolist() == [1, 1, 0, 0, 0]
    assert made["moves"].tolist() == [0, 1, 0, 0, 0] and made["sustained_6"].tolist() == [0, 0, 0, 1, 0]


@pytest.mark.parametrize(
    ("day", "quarters", "last"), [("2022-03-30", 1, False), ("2022-03-31", 1, True), ("2022-04-01", 2, False)]
)
def test_a_quarter_is_complete_on_its_last_day(extract, day, quarters, last):
    made = counted(extract(people=[("A", "given")]), day=pd.Timestamp(day))
    assert len(made) == quarters and bool(made["complete"].iloc[-1]) is last


def test_what_lies_before_the_programme_has_a_row_of_its_own(extract):
    tables = extract(programme_events=events("A", interest="2021-11-01", start="2022-02-01"))
    made = counted(tables)
    assert (
        pd.isna(made["quarter"].iloc[0])
        and made["interest"].tolist()[:2] == [1, 0]
        and made["starts"].tolist()[:2] == [0, 1]
    )
    early = journeys.quarter_labels(made, "interest", 6.0)
    assert early["label"].tolist()[:2] == ["before", "Jan 22"] and pd.isna(early["contract"].iloc[0])
    assert journeys.quarter_labels(made, "starts", 6.0)["label"].iloc[0] == "Jan 22", (
        "nothing before: no row for it"
    )


def test_a_part_quarter_is_starred(extract):
    made = counted(extract(programme_events=events("A", start="2022-01-01")), day=pd.Timestamp("2022-05-01"))
    assert journeys.quarter_labels(made, "starts", 6.0)["label"].tolist() == ["Jan 22", "Apr 22*"]


def test_a_programme_that_starts_after_the_extract_is_refused(extract):
    with pytest.raises(
        ValueError,
        match=r"programme.start \(2025-01-01\) lies after the extract date "
        r"\(2024-03-31\)",
    ):
        counted(extract(people=[("A", "given")]), start=date(2025, 1, 1))


days = st.one_of(st.none(), st.dates(date(2019, 1, 1), date(2024, 3, 31)))


@settings(max_examples=20)
@given(
    them=st.lists(st.tuples(days, days, days), min_size=1, max_size=12),
    start=st.dates(date(2019, 6, 1), date(2024, 3, 31)),
)
def test_quarters_add_up_to_everyone(extract, them, start):
    people = [(f"P{i}", "given") for i in range(len(them))]
    rows = [
        (f"P{i}", event, day)
        for i, (interest, begun, _) in enumerate(them)
        for event, day in (("expression_of_interest", interest), ("start", begun))
        if day
    ]
    tables = extract(
        people=people,
        programme_events=rows,
        tenancies=[(f"P{i}", t[2], None, None) for i, t in enumerate(them) if t[2]],
    )
    made, found = stages(tables, END), counted(tables, start)
    for column, days in (("interest", "interest"), ("starts", "start"), ("moves", "move")):
        assert found[column].sum() == made[days].notna().sum()
    reached = milestones(episodes(tables, END, Tenancy()), END, Milestones())
    for months in (6, 12, 18, 24):
        expected = ((reached["months"] == months) & (reached["status"] == "reached")).sum()
        assert (found[f"sustained_{months}"].sum() if f"sustained_{months}" in found else 0) == expected
    assert journeys.why_left(made)["value"].sum() == len(made)
    assert (journeys.flow(made)["people"] <= journeys.flow(made)["of"]).all()
