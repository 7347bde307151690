"""Areas pooled: by hand, by properties, coverage, who is set aside, and bad input."""

import time

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pi_research import its
from pi_research.its import _ar1
from pi_research.numerics.random_effects import random_effects

LEVEL, SLOPE = "level_change[the programme]", "slope_change[the programme]"
MONTHS = np.datetime64("2012-01") + np.arange(60)


def noise(size, rho, rng):
    made = rng.normal(size=size)
    for t in range(1, size[-1]):
        made[..., t] = rho * made[..., t - 1] + np.sqrt(1 - rho**2) * made[..., t]
    return made


def areas(k=4, seed=1, change=-5.0, spread=0.0):
    """k series of 30 to 40 months with a start of their own, and their designs."""
    rng, series, starts = np.random.default_rng(seed), {}, {}
    for j in range(k):
        n, start = 30 + j % 11, 14 + j % 5
        after = np.arange(n) >= start
        series[f"A{j}"] = 50 + noise((n,), 0.3, rng) + (change + spread * rng.normal()) * after
        starts[f"A{j}"] = MONTHS[start]
    designs, aside = its.staggered_designs({a: MONTHS[:len(y)] for a, y in series.items()}, starts)
    assert not aside
    return series, designs


# --- by hand -----------------------------------------------------------------------------------------------


def test_pooled_are_the_areas_own_estimates_by_random_effects_with_errors_at_the_common_autocorrelation():
    series, designs = areas()
    found = its.pool_areas(series, designs)
    own, errors = [], []
    for area, y in series.items():
        own.append(its.segmented_regression(y, designs[area]).coefficient(LEVEL).estimate)
        X = designs[area].matrix().to_numpy()
        V = _ar1.correlation(np.arange(len(y)), found.rho)
        bread = np.linalg.inv(X.T @ np.linalg.solve(V, X))
        left = y - X @ bread @ X.T @ np.linalg.solve(V, y)
        sigma2 = left @ np.linalg.solve(V, left) / (len(y) - 4)
        errors.append(np.sqrt(sigma2 * bread[2, 2]))
    np.testing.assert_allclose(found.errors[LEVEL], errors, rtol=1e-6)
    by_hand = random_effects(own, errors)
    assert found.pooled[LEVEL].estimate == pytest.approx(by_hand.estimate)
    assert found.pooled[LEVEL].upper == pytest.approx(by_hand.upper)


def test_the_common_autocorrelation_has_the_highest_product_of_restricted_likelihoods():
    series, designs = areas(6)
    found = its.pool_areas(series, designs)

    def likelihood(rho):
        return sum(_ar1.log_likelihood(_ar1.rows_of(y[None], designs[a].matrix().to_numpy(), np.arange(len(y))),
                                       np.array([rho]), restricted=True)[0, 0] for a, y in series.items())  # fmt: skip

    assert all(likelihood(found.rho) >= likelihood(rho) for rho in np.linspace(-0.9, 0.95, 80))


def test_a_method_without_autocorrelation_pools_with_its_own_errors():
    series, designs = areas()
    found = its.pool_areas(series, designs, method="ols")
    own = [its.segmented_regression(y, designs[a], method="ols") for a, y in series.items()]
    np.testing.assert_allclose(found.errors[LEVEL], [fit.coefficient(LEVEL).std_error for fit in own])
    assert np.isnan(found.rho)


def test_the_table_has_each_area_s_own_interval_months_weight_and_shrunken_estimate():
    series, designs = areas(spread=3.0)
    found = its.pool_areas(series, designs)
    table = found.areas()
    assert len(table) == 2 * 4
    first = table.iloc[0]
    own = its.segmented_regression(series["A0"], designs["A0"]).coefficient(LEVEL)
    assert tuple(first[["area", "months_before", "months_after"]]) == ("A0", 14, 16)
    assert tuple(first[["estimate", "lower", "upper"]]) == (own.estimate, own.lower, own.upper)
    level = table[table["term"] == LEVEL]
    assert level["weight"].sum() == pytest.approx(1)
    assert level["shrunken"].std() < level["estimate"].std()


def test_the_sentence_gives_areas_interval_prediction_and_spread():
    said = its.pool_areas(*areas(8, spread=2.0)).sentence("Bed days", "bed days a day")
    assert "Bed days, 8 areas: from the programme on the level changed by " in said
    assert "random effects by REML, Hartung and Knapp's interval" in said
    assert "in one more such area it would lie between" in said and "I-squared; Q = " in said
    assert "The areas have 14 to 18 months before their start and 16 to 21 from it on" in said
    two = its.pool_areas(*areas(2)).sentence("Bed days", "bed days a day")
    assert "2 areas" in two and "one more such area" not in two


def test_counts_pool_to_a_rate_ratio_with_the_events_behind_it():
    rng, series, designs = np.random.default_rng(3), {}, {}
    for j in range(5):
        design = its.Design(MONTHS[:36], [its.Interruption("s", MONTHS[15 + j])], offset=np.full(36, 100.0 + j))
        rate = 0.2 * np.exp(-0.7 * design.after("s"))
        designs[f"A{j}"], series[f"A{j}"] = design, rng.poisson(design.offset * rate)
    found = its.pool_areas(series, designs, "s", family="quasi_poisson")
    said = found.sentence("Admissions", "admissions")
    assert "the rate was multiplied by 0." in said and found.pooled["level_change[s]"].upper < 0
    behind = said.numbers["one_0"].behind
    assert sum(behind) == sum(int(y.sum()) for y in series.values())


def test_one_design_serves_areas_that_began_together():
    rng, design = np.random.default_rng(4), its.Design(MONTHS[:30], [its.Interruption("s", MONTHS[15])])
    found = its.pool_areas({a: rng.normal(50, 1, 30) for a in "ABC"}, design, "s")
    assert list(found.fits) == ["A", "B", "C"]


def test_fifty_areas_are_quick():
    series, designs = areas(50)
    start = time.perf_counter()
    its.pool_areas(series, designs)
    assert time.perf_counter() - start < 10  # about one second on a quiet machine


# --- who is set aside --------------------------------------------------------------------------------------


def test_areas_that_cannot_be_analysed_are_set_aside_by_name_and_reason_and_the_rest_stands():
    series, designs = areas(5)
    series |= {"flat": np.full(30, 7.0), "gap": np.where(np.arange(30) == 4, np.nan, 50.0 + np.arange(30) % 3),
               "short": series["A0"][:10], "lost": series["A1"]}
    months = {a: MONTHS[:len(y)] for a, y in series.items() if a != "lost"}
    starts = {a: MONTHS[14] for a in months} | {"short": MONTHS[5], "A4": None}
    designs, aside = its.staggered_designs(months, starts)
    found = its.pool_areas(series, designs, set_aside=aside)
    assert list(found.fits) == ["A0", "A1", "A2", "A3"]
    reasons = {"A4": "no start", "flat": "constant", "gap": "no finite value in May 2012",
               "short": "10 usable months; at least 12", "lost": "no design"}
    assert set(found.set_aside) == set(reasons)
    for area, why in reasons.items():
        assert why in found.set_aside[area]
    assert "Set aside: A4 (no start is given)." in found.sentence("Bed days", "days")


def test_an_area_near_a_unit_root_stays_and_is_counted_in_words():
    series, designs = areas(3)
    walk = np.cumsum(np.random.default_rng(11).normal(0, 1, (40, 30)), axis=1)
    near = its.segmented_regression(walk, designs["A0"]).near_unit_root
    series["walk"], designs["walk"] = walk[np.argmax(near)], designs["A0"]
    found = its.pool_areas(series, designs)
    assert "walk" in found.near_unit_root and "walk" in found.fits
    assert "cannot be told from a series that wanders; they are kept." in found.sentence("Bed days", "days")


# --- properties --------------------------------------------------------------------------------------------


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 1000), st.floats(0.1, 20), st.permutations(range(4)))
def test_unit_and_order_of_areas_change_nothing_but_the_unit(seed, unit, order):
    series, designs = areas(4, seed, spread=2.0)
    one = its.pool_areas(series, designs).pooled
    two = its.pool_areas({f"A{j}": unit * series[f"A{j}"] for j in order}, designs).pooled
    for term in one:
        assert two[term].estimate == pytest.approx(unit * one[term].estimate, rel=1e-3, abs=1e-4 * unit)
        assert two[term].std_error == pytest.approx(unit * one[term].std_error, rel=1e-3, abs=1e-4 * unit)


# --- coverage: a small run of what the docstring says; Monte Carlo error of 40 at 0.95 is 0.034 ---------------


def test_the_pooled_interval_covers_level_and_slope_of_areas_with_an_autocorrelation_of_their_own():
    rng, design, held = np.random.default_rng(6), its.Design(MONTHS[:30], [its.Interruption("s", MONTHS[15])]), [0, 0]
    after = (np.arange(30) >= 15) * 1.0
    for _ in range(40):
        series = {str(j): noise((30,), rng.uniform(0, 0.8), rng) + rng.normal(-2, 0.7) * after for j in range(4)}
        pooled = its.pool_areas(series, design, "s", method="reml").pooled
        for k, (term, true) in enumerate((("level_change[s]", -2), ("slope_change[s]", 0))):
            held[k] += pooled[term].lower <= true <= pooled[term].upper
    assert min(held) / 40 >= 0.85


# --- bad input -----------------------------------------------------------------------------------------------


def test_fewer_than_two_areas_are_refused_with_the_reasons():
    series, designs = areas(1)
    with pytest.raises(ValueError, match=r"1 areas can be analysed.*B: no design is given"):
        its.pool_areas(series | {"B": series["A0"]}, designs)
    with pytest.raises(ValueError, match="0 areas"):
        its.pool_areas({}, {})


def test_designs_that_allow_different_changes_are_refused():
    series, designs = areas(2)
    designs["A1"] = its.Design(designs["A1"].months, [its.Interruption("the programme", MONTHS[15], slope=False)])
    with pytest.raises(ValueError, match="allow different changes"):
        its.pool_areas(series, designs)


def test_a_series_given_for_two_areas_is_refused_rather_than_believed():
    series, designs = areas(1)
    with pytest.raises(ValueError, match="all the same"):
        its.pool_areas({"A": series["A0"], "B": series["A0"]}, designs["A0"])


def test_an_unknown_method_or_interruption_is_an_error_and_sets_no_area_aside():
    series, designs = areas(2)
    with pytest.raises(NotImplementedError):
        its.pool_areas(series, designs, method="magic")
    with pytest.raises(ValueError, match="no interruption"):
        its.pool_areas(series, designs, "another")


def test_indexed_series_of_other_months_are_set_aside():
    series, designs = areas(3)
    series["A2"] = pd.Series(series["A2"], pd.date_range("2015-01-01", periods=len(series["A2"]), freq="MS"))
    assert "other months" in its.pool_areas(series, designs).set_aside["A2"]
