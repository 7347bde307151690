"""Months, and what is wrong with a design."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from pi_research.its.design import Design, Interruption

__all__ = ["MONTHS", "as_month", "choices", "exposure", "month_array", "month_name", "no_control", "rank",
           "sides"]

# not strftime's, which change with the reader's locale
MONTHS = (
    "January February March April May June July August September October November December"
).split()
SEASONALITIES = ("none", "harmonic", "month")
FEWEST_MONTHS = 8


def month_name(month: np.datetime64) -> str:
    """A month as people write it.

    >>> month_name(np.datetime64("2017-04"))
    'April 2017'
    """
    year, place = divmod(int(np.datetime64(month, "M").astype(int)), 12)
    return f"{MONTHS[place]} {1970 + year}"


def as_month(value: Any, where: str) -> np.datetime64:
    """The month of a date or of text such as 2017-04-01; ``where`` opens the error."""
    number = isinstance(value, (int, float, np.number))
    words = isinstance(value, str) and not value[:1].isdigit()  # numpy would take "today"
    value = value.to_timestamp() if hasattr(value, "to_timestamp") else value  # a pandas Period
    try:
        month = np.datetime64("NaT" if number or words else value, "M")
    except (ValueError, TypeError):
        month = np.datetime64("NaT", "M")
    if np.isnat(month) or not 1900 <= 1970 + month.astype(int) / 12 < 2200:
        raise ValueError(f"{where} is not a date; write it as year-month-day, such as 2017-04-01.")
    return month


def month_array(values: Any) -> np.ndarray:
    """Months in order and without gaps, datetime64[M], shape (m,)."""
    made = [as_month(v, f"months: entry {k}") for k, v in enumerate(np.asarray(values).ravel(), 1)]
    months = np.array(made, dtype="datetime64[M]")
    steps = np.diff(months).astype(int)
    for place in np.flatnonzero(steps != 1)[:1]:
        one, two = month_name(months[place]), month_name(months[place + 1])
        if steps[place] == 0:
            raise ValueError(f"months: {one} stands twice; keep one row a month.")
        if steps[place] < 0:
            raise ValueError(f"months: {two} follows {one}; put the months in order.")
        raise ValueError(f"months: a gap between {one} and {two}; add what is missing, never as zeros.")
    return months


def choices(design: Design) -> None:
    """Season, names and number of months."""
    if design.seasonality not in SEASONALITIES:
        known = ", ".join(SEASONALITIES)
        raise ValueError(f"seasonality {design.seasonality!r} is not known; use {known}.")
    if design.seasonality == "harmonic" and design.harmonics not in range(1, 6):
        raise ValueError("harmonics must be 1 to 5 pairs; for more use seasonality 'month'.")
    names = [item.name for item in design.interruptions]
    if not names:
        raise ValueError("a design needs at least one interruption.")
    if len(set(names)) < len(names):
        raise ValueError("two interruptions carry the same name; give each its own.")
    usable = int((~design.masked).sum())
    if usable < FEWEST_MONTHS:
        raise ValueError(f"{usable} usable months are too few; a segmented regression needs {FEWEST_MONTHS}.")


def exposure(offset: Any, months: np.ndarray) -> np.ndarray:
    """Exposure above 0 in every month, shape (m,)."""
    values = np.asarray(offset, dtype=float)
    if values.shape != months.shape:
        raise ValueError(f"offset has {values.size} values for {len(months)} months; give one a month.")
    bad = ~(np.isfinite(values) & (values > 0))
    if bad.any():
        where = month_name(months[bad][0])
        raise ValueError(f"offset: no exposure in {where}; begin the series where somebody could be counted.")
    return values


def sides(design: Design, item: Interruption) -> None:
    """Enough usable months between each break and its neighbours."""
    months, usable = design.months, design.months[~design.masked]
    if not months[0] < item.start <= months[-1]:
        raise ValueError(
            f"interruption {item.name!r} starts in {month_name(item.start)}, outside the series "
            f"({month_name(months[0])} to {month_name(months[-1])}); change its date or its lag."
        )
    if design.covid is not None and design.covid.handling == "truncate" and item.start >= design.covid.start:
        raise ValueError(
            f"interruption {item.name!r} starts in {month_name(item.start)}, and Covid's handling 'truncate' "
            f"leaves out every month from {month_name(design.covid.start)} on; use another handling."
        )
    starts = [other.start for other in design.interruptions]
    if design.covid is not None and design.covid.handling == "own_level_and_slope":
        starts.append(design.covid.start)
    earlier = max((s for s in starts if s < item.start), default=months[0])
    later = min((s for s in starts if s > item.start), default=months[-1] + 1)
    before = int(((usable >= earlier) & (usable < item.start)).sum())
    after = int(((usable >= item.start) & (usable < later)).sum())
    need = 3 if item.level and item.slope else 2
    if min(before, after) < need:
        what = "level and slope cannot both" if need == 3 else "the change cannot"
        raise ValueError(
            f"interruption {item.name!r} ({month_name(item.start)}) has {before} usable months before it "
            f"and {after} from it on: {what} be identified from fewer than {need}. "
            "Use a longer series, or ask for level or slope alone."
        )


def no_control(design: Design) -> None:
    """Refuse a Covid that a control is to carry, in a model that has none."""
    if design.covid is not None and design.covid.handling == "carried_by_control":
        raise ValueError(
            "covid: handling 'carried_by_control' needs a control series that Covid hit alike, and this "
            "model has none; use controlled_segmented_regression, or another handling such as 'mask'."
        )


def rank(columns: Mapping[str, np.ndarray]) -> None:
    """Every term tells something that the terms before it do not; columns (n,) by name."""
    empty = [name for name, values in columns.items() if not values.any()]
    if empty:
        raise ValueError(f"{empty[0]} is zero in every usable month: nothing to learn from; leave it out.")
    kept: list[str] = []
    for name, values in columns.items():
        before = np.column_stack([columns[k] for k in kept]) if kept else np.empty((len(values), 0))
        weights = np.linalg.lstsq(before, values, rcond=None)[0]
        if np.linalg.norm(values - before @ weights) < 1e-8 * np.linalg.norm(values):
            partners = ", ".join(k for k, w in zip(kept, weights, strict=True) if abs(w) > 1e-8)
            raise ValueError(f"{name} cannot be told apart from {partners} in these months; leave one out.")
        kept.append(name)
    if len(values) < len(kept) + 2:
        raise ValueError(f"{len(kept)} terms are too many for {len(values)} usable months; drop some.")
