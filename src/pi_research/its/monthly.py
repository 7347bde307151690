"""Many monthly series at once, each modelled as what it counts: events or days with an exposure, or a rate."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from pi_research.its._specifications import specifications
from pi_research.its.controlled import ControlledRegression, controlled_segmented_regression
from pi_research.its.counterfactual import Counterfactual, counterfactual
from pi_research.its.counterfactual_counts import CountCounterfactual
from pi_research.its.counts import CountRegression, count_regression
from pi_research.its.design import CovidPeriod, Design, Interruption
from pi_research.its.regression import segmented_regression
from pi_research.its.results import SegmentedRegression
from pi_research.its.series import NAME, design_of
from pi_research.its.specification import SpecificationChart, specification_chart_data

if TYPE_CHECKING:
    import pandas as pd


def fit_of(frame: pd.DataFrame, chosen: Any, covid: Any, counted: str = "events") -> SegmentedRegression:
    """The pre-specified regression of one series.

    Parameters
    ----------
    frame : DataFrame
        ``month``, ``rate`` (for a Gaussian series), ``value`` and ``exposure`` (for counts), in order.
    chosen, covid : the sections ``series`` and ``covid`` of params.
    counted : {"events", "days"}
        What ``value`` counts.

    Raises
    ------
    ValueError
        As :func:`segmented_regression` and :func:`count_regression`.
    """
    design = design_of(frame["month"], chosen, covid)
    if chosen.family == "gaussian":
        return segmented_regression(frame["rate"], design, method=chosen.method, level=chosen.level)
    return count_regression(frame["value"], design, family=chosen.family, offset=frame["exposure"],
                            counted=counted, level=chosen.level)  # fmt: skip


def against(
    frame: pd.DataFrame, elsewhere: Mapping[str, pd.DataFrame], chosen: Any, covid: Any
) -> tuple[ControlledRegression | None, dict[str, str]]:
    """The change beyond that of other areas, which differ in size: as a ratio of rates.

    Parameters
    ----------
    frame, elsewhere : as :func:`fit_of`; of the area, and of the others by name.
    chosen, covid : the sections ``series`` and ``covid`` of params.

    Returns
    -------
    result, left_out : None where no other area can be used, and why areas are left out.
    """
    left_out = {}
    for area, other in elsewhere.items():
        if list(other["month"]) != list(frame["month"]):
            left_out[area] = "its months are not those of the programme's area"
        elif (other["rate"] <= 0).any():
            left_out[area] = "it has months without any, of which no ratio can be taken"
    kept = {area: other["rate"].to_numpy(float) for area, other in elsewhere.items() if area not in left_out}
    if not kept or (frame["rate"] <= 0).any():
        reason = "the programme's area has months without any, of which no ratio can be taken"
        return None, left_out | (dict.fromkeys(kept, reason) if kept else {})
    design = design_of(frame["month"], chosen, covid)
    how = {"scale": "log", "method": chosen.method, "level": chosen.level}
    return controlled_segmented_regression(frame["rate"], kept, design, **how), left_out


def scanned(y: Any, months: Any, chosen: Any, covid: Any) -> tuple[Counterfactual, SpecificationChart]:
    """A Gaussian series under the pre-specified choices, and the same effect under every other."""
    design = design_of(months, chosen, covid)
    fit = segmented_regression(y, design, method=chosen.method, level=chosen.level)
    every = specifications(design, NAME, method=chosen.method)
    return counterfactual(fit, NAME), specification_chart_data(y, every, NAME, level=chosen.level)


def count_effects(
    frame: pd.DataFrame, columns: Mapping[str, tuple[str, str]], change: Interruption, covid: Any, *,
    exposure: str, level: float = 0.95, seasonality: str = "none",
) -> tuple[dict[str, CountCounterfactual], dict[str, str]]:  # fmt: skip
    """Several counts of the same months, each set against what was expected without a change.

    Months without exposure (before the first person, or before a record begins) are dropped from either end.

    Parameters
    ----------
    frame : DataFrame
        ``month``, the counts and ``exposure``, one row a month in order.
    columns : mapping
        Name of the outcome to its column and what it counts ("events" or "days").
    change : Interruption
    covid : the section ``covid`` of params.
    exposure : str
        Column of the person-days behind the counts.

    Returns
    -------
    made, not_made : effects by name, and why the others could not be estimated.
    """
    there = np.flatnonzero(frame[exposure].fillna(0).to_numpy(float) > 0)
    if not there.size:
        return {}, dict.fromkeys(columns, f"no month has any {exposure}")
    used = frame.iloc[there[0] : there[-1] + 1]
    made: dict[str, Counterfactual] = {}
    not_made: dict[str, str] = {}
    for name, (column, counted) in columns.items():
        try:
            fit = _fit(used, column, counted, change, covid, exposure, level, seasonality)
            made[name] = counterfactual(fit, change.name)
        except ValueError as reason:
            not_made[name] = str(reason)
    return made, not_made


def _fit(
    used: pd.DataFrame, column: str, counted: str, change: Interruption, covid: Any, exposure: str, level: float,
    seasonality: str,
) -> CountRegression:  # fmt: skip
    period = CovidPeriod(covid.start, covid.end, covid.handling)
    design = Design(used["month"], (change,), seasonality, covid=period, offset=used[exposure].to_numpy(float))
    return count_regression(used[column], design, counted=counted, level=level)
