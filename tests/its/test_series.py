"""Designs from params, checks and sensitivity runs of one series."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest

from pi_research import its
from pi_research.sections import Covid, Series

MONTHS = pd.date_range("2016-01-01", periods=72, freq="MS")
CHOSEN = replace(Series(), interruption=date(2019, 1, 1), seasonality="none")
COVID = Covid()


def series(level: float = 0.0, bend: float = 0.0, seed: int = 1) -> np.ndarray:
    t = np.arange(72)
    noise = np.random.default_rng(seed).normal(0, 2, 72)
    return 100 + 0.2 * t + level * (t >= 36) + bend * np.maximum(t - 18, 0) * (t < 36) + noise


def test_the_design_of_params_has_its_interruption_season_and_masked_months() -> None:
    design = its.design_of(MONTHS, CHOSEN, COVID)
    assert list(design.matrix().columns) == [
        "intercept",
        "time",
        "level_change[the programme]",
        "slope_change[the programme]",
    ]
    assert design.masked.sum() == 17  # March 2020 to July 2021


def test_the_effect_of_a_planted_level_change_is_found() -> None:
    effect = its.effect_of(series(level=-20), MONTHS, CHOSEN, COVID).model_effect_average
    assert effect.lower < -20 < effect.upper and effect.upper < 0


def test_agreement_is_said_only_where_every_interval_says_the_same() -> None:
    chosen = [replace(CHOSEN, seasonality=season) for season in ("none", "harmonic", "month")]
    same = {c.seasonality: its.effect_of(series(level=-20), MONTHS, c, COVID) for c in chosen}
    assert "so do those of all 2 others" in its.agreement_sentence(same)
    other = dict(same)
    other["contrary"] = its.effect_of(series(level=+20), MONTHS, CHOSEN, COVID)
    said = its.agreement_sentence(other)
    assert "1 of 3 others differ: contrary" in said


def test_a_bend_before_the_start_is_seen_and_a_straight_line_is_not_accused() -> None:
    bent = its.bend_sentence(series(bend=2.0), MONTHS, CHOSEN, COVID, "days")
    straight = its.bend_sentence(series(), MONTHS, CHOSEN, COVID, "days")
    assert "a sign of a bend" in bent and "no bend is shown" not in bent
    assert "no bend is shown" in straight


def test_too_few_months_before_the_start_give_no_check_of_the_trend() -> None:
    chosen = replace(CHOSEN, interruption=date(2016, 9, 1))
    assert "too few months" in its.bend_sentence(series(), MONTHS, chosen, COVID, "days")


@pytest.mark.parametrize(
    ("rho", "words"), [(0.0, "neither alike nor unlike"), (0.9, "strongly alike"), (-0.9, "strongly unlike")]
)
def test_autocorrelation_is_put_into_words(rho: float, words: str) -> None:
    rng, y = np.random.default_rng(6), np.zeros(72)
    for t in range(1, 72):
        y[t] = rho * y[t - 1] + rng.normal()
    fit = its.segmented_regression(y + 50, its.design_of(MONTHS, CHOSEN, replace(COVID, handling="none")))
    assert words in its.autocorrelation_sentence(fit)


def test_areas_whose_series_is_too_short_are_named() -> None:
    whole = pd.DataFrame({"month": MONTHS, "rate": series()})
    made, not_made = its.other_areas({"A": whole, "B": whole.iloc[:5]}, CHOSEN, COVID)
    assert list(made) == ["A"] and list(not_made) == ["B"]
