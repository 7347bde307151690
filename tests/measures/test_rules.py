"""The four special-cause rules: NHSRplotthedots' answers, the cases it once got wrong, and hand-made runs."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pi_research.measures import RULES, assurance, chance_of_signal, special_causes, variation, xmr_limits
from pi_research.measures.rules import _runs, _trend, _two_of_three

FROZEN = json.loads((Path(__file__).parents[1] / "reference" / "ptd.json").read_text(encoding="utf-8"))
PTD, PART = FROZEN["charts"], FROZEN["rules"]
each_chart = pytest.mark.parametrize("case", PTD, ids=lambda c: c["case"])
NAMES = {
    ("outside", 1): "Above UCL", ("outside", -1): "Below LCL",
    ("trend", 1): "7 Point Trend (Increasing)", ("trend", -1): "7 Point Trend (Decreasing)",
    ("two_of_three", 1): "2 in 3 Above CL", ("two_of_three", -1): "2 in 3 Below CL",
    ("run", 1): "7 Points Above CL", ("run", -1): "7 Points Below CL", ("", 0): "Common Cause",
}
ICONS = {"improvement": "improvement", "concern": "concern", "common": "common_cause", "high": "neutral", "low": "neutral"}
ASSURED = {"pass": "pass.svg", "fail": "fail.svg", "inconsistent": "inconsistent.svg"}


def charted(case):
    return xmr_limits(case["y"], rebase=case["rebase"], fix_after=case["fix_after"], screen=case["screen"])


def case(name):
    return next(c for c in PTD if c["case"] == name)


def named(found):
    return [NAMES[rule, sign] for rule, sign in zip(found.rule, found.sign, strict=True)]


@each_chart
def test_every_point_has_the_signal_of_nhsrplotthedots(case):
    assert named(special_causes(charted(case))) == case["type"]


@each_chart
def test_the_variation_icon_is_that_of_nhsrplotthedots(case):
    said = variation(special_causes(charted(case)), case["direction"])
    assert case["variation"].startswith(ICONS[said])


@each_chart
def test_the_assurance_icon_is_theirs_wherever_there_is_a_target_and_a_direction(case):
    said = assurance(charted(case), case["target"], case["direction"])
    if case["target"] is None or not case["direction"]:
        assert said == "none", "the package says inconsistent of a facet without a target"
    else:
        assert ASSURED[said] == case["assurance"]


@pytest.mark.parametrize(("name", "rule"), PART.items(), ids=PART)
def test_parts_of_a_signal_are_those_of_the_package(name, rule):
    data = rule["dataset"]
    if "close" in data:
        side = np.array(data["relative_to_mean"])
        made = _two_of_three(np.array(data["close"]) * side, side)
    else:
        made = _trend(np.array(data["y"], float)) if "y" in data else _runs(np.array(data["v"]), 7)
    assert np.abs(made).tolist() == rule["values"]


# what the package once got wrong, by its issue's number

def test_143_two_of_three_points_must_lie_on_the_same_side_of_the_mean():
    made = special_causes(charted(case("ptd_hand_two_in_three_straddle_143")))
    assert "two_of_three" not in made.rule


def test_167_a_falling_trend_is_an_improvement_where_lower_is_better():
    made = special_causes(charted(case("ptd_hand_trend_down_decrease_167")))
    trend = made.rule == "trend"
    assert trend.any() and (made.sign[trend] == -1).all() and variation(made, -1) == "improvement"
    assert variation(made, 1) == "concern"


def test_171_a_trend_keeps_its_direction_where_it_crosses_the_mean():
    for name, sign in (("ptd_hand_trend_up_cross_mean_171", 1), ("ptd_hand_trend_down_cross_mean_171", -1)):
        chart = charted(case(name))
        made = special_causes(chart)
        trend = made.rule == "trend"
        assert set(chart.side[trend]) >= {-1, 1} and (made.sign[trend] == sign).all()


def test_172_a_rebased_chart_is_set_against_the_target_by_its_last_stretch():
    before, after = (charted(case(f"ptd_issue172_{how}")) for how in ("norebase", "rebase"))
    assert assurance(before, 0.9, 1) == "fail" and assurance(after, 0.9, 1) == "inconsistent"
    assert assurance(after, 0.8, 1) == "pass"


# hand-made

def test_six_on_one_side_are_no_run_and_seven_are():
    assert not _runs(np.array([1] * 6 + [-1]), 7).any()
    assert _runs(np.array([0] + [1] * 7 + [-1]), 7).tolist() == [0] + [1] * 7 + [0]


def test_rules_do_not_reach_over_a_rebasing():
    y = [1, 2, 3, 4, 5, 6, 7, 8]
    assert (special_causes(xmr_limits(y)).rule == "trend").any()
    assert not (special_causes(xmr_limits(y, rebase=[4])).rule == "trend").any()


def test_a_limit_that_equals_the_target_meets_it():
    chart = xmr_limits([5.0] * 14)
    assert assurance(chart, 5, 1) == "pass" == assurance(chart, 5, -1)
    assert assurance(chart, 5.1, 1) == "fail" and assurance(chart, None, 1) == "none" == assurance(chart, 5, 0)


@given(st.lists(st.integers(0, 20), min_size=4, max_size=40))
@settings(max_examples=50, deadline=None)
def test_a_series_turned_upside_down_signals_the_other_way(values):
    up, down = (special_causes(xmr_limits(np.array(values) * sign)) for sign in (1, -1))
    assert up.rule.tolist() == down.rule.tolist() and (up.sign == -down.sign).all()


@given(st.lists(st.integers(0, 20), min_size=2, max_size=40))
@settings(max_examples=50, deadline=None)
def test_a_signal_has_a_sign_and_no_signal_has_none(values):
    made = special_causes(xmr_limits(values))
    assert ((made.rule != "") == (made.sign != 0)).all() and set(made.rule) <= {"", *RULES}
    assert list(made.summary()) == ["rule", "sign"]


def test_the_chance_of_a_signal_is_simulated_and_the_same_for_one_seed():
    last, anywhere = chance_of_signal(20, draws=400, seed=3)
    assert (last, anywhere) == chance_of_signal(20, draws=400, seed=3)
    assert 0 < last < 0.05 < anywhere < 0.3
