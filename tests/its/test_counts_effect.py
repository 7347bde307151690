"""Counts expected without the programme, what was averted, and which family fits."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pi_research.its import CovidPeriod, Design, Interruption, counterfactual
from pi_research.its.count_families import compare_families
from pi_research.its.counterfactual_counts import CountCounterfactual, count_counterfactual
from pi_research.its.counts import count_regression

HALVED = [16, 24, 24, 16, 8, 12, 12, 8]
T4 = 2.776445105  # Student's t, 4 degrees of freedom, 97.5%


def design_of(n, n_pre, **more):
    months = np.datetime64("2012-01") + np.arange(n)
    slope = more.pop("slope", True)
    return Design(months, [Interruption("x", months[n_pre], slope=slope)], **more)


def drawn(seed, n=36, mean=8.0, ratio=1.0):
    rate = mean * np.where(np.arange(n) < n // 2, 1, ratio)
    return np.random.default_rng(seed).poisson(rate), design_of(n, n // 2)


# --- by hand -----------------------------------------------------------------------------


def test_four_and_four_months_worked_by_hand():
    # 20 a month before, 10 after: 80 expected, 40 seen. Pearson's dispersion 4.8 / 4 = 1.2. The expected total
    # has, on the logarithm, the variance of the first line at t = 5.5, (1/4 + 4^2/5) / 20; the total seen 1/40
    found = count_counterfactual(count_regression(HALVED, design_of(8, 4), method="glm"), "x")
    np.testing.assert_allclose(found.expected, 20, rtol=1e-9)
    ratio, error = found.observed_to_expected_ratio, np.sqrt(1.2 * (1 / 40 + (1 / 4 + 16 / 5) / 20))
    assert ratio.estimate == pytest.approx(np.log(0.5))
    assert ratio.std_error == pytest.approx(error, rel=1e-9)
    total = found.observed_minus_expected_cumulative
    assert total.estimate == pytest.approx(40 - 80)
    assert total.lower == pytest.approx(40 - 40 / (0.5 * np.exp(-T4 * error)))
    assert total.upper == pytest.approx(40 - 40 / (0.5 * np.exp(T4 * error)))
    assert found.observed_minus_expected_average.lower == pytest.approx(total.lower / 4)
    # with a change of level and slope the fitted months after are as free as those seen: the same here
    assert found.model_effect_ratio.std_error == pytest.approx(error, rel=1e-9)


def test_the_band_of_a_month_worked_by_hand():
    # last month: its own count, variance 1.2 / 4 on the root's scale, and the first line at t = 7 there
    found = count_counterfactual(count_regression(HALVED, design_of(8, 4), method="glm"), "x")
    root = np.sqrt(20 + 3 / 8)
    error = np.sqrt(1.2 / 4 + (20 / root / 2) ** 2 * 1.2 * (1 / 4 + 5.5**2 / 5) / 20)
    assert found.upper[-1] == pytest.approx((root + T4 * error) ** 2 - 3 / 8, rel=1e-9)
    assert (root - T4 * error) ** 2 < 3 / 8 and found.lower[-1] == 0  # no count lies below 0
    assert np.isnan(found.lower[:4]).all()


# --- properties --------------------------------------------------------------------------


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from(["glm", "reml_integrated"]), st.sampled_from([0.3, 1.0, 2.0]))
def test_the_difference_excludes_no_change_exactly_where_the_ratio_does(seed, method, change):
    y, design = drawn(seed, ratio=change)
    found = count_counterfactual(count_regression(y, design, method=method), "x")
    pairs = [(found.model_effect_ratio, found.model_effect_cumulative),
             (found.observed_to_expected_ratio, found.observed_minus_expected_cumulative)]
    for ratio, total in pairs:
        assert ratio.lower < ratio.estimate < ratio.upper and total.lower < total.estimate < total.upper
        assert np.sign(ratio.lower) == np.sign(total.lower) and np.sign(ratio.upper) == np.sign(total.upper)
    assert (found.lower[18:] >= 0).all() and (found.lower[18:] < found.expected[18:]).all()
    assert (found.upper[18:] > found.expected[18:]).all()


def test_each_bed_day_counted_as_ten_tens_each_difference_and_keeps_the_per_cent():
    y, design = drawn(4, ratio=0.6)
    one, ten = (count_counterfactual(count_regression(k * y, design, counted="days"), "x") for k in (1, 10))
    a, b = one.summary().set_index("quantity"), ten.summary().set_index("quantity")
    for name in ("lower", "estimate", "upper"):
        np.testing.assert_allclose(b[name].iloc[:4], 10 * a[name].iloc[:4], rtol=1e-5)
        np.testing.assert_allclose(b[name].iloc[4:], a[name].iloc[4:], rtol=1e-5)


def test_observed_minus_expected_knows_less_than_the_model_where_only_the_level_may_change():
    y = np.random.default_rng(3).poisson(8, 48)
    design = design_of(48, 40, slope=False)
    found = count_counterfactual(count_regression(y, design, method="glm"), "x")
    assert found.observed_to_expected_ratio.std_error >= found.model_effect_ratio.std_error


def test_masked_months_are_in_no_total_but_have_a_band():
    design = design_of(30, 12, covid=CovidPeriod("2013-06", "2013-09"))
    y = np.where(design.masked, 1000, np.random.default_rng(2).poisson(9, 30))
    found = count_counterfactual(count_regression(y, design), "x")
    assert found.months_after == 14
    assert abs(found.observed_minus_expected_cumulative.estimate) < 300
    assert np.isfinite(found.upper[design.masked]).all()


def test_the_front_door_of_counterfactuals_takes_counts():
    y, design = drawn(1)
    found = counterfactual(count_regression(y, design), "x")
    assert isinstance(found, CountCounterfactual)
    assert list(found.curve()) == ["month", "observed", "fitted", "expected", "lower", "upper", "masked"]
    assert found.summary()["quantity"].tolist()[-2:] == ["model_effect_per_cent", "observed_to_expected_per_cent"]
    with pytest.raises(ValueError, match="no interruption 'y' in this design; it has x"):
        counterfactual(count_regression(y, design), "y")


# --- what is said ------------------------------------------------------------------------


def test_the_sentence_gives_seen_expected_averted_and_per_cent_with_the_events_behind():
    found = count_counterfactual(count_regression(HALVED, design_of(8, 4), method="glm"), "x")
    said = found.sentence("Admissions", "admissions")
    assert said.startswith(
        "Admissions: over the 4 months used from May 2012, in all 40 admissions were seen where 80 were expected "
        "without x; observed minus expected −40 (95% interval −269 to +19), −50% (−87% to +93%), which includes "
        "no change."
    )
    assert "8 months, 80 admissions before and 40 after)" in said
    assert said.numbers["gap_0"].behind == (80, 40)
    each = found.sentence("Admissions", "admissions", cumulative=False)
    assert "on average a month 10.0 admissions were seen where 20.0 were expected" in each


def test_a_rise_is_called_a_rise_and_days_ask_for_the_people_behind_them():
    y = np.random.default_rng(6).poisson(np.where(np.arange(48) < 24, 200, 400))
    found = count_counterfactual(count_regression(y, design_of(48, 24), counted="days"), "x")
    with pytest.raises(ValueError, match="behind: give the number of stays or people"):
        found.sentence("Bed days", "days")
    said = found.sentence("Bed days", "days", behind=(20, 30))
    assert "a rise" in said and "a fall" not in said
    assert said.numbers["seen_0"].behind == (20, 30)


# --- which family ------------------------------------------------------------------------


def test_poisson_counts_speak_against_no_family_and_the_test_rejects_as_often_as_it_says():
    # 400 Poisson series: 5% expected, Monte Carlo error 1.1%
    rejected = [compare(seed).overdispersed for seed in range(8)]
    assert sum(rejected) <= 3
    from pi_research.its._counts import dispersion_test, irls

    X = design_of(36, 18).matrix().to_numpy()
    y = np.random.default_rng(9).poisson(3, (400, 36))
    mu = irls(y, X, np.zeros(36))[1]
    share = np.mean([dispersion_test(a, X, b)[1] < 0.05 for a, b in zip(y, mu, strict=True)])
    assert 0.015 < share < 0.085


def compare(seed, dispersion=1.0):
    rng = np.random.default_rng(seed)
    mean = np.full(48, 8.0)
    y = rng.poisson(mean) if dispersion == 1 else rng.negative_binomial(mean / (dispersion - 1), 1 / dispersion)
    return compare_families(y, design_of(48, 24), "x")


def test_overdispersed_counts_speak_against_poisson_and_the_sentence_says_so():
    found = compare(1, dispersion=4.0)
    assert found.overdispersed and "poisson" not in found.fitting
    said = found.sentence("Admissions", "admissions")
    assert "That is more than Poisson allows" in said and "the pre-specified one, quasi-Poisson, stands" in said
    table = found.summary()
    assert list(table["family"].unique()) == ["quasi-Poisson", "Poisson", "negative binomial"]
    assert table.loc[table["family"] == "Poisson", "fits"].tolist() == [False, False]


@pytest.mark.parametrize(("power", "fits"), [(1, "quasi_poisson"), (2, "negative_binomial")])
def test_where_counts_rise_a_hundredfold_the_spread_tells_the_two_wide_families_apart(power, fits):
    design = Design(np.datetime64("2006-01") + np.arange(120), [Interruption("x", "2011-01", slope=False)])
    mean = np.geomspace(3, 600, 120)
    excess = 5 * mean if power == 1 else 0.3 * mean**2
    size = mean**2 / excess
    y = np.random.default_rng(2).negative_binomial(size, size / (size + mean))
    found = compare_families(y, design, "x")
    assert found.fitting == (fits,)
    how = "faster than" if power == 2 else "in proportion to"
    assert f"the spread grows {how} the expected count" in found.sentence("Admissions", "admissions")


def test_days_are_never_tried_as_poisson_and_an_unknown_interruption_is_named():
    y, design = drawn(3, mean=300)
    assert list(compare_families(y, design, "x", counted="days").fits) == ["quasi_poisson", "negative_binomial"]
    with pytest.raises(ValueError, match="no interruption 'z' in this design; it has x"):
        compare_families(y, design, "z")
    with pytest.raises(ValueError, match="takes days for events"):
        compare_families(y, design, "x", family="poisson", counted="days")
