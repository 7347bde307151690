"""Segmented regression against R, by hand, by its properties, and with bad input."""

import json
import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pi_research.its import METHODS, CovidPeriod, Design, Interruption, SegmentedRegressions, _ar1, segmented_regression

ROOT = Path(__file__).parents[2]
ENGLAND = json.loads((ROOT / "tests/reference/its.json").read_text())["cases"]["delayed_days_a_day"]
CALIFORNIA = json.loads((ROOT / "data/validation/its_reference.json").read_text())["cases"]["california"]
TERMS = ["intercept", "time", "level_change[x]", "slope_change[x]"]
GAUSSIAN = list(METHODS)
AR1 = [m for m in GAUSSIAN if m not in ("ols", "newey_west")]


def design_of(n, n_pre, **more):
    months = np.datetime64("2012-01") + np.arange(n)
    return Design(months, [Interruption("x", months[n_pre])], **more)


def series(n, rho, seed):
    noise = np.random.default_rng(seed).normal(size=n)
    for k in range(1, n):
        noise[k] = rho * noise[k - 1] + np.sqrt(1 - rho**2) * noise[k]
    return noise


def as_r_has_it(result):
    """R's time starts at 1, ours at 0: its intercept is ours less one slope."""
    move = np.eye(4)
    move[0, 1] = -1
    return move @ result.coefficients, np.sqrt(np.diag(move @ result.covariance @ move.T))


def california():
    """Packs sold a head, Proposition 99, with R's time 1..n in the design matrix."""
    y, n_pre = np.array(CALIFORNIA["dataset"]["y"], dtype=float), CALIFORNIA["dataset"]["pre"]
    design = design_of(len(y), n_pre)
    X = design.matrix().to_numpy()
    X[:, 1] += 1
    return CALIFORNIA["values"], y, design, _ar1.rows_of(y[None], X, np.arange(len(y)))


# --- against R: tests/validation/test_its_reference.py holds every method; here what happens at the edge ----


@pytest.mark.parametrize(("kind", "restricted"), [("reml", True), ("ml", False)])
def test_at_r_s_own_rho_coefficients_errors_and_likelihood_equal_nlme_also_next_to_the_edge(kind, restricted):
    values, _, _, rows = california()
    r = values[kind]
    fit = _ar1.fit_at(rows, np.array([r["rho"]]), restricted=restricted)
    np.testing.assert_allclose(fit.coefficients[0], r["coef"], rtol=1e-9)
    np.testing.assert_allclose(np.sqrt(np.diag(fit.covariance[0])), r["se"], rtol=1e-9)
    assert fit.log_likelihood[0] == pytest.approx(r["loglik"], abs=1e-9)


def test_where_reml_runs_to_one_our_likelihood_is_above_r_s_and_level_and_slope_agree():
    values, y, design, rows = california()
    r, result = values["reml"], segmented_regression(y, design, method="reml")
    ours = _ar1.fit_at(rows, np.array([result.rho]))
    assert ours.log_likelihood[0] > r["loglik"]
    assert result.rho > r["rho"]
    np.testing.assert_allclose(result.coefficients[1:], r["coef"][1:], rtol=1e-8)
    np.testing.assert_allclose(np.sqrt(np.diag(result.covariance))[2:], r["se"][2:], rtol=1e-8)


def test_at_the_edge_level_and_slope_are_those_of_the_differenced_series():
    # a random walk with a drift that changes: mean step 1970-1988 and 1989 on; the level is the odd step of 1989
    _, y, design, _ = california()
    result, steps = segmented_regression(y, design, method="reml"), np.diff(y)
    before, after = steps[:18], steps[19:]
    np.testing.assert_allclose(result.coefficients[1], before.mean(), rtol=1e-6)
    np.testing.assert_allclose(result.coefficients[3], after.mean() - before.mean(), rtol=1e-6)
    np.testing.assert_allclose(result.coefficients[2], steps[18] - before.mean(), rtol=1e-6)


def test_arima_has_the_likelihood_of_statsmodels_and_a_higher_one_than_where_its_optimiser_stops():
    from statsmodels.tsa.arima.model import ARIMA

    for design in (design_of(60, 30), design_of(60, 20, covid=CovidPeriod("2014-06", "2015-10"))):
        y = series(60, 0.5, 3)
        result = segmented_regression(y, design, method="arima")
        peer = ARIMA(np.where(design.masked, np.nan, y), exog=design.matrix().to_numpy(), order=(1, 0, 0), trend="n")
        ours = [*result.coefficients, result.rho, result.sigma**2 * (1 - result.rho**2)]
        stopped = peer.fit()
        assert peer.loglike(ours) >= stopped.llf
        np.testing.assert_allclose(ours, stopped.params, atol=5e-3)


def test_prop_99_by_least_squares_falls_by_20_packs_and_by_prais_winsten_by_6_as_stata_prints():
    # Linden's worked example in Stata: -20.058 (3.747) and, with prais, -6.084 (2.725), rho 0.944
    _, y, design, _ = california()
    plain, prais = (segmented_regression(y, design, method=m) for m in ("ols", "prais_winsten"))
    found = [(r.coefficients[2], np.sqrt(r.covariance[2, 2]), r.rho) for r in (plain, prais)]
    np.testing.assert_allclose(found, [(-20.0581, 3.7471, 0), (-6.0840, 2.7249, 0.944)], atol=6e-4)


@pytest.mark.skipif("PI_DTOC_WORKBOOK" not in os.environ, reason="PI_DTOC_WORKBOOK names no workbook")
def test_delayed_days_equal_r_where_PI_DTOC_WORKBOOK_names_the_published_workbook():
    from pi_research.extract.nhs_workbook import read_delayed_transfers

    frame = read_delayed_transfers(os.environ["PI_DTOC_WORKBOOK"]).iloc[3:]
    case, y = ENGLAND, (frame["total"] / frame["days_in_month"]).to_numpy()
    design = Design(frame["month"], [Interruption("x", "2017-04")])
    coefficients, errors = as_r_has_it(segmented_regression(y, design, method="ols"))
    np.testing.assert_allclose(coefficients, case["ols"]["coef"], rtol=1e-10)
    np.testing.assert_allclose(errors, case["ols"]["se"], rtol=1e-10)
    errors = as_r_has_it(segmented_regression(y, design, method="newey_west"))[1]
    np.testing.assert_allclose(errors, case["newey_west_lag1_adj"]["se"], rtol=1e-10)
    result = segmented_regression(y, design)
    np.testing.assert_allclose(result.coefficients[2:], case["reml_ar1"]["coef"][2:], rtol=1e-5)
    assert result.near_unit_root


# --- by hand -----------------------------------------------------------------------------


def test_four_and_four_months_worked_by_hand():
    # noise (1, -1, -1, 1) is orthogonal to level and trend in each half, so the lines 10 + 2t and
    # 30 + 5(t - 4) come back exactly; RSS 8 on 8 - 4 df gives variance 2. The level change is the second
    # line at t = 4, variance 2(1/4 + 1.5^2/5), less the first line there, variance 2(1/4 + 2.5^2/5): 4.4
    t, noise = np.arange(4), np.array([1, -1, -1, 1])
    y = np.concatenate([10 + 2 * t + noise, 30 + 5 * t + noise])
    result = segmented_regression(y, design_of(8, 4), method="ols")
    np.testing.assert_allclose(result.coefficients, [10, 2, 12, 3], rtol=1e-12)
    assert result.sigma == pytest.approx(np.sqrt(2))
    level = result.coefficient("level_change[x]")
    assert level.std_error == pytest.approx(np.sqrt(4.4))
    assert result.coefficient("slope_change[x]").std_error == pytest.approx(np.sqrt(2 * (1 / 5 + 1 / 5)))
    assert level.df == 4
    assert level.upper - level.estimate == pytest.approx(2.776445105 * np.sqrt(4.4))  # t table, 4 df, 97.5%
    assert result.residual_autocorrelation == pytest.approx((-1 + 1 - 1 + 1 - 1 + 1 - 1) / 8)
    assert result.durbin_watson == pytest.approx((4 + 0 + 4 + 0 + 4 + 0 + 4) / 8)


def test_with_a_constant_rate_and_full_symmetry_the_count_model_gives_the_ratio_of_the_means():
    # 8, 12, 12, 8 then 16, 24, 24, 16: no trend on either side by symmetry, level ratio 2
    y = [8, 12, 12, 8, 16, 24, 24, 16]
    result = segmented_regression(y, design_of(8, 4), family="quasi_poisson", method="glm")
    np.testing.assert_allclose(np.exp(result.coefficients), [10, 1, 2, 1], rtol=1e-8)
    # Pearson chi-square: 4 of 4/10 and 4 of 16/20, over 8 - 4
    assert result.sigma**2 == pytest.approx((4 * 0.4 + 4 * 0.8) / 4)


def test_a_masked_month_lengthens_the_distance_between_its_neighbours():
    # against generalised least squares written out with the full correlation matrix
    y, times = series(20, 0.5, 3), np.delete(np.arange(22), [7, 8])
    X = np.column_stack([np.ones(20), times, times >= 12])
    inverse = np.linalg.inv(0.6 ** np.abs(np.subtract.outer(times, times)))
    bread = np.linalg.inv(X.T @ inverse @ X)
    beta = bread @ X.T @ inverse @ y
    sigma2 = (y - X @ beta) @ inverse @ (y - X @ beta) / 17
    fit = _ar1.fit_at(_ar1.rows_of(y[None], X.astype(float), times), np.array([0.6]))
    np.testing.assert_allclose(fit.coefficients[0], beta, rtol=1e-10)
    np.testing.assert_allclose(fit.covariance[0], sigma2 * bread, rtol=1e-9)


@pytest.mark.parametrize("masked", [None, CovidPeriod("2012-06", "2012-09")])
def test_the_parts_of_the_small_sample_rules_are_the_derivatives_that_they_claim_to_be(masked):
    n, rho, step = 30, 0.45, 1e-5
    y, design = series(n, 0.4, 8), design_of(n, 15, covid=masked)
    X, times = design.matrix().to_numpy()[~design.masked], np.flatnonzero(~design.masked)
    rows = _ar1.rows_of(y[None, times], X, times)
    fit, up, down = (_ar1.fit_at(rows, np.array([r])) for r in (rho, rho + step, rho - step))
    known = _ar1.information(rows, fit)
    slope = (up.covariance / up.sigma2 - down.covariance / down.sigma2) / (2 * step)
    np.testing.assert_allclose(known.by_rho, fit.sigma2 * slope, rtol=1e-5)
    # expected information written out: half the trace of P dV P dV with P the REML projection
    lag = np.abs(np.subtract.outer(times, times))
    R, dR = rho**lag, ((rho + step) ** lag - (rho - step) ** lag) / (2 * step)
    inverse = np.linalg.inv(R)
    P = inverse - inverse @ X @ np.linalg.solve(X.T @ inverse @ X, X.T @ inverse)
    information = [[np.trace(P @ a @ P @ b) / 2 for b in (R, dR)] for a in (R, dR)]
    np.testing.assert_allclose(known.parameters[0], np.linalg.inv(information), rtol=1e-5)
    # Kackar and Harville: the coefficients move with rho, by a derivative whose covariance Kenward-Roger adds twice
    moved = (up.coefficients - down.coefficients)[0] / (2 * step)
    made = np.linalg.solve(X.T @ inverse @ X, X.T @ inverse @ dR @ P)
    np.testing.assert_allclose(np.abs(made @ y[times]), np.abs(moved), rtol=1e-4)
    added = 2 * known.parameters[0, 1, 1] * fit.sigma2 * (made @ R @ made.T)
    np.testing.assert_allclose(known.added[0], added, rtol=1e-5)


def test_newey_west_counts_its_lag_in_months_across_a_mask():
    y = series(24, 0.3, 5)
    masked = design_of(24, 12, covid=CovidPeriod("2012-04", "2012-05"))
    result = segmented_regression(y, masked, method="newey_west")
    used, X = ~masked.masked, masked.matrix().to_numpy()
    scores = X * np.where(used, np.nan_to_num(result.residuals), 0)[:, None]
    neighbours = scores[1:].T @ scores[:-1]  # months 2 and 5 stand side by side but are no neighbours
    bread = np.linalg.inv(X[used].T @ X[used])
    expected = bread @ (scores.T @ scores + (neighbours + neighbours.T) / 2) @ bread * 22 / 18
    np.testing.assert_allclose(result.covariance, expected, rtol=1e-10)


# --- properties --------------------------------------------------------------------------

EVERY = st.sampled_from(GAUSSIAN)
SEEDS = st.integers(0, 10_000)


@settings(max_examples=30, deadline=None)
@given(EVERY, SEEDS, st.sampled_from([0.0, 0.3, 0.6]), st.floats(-50, 50))
def test_shifting_the_series_shifts_only_the_intercept(method, seed, rho, shift):
    y, design = series(36, rho, seed), design_of(36, 20)
    one, two = (segmented_regression(v, design, method=method) for v in (y, y + shift))
    error = np.sqrt(np.diag(one.covariance))
    assert np.all(np.abs(two.coefficients - one.coefficients - [shift, 0, 0, 0]) < 1e-4 * error)
    np.testing.assert_allclose(np.diag(two.covariance)[1:], np.diag(one.covariance)[1:], rtol=1e-3)


@settings(max_examples=30, deadline=None)
@given(EVERY, SEEDS, st.sampled_from([0.01, 3.0, 1000.0]))
def test_scaling_the_series_scales_estimates_and_errors_and_leaves_the_degrees_of_freedom(method, seed, k):
    y, design = series(36, 0.4, seed), design_of(36, 20)
    one, two = (segmented_regression(v, design, method=method).summary().iloc[1:] for v in (y, k * y))
    for column in ("estimate", "std_error", "lower", "upper"):
        np.testing.assert_allclose(two[column], k * one[column], rtol=1e-4, atol=1e-6 * k)
    np.testing.assert_allclose(two["df"], one["df"], rtol=1e-3)


@settings(max_examples=10, deadline=None)
@given(EVERY, SEEDS, st.integers(-300, 300))
def test_relabelling_the_months_changes_nothing(method, seed, moved):
    y, first = series(30, 0.4, seed), np.datetime64("2012-01") + moved
    months = first + np.arange(30)
    one = segmented_regression(y, design_of(30, 14), method=method)
    two = segmented_regression(y, Design(months, [Interruption("x", months[14])]), method=method)
    pd.testing.assert_frame_equal(one.summary(), two.summary())


@settings(max_examples=10, deadline=None)
@given(SEEDS, st.sampled_from([0.5, 7.0, 365.25]))
def test_another_unit_of_exposure_moves_only_the_rate_and_no_rate_ratio(seed, unit):
    y, days = np.random.default_rng(seed).poisson(20, 30), np.linspace(100, 400, 30)
    one, two = (
        segmented_regression(y, design_of(30, 14, offset=offset), family="quasi_poisson", method="glm")
        for offset in (days, unit * days)
    )
    np.testing.assert_allclose(two.coefficients - one.coefficients, [-np.log(unit), 0, 0, 0], atol=1e-7)
    np.testing.assert_allclose(two.fitted, one.fitted, rtol=1e-7)


def test_what_stands_in_a_masked_month_does_not_matter():
    y, design = series(30, 0.4, 1), design_of(30, 14, covid=CovidPeriod("2012-05", "2012-08"))
    other = np.where(design.masked, np.nan, y)
    one, two = segmented_regression(y, design), segmented_regression(other, design)
    np.testing.assert_array_equal(one.coefficients, two.coefficients)
    assert one.n == 26
    assert np.isnan(one.residuals[design.masked]).all()


def test_turning_the_months_round_turns_the_sign_of_a_level_change_and_nothing_else():
    # an autoregression has no direction: the same numbers backwards, the break seen from the other side
    y = series(40, 0.5, 11)
    months = np.datetime64("2012-01") + np.arange(40)
    design = Design(months, [Interruption("x", months[16], slope=False)])
    mirror = Design(months, [Interruption("x", months[24], slope=False)])
    for method in AR1:
        if method != "prais_winsten":  # its rho looks one way
            one = segmented_regression(y, design, method=method).coefficient("level_change[x]")
            two = segmented_regression(y[::-1], mirror, method=method).coefficient("level_change[x]")
            assert (one.estimate, one.lower) == pytest.approx((-two.estimate, -two.upper), rel=1e-6)


# --- many series at once -----------------------------------------------------------------


@pytest.mark.parametrize("method", GAUSSIAN)
def test_a_matrix_of_series_gives_what_each_series_gives_alone(method):
    design = design_of(30, 14, covid=CovidPeriod("2012-05", "2012-08"))
    y = np.array([series(30, rho, seed) for seed, rho in enumerate((0, 0.3, 0.6, 0.9))])
    many = segmented_regression(y, design, method=method)
    assert isinstance(many, SegmentedRegressions) and many.coefficients.shape == (4, 4)
    table = many.summary().set_index("series")
    for k in range(4):
        alone = segmented_regression(y[k], design, method=method)
        for column in ("estimate", "std_error", "df", "lower", "upper"):
            np.testing.assert_allclose(table.loc[k, column], alone.summary()[column], rtol=1e-7, atol=1e-10)
        assert many.rho[k] == pytest.approx(alone.rho, abs=1e-9)


def test_the_sentence_of_many_series_counts_what_their_intervals_say():
    y = np.array([series(48, 0.2, seed) for seed in range(20)])
    y[:5] += 20 * (np.arange(48) >= 24)
    said = segmented_regression(y, design_of(48, 24)).sentence("x")
    assert said.startswith("Of 20 series at x, the 95% interval for the change of level lies above no change in 5, ")
    assert "48 months each" in said


def test_a_matrix_is_refused_where_a_month_is_missing_and_for_counts():
    y = np.array([GOOD, np.where(np.arange(24) == 3, np.nan, GOOD)])
    with pytest.raises(ValueError, match="y, series 2, has no finite value in April 2012"):
        segmented_regression(y, design_of(24, 12))
    with pytest.raises(ValueError, match="is the series constant"):
        segmented_regression(np.array([GOOD, np.full(24, 3.0)]), design_of(24, 12))
    with pytest.raises(NotImplementedError, match="one series at a time"):
        segmented_regression(np.array([counts(), counts()]), design_of(24, 12), family="quasi_poisson", method="glm")


# --- near a unit root, and what is said --------------------------------------------------


def test_near_a_unit_root_the_intercept_is_not_estimable_and_the_sentence_says_so():
    _, y, design, _ = california()
    result = segmented_regression(y, design, method="reml_satterthwaite")
    assert result.near_unit_root
    assert result.summary().iloc[0, 1:].isna().all()
    assert result.coefficient("slope_change[x]").df == 2  # the fewest: all but nothing is known of the trend
    said = result.sentence("x", "Packs a head", "packs")
    assert "a trend cannot be told from a series that wanders: do not rely on the change of trend" in said
    assert "the estimated autocorrelation 0.99 is at the edge" in said
    default = segmented_regression(y, design)
    assert default.summary().iloc[0, 1:].isna().all()
    assert "the intervals allow for either and are as wide as that makes them" in default.sentence("x", "P", "packs")


def test_beyond_the_autocorrelation_up_to_which_it_was_found_to_hold_the_default_says_so():
    result = segmented_regression(series(60, 0.93, 6), design_of(60, 30))
    assert 0.8 < result.rho < 0.98
    assert "lies beyond 0.8" in result.sentence("x", "Bed days", "days")


@pytest.mark.parametrize(("method", "n", "narrow"), [
    ("reml_integrated", 12, False), ("reml_satterthwaite", 12, True), ("reml_satterthwaite", 24, False),
    ("reml", 48, True), ("reml", 100, False), ("prais_winsten", 48, True), ("arima", 48, True),
    ("newey_west", 48, True), ("ols", 12, False),
])
def test_a_method_that_is_too_narrow_in_so_short_a_series_says_so(method, n, narrow):
    y = np.random.default_rng(4).normal(size=n)
    said = segmented_regression(y, design_of(n, n // 2), method=method).sentence("x", "Bed days", "days")
    assert ("this method's interval is too narrow" in said) is narrow


def test_the_sentence_gives_change_interval_method_and_months():
    t, noise = np.arange(4), np.array([1, -1, -1, 1])
    y = np.concatenate([10 + 2 * t + noise, 30 + 2 * t + noise])
    said = segmented_regression(y, design_of(8, 4), method="ols").sentence("x", "Bed days a day", "days")
    assert said == (
        "Bed days a day: from May 2012 (x) the level changed by +12.0 days at once (95% interval +6.2 to "
        "+17.8, a rise) and the trend changed by +0.00 days each month (95% interval −2.48 to +2.48, which "
        "includes no change); ordinary least squares; 8 months, 4 before and 4 from then on."
    )


def test_a_fall_a_masked_month_and_autocorrelation_left_to_least_squares_are_said():
    y = series(40, 0.9, 2) * 0.5 - 4 * (np.arange(40) >= 20)
    design = design_of(40, 20, covid=CovidPeriod("2012-03", "2012-04"))
    said = segmented_regression(y, design, method="ols").sentence("x", "Bed days", "days")
    assert "a fall" in said
    assert "2 months of the Covid period are left out." in said
    assert "which this method carries not at all; read the interval as too narrow" in said


# --- bad input ---------------------------------------------------------------------------

GOOD = series(24, 0.2, 0)


def counts(**changed):
    y = np.full(24, 5.0) + (np.arange(24) % 3)
    for place, value in changed.items():
        y[int(place[1:])] = value
    return y


@pytest.mark.parametrize(
    ("y", "more", "said"),
    [
        (GOOD[:23], {}, "shape .23,. for 24 months"),
        ([], {}, "shape .0,. for 24 months"),
        (np.zeros((2, 3, 24)), {}, "shape .2, 3, 24. for 24 months"),
        (np.where(np.arange(24) == 3, np.nan, GOOD), {}, "no finite value in April 2012"),
        (np.where(np.arange(24) == 3, np.inf, GOOD), {}, "no finite value in April 2012"),
        (["a"] * 24, {}, "not a number"),
        (np.full(24, 7.0), {}, "is the series constant"),
        (np.zeros(24), {}, "is the series constant"),
        (np.arange(24.0), {"method": "ols"}, "meets every month exactly"),
        (GOOD, {"level": 95}, "between 0 and 1"),
        (counts(m5=-1), {"family": "quasi_poisson", "method": "glm"}, "negative or fractional in June 2012"),
        (counts(m5=0.5), {"family": "quasi_poisson", "method": "glm"}, "negative or fractional in June 2012"),
        (np.zeros(24), {"family": "quasi_poisson", "method": "glm"}, "no event before 'x'"),
        (
            np.where(np.arange(24) < 12, 5, 0) + np.arange(24) % 2 * (np.arange(24) < 12),
            {"family": "quasi_poisson", "method": "glm"},
            "no event after 'x'",
        ),
        (
            np.where(np.arange(24) < 12, counts(), 0) + (np.arange(24) == 23),
            {"family": "quasi_poisson", "method": "glm"},
            "too few events: the fitted count of",
        ),
    ],
)
def test_a_series_that_cannot_be_fitted_says_what_is_wrong_and_where(y, more, said):
    with pytest.raises(ValueError, match=said):
        segmented_regression(y, design_of(24, 12), **more)


def test_a_series_with_other_months_than_the_design_is_refused():
    y = pd.Series(GOOD, index=pd.date_range("2013-01-01", periods=24, freq="MS"))
    with pytest.raises(ValueError, match="other months than the design"):
        segmented_regression(y, design_of(24, 12))
    y.index = pd.date_range("2012-01-01", periods=24, freq="MS")
    assert segmented_regression(y, design_of(24, 12)).n == 24


def test_a_family_or_method_that_is_not_there_is_named_with_those_that_are():
    with pytest.raises(NotImplementedError, match="use poisson: glm"):
        segmented_regression(GOOD, design_of(24, 12), family="poisson")
    with pytest.raises(NotImplementedError, match="family 'gaussian' is not fitted by method 'glm'; use ols or"):
        segmented_regression(GOOD, design_of(24, 12), method="glm")


def test_an_offset_is_refused_where_the_model_would_not_use_it():
    with pytest.raises(ValueError, match="divide the series by its exposure"):
        segmented_regression(GOOD, design_of(24, 12, offset=np.full(24, 30)))


def test_an_unknown_interruption_or_term_is_answered_with_those_there_are():
    result = segmented_regression(GOOD, design_of(24, 12))
    with pytest.raises(ValueError, match="it has x"):
        result.sentence("y", "Bed days", "days")
    with pytest.raises(ValueError, match="the terms are intercept, time"):
        result.coefficient("slope")
