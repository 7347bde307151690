"""Months of the programme: people, days at risk, nights and contacts, by hand."""

from __future__ import annotations

import pandas as pd
import pytest

from pi_research.sections import Tenancy

END = pd.Timestamp("2022-04-15")
TRUST = {"links": [("A", "P")], "patients": [("P", None)], "hospital_spells": [], "contacts": []}


@pytest.fixture(scope="session")
def months(extract, table):
    """The monthly table of rows of plain values."""

    def make(day: pd.Timestamp = END, rules: Tenancy | None = None, **rows: list[tuple]) -> pd.DataFrame:
        return table("monthly", extract(**rows), day, rules)

    return make


def starts(**days: str) -> list[tuple]:
    return [(person, "start", day) for person, day in days.items()]


def test_months_run_from_the_first_start_to_the_extract_date(months):
    made = months(programme_events=starts(A="2022-02-27"))
    assert list(made["month"]) == list(pd.to_datetime(["2022-02-01", "2022-03-01", "2022-04-01"]))
    assert made["starts"].tolist() == [1, 0, 0]


@pytest.mark.parametrize(("start", "days"), [("2022-01-31", [1, 28, 31, 15]), ("2022-04-15", [1])])
def test_person_days_count_the_start_and_the_extract_date(months, start, days):
    assert months(programme_events=starts(A=start))["person_days"].tolist() == days


def test_a_leap_year_has_its_day(months):
    made = months(pd.Timestamp("2024-03-31"), programme_events=starts(A="2024-02-01"))
    assert made["person_days"].tolist() == [29, 31]


def test_the_day_of_leaving_is_not_counted(months):
    left = [*starts(A="2022-02-01"), ("A", "withdrawal", "2022-03-11")]
    assert months(programme_events=left)["person_days"].tolist() == [28, 10, 0]
    died = [("A", "2022-03-01", "2022-03-11", "death")]
    made = months(programme_events=starts(A="2022-02-01"), tenancies=died)
    assert made["person_days"].tolist() == [28, 10, 0]
    assert made["deaths"].tolist() == [0, 1, 0] and made["losses"].tolist() == [0, 0, 0]


def test_a_mover_without_a_recorded_start_is_on_the_programme_from_the_move(months):
    made = months(programme_events=starts(A="2022-03-01"), tenancies=[("B", "2022-01-31", None, None)])
    assert made["moves"].tolist() == [1, 0, 0, 0]
    assert made["person_days"].tolist() == [1, 28, 31 + 31, 15 + 15]


def test_people_are_counted_at_the_end_of_the_last_day(months):
    held = [("A", "2022-02-28", "2022-03-31", "relapse"), ("B", "2022-04-15", None, None)]
    made = months(programme_events=starts(A="2022-01-05", B="2022-01-31"), tenancies=held)
    assert made["preparing"].tolist() == [2, 1, 1, 0] and made["in_tenancy"].tolist() == [0, 1, 0, 1]
    assert made["losses"].tolist() == [0, 0, 1, 0]


@pytest.mark.parametrize(("reason", "rules", "held"), [
    ("death", {"death": "competes"}, [0, 1, 0, 0]), ("death", {"death": "censors"}, [0, 1, 0, 0]),
    ("planned_move_on", {"planned_move_on": "censors"}, [0, 1, 0, 0]), ("planned_move_on", {}, [0, 1, 1, 1]),
])
def test_nobody_is_in_a_tenancy_after_death_or_after_follow_up_stopped(months, reason, rules, held):
    rows = [("A", "2022-02-01", "2022-03-11", reason)]
    made = months(rules=Tenancy(**rules), programme_events=starts(A="2022-01-05"), tenancies=rows)
    assert made["in_tenancy"].tolist() == held


# a stay, and the nights of February (from the start on the 10th), March and April (to the extract date)
STAYS = {
    ("2022-03-01", "2022-03-01"): [0, 0, 0], ("2022-03-01", "2022-03-02"): [0, 1, 0],
    ("2022-02-20", "2022-03-04"): [9, 3, 0], ("2022-02-28", "2022-04-02"): [1, 31, 1],
    ("2022-04-10", None): [0, 0, 6], ("2022-04-15", None): [0, 0, 1], ("2022-01-01", "2022-02-12"): [2, 0, 0],
    ("2021-12-01", "2022-02-10"): [0, 0, 0], ("2022-04-10", "2022-04-20"): [0, 0, 6],
}


def test_a_night_is_one_that_began_in_hospital_while_on_the_programme(months):
    people = [f"A{i}" for i in range(len(STAYS))]
    rows = {"programme_events": starts(**dict.fromkeys(people, "2022-02-10")), **TRUST,
            "links": [(p, f"P-{p}") for p in people],
            "hospital_spells": [(f"S{p}", admitted[:8] + "01", f"P-{p}", admitted, out)
                                for p, (admitted, out) in zip(people, STAYS, strict=True)]}
    assert months(**rows)["bed_days"].tolist() == [sum(nights) for nights in zip(*STAYS.values(), strict=True)]
    for person, nights in zip(people, STAYS.values(), strict=True):
        if person in ("A3", "A6"):
            alone = {**rows, "links": [(person, f"P-{person}")]}
            assert months(**alone)["bed_days"].tolist() == nights


def test_transfers_and_beds_at_two_sites_are_one_admission_and_nights_after_leaving_are_not_the_programmes(months):
    left = [*starts(A="2022-02-10"), ("A", "withdrawal", "2022-03-05")]
    days = {"S1": ("2022-03-01", "2022-03-03"), "S2": ("2022-03-03", "2022-03-20"), "S3": ("2022-03-02", "2022-03-04")}
    spells = [(spell, "2022-03-01", "P", *of) for spell, of in days.items()]
    made = months(programme_events=left, **{**TRUST, "hospital_spells": spells})
    assert made["bed_days"].tolist() == [0, 4, 0] and made["admissions"].tolist() == [0, 1, 0]


def test_admissions_and_contacts_are_those_on_the_programme(months):
    spells = [
        ("S1", "2022-02-01", "P", "2022-02-04", "2022-02-08"), ("S2", "2022-02-01", "P", "2022-02-10", "2022-02-12"),
        ("S3", "2022-04-01", "P", "2022-04-01", None), ("S4", "2022-04-01", "Q", "2022-04-01", None),
    ]
    seen = [
        ("P", "2022-02-09", "crisis", "attended"), ("P", "2022-02-10", "crisis", "attended"),
        ("P", "2022-03-10", "crisis", "did_not_attend"), ("P", "2022-04-15", "community", "did_not_attend"),
        ("P", "2022-03-01", "community", "attended"), ("P", "2022-03-01", "crisis", None),
    ]
    made = months(programme_events=starts(A="2022-02-10"), **{**TRUST, "hospital_spells": spells, "contacts": seen})
    assert made["admissions"].tolist() == [1, 0, 1] and made["crisis_contacts"].tolist() == [1, 0, 0]
    assert made["missed_appointments"].tolist() == [0, 1, 1]


def test_hospital_days_at_risk_are_those_of_people_found_in_the_trusts_record(months):
    rows = {"programme_events": starts(A="2022-03-01", B="2022-03-01"), **TRUST, "links": [("A", "P"), ("B", None)]}
    made = months(**rows)
    assert made["person_days"].tolist() == [62, 30] and made["linked_days"].tolist() == [31, 15]


def test_without_the_trusts_tables_and_before_its_record_hospital_use_is_missing_and_not_none(months):
    made = months(programme_events=starts(A="2022-03-01"), links=[("A", "P")])
    assert made[["admissions", "bed_days", "linked_days"]].isna().all(axis=None)
    assert made["person_days"].notna().all()
    made = months(programme_events=starts(A="2022-02-10"), extract=[("2022-03-01",)], **TRUST)
    assert made["admissions"].isna().tolist() == [True, False, False] and made["person_days"].notna().all()


def test_a_programme_that_nobody_has_joined_has_no_months(months):
    with pytest.raises(ValueError, match="programme_events: nobody has started or moved"):
        months(people=[("A", "given")])
