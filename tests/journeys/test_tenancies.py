"""What each intercurrent event means for a tenancy, by hand; milestones to the day."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pi_research import journeys
from pi_research.journeys.tenancies import episodes, milestones
from pi_research.sections import Milestones, Tenancy

END = pd.Timestamp("2024-03-31")
MOVE = "2022-01-10"


def one(tables: dict, extract_date: pd.Timestamp = END, **rules: object) -> pd.Series:
    made = episodes(tables, extract_date, Tenancy(**rules))
    assert len(made) == 1
    return made.iloc[0]


def as_said(row: pd.Series) -> tuple[str, str, bool]:
    return f"{row['stop']:%Y-%m-%d}", row["cause"], bool(row["ended"])


def test_an_open_tenancy_lasts_to_the_extract_date(extract):
    row = one(extract(tenancies=[("A", MOVE, None, None)]))
    assert as_said(row) == ("2024-03-31", "", False)
    assert row["days"] == 811 and row["months"] == pytest.approx(811 / (365.25 / 12))


def test_a_tenancy_that_ends_counts_its_days_from_the_move(extract):
    row = one(extract(tenancies=[("A", MOVE, "2022-02-09", "relapse")]))
    assert as_said(row) == ("2022-02-09", "relapse", True) and row["days"] == 30


def test_a_tenancy_that_ends_on_its_first_day_lasts_one_day(extract):
    row = one(extract(tenancies=[("A", MOVE, MOVE, "own_choice")]))
    assert as_said(row) == (MOVE, "own_choice", True) and row["days"] == 1


def test_an_end_on_the_extract_date_is_an_end_and_one_after_it_is_none(extract):
    on = one(extract(tenancies=[("A", MOVE, "2024-03-31", "eviction")]))
    after = one(extract(tenancies=[("A", MOVE, "2024-04-01", "eviction")]))
    assert as_said(on) == ("2024-03-31", "eviction", True)
    assert as_said(after) == ("2024-03-31", "", False)


def test_an_extract_read_as_of_an_earlier_day_knows_nothing_later(extract):
    tables = extract(
        tenancies=[("A", MOVE, "2022-06-01", "eviction"), ("B", "2023-01-01", None, None)],
        links=[("A", "P")],
        patients=[("P", "2022-05-01")],
        placements=[("A", "2022-04-01", None)],
    )
    row = one(tables, pd.Timestamp("2022-03-01"))
    assert row["customer_id"] == "A" and as_said(row) == ("2022-03-01", "", False)
    assert tables["tenancies"]["end_date"].iloc[0] == pd.Timestamp("2022-06-01"), (
        "the tables given stay as they were"
    )


@pytest.mark.parametrize(
    ("start", "stop"),
    [
        ("2022-08-01", "2024-03-31"),
        ("2022-08-29", "2024-03-31"),
        ("2022-08-30", "2022-08-01"),
    ],
)
def test_a_second_tenancy_goes_on_within_the_gap_and_not_a_day_later(extract, start, stop):
    tables = extract(tenancies=[("A", MOVE, "2022-08-01", "own_choice"), ("A", start, None, None)])
    assert f"{one(tables, gap_days=28)['stop']:%Y-%m-%d}" == stop


def test_a_second_tenancy_carries_its_own_end(extract):
    tables = extract(
        tenancies=[("A", "2022-08-10", "2023-05-01", "eviction"), ("A", MOVE, "2022-08-01", "relapse")]
    )
    assert as_said(one(tables)) == ("2023-05-01", "eviction", True)
    assert as_said(one(tables, second_tenancy="ends")) == ("2022-08-01", "relapse", True)


def test_a_chain_of_three_tenancies_is_followed_to_its_last_end(extract):
    rows = [
        ("A", MOVE, "2022-03-01", "own_choice"),
        ("A", "2022-03-15", "2022-09-01", "other"),
        ("A", "2022-09-20", "2023-01-05", "relapse"),
    ]
    assert as_said(one(extract(tenancies=rows))) == ("2023-01-05", "relapse", True)


@pytest.mark.parametrize("reason", ["return_to_residential", "death"])
def test_nothing_takes_up_a_return_to_care_or_a_death(extract, reason):
    tables = extract(tenancies=[("A", MOVE, "2022-08-01", reason), ("A", "2022-08-02", None, None)])
    assert as_said(one(tables)) == ("2022-08-01", reason, True)


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ("sustained", ("2024-03-31", "", False)),
        ("ends", ("2022-08-01", "planned_move_on", True)),
        ("censors", ("2022-08-01", "", False)),
    ],
)
@pytest.mark.parametrize("later", [[], [("A", "2022-08-01", None, None)]])
def test_a_planned_move_on_lasts_ends_or_stops_follow_up(extract, rule, said, later):
    tables = extract(tenancies=[("A", MOVE, "2022-08-01", "planned_move_on"), *later])
    assert as_said(one(tables, planned_move_on=rule)) == said


def test_after_a_planned_move_on_a_recorded_home_is_followed_whenever_it_begins(extract):
    tables = extract(
        tenancies=[
            ("A", MOVE, "2022-08-01", "planned_move_on"),
            ("A", "2023-01-01", "2023-06-01", "eviction"),
        ]
    )
    assert as_said(one(tables)) == ("2023-06-01", "eviction", True)


@pytest.mark.parametrize(
    ("rule", "cause", "ended"), [("competes", "death", True), ("ends", "death", True), ("censors", "", False)]
)
def test_a_death_competes_or_stops_follow_up_and_is_known_either_way(extract, rule, cause, ended):
    row = one(extract(tenancies=[("A", MOVE, "2022-08-01", "death")]), death=rule)
    assert as_said(row) == ("2022-08-01", cause, ended) and row["died"]


def test_a_death_in_the_trusts_record_ends_an_open_tenancy_and_one_that_ends_later(extract):
    trust = {"links": [("A", "P")], "patients": [("P", "2022-05-01")]}
    for end, reason in ((None, None), ("2022-08-01", "other"), ("2022-08-01", "planned_move_on")):
        assert as_said(one(extract(tenancies=[("A", MOVE, end, reason)], **trust))) == (
            "2022-05-01",
            "death",
            True,
        )


def test_a_death_after_the_tenancys_end_changes_nothing(extract):
    row = one(
        extract(
            tenancies=[("A", MOVE, "2022-04-01", "relapse")],
            links=[("A", "P")],
            patients=[("P", "2022-05-01")],
        )
    )
    assert as_said(row) == ("2022-04-01", "relapse", True) and not row["died"]


def test_a_patient_without_a_link_lends_nobody_a_death(extract):
    tables = extract(tenancies=[("A", MOVE, None, None)], links=[("A", None)], patients=[("P", "2022-05-01")])
    assert as_said(one(tables)) == ("2024-03-31", "", False)


@pytest.mark.parametrize(
    ("start", "said"),
    [
        (MOVE, ("2024-03-31", "", False)),
        ("2021-01-01", ("2024-03-31", "", False)),
        ("2022-01-11", ("2022-01-11", "return_to_residential", True)),
        ("2024-03-31", ("2024-03-31", "return_to_residential", True)),
    ],
)
def test_a_placement_after_the_move_is_a_return_and_one_before_it_is_where_they_came_from(
    extract, start, said
):
    assert as_said(one(extract(tenancies=[("A", MOVE, None, None)], placements=[("A", start, None)]))) == said


def test_the_tenancys_own_reason_stands_where_a_placement_begins_on_the_day_it_ends(extract):
    row = one(
        extract(tenancies=[("A", MOVE, "2022-08-01", "relapse")], placements=[("A", "2022-08-01", None)])
    )
    assert row["cause"] == "relapse"


def spell(admitted: str, discharged: str | None, spell_id: str = "S", version: str = "2023-01-01") -> tuple:
    return (spell_id, version, "P", admitted, discharged)


@pytest.mark.parametrize(
    ("stay", "stop"),
    [
        (spell("2022-02-01", "2022-05-02"), None),
        (spell("2022-02-01", "2022-05-03"), "2022-05-02"),
        (spell("2022-02-01", None), "2022-05-02"),
        (spell("2024-01-01", None), None),
        (spell("2023-12-31", None), "2024-03-30"),
        (spell(MOVE, "2023-01-01"), "2022-04-10"),
        (spell("2022-01-09", "2023-01-01"), None),
    ],
)
def test_a_stay_ends_the_tenancy_on_the_day_when_it_has_lasted_too_long(extract, stay, stop):
    tables = extract(tenancies=[("A", MOVE, None, None)], links=[("A", "P")], hospital_spells=[stay])
    assert as_said(one(tables)) == ("2024-03-31", "", False), "kept by default"
    said = as_said(one(tables, hospital_stay="ends", hospital_days=90))
    assert said == ((stop, "hospital", True) if stop else ("2024-03-31", "", False))


def test_the_latest_version_of_a_spell_counts_as_a_whole(extract):
    versions = [
        spell("2023-01-01", "2023-02-01", version="2023-02-01"),
        spell("2023-01-01", None, version="2023-03-01"),
    ]
    tables = extract(tenancies=[("A", MOVE, None, None)], links=[("A", "P")], hospital_spells=versions)
    assert as_said(one(tables, hospital_stay="ends")) == ("2023-04-01", "hospital", True), (
        "reopened: the stay goes on"
    )


def test_leaving_the_programme_is_ignored_or_stops_follow_up(extract):
    tables = extract(
        tenancies=[("A", MOVE, "2023-01-01", "relapse")], programme_events=[("A", "withdrawal", "2022-06-01")]
    )
    assert as_said(one(tables)) == ("2023-01-01", "relapse", True)
    assert as_said(one(tables, leaving_programme="censors")) == ("2022-06-01", "", False)
    early = extract(
        tenancies=[("A", MOVE, "2023-01-01", "relapse")], programme_events=[("A", "withdrawal", "2021-06-01")]
    )
    assert as_said(one(early, leaving_programme="censors")) == ("2023-01-01", "relapse", True)


def test_people_without_consent_are_not_movers(extract):
    rows = [(p, MOVE, None, None) for p in "ABCD"]
    tables = extract(
        people=[("A", "refused"), ("B", "withdrawn"), ("C", "not_asked"), ("D", "given")], tenancies=rows
    )
    assert list(episodes(tables, END, Tenancy())["customer_id"]) == ["C", "D"]


def test_nobody_moved_gives_empty_tables_with_their_columns(extract):
    tables = extract(programme_events=[("A", "start", "2022-01-01")])
    made = episodes(tables, END, Tenancy(hospital_stay="ends", leaving_programme="censors"))
    due = milestones(made, END, Milestones())
    assert made.empty and due.empty
    assert list(made) == ["customer_id", "move", "stop", "cause", "died", "days", "months", "ended"]
    assert journeys.milestone_counts(due).empty
    assert journeys.standing(made)["people"].tolist() == [0, 0]


@pytest.mark.parametrize(
    ("extract_date", "end", "status"),
    [
        ("2022-07-09", None, "not_yet_due"),
        ("2022-07-10", None, "reached"),
        ("2024-03-31", None, "reached"),
        ("2024-03-31", "2022-07-09", "failed"),
        ("2024-03-31", "2022-07-10", "reached"),
        ("2022-05-01", "2022-04-01", "failed"),
    ],
)
def test_a_milestone_falls_on_the_calendar_day_and_that_day_counts(extract, extract_date, end, status):
    day = pd.Timestamp(extract_date)
    made = episodes(extract(tenancies=[("A", MOVE, end, "relapse" if end else None)]), day, Tenancy())
    row = milestones(made, day, Milestones(months=(6,))).iloc[0]
    assert row["due"] == pd.Timestamp("2022-07-10") and row["status"] == status
    assert row["come_due"] == (day >= row["due"])


@pytest.mark.parametrize(
    ("move", "due"),
    [
        ("2021-08-31", "2022-02-28"),
        ("2023-08-31", "2024-02-29"),
        ("2022-08-28", "2023-02-28"),
        ("2022-03-31", "2022-09-30"),
    ],
)
def test_a_milestone_in_a_shorter_month_falls_on_its_last_day(extract, move, due):
    made = episodes(extract(tenancies=[("A", move, None, None)]), END, Tenancy())
    assert milestones(made, END, Milestones(months=(6,)))["due"].iloc[0] == pd.Timestamp(due)


@pytest.mark.parametrize("counted", ["competes", "censors"])
@pytest.mark.parametrize(
    ("rule", "status"), [("failing", "failed"), ("neutral", "unknown"), ("excluded", "excluded")]
)
def test_a_death_before_a_milestone_follows_the_contracts_rule_whatever_the_estimand_does(
    extract, counted, rule, status
):
    made = episodes(extract(tenancies=[("A", MOVE, "2022-05-01", "death")]), END, Tenancy(death=counted))
    found = milestones(made, END, Milestones(months=(3, 6, 60), death=rule))
    assert found["status"].tolist() == ["reached", status, status]


def test_a_milestone_after_follow_up_stopped_is_unknown(extract):
    tables = extract(tenancies=[("A", MOVE, "2022-08-01", "planned_move_on")])
    made = episodes(tables, END, Tenancy(planned_move_on="censors"))
    assert milestones(made, END, Milestones(months=(6, 12, 60)))["status"].tolist() == [
        "reached",
        "unknown",
        "not_yet_due",
    ]


def test_early_losses_are_failed_and_told_apart_from_those_whose_day_has_come(extract):
    rows = [
        ("A", "2022-01-10", None, None),
        ("B", "2022-01-10", "2022-02-01", "relapse"),
        ("C", "2024-01-10", "2024-02-01", "relapse"),
        ("D", "2024-01-10", None, None),
    ]
    made = episodes(extract(tenancies=rows), END, Tenancy())
    row = journeys.milestone_counts(milestones(made, END, Milestones(months=(6,)))).iloc[0]
    assert [row[c] for c in ("reached", "failed", "not_yet_due", "come_due", "failed_early")] == [
        1,
        2,
        1,
        2,
        1,
    ]


days = st.dates(pd.Timestamp("2020-01-01").date(), pd.Timestamp("2024-03-31").date())
reasons = st.sampled_from(
    ["relapse", "return_to_residential", "own_choice", "planned_move_on", "eviction", "death", "other"]
)


@st.composite
def held(draw):
    """Tenancies of up to six people, up to three each, one after another, the last perhaps open."""
    rows = []
    for person in "ABCDEF"[: draw(st.integers(1, 6))]:
        cuts = sorted(draw(st.lists(days, min_size=1, max_size=6)))
        for k in range(0, len(cuts), 2):
            end = cuts[k + 1] if k + 1 < len(cuts) else None
            rows.append((person, cuts[k], end, draw(reasons) if end else None))
    return rows


choices = st.builds(
    Tenancy,
    second_tenancy=st.sampled_from(["continues", "ends"]),
    gap_days=st.integers(0, 200),
    planned_move_on=st.sampled_from(["sustained", "ends", "censors"]),
    death=st.sampled_from(["competes", "censors", "ends"]),
)


@settings(max_examples=20)
@given(rows=held(), rules=choices, seed=st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_nothing_and_every_mover_has_one_status_a_milestone(
    extract, rows, rules, seed
):
    tables = extract(tenancies=rows)
    made = episodes(tables, END, rules)
    shuffled = {n: t.sample(frac=1, random_state=seed.randrange(2**32)) for n, t in tables.items()}
    pd.testing.assert_frame_equal(episodes(shuffled, END, rules), made)
    assert (made["stop"] >= made["move"]).all() and (made["stop"] <= END).all() and (made["days"] >= 1).all()
    found = milestones(made, END, Milestones())
    assert not found.duplicated(["customer_id", "months"]).any() and len(found) == 4 * len(made)
    assert (journeys.milestone_counts(found)[list(journeys.STATUSES)].sum(axis=1) == len(made)).all()
    assert journeys.standing(made)["people"].iloc[:-1].sum() == len(made)


@settings(max_examples=20)
@given(rows=held(), gap=st.integers(0, 100))
def test_a_wider_gap_and_a_kinder_reading_never_shorten_a_tenancy(extract, rows, gap):
    tables = extract(tenancies=rows)
    narrow, wide = (episodes(tables, END, Tenancy(gap_days=g)) for g in (gap, gap + 30))
    strict = episodes(tables, END, Tenancy(gap_days=gap, second_tenancy="ends", planned_move_on="ends"))
    assert (wide["stop"] >= narrow["stop"]).all() and (narrow["stop"] >= strict["stop"]).all()
