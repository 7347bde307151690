"""Tables and charts of milestones, claims, groups and states: what is printed, and what each cell rests on."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from pi_research.disclosure import Rule, cells, protect_table
from pi_research.report import handing, sustained
from pi_research.survival import (
    compare_groups, compare_people, cox, cumulative_incidence, forecast_claims, ghosh_lin, milestone_probabilities,
    missing_patterns, restricted_mean_time_lost, state_occupation, tipping_point)

RNG = np.random.default_rng(5)
N = 60
TIME = np.round(RNG.uniform(2, 30, N), 1)
ENDED = RNG.random(N) < 0.3
AVAILABLE = np.where(ENDED, TIME + 5, TIME)
LASTED = {"time": TIME, "ended": ENDED, "available": AVAILABLE}
LINE = pd.DataFrame({"customer_id": [1, 2, 2, 3], "state": ["tenancy", "hospital", "tenancy", "tenancy"],
                     "next_state": ["died", "tenancy", "", ""], "start": [0, 0, 2, 0], "stop": [4, 2, 8, 9],
                     "admitted": [0, 0, 1, 0], "died": [1, 0, 0, 0]})


def printed(table) -> pd.DataFrame:
    return cells(table.frame, table.columns)


def test_each_milestone_is_printed_with_its_interval_and_rests_on_those_who_held_and_lost():
    found = milestone_probabilities(**LASTED, months=[6, 12])
    table = sustained.milestones(found, "m", "M.")
    assert printed(table)["months"].tolist() == ["6", "12"]
    assert printed(table)["probability"].tolist() == [f"{100 * p:.0f}%" for p in found.probability]
    assert table.frame["lost"].tolist() == (found.failed + found.failed_early).tolist()
    hidden = protect_table(table.frame.assign(lost=3), table.columns, Rule.preset("nhs"))
    assert set(hidden["probability"]) == {"[hidden]"}


def test_claims_end_with_all_of_them_together_and_hide_with_the_number_due():
    found = forecast_claims(**LASTED, months=[6, 12], horizon=12, seed=1)
    table = sustained.claims(found, "c", "C.")
    assert printed(table)["label"].tolist() == ["6 months", "12 months", "All together"]
    finding = handing.from_claims(found, "tenancy.claims", "How many?")
    assert finding.estimate == found.expected[-1] and finding.lower == found.lower[-1]


def test_groups_stand_beside_one_another_with_their_difference_in_points():
    member = np.arange(N) % 2
    made, _ = compare_groups(TIME, ENDED, {("a", "b"): member}, 12, seed=1)
    gap, test = made["a", "b"]
    table = sustained.contrasts(made, "c", "C.")
    row = printed(table).iloc[0]
    assert row["label"] == "b, beside a" and row["n_second"] == str(gap.n[1])
    assert table.frame["difference"].iloc[0] == pytest.approx(100 * gap.estimate) and row["p"] == f"{test.p_value:.2f}"
    few = table.frame.assign(d_second=2, d_first=12, stay_first=12)
    hidden = protect_table(few, table.columns, Rule.preset("nhs")).iloc[0]
    assert hidden["difference"] == hidden["kept_second"] == hidden["p"] == "[hidden]" and hidden["kept_first"] != "[hidden]"
    assert handing.from_contrast(gap, ("a", "b"), "contrast.b").n == N


def test_a_hazard_ratio_rests_on_the_ends_on_both_sides():
    covariate = pd.DataFrame({"x": (np.arange(N) % 3 == 0).astype(float)})
    fit = cox(TIME, ENDED, covariate, firth=True)
    table = sustained.hazards(fit, {"x": "A mark"}, "h", "H.")
    row = table.frame.iloc[0]
    assert row["with_it"] + row["without"] == ENDED.sum() and row["with_it"] == ENDED[covariate["x"] == 1].sum()
    assert printed(table)["label"].tolist() == ["A mark"] and "Firth" in table.note


def test_two_groups_of_people_are_printed_as_counts_and_shares():
    frame = pd.DataFrame({"Sex": ["f", "m", "m", "f", "m"], "Age": [30.0, 40, 50, 60, 70]})
    found = compare_people(frame, [1, 1, 0, 0, 0])
    shares = printed(sustained.people_shares(found, "s", "S.", ("In", "Out")))
    assert shares.loc[shares["label"] == "Sex: m", ["n", "known", "value", "n_others", "known_others"]].values.tolist() == [
        ["1", "2", "50%", "2", "3"]]
    means = printed(sustained.people_numbers(found, "n", "N.", ("In", "Out")))
    assert means[["value", "value_others"]].values.tolist() == [["35.0", "60.0"]]


def test_patterns_say_known_or_missing_and_count_people():
    found = missing_patterns(pd.DataFrame({"a": ["x", None, "y"], "b": ["z", "z", ""]}))
    table = printed(sustained.patterns(found, {"a": "First"}, "p", "P."))
    assert sorted(map(tuple, table.values.tolist())) == [("known", "known", "1"), ("known", "missing", "1"), ("missing", "known", "1")]


def test_the_tipping_point_has_a_row_for_each_number_of_unknown_that_failed():
    available = AVAILABLE.copy()
    available[:3], time, ended = 30, TIME.copy(), ENDED.copy()
    time[:3], ended[:3] = 4, False
    found = tipping_point(time, ended, available, 12, 0.6)
    table = sustained.tipping(found, "t", "T.")
    assert table.frame["failed"].tolist() == list(range(len(found.failed))) and (table.frame["unknown"] == len(found.failed) - 1).all()


def test_time_in_states_rests_on_people_not_on_how_often_they_came():
    found = state_occupation(LINE["start"], LINE["stop"], LINE["state"], LINE["customer_id"], next_state=LINE["next_state"])
    table = sustained.time_in_states(found.expected_time(8), {"tenancy": "at home"}, LINE, "t", "T.")
    people = dict(zip(table.frame["label"], table.frame["seen"], strict=True))
    assert people == {"hospital": 1, "at home": 3, "died": 1}


def test_the_stack_of_states_is_for_the_safe_room_and_says_the_last_month():
    found = state_occupation(LINE["start"], LINE["stop"], LINE["state"], LINE["customer_id"], next_state=LINE["next_state"])
    names = {"tenancy": "at home", "hospital": "in hospital", "died": "died"}
    chart = sustained.occupation(found, names, range(0, 7), "o", "O.", who="movers")
    assert chart.protect == "inside" and "At 6 months 67% are at home." in chart.alt
    assert chart.frame.groupby("month")["people"].sum().to_numpy() == pytest.approx(chart.frame.groupby("month")["of"].first())


def test_mean_events_are_drawn_inside_alone_and_said_at_the_horizon():
    found = ghosh_lin(LINE["start"], LINE["stop"], LINE["admitted"], LINE["customer_id"], LINE["died"])
    chart = sustained.mean_events({"all": found}, "e", "E.", horizon=8, who="movers", event="admissions")
    assert chart.protect == "inside" and chart.alt.endswith(f"All: {found.at([8])['mean'].iloc[0]:.2f} by 8 months.")
    first = handing.from_mean_events(found, [8], "admissions.{m}", "How many by {m}?", who="movers")[0]
    assert first.id == "admissions.8" and first.events == 1


def test_time_lost_is_printed_by_reason_with_the_ends_behind_it():
    cif = cumulative_incidence(TIME, np.where(ENDED, "relapse", "censored"), causes=["relapse", "death"])
    table = sustained.time_lost(restricted_mean_time_lost(cif, 24), "l", "L.")
    assert printed(table)["cause"].tolist() == ["relapse", "death"]
    assert printed(table)["events"].tolist() == [str(int((ENDED & (TIME <= 24)).sum())), "0"]


def test_the_findings_of_milestones_carry_the_rule_on_deaths_in_their_method():
    found = milestone_probabilities(**LASTED, months=[6, 12], death="neutral")
    made = handing.from_chances(found, "milestone.{m}", "How probable are {m} months?")
    assert [f.id for f in made] == ["milestone.6", "milestone.12"] and "a death neutral" in made[0].method
