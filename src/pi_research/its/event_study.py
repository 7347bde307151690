"""Rates by month before and since a day."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from pi_research.its import _within

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, eq=False)
class EventStudy:
    """Rates by time relative to a day, in ``b`` bins.

    Attributes
    ----------
    outcome : str
    start, stop : arrays (b,)
        Months since the day.
    events, exposure, people : arrays (b,)
        Exposure in years.
    rate, lower, upper : arrays (b,)
        Events a person-year; NaN limits where they cannot be had (days of one person, or none).
    level : float
    """

    outcome: str
    start: np.ndarray
    stop: np.ndarray
    events: np.ndarray
    exposure: np.ndarray
    people: np.ndarray
    rate: np.ndarray
    lower: np.ndarray
    upper: np.ndarray
    level: float

    def summary(self) -> pd.DataFrame:
        """One row a bin."""
        import pandas as pd

        names = ("start", "stop", "events", "exposure", "people", "rate", "lower", "upper")
        return pd.DataFrame({name: getattr(self, name) for name in names}).rename(
            columns={"exposure": "person_years"}
        )


def event_study(
    events: ArrayLike,
    exposure: ArrayLike,
    person: ArrayLike,
    since: ArrayLike,
    *,
    outcome: str = "events",
    width: int = 3,
    first: int = -24,
    last: int = 24,
    kind: str = "events",
    few: int = 10,
    level: float = 0.95,
) -> EventStudy:
    """The rate in each stretch of ``width`` months before and since a day, with intervals.

    Intervals are cluster-robust on the log scale (CR2 by person), and for fewer than ``few`` events exact
    Poisson (Garwood); for days there is none where fewer than two people have any.

    Parameters
    ----------
    events, exposure, person : arrays (m,)
        As in ``within_person_rates``; rows must not cross the edge of a bin.
    since : array (m,)
        Months from the day to the row's beginning, e.g. -3 for the third month before.
    width, first, last : int
        Bins from ``first`` on, up to ``last``.

    Raises
    ------
    ValueError
        As ``within_person_rates``, and for bins that do not fit between ``first`` and ``last``.

    Notes
    -----
    A description, not an effect: who is followed so far differs from bin to bin.
    """
    y, time, who, when = _within.numbers(events, exposure, person, since, kind)
    if width < 1 or last <= first or (last - first) % width:
        raise ValueError("width: whole bins must fit between first and last")
    edges = np.arange(first, last + 1, width)
    place = np.floor((when - first) / width).astype(int)
    bins = [np.flatnonzero((place == b) & (time > 0)) for b in range(len(edges) - 1)]
    made = [_within.rate_limits(y[b], time[b], who[b], kind, few, level) for b in bins]
    rate, lower, upper = (np.array(part, float) for part in zip(*made, strict=True))
    return EventStudy(
        outcome,
        edges[:-1],
        edges[1:],
        np.array([y[b].sum() for b in bins]),
        np.array([time[b].sum() for b in bins]),
        np.array([len(np.unique(who[b])) for b in bins]),
        rate,
        lower,
        upper,
        level,
    )
