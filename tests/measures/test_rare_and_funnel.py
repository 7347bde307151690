"""G and T charts and funnel limits: R's quantiles and tails, published software, and what is refused."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom, poisson

from pi_research.disclosure import Rule, protect_sentence
from pi_research.measures import funnel_limits, rare_event_chart, special_causes, variation
from pi_research.measures.funnel import curve

REFERENCE = Path(__file__).parents[1] / "reference"
FUNNEL = json.loads((REFERENCE / "funnel.json").read_text(encoding="utf-8"))
SPC = json.loads((REFERENCE / "spc.json").read_text(encoding="utf-8"))
ORDER = ("centre", "lower", "upper", "near_lower", "near_upper")


# rare events

@pytest.mark.parametrize(("kind", "name", "between"), [
    ("T", "exponential_25", [5, 45, 20, 30]), ("G", "geometric_25", [5, 45, 20, 30])])
def test_limits_of_rare_events_are_rs_quantiles(kind, name, between):
    made = rare_event_chart(between, kind=kind)
    np.testing.assert_allclose([getattr(made, line)[0] for line in ORDER], SPC[name], rtol=1e-12)


def test_a_long_time_without_an_event_is_an_improvement():
    times = [10.0] * 8 + [12, 9, 11, 10, 9, 500]
    assert variation(special_causes(rare_event_chart(times)), 1) == "improvement"


def test_the_median_parts_the_points_not_the_mean():
    """Of exponential times 63% lie below their mean: seven in a row there would come too easily."""
    rng = np.random.default_rng(2)
    side = rare_event_chart(rng.exponential(30, 4000)).side
    assert np.mean(side > 0) == pytest.approx(0.5, abs=0.03)


def test_limits_of_times_grow_with_the_unit():
    days, months = rare_event_chart([30, 60, 90]), rare_event_chart([1, 2, 3])
    np.testing.assert_allclose(days.upper, 30 * months.upper)


@pytest.mark.parametrize(("between", "how"), [([], {}), ([5], {}), ([5, -1], {}), ([0, 0], {}), ([5, np.nan], {}),
                                              ([1.5, 2], {"kind": "G"}), ([1, 2], {"kind": "XmR"})])
def test_rare_events_that_cannot_be_charted_are_refused(between, how):
    with pytest.raises(ValueError, match="between|kind"):
        rare_event_chart(between, **how)


# funnels

@pytest.mark.parametrize("case", FUNNEL["exact"], ids=lambda c: f"p{c['p']}_n{c['n']}_{c['level']}")
def test_limits_are_rs_exact_ones_and_accept_the_counts_that_its_test_accepts(case):
    """Continuous limits to 1e-7; counts within them are those that binom.test does not reject."""
    n = case["n"]
    made = funnel_limits([0], [n], target=case["p"], levels=[case["level"]])
    np.testing.assert_allclose([made.lower[0, 0], made.upper[0, 0]],
                               [case["continuous_cp_lower"], case["continuous_cp_upper"]], atol=1e-7)
    beyond = [funnel_limits([x], [n], target=case["p"], levels=[case["level"]]).beyond[0] for x in range(n + 1)]
    inside = np.flatnonzero(np.array(beyond) == 0)
    assert (inside[0], inside[-1]) == (case["accepted_count_min"], case["accepted_count_max"])


def test_target_outlier_and_dispersion_are_those_of_funnelplotr():
    """Its limits are arcsine ones; the pooled target, the one area outside and phi must agree."""
    ref = FUNNEL["FunnelPlotR"]
    made = funnel_limits(ref["numerator"], ref["denominator"], names=ref["group"])
    assert made.target == pytest.approx(ref["target"]) and made.dispersion == pytest.approx(ref["phi"])
    assert (made.beyond != 0).astype(int).tolist() == ref["outlier"]


@given(st.integers(1, 200), st.floats(0.05, 0.95), st.sampled_from(["binomial", "poisson"]))
@settings(max_examples=50, deadline=None)
def test_by_chance_alone_a_value_lies_outside_no_more_often_than_promised(n, rate, family):
    made = funnel_limits([0], [n], target=rate, family=family)
    x = np.arange(n + 1 if family == "binomial" else 4 * n + 40)
    chance = (binom(n, rate) if family == "binomial" else poisson(n * rate)).pmf(x)
    for k, level in enumerate(made.levels):
        tail = (1 - level) / 2
        assert chance[x / n < made.lower[k, 0] - 1e-9].sum() <= tail + 1e-9
        assert chance[x / n > made.upper[k, 0] + 1e-9].sum() <= tail + 1e-9


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(30, 90)), min_size=2, max_size=8))
@settings(max_examples=50, deadline=None)
def test_the_order_of_areas_does_not_matter_and_wider_levels_hold_narrower_ones(pairs):
    x, n = (np.array(v) for v in zip(*pairs, strict=True))
    if not 0 < x.sum() < n.sum():
        return
    one, other = funnel_limits(x, n), funnel_limits(x[::-1], n[::-1])
    np.testing.assert_allclose(one.lower, other.lower[:, ::-1])
    assert (one.lower[1] <= one.lower[0]).all() and (one.upper[1] >= one.upper[0]).all()


def test_the_sentence_says_how_many_by_chance_and_that_few_areas_allow_no_order():
    said = str(funnel_limits([70, 30], [100, 100], names=["A", "B"]).sentence())
    assert "2 lie outside the 99.8% limits" in said and "about 0.1 of 2" in said
    assert "fewer than 10 areas" in said and "no order of merit" in said


def test_from_ten_areas_on_the_sentence_says_whether_they_differ_beyond_chance():
    made = funnel_limits([10, 50] * 6, [100] * 12)
    assert made.dispersion > 1.5 and "more than their counts explain" in made.sentence()
    same = funnel_limits([30, 31] * 6, [100] * 12)
    assert "as they stand" in same.sentence()


def test_a_release_hides_a_pooled_value_that_rests_on_few_people():
    made = funnel_limits([2, 30], [50, 60])
    assert "[hidden]" in protect_sentence(made.sentence(), Rule.preset("nhs"))


def test_the_drawn_curve_is_the_limits_by_size():
    made, drawn = funnel_limits([7], [20], target=0.7), curve(0.7, (0.95, 0.998), "binomial", 20 / 1.04)
    assert drawn.iloc[-1]["lower_95"] == pytest.approx(made.lower[0, 0])


@pytest.mark.parametrize(("x", "n", "how", "words"), [
    ([], [], {}, "empty"), ([1, np.nan], [5, 5], {}, "missing"), ([1.5, 1], [5, 5], {}, "whole"),
    ([7, 1], [2, 5], {}, "below its numerator"), ([0, 1], [0, 5], {}, "is 0"), ([1, 1], [5, 5], {"names": "aa"}, "twice"),
    ([1, 1], [5, 5], {"names": "abc"}, "one value"), ([1, 1], [5, 5], {"target": 70}, "0.7 for 70"),
    ([1, 1], [5, 5], {"levels": (0.998, 0.95)}, "levels"), ([1, 1], [5, 5], {"levels": ()}, "levels"),
    ([1, 1], [5, 5], {"family": "normal"}, "family"), ([1], [5, 5], {}, "one value")])
def test_a_funnel_that_cannot_be_is_refused_in_words(x, n, how, words):
    with pytest.raises(ValueError, match=words):
        funnel_limits(x, n, **how)
