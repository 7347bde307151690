"""Stages, the flow of people, quarters, delays: by hand."""

from __future__ import annotations

import random
from datetime import date

import pandas as pd
import pytest

from pi_research import journeys
from pi_research.sections import Milestones, Tenancy

END = pd.Timestamp("2024-03-31")
MONTH = 365.25 / 12
STEPS = {
    "interest": "expression_of_interest", "accepted": "panel_accepted", "declined": "panel_declined",
    "start": "start", "withdrew": "withdrawal",
}


def events(person: str, **days: str) -> list[tuple]:
    return [(person, STEPS[step], day) for step, day in days.items()]


# what happened, and where the person stands; a day of ``move`` is a tenancy, one of ``died`` the trust's
STANDING = {
    "nothing": ({}, "waiting"),
    "interested": ({"interest": "2022-01-01"}, "waiting"),
    "accepted": ({"interest": "2022-01-01", "accepted": "2022-02-01"}, "waiting"),
    "declined": ({"interest": "2022-01-01", "declined": "2022-02-01"}, "declined"),
    "accepted later": ({"declined": "2022-02-01", "accepted": "2022-05-01"}, "waiting"),
    "declined, left": ({"declined": "2022-02-01", "withdrew": "2022-03-01"}, "declined"),
    "started": ({"start": "2022-01-01"}, "preparing"),
    "left": ({"start": "2022-01-01", "withdrew": "2022-06-01"}, "withdrew"),
    "moved": ({"start": "2022-01-01", "move": "2022-06-01"}, "moved"),
    "moved, left": ({"start": "2022-01-01", "withdrew": "2022-09-01", "move": "2022-06-01"}, "moved"),
    "died first": ({"start": "2022-01-01", "withdrew": "2022-06-01", "died": "2022-05-01"}, "died"),
    "died the same day": ({"start": "2022-01-01", "withdrew": "2022-06-01", "died": "2022-06-01"}, "died"),
    "died after leaving": ({"start": "2022-01-01", "withdrew": "2022-06-01", "died": "2022-06-02"}, "withdrew"),
}


@pytest.fixture(scope="module")
def stood(extract, table) -> pd.DataFrame:
    rows, held, died = [], [], []
    for person, (what, _) in STANDING.items():
        rows += events(person, **{step: day for step, day in what.items() if step in STEPS})
        held += [(person, what["move"], None, None)] if "move" in what else []
        died.append((f"P-{person}", what.get("died")))
    tables = extract(people=[(p, "given") for p in STANDING], programme_events=rows, tenancies=held, patients=died,
                     links=[(p, f"P-{p}") for p in STANDING])
    return table("stages", tables).set_index("customer_id")


@pytest.mark.parametrize("person", STANDING)
def test_a_person_stands_in_one_place(stood, person):
    assert stood.loc[person, "status"] == STANDING[person][1]
    assert stood.loc[person, "moved"] == (STANDING[person][1] == "moved")


@pytest.mark.parametrize("person", ["died first", "died the same day", "died after leaving"])
def test_of_death_and_withdrawal_the_first_ends_preparation(stood, person):
    until = min(pd.Timestamp(STANDING[person][0][step]) for step in ("died", "withdrew"))
    days = (until - pd.Timestamp("2022-01-01")).days
    assert stood.loc[person, "months_preparing"] == pytest.approx(days / MONTH)
    prepared = journeys.lead_in(stood.reset_index()).set_index("customer_id")
    assert prepared.loc[person, "ending"] == journeys.LEFT[STANDING[person][1]]


def test_months_are_counted_to_the_move_or_the_extract_date(extract, table):
    tables = extract(
        programme_events=[
            *events("A", interest="2022-01-01", start="2022-03-01"), *events("B", start="2024-03-01"),
            *events("C", start="2022-01-01", withdrew="2022-02-01"),
        ],
        tenancies=[("A", "2022-12-01", None, None), ("C", "2022-04-01", None, None)],
    )
    made = table("stages", tables)
    assert made["months_preparing"].tolist() == pytest.approx([275 / MONTH, 30 / MONTH, 90 / MONTH])


def test_the_first_of_a_repeated_step_counts(extract, table):
    rows = [("A", "panel_declined", "2022-03-01"), ("A", "panel_declined", "2022-01-01")]
    assert table("stages", extract(programme_events=rows))["declined"].iloc[0] == pd.Timestamp("2022-01-01")


@pytest.mark.parametrize(("day", "status", "delayed"), [
    ("2022-05-31", "waiting", 0), ("2022-07-31", "preparing", 30), ("2022-08-01", "withdrew", 31),
    ("2023-01-01", "moved", 153),
])
def test_nothing_after_the_last_day_is_known(extract, table, day, status, delayed):
    tables = extract(
        programme_events=events("A", interest="2022-01-01", start="2022-06-01", withdrew="2022-08-01"),
        tenancies=[("A", "2023-01-01", None, None)], delays=[("A", "2022-07-01", "2022-12-01", "health")],
    )
    made = table("stages", tables, pd.Timestamp(day))
    assert made["status"].tolist() == [status]
    held_up = journeys.delay_reasons(tables, made, pd.Timestamp(day))
    assert held_up["days"].tolist() == ([delayed] if delayed else [])


def test_people_without_consent_are_nowhere(extract):
    tables = extract(
        people=[("A", "refused"), ("B", "withdrawn"), ("C", "given")],
        programme_events=[(p, "start", "2022-01-01") for p in "ABC"],
        tenancies=[(p, "2022-06-01", None, None) for p in "ABC"],
        delays=[(p, "2022-02-01", None, "health") for p in "ABC"],
    )
    made = journeys.build(tables, END, Tenancy(), Milestones())
    for table in (made.stages, made.tenancies, made.milestones, made.timeline, made.person_time):
        assert set(table["customer_id"]) == {"C"}
    assert made.monthly["moves"].sum() == made.monthly["starts"].sum() == 1
    assert journeys.delay_reasons(tables, made.stages, END)["value"].tolist() == [1]
    assert journeys.who_came(tables, made.stages)["started"].max() == 1


def test_delays_are_counted_by_reason_people_first(extract, table):
    rows = [
        ("A", "2023-01-01", "2023-01-11", "health"), ("A", "2023-02-01", "2023-02-21", "health"),
        ("B", "2023-01-01", "2023-01-31", "care_package"), ("C", "2023-01-01", "2023-01-06", "care_package"),
    ]
    tables = extract(delays=rows)
    people = table("stages", tables)
    made = journeys.delay_reasons(tables, people, END)
    assert made.values.tolist() == [["care package", 2, 2, 17.5], ["health", 1, 2, 15.0]]
    assert journeys.delay_reasons(extract(), people, END).empty


def test_a_later_step_stands_for_the_earlier_ones_that_nobody_recorded(extract, table):
    tables = extract(
        people=[("A", "given")], tenancies=[("D", "2022-06-01", None, None)],
        programme_events=events("B", accepted="2022-01-01") + events("C", start="2022-01-01"),
    )
    flow = journeys.flow(table("stages", tables))
    assert flow["people"].tolist() == [4, 3, 2, 1] and flow["of"].tolist() == [4, 4, 3, 2]


@pytest.fixture(scope="session")
def counted(table):
    def quarters(tables: dict, start: date = date(2022, 1, 1), day: pd.Timestamp = END) -> pd.DataFrame:
        return journeys.quarters(table("stages", tables, day), table("milestones", tables, day), start, day)

    return quarters


def test_quarters_run_from_the_programmes_start_to_the_extract_date(extract, counted):
    tables = extract(
        programme_events=[*events("A", interest="2022-01-01", start="2022-03-31"), *events("B", start="2022-04-01")],
        tenancies=[("A", "2022-06-30", None, None)],
    )
    made = counted(tables, day=pd.Timestamp("2023-01-15"))
    assert [f"{q:%Y-%m-%d}" for q in made["quarter"]] == [
        "2022-01-01", "2022-04-01", "2022-07-01", "2022-10-01", "2023-01-01"]
    assert made["complete"].tolist() == [True, True, True, True, False]
    assert made["interest"].tolist() == [1, 0, 0, 0, 0] and made["starts"].tolist() == [1, 1, 0, 0, 0]
    assert made["moves"].tolist() == [0, 1, 0, 0, 0] and made["sustained_6"].tolist() == [0, 0, 0, 1, 0]


@pytest.mark.parametrize(
    ("day", "quarters", "last"), [("2022-03-30", 1, False), ("2022-03-31", 1, True), ("2022-04-01", 2, False)]
)
def test_a_quarter_is_complete_on_its_last_day(extract, counted, day, quarters, last):
    made = counted(extract(people=[("A", "given")]), day=pd.Timestamp(day))
    assert len(made) == quarters and bool(made["complete"].iloc[-1]) is last


def test_what_lies_before_the_programme_has_a_row_of_its_own(extract, counted):
    made = counted(extract(programme_events=events("A", interest="2021-11-01", start="2022-02-01")))
    assert pd.isna(made["quarter"].iloc[0])
    assert made["interest"].tolist()[:2] == [1, 0] and made["starts"].tolist()[:2] == [0, 1]
    early = journeys.quarter_labels(made, "interest", 6.0)
    assert early["label"].tolist()[:2] == ["before", "Jan 22"] and pd.isna(early["contract"].iloc[0])
    assert journeys.quarter_labels(made, "starts", 6.0)["label"].iloc[0] == "Jan 22", "nothing before: no row for it"


def test_a_part_quarter_is_starred(extract, counted):
    made = counted(extract(programme_events=events("A", start="2022-01-01")), day=pd.Timestamp("2022-05-01"))
    assert journeys.quarter_labels(made, "starts", 6.0)["label"].tolist() == ["Jan 22", "Apr 22*"]


def test_a_programme_that_starts_after_the_extract_is_refused(extract, counted):
    with pytest.raises(ValueError, match=r"start \(2025-01-01\) lies after the extract date \(2024-03-31\)"):
        counted(extract(people=[("A", "given")]), start=date(2025, 1, 1))


@pytest.mark.parametrize("seed", range(4))
def test_quarters_add_up_to_everyone(extract, table, seed):
    draw = random.Random(seed)
    first = date(2019, 1, 1)
    them = [[first + pd.Timedelta(days=draw.randrange(1917)) if draw.random() < 0.8 else None for _ in range(3)]
            for _ in range(40)]
    rows = [(f"P{i}", event, day) for i, (interest, begun, _) in enumerate(them)
            for event, day in (("expression_of_interest", interest), ("start", begun)) if day]
    held = [(f"P{i}", move, None, None) for i, (*_, move) in enumerate(them) if move]
    tables = extract(people=[(f"P{i}", "given") for i in range(len(them))], programme_events=rows, tenancies=held)
    made, reached = table("stages", tables), table("milestones", tables)
    found = journeys.quarters(made, reached, date(2019, 6, 1) + pd.Timedelta(days=draw.randrange(1700)), END)
    for column, days in (("interest", "interest"), ("starts", "start"), ("moves", "move")):
        assert found[column].sum() == made[days].notna().sum()
    for months in (6, 12, 18, 24):
        expected = ((reached["months"] == months) & (reached["status"] == "reached")).sum()
        assert (found[f"sustained_{months}"].sum() if f"sustained_{months}" in found else 0) == expected
    assert journeys.why_left(made)["value"].sum() == len(made)
    assert (journeys.flow(made)["people"] <= journeys.flow(made)["of"]).all()
