"""Months of the programme: people, days at risk, nights and contacts, by hand."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pi_research import journeys
from pi_research.sections import Milestones, Tenancy

END = pd.Timestamp("2022-04-15")
TRUST = {"links": [("A", "P")], "patients": [("P", None)], "hospital_spells": [], "contacts": []}


def months(tables: dict, day: pd.Timestamp = END, **rules: object) -> pd.DataFrame:
    return journeys.build(tables, day, Tenancy(**rules), Milestones()).monthly


def starts(**days: str) -> list[tuple]:
    return [(person, "start", day) for person, day in days.items()]


def test_months_run_from_the_first_start_to_the_extract_date(extract):
    made = months(extract(programme_events=starts(A="2022-02-27")))
    assert list(made["month"]) == list(pd.to_datetime(["2022-02-01", "2022-03-01", "2022-04-01"]))
    assert made["starts"].tolist() == [1, 0, 0]


@pytest.mark.parametrize(
    ("start", "days"),
    [
        ("2022-01-31", [1, 28, 31, 15]),
        ("2022-02-27", [2, 31, 15]),
        ("2022-04-15", [1]),
        ("2022-04-14", [2]),
    ],
)
def test_person_days_count_the_start_and_the_extract_date(extract, start, days):
    assert months(extract(programme_events=starts(A=start)))["person_days"].tolist() == days


def test_a_leap_year_has_its_day(extract):
    made = months(extract(programme_events=starts(A="2024-02-01")), pd.Timestamp("2024-03-31"))
    assert made["person_days"].tolist() == [29, 31]


def test_the_day_of_leaving_is_not_counted(extract):
    left = extract(programme_events=[*starts(A="2022-02-01"), ("A", "withdrawal", "2022-03-11")])
    assert months(left)["person_days"].tolist() == [28, 10, 0]
    died = extract(
        programme_events=starts(A="2022-02-01"), tenancies=[("A", "2022-03-01", "2022-03-11", "death")]
    )
    made = months(died)
    assert made["person_days"].tolist() == [28, 10, 0]
    assert made["deaths"].tolist() == [0, 1, 0] and made["losses"].tolist() == [0, 0, 0]


def test_a_mover_without_a_recorded_start_is_on_the_programme_from_the_move(extract):
    made = months(
        extract(programme_events=starts(A="2022-03-01"), tenancies=[("B", "2022-01-31", None, None)])
    )
    assert made["moves"].tolist() == [1, 0, 0, 0] and made["person_days"].tolist() == [
        1,
        28,
        31 + 31,
        15 + 15,
    ]


def test_people_are_counted_at_the_end_of_the_last_day(extract):
    tables = extract(
        programme_events=starts(A="2022-01-05", B="2022-01-31"),
        tenancies=[("A", "2022-02-28", "2022-03-31", "relapse"), ("B", "2022-04-15", None, None)],
    )
    made = months(tables)
    assert made["preparing"].tolist() == [2, 1, 1, 0] and made["in_tenancy"].tolist() == [0, 1, 0, 1]
    assert made["losses"].tolist() == [0, 0, 1, 0]


@pytest.mark.parametrize("rules", [{"death": "competes"}, {"death": "censors"}])
def test_nobody_is_in_a_tenancy_after_death_however_death_is_read(extract, rules):
    tables = extract(
        programme_events=starts(A="2022-01-05"), tenancies=[("A", "2022-02-01", "2022-03-11", "death")]
    )
    assert months(tables, **rules)["in_tenancy"].tolist() == [0, 1, 0, 0]


def test_nobody_is_in_a_tenancy_after_follow_up_stopped(extract):
    tables = extract(
        programme_events=starts(A="2022-01-05"),
        tenancies=[("A", "2022-02-01", "2022-03-11", "planned_move_on")],
    )
    assert months(tables, planned_move_on="censors")["in_tenancy"].tolist() == [0, 1, 0, 0]
    assert months(tables)["in_tenancy"].tolist() == [0, 1, 1, 1]


def nights(extract, *spells: tuple, **more: object) -> list[float]:
    versions = [s if len(s) == 4 else (*s, s[1][:8] + "01") for s in spells]
    rows = [(sid, version, "P", admitted, out) for sid, admitted, out, version in versions]
    return months(
        extract(**{"programme_events": starts(A="2022-02-10"), **TRUST, "hospital_spells": rows, **more})
    )["bed_days"].tolist()


@pytest.mark.parametrize(
    ("admitted", "out", "days"),
    [
        ("2022-03-01", "2022-03-01", [0, 0, 0]),
        ("2022-03-01", "2022-03-02", [0, 1, 0]),
        ("2022-02-20", "2022-03-04", [9, 3, 0]),
        ("2022-02-28", "2022-04-02", [1, 31, 1]),
        ("2022-04-10", None, [0, 0, 6]),
        ("2022-04-15", None, [0, 0, 1]),
        ("2022-01-01", "2022-02-12", [2, 0, 0]),
        ("2021-12-01", "2022-02-10", [0, 0, 0]),
        ("2022-04-10", "2022-04-20", [0, 0, 6]),
    ],
)
def test_a_night_is_one_that_began_in_hospital_while_on_the_programme(extract, admitted, out, days):
    assert nights(extract, ("S", admitted, out)) == days


def test_a_spell_that_comes_again_each_month_is_counted_once_in_its_latest_version(extract):
    versions = [("S", "2022-03-01", None, "2022-03-01"), ("S", "2022-03-01", "2022-03-11", "2022-04-01")]
    assert nights(extract, *versions) == nights(extract, *versions[::-1]) == [0, 10, 0]
    reopened = [("S", "2022-03-01", "2022-03-11", "2022-03-01"), ("S", "2022-03-01", None, "2022-04-01")]
    assert nights(extract, *reopened) == [0, 31, 15]


def test_nights_after_leaving_are_not_the_programmes(extract):
    left = [*starts(A="2022-02-10"), ("A", "withdrawal", "2022-03-05")]
    assert nights(extract, ("S", "2022-03-01", "2022-03-20"), programme_events=left) == [0, 4, 0]


def test_admissions_and_contacts_are_those_on_the_programme(extract):
    spells = [
        ("S1", "2022-02-01", "P", "2022-02-09", "2022-02-12"),
        ("S2", "2022-02-01", "P", "2022-02-10", "2022-02-12"),
        ("S3", "2022-04-01", "P", "2022-04-01", None),
        ("S4", "2022-04-01", "Q", "2022-04-01", None),
    ]
    seen = [
        ("P", "2022-02-09", "crisis", "attended"),
        ("P", "2022-02-10", "crisis", "attended"),
        ("P", "2022-03-10", "crisis", "did_not_attend"),
        ("P", "2022-04-15", "community", "did_not_attend"),
        ("P", "2022-03-01", "community", "attended"),
        ("P", "2022-03-01", "crisis", None),
    ]
    made = months(
        extract(
            programme_events=starts(A="2022-02-10"), **{**TRUST, "hospital_spells": spells, "contacts": seen}
        )
    )
    assert made["admissions"].tolist() == [1, 0, 1] and made["crisis_contacts"].tolist() == [1, 0, 0]
    assert made["missed_appointments"].tolist() == [0, 1, 1]


def test_hospital_days_at_risk_are_those_of_people_found_in_the_trusts_record(extract):
    tables = extract(
        programme_events=starts(A="2022-03-01", B="2022-03-01"),
        **{**TRUST, "links": [("A", "P"), ("B", None)]},
    )
    made = months(tables)
    assert made["person_days"].tolist() == [62, 30] and made["linked_days"].tolist() == [31, 15]


def test_without_the_trusts_tables_hospital_use_is_missing_and_not_none(extract):
    made = months(extract(programme_events=starts(A="2022-03-01"), links=[("A", "P")]))
    assert (
        made[["admissions", "bed_days", "linked_days"]].isna().all(axis=None)
        and made["person_days"].notna().all()
    )


def test_months_before_the_trusts_record_begins_are_missing(extract):
    made = months(extract(programme_events=starts(A="2022-02-10"), extract=[("2022-03-01",)], **TRUST))
    assert made["admissions"].isna().tolist() == [True, False, False] and made["person_days"].notna().all()


def test_a_programme_that_nobody_has_joined_has_no_months(extract):
    with pytest.raises(ValueError, match="programme_events: nobody has started or moved"):
        months(extract(people=[("A", "given")]))


days = st.dates(pd.Timestamp("2020-01-01").date(), END.date())


@settings(max_examples=20)
@given(
    them=st.lists(st.tuples(days, st.none() | days, st.none() | days), min_size=1, max_size=8),
    seed=st.randoms(use_true_random=False),
)
def test_days_over_months_are_days_over_people_and_no_order_of_rows_matters(extract, them, seed):
    events, held, expected = [], [], 0
    for i, (start, left, move) in enumerate(them):
        events.append((f"P{i}", "start", start))
        events += [(f"P{i}", "withdrawal", left)] if left else []
        held += [(f"P{i}", move, None, None)] if move else []
        until = pd.Timestamp(left) if left else END + pd.Timedelta(days=1)
        expected += max((until - pd.Timestamp(start)).days, 0)
    tables = extract(programme_events=events, tenancies=held)
    made = months(tables)
    assert made["person_days"].sum() == expected
    assert made["starts"].sum() == len(them) and made["moves"].sum() == len(held)
    shuffled = {n: t.sample(frac=1, random_state=seed.randrange(2**32)) for n, t in tables.items()}
    pd.testing.assert_frame_equal(months(shuffled), made)
