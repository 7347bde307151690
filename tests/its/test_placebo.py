"""Placebo dates and placebo series: by hand, by properties, their level, and bad input."""

import os

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pi_research import its

MONTHS = np.datetime64("2012-01") + np.arange(48)


def design_of(n=48, n_pre=36, **more):
    return its.Design(MONTHS[:n], [its.Interruption("x", MONTHS[n_pre], **more)])


def noise(size, rho, rng):
    made = rng.normal(size=size)
    for t in range(1, size[-1]):
        made[..., t] = rho * made[..., t - 1] + np.sqrt(1 - rho**2) * made[..., t]
    return made


Y = noise((48,), 0.3, np.random.default_rng(1)) + 50


# --- by hand -----------------------------------------------------------------------------------------------


def test_every_date_with_three_months_on_each_side_before_the_break_is_a_placebo_and_none_after():
    # 36 months before: the first pseudo-date is the fourth month, the last the 34th, so 31 and p of 1/32 at best
    found = its.placebo_dates(Y, design_of(), "x")
    assert (found.labels[0], found.labels[-1], len(found.labels)) == ("April 2012", "October 2014", 31)
    assert found.smallest_p == 1 / 32
    level_alone = its.placebo_dates(Y, design_of(slope=False), "x")
    assert (level_alone.labels[0], len(level_alone.labels)) == ("March 2012", 33)


def test_a_placebo_is_the_same_regression_in_the_months_before_only():
    found = its.placebo_dates(Y, design_of(), "x").summary().set_index("label")
    pseudo = its.Design(MONTHS[:36], [its.Interruption("x", "2013-06")])
    by_hand = its.segmented_regression(Y[:36], pseudo).coefficient("level_change[x]")
    assert tuple(found.loc["June 2013", ["estimate", "std_error"]]) == (by_hand.estimate, by_hand.std_error)
    changed = np.where(np.arange(48) < 36, Y, 1e6 + Y)
    after = its.placebo_dates(changed, design_of(), "x")
    np.testing.assert_array_equal(after.estimates, found["estimate"].to_numpy()[1:])


def test_p_is_the_rank_of_the_real_change_and_a_huge_one_reaches_the_smallest():
    found = its.placebo_dates(Y - 40.0 * (np.arange(48) >= 36), design_of(), "x")
    assert (found.as_extreme, found.p) == (0, found.smallest_p)
    quiet = its.placebo_dates(Y, design_of(), "x")
    assert quiet.p == (1 + (abs(quiet.statistics) >= abs(quiet.statistic)).sum()) / 32


def test_the_sentence_gives_rank_smallest_p_and_what_p_means():
    said = its.placebo_dates(Y - 40.0 * (np.arange(48) >= 36), design_of(), "x").sentence("Bed days", "days")
    assert "at the 31 other dates in the months before" in said and "none of them is as large or larger" in said
    assert "rank p 0.031; the smallest that 31 placebos allow is 0.031" in said
    assert "holds about, not exactly" in said
    short = its.placebo_dates(Y[:24], design_of(24, 14), "x").sentence("Bed days", "days")
    assert "With so few placebos p cannot reach 0.05 whatever the change" in short


def test_lag_and_phase_in_and_season_go_with_the_pseudo_dates():
    design = its.Design(MONTHS, [its.Interruption("x", MONTHS[34], lag_months=2, phase_in_months=2)], "harmonic")
    found = its.placebo_dates(Y, design, "x")
    pseudo = its.Design(MONTHS[:36], [its.Interruption("x", "2013-06", phase_in_months=2)], "harmonic")
    by_hand = its.segmented_regression(Y[:36], pseudo).coefficient("level_change[x]")
    assert found.summary().set_index("label").loc["June 2013", "estimate"] == by_hand.estimate


def test_each_control_is_held_against_the_mean_of_all_others_the_programme_s_own_among_them():
    rng = np.random.default_rng(2)
    rows = rng.normal(50, 3, (4, 48))
    found = its.placebo_series(rows[0], {"A": rows[1], "B": rows[2], "C": rows[3]}, design_of(), "x")
    by_hand = its.segmented_regression(rows[2] - rows[[0, 1, 3]].mean(axis=0), design_of())
    assert found.labels == ("A", "B", "C") and found.smallest_p == 0.25
    assert found.estimates[1] == pytest.approx(by_hand.coefficient("level_change[x]").estimate)
    real = its.controlled_segmented_regression(rows[0], rows[1:], design_of()).changes("x")["level_change[x]"]
    assert found.real.estimate == pytest.approx(real.estimate)
    assert "p cannot reach 0.05" in found.sentence("Bed days", "days")


@pytest.mark.skipif("PI_PROP99" not in os.environ, reason="PI_PROP99 names no cigsales.dta")
def test_california_s_change_of_level_is_not_rare_among_38_other_states():
    frame = pd.read_stata(os.environ["PI_PROP99"], convert_categoricals=False)
    wide = frame.pivot(index="year", columns="state", values="cigsale")
    design = its.Design(MONTHS[:31], [its.Interruption("x", MONTHS[19])])
    found = its.placebo_series(wide[3].to_numpy(), wide.drop(columns=3), design, "x")
    assert (len(found.labels), found.smallest_p) == (38, 1 / 39)
    assert found.as_extreme == 11


# --- properties --------------------------------------------------------------------------------------------


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 1000), st.floats(0.1, 20), st.floats(-50, 50))
def test_unit_and_origin_leave_every_rank_as_it_was(seed, unit, origin):
    rng, design = np.random.default_rng(seed), design_of(24, 16)
    y, controls = rng.normal(50, 5, 24), rng.normal(50, 5, (3, 24))
    one, two = (its.placebo_series(a * y + b, a * controls + b, design, "x") for a, b in ((1, 0), (unit, origin)))
    np.testing.assert_allclose(one.statistics, two.statistics, rtol=1e-4, atol=1e-6)


# --- the level: small runs; Monte Carlo error of 100 at 0.1 is 0.03 ------------------------------------------


def test_the_rank_of_series_holds_its_level_whatever_the_autocorrelation_and_the_shock_they_share():
    rng, design, p = np.random.default_rng(3), design_of(24, 14), []
    for _ in range(100):
        rows = noise((10, 24), 0.8, rng) + 3 * noise((24,), 0.9, rng)
        p.append(its.placebo_series(rows[0], rows[1:], design, "x", method="reml").p)
    assert min(p) == pytest.approx(0.1)
    assert 0.03 <= np.mean(np.array(p) <= 0.1 + 1e-9) <= 0.19


def test_the_rank_of_dates_holds_its_level_for_a_change_of_level_to_about_what_is_said():
    rng, n, pre = np.random.default_rng(4), 36, 24
    y = noise((150, n), 0.8, rng)

    def statistic(rows, months, place):
        fits = its.segmented_regression(rows, its.Design(months, [its.Interruption("x", months[place])]))
        return np.abs(fits.coefficients[:, 2] / fits.std_error[:, 2])

    real = statistic(y, MONTHS[:n], pre)
    placebos = np.array([statistic(y[:, :pre], MONTHS[:pre], k) for k in range(3, pre - 2)])
    p = (1 + (placebos >= real).sum(axis=0)) / (1 + len(placebos))
    assert np.mean(p <= 0.1) <= 0.16  # 0.07 to 0.10 in the long run


# --- bad input -----------------------------------------------------------------------------------------------


def test_what_cannot_be_ranked_is_refused():
    earlier = its.Design(MONTHS, [its.Interruption("e", MONTHS[12]), its.Interruption("x", MONTHS[36])])
    short = its.Design(MONTHS[:12], [its.Interruption("x", MONTHS[5])])
    for call, said in (
        (lambda: its.placebo_dates(Y, design_of(), "z"), "no interruption 'z'"),
        (lambda: its.placebo_dates(Y, design_of(slope=False), "x", term="slope"), "is no change of 'x'"),
        (lambda: its.placebo_dates(Y, earlier, "x"), "'e' comes before 'x'"),
        (lambda: its.placebo_dates(Y[:12], short, "x"), "allow no pseudo-date"),
        (lambda: its.placebo_dates(np.vstack([Y, Y + 1]), design_of(), "x"), "give one series"),
        (lambda: its.placebo_dates(Y[:40], design_of(), "x"), "y has shape"),
        (lambda: its.placebo_series(Y, {"A": Y[::-1]}, design_of(), "x"), "one control makes no rank"),
        (lambda: its.placebo_series(Y, {"A": Y, "B": Y[::-1]}, design_of(), "x"), "is the outcome itself"),
        (lambda: its.placebo_series(Y, [Y[::-1], Y**2], design_of(), "x", scale="counts"), "use 'additive' or 'log'"),
    ):
        with pytest.raises(ValueError, match=said):
            call()


def test_on_the_logarithmic_scale_the_change_is_told_as_a_ratio():
    rng = np.random.default_rng(5)
    rows = np.exp(5 + 0.05 * noise((4, 24), 0.2, rng))
    found = its.placebo_series(rows[0], rows[1:], design_of(24, 14), "x", scale="log")
    assert found.ratio and " times, 95% interval" in found.sentence("Bed days", "bed days a month")
