"""Random effects by REML with Hartung and Knapp's interval: against metafor, by hand, by properties, bad input."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pi_research.numerics.random_effects import random_effects

CASES = json.loads((Path(__file__).parents[1] / "reference/metafor.json").read_text(encoding="utf-8"))["cases"]


def made(case):
    d = CASES[case]
    found = random_effects(d["yi"], np.sqrt(d["vi"]), guard=d["test"] == "adhoc")
    return found, d["values"]


# --- against R's metafor: both find the root of one equation, so that only rounding parts them: 1e-8 -----------


@pytest.mark.parametrize("case", CASES)
def test_mean_interval_spread_and_prediction_equal_metafor(case):
    found, r = made(case)
    same = {"estimate": found.estimate, "se": found.std_error, "ci_lower": found.lower, "ci_upper": found.upper,
            "tau2": found.tau2, "I2": 100 * found.i2, "Q": found.q, "Q_p": found.q_p, "k": found.k,
            "pi_lower": found.prediction(found.df).lower, "pi_upper": found.prediction(found.df).upper}
    for name, ours in same.items():
        assert ours == pytest.approx(r[name], rel=1e-8, abs=1e-8), name
    km2 = found.prediction()
    assert (km2.lower, km2.upper) == pytest.approx((r["pi_hts_km2_lower"], r["pi_hts_km2_upper"]), abs=1e-8)


@pytest.mark.parametrize("case", [name for name, d in CASES.items() if "blup" in d["values"]])
def test_shrunken_estimates_their_errors_and_limits_equal_metafor_s_blup(case):
    found, r = made(case)
    limits = found.shrunken_limits()
    for ours, theirs in zip((found.shrunken, found.shrunken_error, *limits), r["blup"], strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-8)


def test_where_no_spread_is_estimated_tau2_is_0_and_every_area_shrinks_to_the_mean():
    found, r = made("hand3_tau0_knha")
    assert (found.tau2, r["tau2"], found.i2) == (0.0, 0, 0.0)
    np.testing.assert_array_equal(found.shrunken, found.estimate)
    assert found.scale < 1, "the plain interval is narrower than the classical one here"
    classical, _ = made("hand3_tau0_adhoc")
    assert classical.std_error == pytest.approx(sum(1 / v for v in CASES["hand3_tau0_knha"]["vi"]) ** -0.5)
    assert classical.upper - classical.lower > found.upper - found.lower


# --- by hand -------------------------------------------------------------------------------------------------


def test_two_estimates_with_equal_errors_by_hand():
    # mean 2; variance of the two 2, less 1 of their own is tau2 = 1; error of the mean sqrt(2 / 2) = 1, and
    # Student's t with one degree of freedom has 12.7062 at 95%
    found = random_effects([1.0, 3.0], [1.0, 1.0])
    assert (found.estimate, found.std_error, found.tau2) == pytest.approx((2, 1, 1), abs=1e-12)
    assert (found.lower, found.upper) == pytest.approx((2 - 12.7062, 2 + 12.7062), abs=1e-4)
    np.testing.assert_allclose(found.shrunken, [1.5, 2.5])
    assert np.isnan(found.prediction()).all(), "two tell nothing of a third"


def test_the_summary_is_one_row_with_the_interval_and_the_prediction():
    row = random_effects([1.0, 2.0, 6.0], [1.0, 1.0, 1.0]).summary().iloc[0]
    assert row["prediction_lower"] < row["lower"] < row["estimate"] < row["upper"] < row["prediction_upper"]
    assert (row["k"], row["df"]) == (3, 2)


# --- properties ----------------------------------------------------------------------------------------------

estimates = st.lists(
    st.tuples(st.floats(-5, 5), st.floats(0.05, 3)), min_size=2, max_size=12
).filter(lambda pairs: np.ptp([y for y, _ in pairs]) > 1e-3)


@settings(max_examples=50, deadline=None)
@given(estimates, st.floats(-10, 10), st.floats(0.1, 10))
def test_order_shift_and_unit_change_nothing_but_themselves(pairs, shift, unit):
    y, error = map(np.array, zip(*pairs, strict=True))
    one = random_effects(y, error)
    other = random_effects((unit * y + shift)[::-1], (unit * error)[::-1])
    close = {"rel": 1e-6, "abs": 1e-6 * unit * (1 + np.abs(y).max())}
    assert other.estimate == pytest.approx(unit * one.estimate + shift, **close)
    assert other.std_error == pytest.approx(unit * one.std_error, **close)
    assert other.tau2**0.5 == pytest.approx(unit * one.tau2**0.5, rel=1e-4, abs=1e-3 * unit)


@settings(max_examples=50, deadline=None)
@given(estimates)
def test_the_mean_and_the_shrunken_lie_among_the_estimates_and_weights_are_shares(pairs):
    y, error = map(np.array, zip(*pairs, strict=True))
    found = random_effects(y, error)
    assert y.min() - 1e-9 <= found.estimate <= y.max() + 1e-9
    assert (np.abs(found.shrunken - found.estimate) <= np.abs(y - found.estimate) + 1e-9).all()
    assert found.weight.sum() == pytest.approx(1) and (found.weight > 0).all()
    assert found.tau2 >= 0 and 0 <= found.i2 < 1


@settings(max_examples=30, deadline=None)
@given(estimates)
def test_no_other_tau2_has_a_higher_restricted_likelihood(pairs):
    y, error = map(np.array, zip(*pairs, strict=True))

    def likelihood(tau2):
        w = 1 / (error**2 + tau2)
        return (np.log(w).sum() - np.log(w.sum()) - w @ (y - w @ y / w.sum()) ** 2) / 2

    best = likelihood(random_effects(y, error).tau2)
    assert all(likelihood(t) <= best + 1e-9 for t in [0, *np.geomspace(1e-6, 1e3, 300)])


# --- coverage: a small run; Monte Carlo error of 600 at 0.95 is 0.009 -----------------------------------------


@pytest.mark.parametrize("k", [3, 10])
def test_the_interval_of_the_mean_covers_it_where_few_estimates_differ(k):
    rng = np.random.default_rng(k)
    held = 0
    for _ in range(600):
        error = rng.uniform(0.7, 1.4, k)
        found = random_effects(rng.normal(rng.normal(0, 1, k), error), error)
        held += found.lower <= 0 <= found.upper
    assert 0.92 <= held / 600 <= 0.98


# --- bad input -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("y", "error", "said"), [
    ([], [], "0 estimates cannot be pooled"),
    ([1.0], [1.0], "1 estimates cannot be pooled"),
    ([1.0, 2.0], [1.0], "must be lists of one length"),
    ([[1.0, 2.0]], [[1.0, 1.0]], "must be lists of one length"),
    ([1.0, np.nan], [1.0, 1.0], "estimate, entry 2, is not a number"),
    ([1.0, 2.0], [1.0, 0.0], "std_error, entry 2, is not a number above 0"),
    ([1.0, 2.0], [-1.0, 1.0], "std_error, entry 1, is not a number above 0"),
    ([1.0, 2.0], [1.0, np.inf], "std_error, entry 2"),
])  # fmt: skip
def test_estimates_that_cannot_be_pooled_are_refused_by_name(y, error, said):
    with pytest.raises(ValueError, match=said):
        random_effects(y, error)


def test_a_level_outside_0_and_1_is_refused():
    with pytest.raises(ValueError, match="level must lie between 0 and 1"):
        random_effects([1, 2], [1, 1], level=95)


def test_estimates_that_are_all_the_same_have_an_interval_only_under_guard():
    with pytest.raises(ValueError, match="all the same"):
        random_effects([2.0, 2.0, 2.0], [1.0, 0.5, 2.0])
    found = random_effects([2.0, 2.0, 2.0], [1.0, 0.5, 2.0], guard=True)
    assert (found.estimate, found.std_error, found.tau2) == pytest.approx((2, 5.25**-0.5, 0))
