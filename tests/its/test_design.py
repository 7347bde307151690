"""The design says what is wrong with months, breaks and terms before anything is estimated."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from pi_research.its import CovidPeriod, Design, Interruption

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


@pytest.mark.parametrize("handling", ["mask", "pulse", "step_and_recovery", "none"])
def test_a_covid_period_outside_the_series_changes_nothing(handling):
    design = Design(MONTHS, [MOVE], covid=CovidPeriod("2020-03", "2021-06", handling))
    assert len(design.columns()) == 4
    assert not design.masked.any()


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
        (lambda: CovidPeriod("2020-03", "2020-01"), "end comes before start"),
        (lambda: CovidPeriod("2020-03", "2021-06", "ignore"), "use mask, pulse, step_and_recovery, none"),
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
