"""What the journeys tables say in counts and sentences."""

from __future__ import annotations

from datetime import date
from types import SimpleNamespace

import pandas as pd
import pytest

from pi_research import journeys
from pi_research.journeys import outcomes_of
from pi_research.sections import Milestones, Programme, Tenancy
from pi_research.survival import cumulative_incidence

END = pd.Timestamp("2024-03-31")
HELD = [
    ("A", "2022-01-01", None, None),
    ("B", "2022-02-01", "2022-06-01", "relapse"),
    ("C", "2022-03-01", "2022-06-01", "death"),
    ("D", "2022-04-01", "2022-06-01", "return_to_residential"),
    ("E", "2022-05-01", "2022-06-01", "planned_move_on"),
]


@pytest.mark.parametrize("death", ["competes", "censors"])
def test_harm_is_said_whatever_death_means_for_the_estimate(extract, death):
    tables, rules = extract(tenancies=HELD), Tenancy(death=death)
    made = journeys.build(tables, END, rules, Milestones())
    held, harm = made.tenancies, journeys.harms(tables, made, END)
    assert journeys.harmed(harm) == 3
    assert journeys.harm_words(harm).startswith(
        "Harm first: 3 of 5 people who moved have died, lost the tenancy in a relapse or gone back into care: "
        "1 died, 1 lost it in a relapse,"
    )
    assert journeys.standing(held).values.tolist() == [
        ["Still held at the end of follow-up", 2],
        ["Ended: death", 1],
        ["Ended: relapse", 1],
        ["Ended: return to residential care", 1],
        ["All movers", 5],
    ]


def test_halves_split_movers_by_the_day_of_the_move(extract, table):
    held = table("tenancies", extract(tenancies=HELD))
    halves = journeys.movers_by_half(held)
    assert [list(h["customer_id"]) for h in halves.values()] == [["A", "B", "C"], ["D", "E"]]
    assert list(journeys.movers_by_half(held.iloc[:1])) == ["moved in the earlier half"]
    assert journeys.movers_by_half(held.iloc[:0]) == {}


def test_only_reasons_that_the_estimand_allows_are_possible():
    assert journeys.possible_causes(Tenancy()) == [
        "relapse",
        "return to residential care",
        "own choice",
        "eviction",
        "death",
        "other reason",
    ]
    every = journeys.possible_causes(Tenancy(planned_move_on="ends", hospital_stay="ends"))
    assert {"planned move on", "long hospital stay"} <= set(every)
    assert "death" not in journeys.possible_causes(Tenancy(death="censors"))


def test_every_ending_that_can_come_out_is_a_possible_cause(simulated):
    day = simulated["extract"]["extract_date"].iloc[0]
    readings = journeys.estimand_variants(Tenancy(hospital_stay="ends", planned_move_on="ends"))
    for name, held in outcomes_of(simulated, day, readings).items():
        ended = set(held.loc[held["ended"], "cause"].map(journeys.CAUSES))
        assert ended <= set(journeys.possible_causes(readings[name]))


@pytest.mark.parametrize(
    ("rules", "n"), [(Tenancy(), 7), (Tenancy(death="ends"), 7), (Tenancy(death="censors"), 7)]
)
def test_variants_change_one_choice_each_and_none_says_the_same_again(rules, n):
    made = journeys.estimand_variants(rules)
    assert list(made)[0] == "as in params.yaml" and len(made) == n == len(set(made.values()))
    for other in list(made.values())[1:]:
        assert sum(getattr(other, k) != getattr(rules, k) for k in vars(rules)) == 1


def test_the_clock_sentence_counts_moves_far_from_the_tenancy(extract, table):
    moved = [
        ("A", "move", "2022-01-08"),
        ("B", "move", "2022-02-09"),
        ("C", "move", "2022-02-21"),
        ("Z", "move", "2022-01-01"),
    ]
    tables = extract(programme_events=moved, tenancies=HELD)
    said = journeys.clock_sentence(tables, table("tenancies", tables))
    assert (
        said.startswith("Of 5 movers, 2 have a tracked move more than seven days away")
        and "2 have no tracked move" in said
    )


@pytest.fixture(scope="module")
def prepared(extract, table) -> pd.DataFrame:
    starts = {"A": "2021-03-01", "B": "2021-03-01", "C": "2021-03-01", "D": "2022-01-31", "E": "2022-06-01",
              "F": "2024-01-01"}
    moves = {"A": "2021-12-01", "B": "2021-12-02", "C": "2021-05-31", "D": "2022-04-30", "E": "2022-05-01",
             "G": "2022-05-01"}
    events = [(p, "start", d) for p, d in starts.items()] + [("A", "expression_of_interest", "2021-01-01")]
    held = [(p, d, None, None) for p, d in moves.items()]
    return table("stages", extract(programme_events=events, tenancies=held))


def test_nine_months_are_nine_calendar_months(prepared):
    said = journeys.lead_in_sentence(prepared, 9, 3)
    assert said.startswith(
        "Of 4 people who started and moved, 1 had been prepared for more than 9 months and 1 for less than 3;"
    )


def test_the_lead_in_sentence_without_movers_says_not_estimable(extract, table):
    people = table("stages", extract(programme_events=[("A", "start", "2024-01-01")]))
    assert "median lead-in of movers was not estimable" in journeys.lead_in_sentence(people, 9, 3)


def test_movers_without_a_start_before_the_move_are_counted_and_left_out_of_the_times(prepared):
    assert list(journeys.lead_in(prepared)["customer_id"]) == ["A", "B", "C", "D", "F"]
    assert journeys.lead_in(prepared)["ending"].tolist() == [journeys.LEFT["moved"]] * 4 + ["censored"]
    said = journeys.start_sentence(prepared)
    assert said.startswith(
        "Of 6 movers, 1 have no recorded start and 1 have one on or after the day of the move"
    )


def test_readings_of_preparation_differ_as_they_say(extract, table):
    tables = extract(
        programme_events=[
            ("A", "expression_of_interest", "2023-01-01"),
            ("A", "start", "2023-02-01"),
            ("B", "start", "2023-02-01"),
        ]
    )
    tables["people"]["entered_in_crisis"] = pd.array([True, None], "boolean")
    found = journeys.lead_in_variants(tables, table("stages", tables), END)
    assert [list(f["customer_id"]) for f in found.values()] == [["A", "B"], ["B"], ["A"]]
    plain, _, longer = found.values()
    assert longer["months"].iloc[0] - plain["months"].iloc[0] == pytest.approx(31 / (365.25 / 12))


def test_preparation_overlaps_the_pandemic_from_the_first_to_the_last_day(extract, table):
    starts = [
        ("A", "start", "2019-05-31"),
        ("B", "start", "2019-06-01"),
        ("C", "start", "2021-07-01"),
        ("D", "start", "2021-07-02"),
    ]
    people = table("stages", extract(programme_events=starts))
    eras = journeys.by_covid(people, date(2020, 3, 1), date(2021, 7, 1), 9)
    assert [list(e["customer_id"]) for e in eras.values()] == [["B", "C"], ["A", "D"]]


def test_an_era_is_described_up_to_its_follow_up(prepared):
    found = journeys.lead_in(prepared)
    ways = cumulative_incidence(found["months"], found["ending"], causes=list(journeys.LEFT.values()))
    move = journeys.LEFT["moved"]
    assert journeys.era_sentence("in all", ways, move, 9).startswith("Of 5 people in all, an estimated")
    assert (
        journeys.era_sentence("in all", ways, "nothing", 9)
        == "Of 5 people in all, nothing can be said at 9 months."
    )


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        ("2019-10-01", "0"),
        ("2020-10-01", "24"),
        ("2024-10-01", "120"),
        ("2030-01-01", "120"),
        ("2018-01-01", "0"),
    ],
)
def test_the_contract_brings_its_people_over_five_years_and_no_more(day, expected):
    people = pd.DataFrame({"start": [pd.Timestamp("2019-10-01")], "moved": [False]})
    started, moved = journeys.on_contract(people, pd.Timestamp(day), Programme())
    assert f"the {expected} that the contract" in started and "0 people had moved" in moved


@pytest.mark.parametrize(("n", "side"), [(22, "fewer than"), (24, "about as many as"), (26, "more than")])
def test_the_side_of_the_contract_is_said(n, side):
    people = pd.DataFrame({"start": pd.Timestamp("2020-01-01"), "moved": [True] * n})
    started, moved = journeys.on_contract(people, pd.Timestamp("2020-10-01"), Programme())
    assert side in started and ("more than the 23" in moved) == (n > 23.6)


def test_a_step_is_said_as_a_share_of_the_step_before():
    said = journeys.step_sentence(SimpleNamespace(Index=2, step="Started preparation", people=3, of=4, pending=1))
    assert said == "Started preparation: 3 of 4 at the step before (75%); 1 of the others may still get there."


def test_the_first_step_is_said_without_a_step_before():
    said = journeys.step_sentence(SimpleNamespace(Index=0, step="Expressed an interest", people=4, of=4))
    assert said == "Expressed an interest: 4 people."


def test_everyone_who_started_is_in_each_characteristic_once(extract, table):
    tables = extract(
        programme_events=[
            ("A", "start", "2022-01-01"),
            ("B", "start", "2022-01-01"),
            ("C", "review", "2022-01-01"),
        ],
        tenancies=[("A", "2022-06-01", None, None)],
    )
    tables["people"]["sex"] = ["female", None, "male"]
    came = journeys.who_came(tables, table("stages", tables)).set_index("label")
    assert came.loc["All who started"].tolist() == [2, 1]
    assert (
        came.loc[["Sex: female", "Sex: not recorded"]].values.tolist() == [[1, 1], [1, 0]]
        and "Sex: male" not in came.index
    )
    assert came.loc["Learning disability", "started"] == 2 and came.loc["Forensic history", "started"] == 0
    assert came.loc["Forensic history: not recorded", "started"] == 2, "no record of it is not its absence"


def test_a_slug_is_a_part_of_an_id():
    assert journeys.slug("Moved into their own tenancy (by day 0)") == "moved_into_their_own_tenancy_by_day_0"


def series() -> dict[str, pd.DataFrame]:
    months = pd.to_datetime(["2022-02-01", "2021-12-01", "2022-01-01"])
    frame = pd.DataFrame(
        {"area": "City", "measure": "bed_days", "month": months, "value": [280.0, 310.0, 31.0]}
    )
    return {"area_series": pd.concat([frame, frame.assign(area="Other", measure="admissions")])}


def test_an_area_series_is_a_count_for_a_month_of_average_length():
    made = journeys.area_months(series(), "bed_days", "City")
    assert made["value"].tolist() == [310, 31, 280]
    assert made["rate"].tolist() == pytest.approx([10 * 365.25 / 12, 365.25 / 12, 10 * 365.25 / 12])
    assert journeys.months_sentence(made, "Bed days", "City") == (
        "Bed days in City: 3 months from December 2021 to February 2022, on average 213 a month."
    )
    assert journeys.yearly(made)[["label", "value", "months"]].values.tolist() == [
        ["2021", 310, 1],
        ["2022", 311, 2],
    ]


@pytest.mark.parametrize(
    ("measure", "area", "said"),
    [("bed_days", "Other", "it has City"), ("crisis_contacts", "City", "it has no area for that measure")],
)
def test_a_series_that_is_not_there_names_those_that_are(measure, area, said):
    with pytest.raises(ValueError, match=f"area_series holds no {measure} for series.area of params; {said}"):
        journeys.area_months(series(), measure, area)
    assert journeys.areas_of({}, "bed_days") == []
