"""What each intercurrent event means for a tenancy, by hand; milestones to the day."""

from __future__ import annotations

import random

import pandas as pd
import pytest

from pi_research import journeys
from pi_research.journeys.timeline import outcomes_of
from pi_research.sections import Milestones, Tenancy

END = pd.Timestamp("2024-03-31")
MOVE, LAST = "2022-01-10", "2024-03-31"
HELD = ((MOVE, None, None),)
READINGS = {
    "": Tenancy(), "second ends": Tenancy(second_tenancy="ends"),
    "move on ends": Tenancy(planned_move_on="ends"), "move on censors": Tenancy(planned_move_on="censors"),
    "death censors": Tenancy(death="censors"), "death ends": Tenancy(death="ends"),
    "stay ends": Tenancy(hospital_stay="ends", hospital_days=90),
    "leaving censors": Tenancy(leaving_programme="censors"),
}


def ended(*, first: str = MOVE, day: str = "2022-08-01", why: str = "own_choice") -> tuple:
    return (first, day, why)


def stay(admitted: str, discharged: str | None) -> dict:
    return {"tenancies": HELD, "spells": [(admitted, discharged)]}


# name: what happened, then under each reading that matters the last day, the cause, and whether it is an end
CASES: dict[str, tuple[dict, dict[str, tuple[str, str, bool]]]] = {
    "open": ({"tenancies": HELD}, {"": (LAST, "", False)}),
    "ends": ({"tenancies": [ended(day="2022-02-09", why="relapse")]}, {"": ("2022-02-09", "relapse", True)}),
    "ends on its first day": ({"tenancies": [ended(day=MOVE)]}, {"": (MOVE, "own_choice", True)}),
    "ends on the extract date": (
        {"tenancies": [ended(day=LAST, why="eviction")]}, {"": (LAST, "eviction", True)}),
    "ends after it": ({"tenancies": [ended(day="2024-04-01", why="eviction")]}, {"": (LAST, "", False)}),
    "no reason": ({"tenancies": [ended(why=None)]}, {"": ("2022-08-01", "other", True)}),
    "second at once": (
        {"tenancies": [ended(), ("2022-08-01", None, None)]},
        {"": (LAST, "", False), "second ends": ("2022-08-01", "own_choice", True)}),
    "second on day 28": ({"tenancies": [ended(), ("2022-08-29", None, None)]}, {"": (LAST, "", False)}),
    "second on day 29": (
        {"tenancies": [ended(), ("2022-08-30", None, None)]}, {"": ("2022-08-01", "own_choice", True)}),
    "second with its own end": (
        {"tenancies": [ended(first="2022-08-10", day="2023-05-01", why="eviction"), ended(why="relapse")]},
        {"": ("2023-05-01", "eviction", True), "second ends": ("2022-08-01", "relapse", True)}),
    "chain of three": (
        {"tenancies": [ended(day="2022-03-01"), ended(first="2022-03-15", day="2022-09-01", why="other"),
                       ended(first="2022-09-20", day="2023-01-05", why="relapse")]},
        {"": ("2023-01-05", "relapse", True)}),
    "one within another": (
        {"tenancies": [ended(day="2023-01-01", why="relapse"), ended(first="2022-03-01", day="2022-06-01")]},
        {"": ("2023-01-01", "relapse", True), "second ends": ("2023-01-01", "relapse", True)}),
    "two from one day": (
        {"tenancies": [(MOVE, None, None), ended(day="2022-06-01", why="relapse")]},
        {"": (LAST, "", False), "second ends": (LAST, "", False)}),
    "two of no day on one day": (
        {"tenancies": [ended(day=MOVE, why="planned_move_on"), ended(day=MOVE, why="relapse")]},
        {"": (MOVE, "relapse", True), "move on censors": (MOVE, "", False)}),
    "home after return to care": (
        {"tenancies": [ended(why="return_to_residential"), ("2022-08-02", None, None)]},
        {"": ("2022-08-01", "return_to_residential", True)}),
    "home after death": (
        {"tenancies": [ended(why="death"), ("2022-08-02", None, None)]}, {"": ("2022-08-01", "death", True)}),
    "planned move on": (
        {"tenancies": [ended(why="planned_move_on")]},
        {"": (LAST, "", False), "move on ends": ("2022-08-01", "planned_move_on", True),
         "move on censors": ("2022-08-01", "", False)}),
    "planned move on to a home": (
        {"tenancies": [ended(why="planned_move_on"), ("2022-08-01", None, None)]},
        {"": (LAST, "", False), "move on ends": ("2022-08-01", "planned_move_on", True),
         "move on censors": ("2022-08-01", "", False)}),
    "planned move on, home much later": (
        {"tenancies": [ended(why="planned_move_on"), ended(first="2023-01-01", day="2023-06-01", why="eviction")]},
        {"": ("2023-06-01", "eviction", True)}),
    "death": (
        {"tenancies": [ended(why="death")]},
        {"": ("2022-08-01", "death", True), "death ends": ("2022-08-01", "death", True),
         "death censors": ("2022-08-01", "", False)}),
    "trust's death, tenancy open": ({"tenancies": HELD, "died": "2022-05-01"}, {"": ("2022-05-01", "death", True)}),
    "trust's death, tenancy ends later": (
        {"tenancies": [ended(why="planned_move_on")], "died": "2022-05-01"}, {"": ("2022-05-01", "death", True)}),
    "death after the end": (
        {"tenancies": [ended(day="2022-04-01", why="relapse")], "died": "2022-05-01"},
        {"": ("2022-04-01", "relapse", True)}),
    "death of a patient without a link": (
        {"tenancies": HELD, "died": "2022-05-01", "linked": False}, {"": (LAST, "", False)}),
    "placement on the day of the move": ({"tenancies": HELD, "placements": [MOVE]}, {"": (LAST, "", False)}),
    "placement before it": ({"tenancies": HELD, "placements": ["2021-01-01"]}, {"": (LAST, "", False)}),
    "placement after it": (
        {"tenancies": HELD, "placements": ["2022-01-11"]}, {"": ("2022-01-11", "return_to_residential", True)}),
    "placement on the extract date": (
        {"tenancies": HELD, "placements": [LAST]}, {"": (LAST, "return_to_residential", True)}),
    "own reason before a placement": (
        {"tenancies": [ended(why="relapse")], "placements": ["2022-08-01"]}, {"": ("2022-08-01", "relapse", True)}),
    "90 days in hospital": (stay("2022-02-01", "2022-05-02"), {"": (LAST, "", False), "stay ends": (LAST, "", False)}),
    "91 days": (
        stay("2022-02-01", "2022-05-03"), {"": (LAST, "", False), "stay ends": ("2022-05-02", "hospital", True)}),
    "still in": (stay("2022-02-01", None), {"stay ends": ("2022-05-02", "hospital", True)}),
    "still in, 90 days": (stay("2024-01-01", None), {"stay ends": (LAST, "", False)}),
    "still in, 91 days": (stay("2023-12-31", None), {"stay ends": ("2024-03-30", "hospital", True)}),
    "in from the move": (stay(MOVE, "2023-01-01"), {"stay ends": ("2022-04-10", "hospital", True)}),
    "in from before the move": (stay("2022-01-09", "2023-01-01"), {"stay ends": (LAST, "", False)}),
    "transferred": (
        {"tenancies": HELD, "spells": [("2022-02-01", "2022-04-01", "A"), ("2022-04-01", "2022-06-01", "B")]},
        {"stay ends": ("2022-05-02", "hospital", True)}),
    "reopened": (
        {"tenancies": HELD, "spells": [("2023-01-01", "2023-02-01", "A", "2023-02-01", 0),
                                       ("2023-01-01", None, "A", "2023-03-01", 0)]},
        {"stay ends": ("2023-04-01", "hospital", True)}),
    "leaves the programme": (
        {"tenancies": [ended(day="2023-01-01", why="relapse")], "withdrawal": "2022-06-01"},
        {"": ("2023-01-01", "relapse", True), "leaving censors": ("2022-06-01", "", False)}),
    "left before the move": (
        {"tenancies": [ended(day="2023-01-01", why="relapse")], "withdrawal": "2021-06-01"},
        {"leaving censors": ("2023-01-01", "relapse", True)}),
    "refused": ({"tenancies": HELD, "consent": "refused"}, {}),
    "not asked": ({"tenancies": HELD, "consent": "not_asked"}, {"": (LAST, "", False)}),
}


@pytest.fixture(scope="module")
def under(village) -> dict[str, pd.DataFrame]:
    people = village()
    for name, (what, _) in CASES.items():
        people.person(name, **what)
    made = outcomes_of(people.tables, END, READINGS)
    return {reading: frame.set_index("customer_id") for reading, frame in made.items()}


@pytest.mark.parametrize(("name", "reading"), [(name, r) for name, (_, said) in CASES.items() for r in said])
def test_a_tenancy_ends_as_the_estimand_says(under, name, reading):
    row = under[reading].loc[name]
    assert (f"{row['stop']:%Y-%m-%d}", row["cause"], bool(row["ended"])) == CASES[name][1][reading]
    assert row["days"] == max((row["stop"] - row["move"]).days, 1)
    assert row["months"] == pytest.approx(row["days"] / (365.25 / 12))


def test_a_death_is_known_whether_it_ends_or_stops_follow_up(under):
    died = {"death", "home after death", "trust's death, tenancy open", "trust's death, tenancy ends later"}
    for reading in ("", "death censors"):
        assert set(under[reading].index[under[reading]["died"]]) == died
    assert "refused" not in under[""].index and under[""].index.is_monotonic_increasing


def test_a_shorter_gap_is_a_rule_too(village):
    people = village()
    people.person("A", tenancies=[ended(), ("2022-08-02", None, None)])
    made = outcomes_of(people.tables, END, {gap: Tenancy(gap_days=gap) for gap in (0, 1)})
    assert [len(frame) and str(frame["stop"].iloc[0].date()) for frame in made.values()] == ["2022-08-01", LAST]


def test_an_extract_read_as_of_an_earlier_day_knows_nothing_later(village):
    people = village()
    people.person("A", tenancies=[(MOVE, "2022-06-01", "eviction")], died="2022-05-01", placements=["2022-04-01"])
    people.person("B", tenancies=[("2023-01-01", None, None)])
    tables = people.tables
    made = outcomes_of(tables, pd.Timestamp("2022-03-01"), {"": Tenancy()})[""]
    assert made[["customer_id", "cause", "ended"]].values.tolist() == [["A", "", False]]
    assert made["stop"].iloc[0] == pd.Timestamp("2022-03-01")
    assert tables["tenancies"]["end_date"].iloc[0] == pd.Timestamp("2022-06-01"), "the tables given stay as they were"


def test_nobody_moved_gives_empty_tables_with_their_columns(extract, table):
    tables = extract(programme_events=[("A", "start", "2022-01-01")])
    rules = Tenancy(hospital_stay="ends", leaving_programme="censors")
    made, due = (table(name, tables, END, rules) for name in ("tenancies", "milestones"))
    assert made.empty and due.empty
    assert list(made) == ["customer_id", "move", "stop", "cause", "died", "days", "months", "ended"]
    assert journeys.milestone_counts(due).empty
    assert journeys.standing(made)["people"].tolist() == [0, 0]


# milestones

DUE = {  # the move, the end and its reason, the extract date: the day and the status at six months
    "not yet": (MOVE, None, "2022-07-09", "2022-07-10", "not_yet_due"),
    "that day": (MOVE, None, "2022-07-10", "2022-07-10", "reached"),
    "later": (MOVE, None, LAST, "2022-07-10", "reached"),
    "the day before": (MOVE, "2022-07-09", LAST, "2022-07-10", "failed"),
    "ends that day": (MOVE, "2022-07-10", LAST, "2022-07-10", "reached"),
    "lost early": (MOVE, "2022-04-01", "2022-05-01", "2022-07-10", "failed"),
    "short month": ("2021-08-31", None, LAST, "2022-02-28", "reached"),
    "leap year": ("2023-08-31", None, LAST, "2024-02-29", "reached"),
    "long month": ("2022-08-28", None, LAST, "2023-02-28", "reached"),
    "month of 30 days": ("2022-03-31", None, LAST, "2022-09-30", "reached"),
}


@pytest.mark.parametrize("day", sorted({day for _, _, day, _, _ in DUE.values()}))
def test_a_milestone_falls_on_the_calendar_day_and_that_day_counts(village, table, day):
    people, day = village(), pd.Timestamp(day)
    cases = {name: case for name, case in DUE.items() if pd.Timestamp(case[2]) == day}
    for name, (move, end, *_) in cases.items():
        people.person(name, tenancies=[(move, end, "relapse" if end else None)])
    found = table("milestones", people.tables, day, None, Milestones(months=(6,))).set_index("customer_id")
    for name, (*_, due, status) in cases.items():
        row = found.loc[name]
        assert (f"{row['due']:%Y-%m-%d}", row["status"]) == (due, status), name
        assert row["come_due"] == (day >= row["due"])


@pytest.mark.parametrize("counted", ["competes", "censors"])
@pytest.mark.parametrize(
    ("rule", "status"), [("failing", "failed"), ("neutral", "unknown"), ("excluded", "excluded")]
)
def test_a_death_before_a_milestone_follows_the_contracts_rule_whatever_the_estimand_does(
    extract, table, counted, rule, status
):
    tables = extract(tenancies=[("A", MOVE, "2022-05-01", "death")])
    found = table("milestones", tables, END, Tenancy(death=counted), Milestones(months=(3, 6, 60), death=rule))
    assert found["status"].tolist() == ["reached", status, status]


def test_a_milestone_after_follow_up_stopped_is_unknown(extract, table):
    tables = extract(tenancies=[("A", MOVE, "2022-08-01", "planned_move_on")])
    found = table("milestones", tables, END, Tenancy(planned_move_on="censors"), Milestones(months=(6, 12, 60)))
    assert found["status"].tolist() == ["reached", "unknown", "not_yet_due"]


def test_early_losses_are_failed_and_told_apart_from_those_whose_day_has_come(extract, table):
    rows = [("A", MOVE, None, None), ("B", MOVE, "2022-02-01", "relapse"),
            ("C", "2024-01-10", "2024-02-01", "relapse"), ("D", "2024-01-10", None, None)]
    found = table("milestones", extract(tenancies=rows), END, None, Milestones(months=(6,)))
    row = journeys.milestone_counts(found).iloc[0]
    assert row[["reached", "failed", "not_yet_due", "come_due", "failed_early"]].tolist() == [1, 2, 1, 2, 1]


# properties

def held(draw: random.Random, people: int = 60) -> list[tuple]:
    """Tenancies of each person, up to three, one after another, the last perhaps open."""
    reasons = ["relapse", "return_to_residential", "own_choice", "planned_move_on", "eviction", "death", "other"]
    rows, first = [], pd.Timestamp("2020-01-01")
    for person in range(people):
        cuts = sorted(first + pd.Timedelta(days=draw.randrange(1551)) for _ in range(draw.randint(1, 6)))
        for k in range(0, len(cuts), 2):
            end = cuts[k + 1] if k + 1 < len(cuts) else None
            rows.append((f"P{person:02d}", cuts[k], end, draw.choice(reasons) if end else None))
    return rows


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_order_of_rows_changes_nothing_and_every_mover_has_one_status_a_milestone(extract, table, seed):
    draw = random.Random(seed)
    rules = Tenancy(second_tenancy=draw.choice(["continues", "ends"]), gap_days=draw.randrange(200),
                    planned_move_on=draw.choice(["sustained", "ends", "censors"]),
                    death=draw.choice(["competes", "censors", "ends"]))
    tables = extract(tenancies=held(draw))
    made = table("tenancies", tables, END, rules)
    shuffled = {n: t.sample(frac=1, random_state=seed) for n, t in tables.items()}
    pd.testing.assert_frame_equal(table("tenancies", shuffled, END, rules), made)
    assert (made["stop"] >= made["move"]).all() and (made["stop"] <= END).all() and (made["days"] >= 1).all()
    found = table("milestones", tables, END, rules)
    assert not found.duplicated(["customer_id", "months"]).any() and len(found) == 4 * len(made)
    assert (journeys.milestone_counts(found)[list(journeys.STATUSES)].sum(axis=1) == len(made)).all()
    assert journeys.standing(made)["people"].iloc[:-1].sum() == len(made)


@pytest.mark.parametrize("seed", [4, 5])
def test_a_wider_gap_and_a_kinder_reading_never_shorten_a_tenancy(extract, seed):
    draw = random.Random(seed)
    gap = draw.randrange(100)
    strict = Tenancy(gap_days=gap, second_tenancy="ends", planned_move_on="ends")
    readings = {"strict": strict, "narrow": Tenancy(gap_days=gap), "wide": Tenancy(gap_days=gap + 30)}
    made = outcomes_of(extract(tenancies=held(draw)), END, readings)
    assert (made["wide"]["stop"] >= made["narrow"]["stop"]).all()
    assert (made["narrow"]["stop"] >= made["strict"]["stop"]).all()
