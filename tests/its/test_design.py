"""The design says what is wrong with months, breaks and terms before anything is estimated."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from pi_research.its import CovidPeriod, Design, Interruption, count_regression, segmented_regression
from pi_research.its.design import COVID_HANDLINGS
from pi_research.its.told_apart import told_apart

MONTHS = pd.date_range("2018-01-01", periods=24, freq="MS")
MOVE = Interruption("programme", "2019-01-01")


def test_time_counts_months_from_the_first_and_the_slope_change_is_zero_in_the_month_of_the_break():
    matrix = Design(MONTHS, [MOVE]).matrix()
    assert list(matrix) == ["intercept", "time", "level_change[programme]", "slope_change[programme]"]
    assert matrix["time"].tolist() == list(range(24))
    at_the_break = matrix.loc["2018-12-01":"2019-02-01"]
    assert at_the_break["level_change[programme]"].tolist() == [0, 1, 1]
    assert at_the_break["slope_change[programme]"].tolist() == [0, 0, 1]


def test_a_lag_moves_the_break_and_a_phase_in_raises_the_level_in_equal_steps():
    slow = Interruption("programme", "2019-01", lag_months=2, phase_in_months=3)
    matrix = Design(MONTHS, [slow]).matrix().loc["2019-02-01":"2019-07-01"]
    assert matrix["level_change[programme]"].tolist() == [0, 0.25, 0.5, 0.75, 1, 1]
    assert matrix["slope_change[programme]"].tolist() == [0, 0, 0, 0, 0, 1]


@pytest.mark.parametrize(
    "months",
    [
        list(MONTHS),
        [f"{m:%Y-%m-%d}" for m in MONTHS],
        [f"{m:%Y-%m}" for m in MONTHS],
        [date(m.year, m.month, 15) for m in MONTHS],
        MONTHS.to_period("M"),
        pd.Series(MONTHS),
    ],
)
def test_months_may_come_as_any_kind_of_date(months):
    np.testing.assert_array_equal(Design(months, [MOVE]).months, MONTHS.values.astype("datetime64[M]"))


def test_covid_as_mask_leaves_months_out_while_time_runs_on():
    design = Design(MONTHS, [MOVE], covid=CovidPeriod("2018-03-20", "2018-05-31", "mask"))
    assert np.flatnonzero(design.masked).tolist() == [2, 3, 4]
    assert design.columns()["time"][5] == 5


def test_covid_as_pulse_or_as_step_and_recovery_has_columns_of_its_own_and_leaves_nothing_out():
    for handling, names in (("pulse", ["covid"]), ("step_and_recovery", ["covid_step", "covid_recovery"])):
        design = Design(MONTHS, [MOVE], covid=CovidPeriod("2018-03", "2018-06", handling))
        assert list(design.columns())[4:] == names
        assert not design.masked.any()
        assert design.matrix()[names[0]].to_numpy().nonzero()[0].tolist() == [2, 3, 4, 5]
    assert design.matrix()["covid_recovery"].to_numpy()[2:7].tolist() == [0, 1, 2, 3, 0]


def test_months_of_wash_out_are_left_out_while_time_runs_on_and_the_slope_counts_from_the_month_after_them():
    slow = Interruption("programme", "2019-01", lag_months=1, wash_out_months=3)
    design = Design(MONTHS, [slow])
    assert np.flatnonzero(design.masked).tolist() == [13, 14, 15]  # February to April 2019
    rows = design.matrix().loc["2019-01-01":"2019-07-01"]
    assert rows["level_change[programme]"].tolist() == [0, 1, 1, 1, 1, 1, 1]
    assert rows["slope_change[programme]"].tolist() == [0, 0, 0, 0, 0, 1, 2]
    y = 10 + 5 * (np.arange(24) >= 16) + np.random.default_rng(3).normal(0, 0.1, 24)
    y[13:16] = np.nan
    said = segmented_regression(y, design).sentence("programme", "Bed days", "days")
    assert "from February 2019 (programme) the level changed by +" in said
    assert "days by the end of 3 months of wash-out" in said
    assert "21 months, 13 before and 8 from then on" in said
    assert said.endswith("3 months of wash-out after programme are left out.")


def test_covid_with_its_own_level_and_slope_takes_up_a_shock_that_lasts():
    covid = CovidPeriod("2019-07", "2019-09", "own_level_and_slope")
    design = Design(MONTHS, [Interruption("programme", "2018-07")], covid=covid)
    assert list(design.columns())[4:] == ["covid_level", "covid_slope"] and not design.masked.any()
    after = design.matrix().loc["2019-06-01":"2019-10-01"]
    assert after["covid_level"].tolist() == [0, 1, 1, 1, 1]
    assert after["covid_slope"].tolist() == [0, 0, 1, 2, 3]
    t = np.arange(24)
    noise = np.random.default_rng(1).normal(0, 0.01, 24)
    y = 50 - 4 * (t >= 6) + 0.3 * np.maximum(t - 6, 0) + 20 * (t >= 18) - 2 * np.maximum(t - 18, 0) + noise
    fit = segmented_regression(y, design)
    assert fit.coefficient("level_change[programme]").estimate == pytest.approx(-4, abs=0.1)
    assert fit.coefficient("covid_slope").estimate == pytest.approx(-2, abs=0.1)


def test_truncation_leaves_out_every_month_from_covids_start_on_and_is_the_shorter_series():
    whole = Design(MONTHS, [Interruption("programme", "2018-07")], covid=CovidPeriod("2019-06", "2019-07", "truncate"))
    assert np.flatnonzero(whole.masked).tolist() == list(range(17, 24))
    y = np.random.default_rng(2).normal(40, 3, 24)
    fit = segmented_regression(y, whole)
    short = segmented_regression(y[:17], Design(MONTHS[:17], [Interruption("programme", "2018-07")]))
    np.testing.assert_allclose(fit.coefficients, short.coefficients, rtol=1e-9)
    said = fit.sentence("programme", "Bed days", "days")
    assert "The 7 months from June 2019 on (Covid) are left out." in said


def test_a_covid_that_a_control_carries_is_refused_by_a_model_without_a_control():
    design = Design(MONTHS, [MOVE], covid=CovidPeriod("2019-06", "2019-09", "carried_by_control"))
    assert len(design.columns()) == 4 and not design.masked.any()
    for fit in (segmented_regression, count_regression):
        with pytest.raises(ValueError, match="use controlled_segmented_regression, or another handling"):
            fit(np.arange(24) % 7 + 3, design)


@pytest.mark.parametrize("handling", COVID_HANDLINGS)
def test_a_covid_period_outside_the_series_changes_nothing(handling):
    design = Design(MONTHS, [MOVE], covid=CovidPeriod("2020-03", "2021-06", handling))
    assert len(design.columns()) == 4
    assert not design.masked.any()
    if handling != "truncate":
        earlier = Design(MONTHS, [MOVE], covid=CovidPeriod("2016-03", "2017-06", handling))
        assert len(earlier.columns()) == 4 and not earlier.masked.any()


def test_a_season_by_month_has_eleven_levels_and_a_harmonic_season_two_columns_a_pair():
    years = pd.date_range("2018-01-01", periods=36, freq="MS")
    by_month = Design(years, [MOVE], seasonality="month").matrix()
    names = "Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()
    assert list(by_month)[4:] == [f"season[{m}]" for m in names]
    assert by_month.loc["2019-02-01", "season[Feb]"] == 1
    waves = Design(MONTHS, [MOVE], seasonality="harmonic", harmonics=2).matrix()
    assert list(waves)[4:] == ["season[sin1]", "season[cos1]", "season[sin2]", "season[cos2]"]
    np.testing.assert_allclose(waves.iloc[0, 4:], waves.iloc[12, 4:], atol=1e-12)


def _months(*without, extra=()):
    return sorted([m for m in MONTHS if f"{m:%Y-%m}" not in without] + [pd.Timestamp(e) for e in extra])


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: Design(_months("2018-07"), [MOVE]), "gap between June 2018 and August 2018"),
        (lambda: Design(_months(extra=["2018-07-09"]), [MOVE]), "July 2018 stands twice"),
        (lambda: Design(MONTHS[::-1], [MOVE]), "put the months in order"),
        (lambda: Design([None, *MONTHS], [MOVE]), "entry 1 is not a date"),
        (lambda: Design(range(24), [MOVE]), "entry 1 is not a date"),
        (lambda: Design([], [MOVE]), "0 usable months are too few"),
        (lambda: Design(MONTHS[:7], [Interruption("x", "2018-04")]), "7 usable months are too few"),
        (lambda: Design(MONTHS, []), "at least one interruption"),
        (lambda: Design(MONTHS, [MOVE, MOVE]), "same name"),
        (lambda: Design(MONTHS, [Interruption("x", "2017-06")]), "starts in June 2017, outside the series"),
        (lambda: Design(MONTHS, [Interruption("x", "2018-01")]), "outside the series"),
        (lambda: Design(MONTHS, [Interruption("x", "2019-11", lag_months=6)]), "starts in May 2020, outside"),
        (
            lambda: Design(MONTHS, [Interruption("x", "2019-11")]),
            "22 usable months before it and 2 from it on: level and slope cannot both be identified",
        ),
        (lambda: Design(MONTHS, [Interruption("x", "2019-12", slope=False)]), "the change cannot be"),
        (lambda: Design(MONTHS, [MOVE, Interruption("y", "2019-03")]), "level and slope cannot both"),
        (
            lambda: Design(MONTHS, [MOVE], covid=CovidPeriod("2019-02", "2019-11")),
            "from it on: level and slope cannot both",
        ),
        (
            lambda: Design(MONTHS, [MOVE], covid=CovidPeriod("2019-01", "2020-12", "pulse")),
            r"covid cannot be told apart from level_change\[programme\]",
        ),
        (
            lambda: Design(MONTHS[:11], [Interruption("x", "2018-06")], seasonality="month"),
            r"season\[Dec\] is zero in every usable month",
        ),
        (
            lambda: Design(MONTHS, [MOVE], seasonality="month"),
            r"season\[Dec\] cannot be told apart from time, level_change",
        ),
        (
            lambda: Design(MONTHS, [MOVE, Interruption("law", "2019-01", slope=False)]),
            r"level_change\[law\] cannot be told apart from level_change\[programme\]",
        ),
        (
            lambda: Design(MONTHS, [MOVE], covid=CovidPeriod("2019-01", "2020-12", "step_and_recovery")),
            r"covid_step cannot be told apart from level_change\[programme\]",
        ),
        (lambda: Design(MONTHS, [MOVE], seasonality="quarterly"), "use none, harmonic, month"),
        (lambda: Design(MONTHS, [MOVE], seasonality="harmonic", harmonics=6), "1 to 5 pairs"),
        (lambda: Design(MONTHS, [MOVE], offset=[30] * 23), "23 values for 24 months"),
        (lambda: Design(MONTHS, [MOVE], offset=[30] * 5 + [0] + [30] * 18), "no exposure in June 2018"),
        (lambda: Interruption("x", "spring 2019"), "interruption 'x': date is not a date"),
        (lambda: Interruption("x", "today"), "is not a date"),
        (lambda: Interruption("x", "20190401"), "is not a date"),
        (lambda: Interruption("x", "2019-01", level=False, slope=False), "neither level nor slope"),
        (lambda: Interruption("x", "2019-01", lag_months=-1), "lag_months must be a whole number"),
        (lambda: Interruption("x", "2019-01", wash_out_months=1.5), "wash_out_months must be a whole number"),
        (
            lambda: Interruption("x", "2019-01", phase_in_months=2, wash_out_months=2),
            "has a phase-in and a wash-out; choose one",
        ),
        (
            lambda: Design(MONTHS, [Interruption("x", "2019-01", wash_out_months=10)]),
            "12 usable months before it and 2 from it on",
        ),
        (
            lambda: Design(MONTHS, [MOVE], covid=CovidPeriod("2019-01", "2019-06", "truncate")),
            "handling 'truncate' leaves out every month from January 2019 on",
        ),
        (
            lambda: Design(MONTHS, [MOVE], covid=CovidPeriod("2019-01", "2019-06", "own_level_and_slope")),
            r"covid_level cannot be told apart from level_change\[programme\]",
        ),
        (
            lambda: Design(MONTHS, [MOVE], covid=CovidPeriod("2019-03", "2019-06", "own_level_and_slope")),
            "12 usable months before it and 2 from it on",
        ),
        (lambda: CovidPeriod("2020-03", "2020-01"), "end comes before start"),
        (lambda: CovidPeriod("2020-03", "2021-06", "ignore"), "use mask, pulse, step_and_recovery, own_level"),
        (lambda: Design(MONTHS, [MOVE]).interruption("other"), "no interruption 'other' .* it has programme"),
    ],
)
def test_a_design_that_cannot_be_estimated_says_what_is_wrong_and_where(make, said):
    with pytest.raises(ValueError, match=said):
        make()


def test_more_terms_than_months_are_refused():
    months = MONTHS[:16]
    breaks = [Interruption("a", "2018-05"), Interruption("b", "2018-09")]
    with pytest.raises(ValueError, match="too many|cannot be told apart"):
        Design(months, breaks, seasonality="month")


def test_the_correlation_of_level_and_slope_is_that_of_the_least_squares_estimates_and_sets_the_inflation():
    design = Design(MONTHS[:20], [Interruption("x", "2019-02")])
    found = told_apart(design, rho=(0.0,))
    X = design.matrix().to_numpy()
    V = np.linalg.inv(X.T @ X)
    alone = np.linalg.inv(X[:, :3].T @ X[:, :3])[2, 2]
    assert found.correlation[0] == pytest.approx(V[2, 3] / np.sqrt(V[2, 2] * V[3, 3]), rel=1e-10)
    assert found.inflation[0] == pytest.approx(V[2, 2] / alone, rel=1e-10)
    assert found.inflation[0] == pytest.approx(1 / (1 - found.correlation[0] ** 2), rel=1e-10)
    # the level alone is as well known with so many months after the break, and not with one fewer
    k = int(found.months_level_alone[0])
    known = [np.linalg.inv(X[:n, :3].T @ X[:n, :3])[2, 2] for n in (13 + k, 12 + k)]
    assert known[0] <= V[2, 2] * 1.005 < known[1]


def test_level_and_slope_are_said_to_be_known_only_where_the_months_suffice():
    long = told_apart(Design(pd.date_range("2012-01", periods=100, freq="MS"), [Interruption("x", "2016-03")]))
    assert long.apart.all() and "can both be known from these 100 months, 50 of them" in long.sentence()
    short = told_apart(Design(MONTHS, [MOVE]))
    assert not short.apart.any() and "cannot both be known from these 24 months, 12 of them" in short.sentence()
    late = told_apart(Design(pd.date_range("2012-01", periods=115, freq="MS"), [Interruption("x", "2020-05")]))
    assert late.inflation.max() > 2 and "Ask for one of them alone" in late.sentence()
    assert "level alone would be known as well from 3 to 5 months" in late.sentence()
    assert list(late.summary()["rho"]) == [0, 0.2, 0.4, 0.6, 0.8]


def test_months_left_out_cost_what_they_cost():
    covid = CovidPeriod("2019-03", "2019-08")
    whole, masked = (told_apart(Design(MONTHS, [MOVE], covid=c)) for c in (None, covid))
    assert (masked.level_error > whole.level_error).all() and (masked.n, masked.months_after) == (18, 6)


@pytest.mark.parametrize(("change", "rho", "said"), [
    ({"slope": False}, (0,), "asks for level or slope alone"),
    ({}, (1.0,), "rho must hold autocorrelations from 0 to below 1"),
    ({}, (), "rho must hold"),
])
def test_what_cannot_be_asked_of_a_design_is_refused(change, rho, said):
    with pytest.raises(ValueError, match=said):
        told_apart(Design(MONTHS, [Interruption("x", "2019-01", **change)]), rho=rho)
