"""Limits of control charts: the NHS's package, R's tails, hand-worked values, and what is refused."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom, poisson

from pi_research.measures import ENOUGH, dispersion, p_limits, special_causes, u_limits, xmr_limits

REFERENCE = Path(__file__).parents[1] / "reference"
PTD = json.loads((REFERENCE / "ptd.json").read_text(encoding="utf-8"))["charts"]
SPC = json.loads((REFERENCE / "spc.json").read_text(encoding="utf-8"))
LINES = {"mean": "centre", "lpl": "lower", "upl": "upper", "nlpl": "near_lower", "nupl": "near_upper"}
each_chart = pytest.mark.parametrize("case", PTD, ids=lambda c: c["case"])


def charted(case):
    return xmr_limits(case["y"], rebase=case["rebase"], fix_after=case["fix_after"], screen=case["screen"])


@each_chart
def test_xmr_limits_equal_those_of_nhsrplotthedots(case):
    """To 1e-9 of the value: the package prints 15 digits."""
    made = charted(case)
    firsts = [0, *case["rebase"]]
    for theirs, ours in LINES.items():
        np.testing.assert_allclose(getattr(made, ours)[firsts], case["lines"][theirs], rtol=1e-9, atol=1e-9)
    assert made.trial[firsts].tolist() == case["short"]


def test_limits_of_a_hand_worked_series():
    """Ranges 2 1 1 2 1 1 2 1 1 2 1: their mean is 15/11, and no range is above 3.267 times that."""
    made = xmr_limits([5, 7, 6, 5, 7, 6, 5, 7, 6, 5, 7, 6])
    assert made.centre[0] == 6 and made.screened == 0
    assert made.upper[0] == pytest.approx(6 + 2.66 * 15 / 11) and made.lower[0] == pytest.approx(6 - 2.66 * 15 / 11)


def test_one_jump_is_screened_out_of_the_limits_but_not_of_the_mean():
    made = xmr_limits([1.0, 2, 1, 2, 1, 2, 1, 2, 100])
    assert made.screened == 1 and made.upper[0] - made.centre[0] == pytest.approx(2.66)
    assert xmr_limits([1.0, 2, 1, 2, 1, 2, 1, 2, 100], screen=False).screened == 0


@pytest.mark.parametrize("value", [0.0, 0.1, 7.0])
def test_a_series_that_never_varies_has_limits_at_its_mean_and_no_signal(value):
    made = xmr_limits([value] * 15)
    assert np.isfinite([made.lower, made.upper]).all() and not special_causes(made).sign.any()
    assert made.lower[0] == pytest.approx(value) == made.upper[0]


def test_a_point_on_the_mean_is_on_neither_side_whatever_the_last_bits_of_the_sum():
    assert xmr_limits([0.7, 0.8, 0.6, 0.7, 0.8, 0.6]).side.tolist() == [0, 1, -1, 0, 1, -1]


def test_thirteen_points_are_enough_and_twelve_are_trial():
    assert xmr_limits(range(ENOUGH - 1)).trial.all() and not xmr_limits(range(ENOUGH)).trial.any()


@given(st.lists(st.integers(-1000, 1000), min_size=2, max_size=40), st.integers(-500, 500), st.sampled_from([0.5, 3, -2]))
@settings(max_examples=50, deadline=None)
def test_limits_move_with_the_origin_and_the_unit(values, shift, scale):
    one, other = xmr_limits(values), xmr_limits(np.array(values) * scale + shift)
    low, high = (other.lower, other.upper) if scale > 0 else (other.upper, other.lower)
    np.testing.assert_allclose(low, one.lower * scale + shift, atol=1e-6)
    np.testing.assert_allclose(high, one.upper * scale + shift, atol=1e-6)


# exact charts

@pytest.mark.parametrize(("name", "n", "share"), [("binomial_n40_p30", 40, 0.3), ("binomial_n190_p77", 190, 0.77)])
def test_p_limits_are_rs_binomial_tails(name, n, share):
    """R's uniroot of pbeta, tolerance 1e-12 in the count; scipy inverts the same function to about 1e-8."""
    from pi_research.measures._counts import count_limits
    from pi_research.measures.charts import NEAR, OUTER

    limits = [*count_limits([n], share, OUTER, "binomial"), *count_limits([n], share, NEAR, "binomial")]
    np.testing.assert_allclose(np.ravel(limits), SPC[name], rtol=1e-6)


@pytest.mark.parametrize(("name", "mean"), [("poisson_9", 9), ("poisson_30", 30)])
def test_u_limits_are_rs_poisson_tails(name, mean):
    made = u_limits([mean] * 4)
    limits = [made.lower[0], made.upper[0], made.near_lower[0], made.near_upper[0]]
    np.testing.assert_allclose(limits, SPC[name], rtol=1e-6)


@given(st.integers(1, 60), st.floats(0.02, 0.98))
@settings(max_examples=50, deadline=None)
def test_a_stable_share_lies_outside_less_often_than_promised_whatever_the_counts(n, share):
    from pi_research.measures._counts import count_limits
    from pi_research.measures.charts import OUTER

    low, high = count_limits([n], share, OUTER, "binomial").ravel()
    x = np.arange(n + 1)
    chance = binom(n, share).pmf(x)
    assert chance[x < low - 1e-9].sum() <= OUTER + 1e-9 and chance[x > high + 1e-9].sum() <= OUTER + 1e-9


def test_neither_side_of_an_exact_chart_is_favoured():
    """With 0.3 expected, nought is the median: seven noughts in a row are no run below the centre."""
    made = u_limits([0, 0, 1, 0, 0, 0, 1, 0, 0, 0])
    assert made.side.tolist() == [0, 0, 1, 0, 0, 0, 1, 0, 0, 0]
    law = poisson(made.centre[0])
    assert law.cdf(0) >= 0.5 and law.sf(0) < 0.5


def test_limits_follow_each_periods_own_size_and_start_anew_where_rebased():
    made = p_limits([5, 50, 5, 9, 90, 9], [10, 100, 10, 10, 100, 10], rebase=[3])
    assert made.centre.round(3).tolist() == [0.5] * 3 + [0.9] * 3 and made.group.tolist() == [0, 0, 0, 1, 1, 1]
    assert made.upper[0] > made.upper[1] and made.lower[0] < made.lower[1]


@pytest.mark.parametrize("parts", [[0, 0, 0], [4, 4, 4]])
def test_none_and_all_have_limits_and_no_signal(parts):
    made = p_limits(parts, [4, 4, 4])
    assert np.isfinite(made.lower).all() and not special_causes(made).sign.any()


def test_laneys_chart_equals_the_xmr_chart_where_every_period_has_the_same_size():
    """Laney (2002): p prime generalises XmR; 3/1.128 is 2.66 to three digits, hence the tolerance."""
    x = [137, 149, 150, 146, 148, 145, 157, 137, 154]
    prime, plain = p_limits(x, [190] * 9, prime=True), xmr_limits(np.array(x) / 190)
    np.testing.assert_allclose(prime.upper, plain.upper, rtol=2e-4)
    assert prime.kind == "p′" and u_limits(x, prime=True).kind == "u′"


def test_dispersion_is_about_one_for_independent_counts_and_larger_for_clusters():
    rng = np.random.default_rng(1)
    assert dispersion(rng.binomial(200, 0.3, 400), [200] * 400, "binomial") == pytest.approx(1, abs=0.1)
    assert dispersion(9 * rng.poisson(5, 400), [1] * 400, "poisson") == pytest.approx(3, abs=0.3)


# what is refused

@pytest.mark.parametrize(("call", "words"), [
    (lambda: xmr_limits([]), "empty"), (lambda: xmr_limits([3]), "one point"),
    (lambda: xmr_limits([1, np.nan, 2]), "1 of 3 values are missing"), (lambda: xmr_limits([1, np.inf]), "endless"),
    (lambda: xmr_limits([1, 2, 3, 4], rebase=[3]), "one point only"),
    (lambda: xmr_limits([1, 2, 3, 4], rebase=[4]), "rising places"),
    (lambda: xmr_limits([1, 2, 3, 4, 5, 6], rebase=[4, 2]), "rising places"),
    (lambda: xmr_limits([1, 2, 3], fix_after=1), "2 or more"),
    (lambda: p_limits([7, 2], [2, 5]), "350%"), (lambda: p_limits([1, 2], [0, 5]), "0 or negative"),
    (lambda: p_limits([-1, 2], [3, 5]), "whole numbers"), (lambda: p_limits([1.5, 2], [3, 5]), "whole numbers"),
    (lambda: p_limits([1, 2, 3], [3, 5]), "one value a period"), (lambda: u_limits([1, 2], [1, 0]), "0 or negative"),
])
def test_what_cannot_be_charted_is_refused_in_words(call, words):
    with pytest.raises(ValueError, match=words):
        call()


def test_a_chart_answers_as_a_table():
    frame = xmr_limits([1, 2, 1, 2]).summary()
    assert list(frame)[:4] == ["value", "centre", "lower", "upper"] and frame["trial"].all()
