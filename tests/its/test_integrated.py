"""The default's interval, a mixture of Student's t over the autocorrelation; R's integrate agrees to 1e-6
(tests/validation/test_its_reference.py), and data/validation holds its coverage (test_its_study.py)."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import stdtr

from pi_research.its import CovidPeriod, Design, Interruption, _ar1, _integrated, segmented_regression

LEVEL, SLOPE = "level_change[x]", "slope_change[x]"


def design_of(n, n_pre, **more):
    months = np.datetime64("2012-01") + np.arange(n)
    return Design(months, [Interruption("x", months[n_pre])], **more)


def series(n, rho, seed, k=1):
    made = np.random.default_rng(seed).normal(size=(k, n))
    for j in range(1, n):
        made[:, j] = rho * made[:, j - 1] + np.sqrt(1 - rho**2) * made[:, j]
    return made


@pytest.mark.parametrize("masked", [None, CovidPeriod("2012-06", "2012-07")])
def test_at_each_rho_likelihood_estimate_and_variance_are_those_of_full_matrices(masked):
    design = design_of(20, 9, covid=masked)
    y, times = series(20, 0.3, 7)[0], np.flatnonzero(~design.masked)
    mixture, X = segmented_regression(y, design).mixture, design.matrix().to_numpy()[times]
    y, nu, prior = y[times], len(times) - 4, _integrated._nodes(48)[1]
    likelihood = []
    kept = np.flatnonzero(np.abs(mixture.rho) < 0.995)  # beyond it full matrices lose their digits
    for g in kept:
        R = mixture.rho[g] ** np.abs(np.subtract.outer(times, times))
        inverse = np.linalg.inv(R)
        bread = np.linalg.inv(X.T @ inverse @ X)
        beta = bread @ X.T @ inverse @ y
        rss = (y - X @ beta) @ inverse @ (y - X @ beta)
        log_det = np.linalg.slogdet(R)[1] - np.linalg.slogdet(bread)[1]
        likelihood.append(-log_det / 2 - nu / 2 * np.log(rss))
        np.testing.assert_allclose(mixture.coefficients[g, 0], beta, rtol=1e-6)
        np.testing.assert_allclose(mixture.sigma2[g, 0] * mixture.unit[g], rss / nu * bread, rtol=1e-6)
        assert mixture.log_scale[g] == pytest.approx(log_det / nu, abs=1e-9)
    ours = mixture.log_weight[kept, 0] - np.log(prior[kept])
    np.testing.assert_allclose(ours - ours[10], np.array(likelihood) - likelihood[10], atol=1e-7)


def test_the_weights_of_the_nodes_integrate_what_their_poles_say():
    # the integral of (1 - rho)^-0.93 (1 + rho)^-0.5 times (1 + rho)^1/2, as the likelihood falls: 2^0.07 / 0.07
    rho, weight = _integrated._nodes(48)
    assert (weight * np.sqrt(1 + rho)).sum() == pytest.approx(2**0.07 / 0.07, rel=1e-12)


@pytest.mark.parametrize("n", [8, 12, 24, 100])
def test_48_nodes_are_enough(n, monkeypatch):
    y, design = np.vstack([series(n, r, 3, 20) for r in (0, 0.5, 0.9)]), design_of(n, n // 2)
    few = segmented_regression(y, design)
    nodes = _integrated._nodes
    monkeypatch.setattr(_integrated, "_nodes", lambda g: nodes(4 * g))
    many = segmented_regression(y, design)
    width = (many.upper - many.lower)[:, 2:]
    for bound in ("lower", "upper"):
        apart = np.abs(getattr(few, bound) - getattr(many, bound))[:, 2:] / width
        assert apart.max() < (2e-3 if n < 12 else 5e-4)


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 10_000), st.floats(0.001, 0.999), st.sampled_from([1, 4, 20.0, 90.0]))
def test_the_mixture_has_the_asked_probability_below_its_quantile(seed, p, df):
    rng = np.random.default_rng(seed)
    weight, location = rng.dirichlet(np.ones(6) / 2, 3).T, 5 * rng.normal(size=(6, 3))
    scale = np.exp(2 * rng.normal(size=(6, 3)))
    x = _integrated.quantile(p, weight, location, scale, df)
    below = (weight * stdtr(df, (x - location) / scale)).sum(axis=0)
    np.testing.assert_allclose(below, p, rtol=1e-6)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from([12, 24, 40]), st.sampled_from([0.0, 0.5, 0.9]))
def test_the_interval_holds_its_estimate_widens_with_its_level_and_turns_with_the_series(seed, n, rho):
    y, design = series(n, rho, seed)[0], design_of(n, n // 2)
    narrow, wide = (segmented_regression(y, design, level=level) for level in (0.8, 0.99))
    turned = segmented_regression(-y, design, level=0.8)
    for term in (LEVEL, SLOPE):
        a, b, t = (fit.coefficient(term) for fit in (narrow, wide, turned))
        assert b.lower < a.lower < a.estimate < a.upper < b.upper
        assert (t.lower, t.upper) == pytest.approx((-a.upper, -a.lower), rel=1e-6)


def test_its_estimates_are_those_of_reml():
    y, design = series(30, 0.4, 5)[0], design_of(30, 15)
    one, two = (segmented_regression(y, design, method=m) for m in ("reml_integrated", "reml"))
    np.testing.assert_array_equal(one.coefficients, two.coefficients)
    assert one.rho == two.rho


def test_the_standard_error_is_that_of_students_interval_of_the_same_width():
    found = segmented_regression(series(24, 0.4, 5)[0], design_of(24, 12)).coefficient(LEVEL)
    assert found.df == 20
    assert found.upper - found.lower == pytest.approx(2 * 2.085963 * found.std_error, rel=1e-6)  # t table, 20 df


def test_it_keeps_its_coverage_where_reml_and_least_squares_lose_theirs():
    # 2,000 series of 24 months, rho 0.6, no change; in data/validation/its_methods.csv level and slope have about
    # 0.949 and 0.978, REML 0.90 and 0.88, least squares 0.75 and 0.67. Monte Carlo error 0.005
    y, design = series(24, 0.6, 1, 2000), design_of(24, 12)
    held = {}
    for method in ("reml_integrated", "reml", "ols"):
        found = segmented_regression(y, design, method=method)
        held[method] = ((found.lower <= 0) & (found.upper >= 0)).mean(axis=0)[2:]
    assert (held["reml_integrated"] > 0.93).all() and (held["reml_integrated"] < 0.99).all()
    assert (held["reml"] < 0.93).all() and (held["ols"] < 0.82).all()


def test_rows_of_a_working_response_are_integrated_like_any_others():
    design, y = design_of(24, 12), series(24, 0.3, 2)
    rows = _ar1.rows_of(2 * y, 2 * design.matrix().to_numpy(), np.arange(24))  # the root of equal weights of 4
    plain = segmented_regression(y[0], design).coefficient(LEVEL)
    limits = _integrated.integrate(rows).contrast(np.eye(4)[2], 0.95)[:, 0]
    np.testing.assert_allclose(limits, [plain.lower, plain.upper], rtol=1e-9)


def test_level_and_slope_of_the_fewest_months_have_an_interval():
    found = segmented_regression(series(8, 0.0, 1)[0], design_of(8, 4)).summary()
    assert np.isfinite(found.drop(columns="term").iloc[1:]).all().all()


@pytest.mark.filterwarnings("error")
def test_a_mixture_so_wide_that_its_density_underflows_between_its_parts_still_has_a_quantile():
    # half the weight at 0, half at 1e20: at the median no part has any density
    half, location = np.full((2, 1), 0.5), np.array([[0.0], [1e20]])
    found = _integrated.quantile(0.5 + 1e-12, half, location, np.ones((2, 1)), 40.0)
    assert 0 < found[0] < 1e20
    assert _integrated.quantile(0.25, half, location, np.ones((2, 1)), 40.0)[0] == pytest.approx(0, abs=1e-6)
