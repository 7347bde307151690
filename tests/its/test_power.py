"""What a series could show: the power at the detectable change is the power asked for, and at no change the level."""

import json
from pathlib import Path

import numpy as np
import pytest

from pi_research.its import (
    CovidPeriod,
    Design,
    Interruption,
    count_regression,
    detectable_change,
    detectable_change_of,
    segmented_regression,
    told_apart,
)
from pi_research.its._simulated import ar1_errors, count_limits, latent_rho, simulated_counts

R = json.loads((Path(__file__).parents[1] / "reference" / "its_design.json").read_text())
MONTHS = np.datetime64("2012-01") + np.arange(100)


def design_of(n, start, **more):
    return Design(MONTHS[:n], [Interruption("x", MONTHS[start])], **more)


@pytest.mark.parametrize("case", R, ids=lambda c: f"{c['n']}-{c['rho']}")
def test_errors_with_rho_known_are_those_of_r_s_gls(case):
    # 1e-8: R's own are of a fit by optimisation of sigma alone
    out = case["left_out"]
    covid = CovidPeriod(MONTHS[out[0]], MONTHS[out[-1]]) if out else None
    design = design_of(case["n"], case["start"], covid=covid)
    found = told_apart(design, rho=(case["rho"],))
    ours = [found.level_error[0], found.slope_error[0], found.level_alone_error[0], found.correlation[0]]
    assert ours == pytest.approx([case[k] for k in ("level", "slope", "level_alone", "correlation")], rel=1e-8)
    known = detectable_change(design, "x", seed=1, rho=case["rho"], size=100, sigma=3.0)
    assert known.analytic == pytest.approx(-3 * found.level_seen[0], rel=1e-8)


@pytest.mark.parametrize(("n", "start", "rho", "more"), [
    (24, 12, 0.0, {}),
    (48, 24, 0.4, {}),
    (72, 36, 0.6, {"seasonality": "harmonic", "covid": CovidPeriod("2016-03", "2017-02")}),
])
@pytest.mark.parametrize("term", ["level", "slope"])
def test_at_the_detectable_change_the_power_of_other_series_is_the_one_asked_for(n, start, rho, more, term):
    found = detectable_change(design_of(n, start, **more), "x", seed=4, rho=rho, sigma=2.0, term=term, size=1000)
    # the change and the power there come from two sets of series, each with that Monte Carlo error
    assert abs(found.power_there - 0.8) < 3 * np.sqrt(2) * found.power_error and found.power_error < 0.015
    low, high = (0.04, 0.06) if term == "level" else (0.02, 0.06)
    error = 3 * np.sqrt(0.05 * 0.95 / 1000)
    assert low - error < found.false_alarms < high + error
    assert abs(found.change) > 0.98 * abs(found.analytic)  # not to know rho costs something


def test_the_power_of_a_change_is_how_often_its_fitted_series_show_it():
    design, rho = design_of(36, 18), 0.3
    found = detectable_change(design, "x", seed=7, rho=rho, sigma=4.0, fall=False, size=1000)
    y = 4 * ar1_errors(36, rho, 1000, np.random.default_rng(99)) + found.change * design.after("x")
    fits = segmented_regression(y, design)
    seen = (fits.lower[:, 2] > 0).mean()
    assert abs(seen - 0.8) < 3 * np.sqrt(0.8 * 0.2 / 1000 * 2)
    power = dict(found.curve)
    assert list(power.values()) == sorted(power.values()) and power[0.0] < 0.05


def test_the_detectable_change_is_in_the_unit_of_sigma_and_mirrors_a_rise():
    design = design_of(30, 15)
    one, two, rise = (detectable_change(design, "x", seed=3, sigma=s, size=400, fall=f)
                      for s, f in ((1, True), (10, True), (1, False)))
    assert two.change == pytest.approx(10 * one.change, rel=1e-6) and rise.change == pytest.approx(-one.change)


def test_masked_months_a_season_and_a_later_break_cost_power():
    plain = detectable_change(design_of(60, 30), "x", seed=5, rho=0.3, size=500).change
    for design in (design_of(60, 30, covid=CovidPeriod("2014-10", "2016-02")), design_of(60, 52)):
        assert abs(detectable_change(design, "x", seed=5, rho=0.3, size=500).change) > 1.05 * abs(plain)


@pytest.mark.parametrize(("mean", "dispersion", "rho", "fall"), [(30, 1.0, 0.0, True), (20, 2.0, 0.3, False)])
def test_counts_reach_their_power_too(mean, dispersion, rho, fall):
    found = detectable_change(design_of(48, 24), "x", seed=2, family="quasi_poisson", mean=mean, rho=rho, fall=fall,
                              dispersion=dispersion, size=80)
    assert abs(found.power_there - 0.8) < 3 * np.sqrt(2) * found.power_error
    assert found.false_alarms < 0.05 + 3 * np.sqrt(0.05 * 0.95 / 80) and (found.change < 0) == fall
    assert found.change_error < 0.3 * abs(found.change)
    said = found.sentence("Admissions", "admissions")
    assert f"could show a {'fall' if fall else 'rise'} of rate of" in said and f"{mean}.0 admissions a month" in said


def test_of_counts_next_to_none_no_fall_would_be_seen_and_it_is_said():
    found = detectable_change(design_of(24, 12), "x", seed=2, family="quasi_poisson", mean=1.0, size=50)
    said = found.sentence("Admissions", "admissions")
    assert np.isnan(found.change) and "would not show a fall of rate four times in five, however large" in said
    assert "the power there" not in said and "nan" not in said.lower()


def test_the_limits_of_simulated_counts_are_those_of_the_count_regression():
    design = design_of(36, 18, offset=np.linspace(1, 3, 36), covid=CovidPeriod("2014-03", "2014-05"))
    y = np.random.default_rng(1).poisson(9, (3, 36)).astype(float)
    X, used = design.matrix().to_numpy(), ~design.masked
    found = count_limits(y[:, used], X[used], np.log(design.offset[used]), np.flatnonzero(used), 2, 0.95)
    fits = [count_regression(row, design).coefficient("level_change[x]") for row in y]
    np.testing.assert_allclose(found, np.array([[f.lower, f.upper] for f in fits]).T, rtol=1e-9)


@pytest.mark.parametrize(("mean", "dispersion"), [(2.0, 1.0), (10.0, 2.0), (0.7, 1.5)])
def test_counts_drawn_at_the_latent_correlation_correlate_as_asked_and_have_their_dispersion(mean, dispersion):
    z = ar1_errors(2, latent_rho(0.4, mean, dispersion), 60_000, np.random.default_rng(5))
    y = simulated_counts(z, np.full(2, mean), dispersion)
    assert np.corrcoef(y.T)[0, 1] == pytest.approx(0.4, abs=0.015)  # 60,000 pairs: error 0.004
    assert y.mean() == pytest.approx(mean, rel=0.03) and y.var() / y.mean() == pytest.approx(dispersion, rel=0.03)


def test_a_fitted_series_brings_its_own_spread_autocorrelation_and_design():
    design = design_of(48, 24)
    y = 50 + 3 * ar1_errors(48, 0.4, 1, np.random.default_rng(8))[0]
    fit = segmented_regression(y, design)
    found = detectable_change_of(fit, "x", seed=1, size=500)
    assert (found.sigma, found.rho) == pytest.approx((fit.sigma, fit.rho)) and found.fitted
    plain = detectable_change(design, "x", seed=1, sigma=fit.sigma, rho=fit.rho, size=500)
    assert found.change == plain.change and "could have shown a change of level of" in found.sentence("Bed days", "days")
    counts = count_regression(np.random.default_rng(3).poisson(15, 48), design)
    made = detectable_change_of(counts, "x", seed=1, size=50, fall=False)
    assert made.dispersion == pytest.approx(max(1, counts.sigma**2)) and 10 < made.mean < 20


def test_near_a_unit_root_the_steps_from_month_to_month_are_kept():
    walk = np.cumsum(np.random.default_rng(3).normal(0, 1, 60))
    fit = segmented_regression(walk, design_of(60, 30))
    assert fit.near_unit_root
    found = detectable_change_of(fit, "x", seed=1, size=200)
    steps = found.sigma * np.sqrt(1 - found.rho**2)
    assert found.rho == 0.98 and steps == pytest.approx(fit.sigma * np.sqrt(1 - fit.rho**2), rel=1e-6)


@pytest.mark.parametrize(("chosen", "said"), [
    ({"term": "trend"}, "term 'trend' is no change of interruption 'x'"),
    ({"sigma": 0}, "sigma is 0; it must be above 0"),
    ({"rho": 1.0}, "rho is 1.0; it must lie between -0.98 and 0.98"),
    ({"power": 1.0}, "power is 1.0; it must lie between 0.05 and 0.99"),
    ({"size": 10}, "size is 10; it must lie between 50"),
    ({"family": "poisson"}, "use gaussian or quasi_poisson"),
    ({"family": "quasi_poisson"}, "mean: counts need the count expected"),
    ({"family": "quasi_poisson", "mean": [1.0, 2.0]}, "or one for each month"),
    ({"family": "quasi_poisson", "mean": -1.0}, "above 0"),
    ({"family": "quasi_poisson", "mean": 5.0, "dispersion": 0.5}, "dispersion is 0.5; it must be 1 or more"),
])
def test_what_cannot_be_simulated_is_refused(chosen, said):
    with pytest.raises(ValueError, match=said):
        detectable_change(design_of(24, 12), "x", seed=1, **chosen)


def test_a_result_of_another_method_is_refused():
    fit = segmented_regression(np.random.default_rng(1).normal(size=24), design_of(24, 12), method="ols")
    with pytest.raises(ValueError, match="by method 'ols'; give one by 'reml_integrated'"):
        detectable_change_of(fit, "x", seed=1)
