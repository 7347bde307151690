"""Every method on one series, side by side."""

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest

from pi_research import its
from pi_research.its.methods import WORDS
from pi_research.sections import Series

MONTHS = pd.date_range("2016-01-01", periods=48, freq="MS")
DESIGN = its.Design(MONTHS, [its.Interruption("x", "2018-01")])


def series(level, seed=1):
    t = np.arange(48)
    return 100 + 0.2 * t + level * (t >= 24) + np.random.default_rng(seed).normal(0, 2, 48)


def test_the_six_of_turner_kenward_roger_and_the_default_stand_side_by_side_with_one_marked():
    table = its.compare_methods(series(-5), DESIGN, "x", method="arima").summary()
    assert len(table) == 2 * 8
    assert table.loc[table["prespecified"], "method"].tolist() == ["ARIMA(1,0,0)"] * 2
    assert table["method"].iloc[0] == "ARIMA(1,0,0)"
    assert set(WORDS) == set(its.METHODS)
    one = its.segmented_regression(series(-5), DESIGN, method="reml").coefficient("level_change[x]")
    row = table[(table["method"] == "REML, AR(1)") & (table["term"] == "level_change[x]")].iloc[0]
    assert (row["estimate"], row["lower"], row["upper"]) == (one.estimate, one.lower, one.upper)


def test_agreement_and_disagreement_are_said_for_level_and_trend_apart():
    y = series(-20)
    agreed = its.compare_methods(y, DESIGN, "x").sentence()
    assert "Change of level at x. The interval of the pre-specified analysis lies below no change, and so do" in agreed
    # packs of cigarettes in California: -20.1 by least squares, -5.9 by REML at the edge, where nothing is shown
    california = [123, 121, 123.5, 124.4, 126.7, 127.1, 128, 126.4, 126.1, 121.9, 120.2, 118.6, 115.4, 110.8, 104.8,
                  102.8, 99.7, 97.5, 90.1, 82.4, 77.8, 68.7, 67.5, 63.4, 58.6, 56.4, 54.5, 53.8, 52.3, 47.2, 41.6]
    months = np.datetime64("2000-01") + np.arange(31)
    design = its.Design(months, [its.Interruption("the law", months[19])])
    compared = its.compare_methods(california, design, "the law")
    said = compared.sentence()
    assert "Change of trend at the law. The interval of the pre-specified analysis includes no change; " in said
    assert "ordinary least squares" in said and "The pre-specified one stands." in said
    verdicts = compared.summary().query("term == 'slope_change[the law]'").set_index("method")["verdict"]
    assert verdicts["ordinary least squares"] == "a fall"


def test_by_method_takes_the_prespecified_one_from_params_and_marks_it():
    change = its.Interruption("break", date(2018, 1, 1))
    chosen = replace(Series(), method="newey_west")
    made = its.by_method(series(5), MONTHS, change, chosen)
    assert next(iter(made)) == "Newey-West (pre-specified)"
    assert sum("(pre-specified)" in name for name in made) == 1
    assert {r.result.method for r in made.values()} == set(its.METHODS)


def test_params_offers_every_method_and_its_default_is_the_default_of_the_room():
    from dataclasses import fields

    [method] = [f for f in fields(Series) if f.name == "method"]
    assert set(method.metadata["choices"]) == set(its.METHODS)
    assert its.segmented_regression(series(0), DESIGN).method == Series().method


def test_an_unknown_method_or_interruption_is_answered_with_those_there_are():
    with pytest.raises(NotImplementedError, match="not fitted by method 'glsar'; use ols or newey_west or"):
        its.compare_methods(series(0), DESIGN, "x", method="glsar")
    with pytest.raises(ValueError, match="it has x"):
        its.compare_methods(series(0), DESIGN, "y").summary()
