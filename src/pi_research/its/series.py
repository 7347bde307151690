"""From the choices in params to designs, checks and the sensitivity runs of one series."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from pi_research.its.counterfactual import Counterfactual, counterfactual
from pi_research.its.design import CovidPeriod, Design, Interruption
from pi_research.its.regression import segmented_regression
from pi_research.its.results import SegmentedRegression
from pi_research.wording import Number, Sentence, number, sentence

if TYPE_CHECKING:
    import pandas as pd

NAME = "the programme"


def design_of(months: Any, chosen: Any, covid: Any) -> Design:
    """The pre-specified design; ``chosen`` and ``covid``: the sections ``series`` and ``covid`` of params."""
    terms = chosen.level_change, chosen.slope_change
    spans = chosen.lag_months, chosen.phase_in_months, chosen.wash_out_months
    change = Interruption(NAME, chosen.interruption, *terms, *spans)
    period = CovidPeriod(covid.start, covid.end, covid.handling)
    return Design(months, (change,), chosen.seasonality, covid=period)


def effect_of(y: Any, months: Any, chosen: Any, covid: Any) -> Counterfactual:
    """Fit the design and set the interruption aside."""
    fit = segmented_regression(y, design_of(months, chosen, covid), method=chosen.method, level=chosen.level)
    return counterfactual(fit, NAME)


def not_made_sentences(not_made: Mapping[str, str]) -> list[Sentence]:
    """Which analyses could not be made, and why: one sentence each."""
    return [
        sentence("Not made: {name} ({why}).", name=name, why=why.rstrip("."))
        for name, why in not_made.items()
    ]


def other_areas(
    series: Mapping[str, pd.DataFrame], chosen: Any, covid: Any
) -> tuple[dict[str, Counterfactual], dict[str, str]]:
    """The same model in each other area: the effects, and why the others could not be made."""
    made, not_made = {}, {}
    for area, frame in series.items():
        try:
            made[area] = effect_of(frame["rate"], frame["month"], chosen, covid)
        except ValueError as reason:
            not_made[area] = str(reason)
    return made, not_made


def autocorrelation_sentence(fit: SegmentedRegression) -> Sentence:
    """How alike neighbouring months are, beyond trend and season."""
    rho = fit.residual_autocorrelation
    way = "alike" if rho > 0 else "unlike"
    size = "neither alike nor unlike"
    if not abs(rho) < 0.15:
        size = f"somewhat {way}" if abs(rho) < 0.45 else f"strongly {way}"
    return sentence(
        "Neighbouring months are {size}, beyond trend and season (lag-1 autocorrelation of the residuals "
        "{rho}; the model's own estimate {model}; Durbin-Watson {dw}, where 2 means none).",
        size=size,
        rho=number(rho, digits=2),
        model=number(fit.rho, digits=2),
        dw=number(fit.durbin_watson, digits=2),
    )


def bend_sentence(y: Any, months: Any, chosen: Any, covid: Any, unit: str) -> Sentence:
    """Was the trend before the interruption straight? A change of slope half-way through it is estimated."""
    stamps = np.asarray(months, "datetime64[M]")
    before = np.flatnonzero(stamps < np.datetime64(chosen.interruption, "M"))
    if before.size < 12:
        return sentence("There are too few months before the interruption to look for a bend in their trend.")
    middle = stamps[before[before.size // 2]]
    design = design_of(months, chosen, covid)
    bent = replace(design, interruptions=(Interruption("bend", middle, level=False), *design.interruptions))
    fit = segmented_regression(y, bent, method=chosen.method, level=chosen.level)
    bend = fit.coefficient("slope_change[bend]")
    seen = "a sign of a bend, so that the straight line before the start is in doubt"
    if bend.lower <= 0 <= bend.upper:
        seen = "no bend is shown, though one of any size between these limits cannot be ruled out"
    return sentence(
        "Half-way through the months before the start the slope changes by {b} {unit} per month ({level} "
        "interval {low} to {high}): {seen}.",
        b=_signed(bend.estimate),
        low=_signed(bend.lower),
        high=_signed(bend.upper),
        unit=unit,
        level=f"{100 * chosen.level:g}%",
        seen=seen,
    )


def _signed(value: float) -> Number:
    return number(value, digits=1 if abs(value) >= 1 else 2, style="signed")
