"""Monthly area series as they are modelled: counts for a month of average length."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from pi_research.journeys.timeline.outcomes import MONTH
from pi_research.wording import Sentence, count, number, sentence

MEASURES = {
    "bed_days": "Bed days", "admissions": "Admissions", "delayed_days": "Delayed days",
    "crisis_contacts": "Crisis contacts",
}

COUNTED = {"bed_days": "days", "delayed_days": "days"}
"""What a count counts: days come in stays of several at a time; the other measures count events."""


def areas_of(tables: Mapping[str, pd.DataFrame], measure: str) -> list[str]:
    """Areas that supply a measure."""
    series = tables.get("area_series")
    return [] if series is None else sorted(series.loc[series["measure"] == measure, "area"].unique())


def area_months(tables: Mapping[str, pd.DataFrame], measure: str, area: str) -> pd.DataFrame:
    """One measure of one area by month.

    Returns
    -------
    DataFrame
        ``month``, ``value`` (the count), ``rate`` (the count for a month of 30.4 days) and ``exposure`` (person-days:
        the denominator, or 1 where none is supplied, times the days of the month), in order.

    Raises
    ------
    ValueError
        Where the extract holds no such series: the areas that it holds are listed.
    """
    known = areas_of(tables, measure)
    if area not in known:
        held = f"it has {', '.join(known)}" if known else "it has no area for that measure"
        raise ValueError(f"area_series holds no {measure} for series.area of params; {held}")
    series = tables["area_series"].query("measure == @measure and area == @area").sort_values("month")
    frame, days = series[["month", "value"]].reset_index(drop=True), series["month"].dt.days_in_month.to_numpy()
    known = "denominator" in series and series["denominator"].notna().all()
    people = series["denominator"].to_numpy(float) if known else 1.0
    return frame.assign(rate=frame["value"] / days * MONTH, exposure=people * days)


def months_sentence(frame: pd.DataFrame, outcome: str, area: str) -> Sentence:
    """Extent of a series."""
    months = frame["month"]
    mean = number(frame["rate"].mean(), digits=0, behind=(int(frame["value"].sum()),))
    return sentence(
        "{outcome} in {area}: {n} months from {first} to {last}, on average {mean} a month.",
        outcome=outcome, area=area, n=count(len(frame), people=False), first=f"{months.iloc[0]:%B %Y}",
        last=f"{months.iloc[-1]:%B %Y}", mean=mean,
    )


def yearly(frame: pd.DataFrame) -> pd.DataFrame:
    """Counts by calendar year, with the months that each holds."""
    by_year = frame.groupby(frame["month"].dt.year)
    return pd.DataFrame({
        "label": by_year.size().index.astype(str), "value": by_year["value"].sum().to_numpy(),
        "months": by_year.size().to_numpy(), "rate": by_year["rate"].mean().to_numpy(),
    })
