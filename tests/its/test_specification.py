"""Every way to look at one series, in one frame: each as the regression itself gives it, none hidden."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pi_research.its import CovidPeriod, Design, Interruption, count_regression, counterfactual, segmented_regression
from pi_research.its._specifications import specifications
from pi_research.its.specification import specification_chart_data

NAME = "the programme"
MONTHS = np.datetime64("2016-01") + np.arange(72)
DESIGN = Design(MONTHS, [Interruption(NAME, "2019-01")], covid=CovidPeriod("2020-03", "2021-07"))


def series(level=-8.0, seed=1):
    noise = np.random.default_rng(seed).normal(0, 4, 72)
    return 100 + 0.2 * np.arange(72) + level * (np.arange(72) >= 36) + noise


def counts(ratio=0.8, seed=1):
    return np.random.default_rng(seed).poisson(12 * np.where(np.arange(72) >= 36, ratio, 1.0))


def chart(y, design=DESIGN, **chosen):
    known = {"family", "method", "counted", "moves", "cuts"}
    made = specifications(design, NAME, **{k: v for k, v in chosen.items() if k in known})
    return specification_chart_data(y, made, NAME, **{k: v for k, v in chosen.items() if k not in known - {"counted"}})


def test_each_row_is_the_regression_of_its_own_choices():
    table = chart(series()).summary().set_index("specification")
    moved = replace(DESIGN, interruptions=[Interruption(NAME, "2019-04")])
    late = replace(DESIGN, months=MONTHS[12:])
    for words, design, method, y in (
        ("as pre-specified", DESIGN, "reml_integrated", series()),
        ("start moved 3 months later", moved, "reml_integrated", series()),
        ("first 12 months left out", late, "reml_integrated", series()[12:]),
        ("Covid: pulse", replace(DESIGN, covid=replace(DESIGN.covid, handling="pulse")), "reml_integrated", series()),
        ("season: harmonic", replace(DESIGN, seasonality="harmonic"), "reml_integrated", series()),
        ("method: ordinary least squares", DESIGN, "ols", series()),
    ):
        fit = segmented_regression(y, design, method=method)
        one, row = counterfactual(fit, NAME).model_effect_average, table.loc[words]
        found = row[["estimate", "lower", "upper"]].astype(float)
        np.testing.assert_allclose(found, [one.estimate, one.lower, one.upper])
        assert (row["n"], row["months_after"]) == (fit.n, int((design.after(NAME) & ~design.masked).sum()))
    alone = segmented_regression(series(), replace(DESIGN, interruptions=[Interruption(NAME, "2019-01", slope=False)]))
    assert table.loc["level alone", "estimate"] == pytest.approx(alone.coefficient(f"level_change[{NAME}]").estimate)


def test_every_choice_of_the_design_is_changed_once_and_the_prespecified_one_is_marked():
    table = chart(series()).summary()
    assert table["prespecified"].sum() == 1 and table["estimated"].all()
    assert table.groupby("changed").size().to_dict() == {
        "as pre-specified": 1, "start": 6, "window": 3, "terms": 1, "season": 2, "Covid": 5, "method": 7}
    assert table["estimate"].is_monotonic_increasing and table["place"].tolist() == list(range(1, 26))
    assert set(table["covid"]) == {"mask", "pulse", "step_and_recovery", "own_level_and_slope", "truncate", "none"}
    assert table.set_index("specification").loc["last 12 months left out", "last"] == "December 2020"


def test_counts_give_rate_ratios_and_every_family_with_their_exposure():
    days = pd.DatetimeIndex(MONTHS.astype("datetime64[ns]")).days_in_month.to_numpy()
    design = replace(DESIGN, offset=days)
    table = chart(counts(), design, family="quasi_poisson").summary().set_index("specification")
    fit = count_regression(counts()[12:], replace(design, months=MONTHS[12:], offset=days[12:]))
    one = counterfactual(fit, NAME).model_effect_ratio
    row = table.loc["first 12 months left out", ["estimate", "lower", "upper"]].astype(float)
    np.testing.assert_allclose(row, np.exp([one.estimate, one.lower, one.upper]))
    assert set(table.loc[table["changed"] == "method", "family"]) == {"poisson", "quasi_poisson", "negative_binomial"}
    of_days = chart(10 * counts(), design, family="quasi_poisson", counted="days").summary()
    assert "poisson" not in set(of_days["family"])


def test_a_specification_that_the_months_cannot_carry_stays_in_the_table_with_its_reason():
    short = Design(MONTHS[:20], [Interruption(NAME, "2016-11")])
    made = chart(series()[:20], short)
    table = made.summary().set_index("specification")
    lost = table[~table["estimated"]]
    assert "cannot be told apart" in table.loc["season: month", "reason"]
    assert "outside the series (January 2017 to August 2017)" in table.loc["first 12 months left out", "reason"]
    assert lost["estimate"].isna().all() and not table["estimated"].iloc[-1]
    assert ((table["reason"] == "") == table["estimated"]).all()
    assert f"({len(lost)} could not)" in made.sentence("Bed days", "days")


def test_a_missing_month_costs_only_the_specifications_that_use_it():
    y = series()
    y[52] = np.nan  # May 2020, masked as pre-specified
    table = chart(y).summary().set_index("specification")
    assert "no finite value in May 2020" in table.loc["Covid: none", "reason"]
    assert table.loc["as pre-specified", "estimated"] and table.loc["Covid: truncate", "estimated"]


def test_the_sentence_counts_what_the_intervals_leave_out_and_calls_it_no_test():
    fall, null = (chart(series(level)).sentence("Bed days", "days") for level in (-30, 0))
    assert "leave out no change (" in fall and "As pre-specified it is −3" in fall and "a fall" in fall
    assert "which includes no change" in null and null.endswith("this is not a test, and the pre-specified one stands.")
    said = chart(counts(), family="quasi_poisson").sentence("Admissions", "admissions")
    assert "The average rate ratio over the months after lies between 0." in said
    first = said.numbers["x_1"]
    assert first.behind == (int(counts()[:36].sum()), int(counts()[36:50].sum() + counts()[67:].sum()))


def test_of_a_term_only_what_has_it_can_be_shown():
    table = chart(series(), quantity="slope").summary().set_index("specification")
    assert "no term 'slope_change[the programme]'" in table.loc["level alone", "reason"]
    fit = segmented_regression(series(), DESIGN).coefficient(f"slope_change[{NAME}]")
    assert table.loc["as pre-specified", "estimate"] == pytest.approx(fit.estimate)


@settings(max_examples=5, deadline=None)
@given(st.floats(0.1, 1000), st.floats(-1000, 1000))
def test_the_chart_of_a_rescaled_series_is_the_rescaled_chart(scale, shift):
    kept = ["estimate", "lower", "upper"]
    one, two = (chart(y, moves=(1,), cuts=()).summary().sort_values("specification")[kept]
                for y in (series(), scale * series() + shift))
    np.testing.assert_allclose(two, scale * one, rtol=1e-4, atol=1e-6 * scale)


@pytest.mark.parametrize(("y", "chosen", "said"), [
    (series()[:5], {}, "y has shape"),
    (series(), {"quantity": "trend"}, "quantity 'trend' is not known; use average, level, slope"),
    (np.array([series(), series()]), {}, "takes one"),
    (np.array(["x"] * 72), {}, "not a number"),
])
def test_what_cannot_be_charted_is_refused(y, chosen, said):
    with pytest.raises(ValueError, match=said):
        chart(y, **chosen)


def test_without_the_prespecified_one_there_is_no_chart():
    with pytest.raises(ValueError, match="first must be the pre-specified one"):
        specification_chart_data(series(), [], NAME)
    with pytest.raises(ValueError, match="no interruption 'other'"):
        specifications(DESIGN, "other")
