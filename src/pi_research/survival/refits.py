"""The same curve on many resamples at once: for a bootstrap, or for labels that change places."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from pi_research.survival import _checks as check
from pi_research.survival._risk_set import safe_ratio


class Refits(NamedTuple):
    """``survival`` (B, m) at the times asked, ``restricted_mean`` (B,) up to tau, missing without one."""

    survival: np.ndarray
    restricted_mean: np.ndarray


def refit_curves(
    time: ArrayLike, event: ArrayLike, counts: ArrayLike, *, times: ArrayLike = (), tau: float = np.nan
) -> Refits:
    """Kaplan-Meier on each of B resamples of the same n people.

    ``counts`` (B, n) says how often each person is in a resample: draws of a multinomial for a bootstrap, 0
    and 1 for one group of labels that change places. Beyond the last one followed of a resample its curve
    stays where it is. Not for delayed entry.

    Raises
    ------
    ValueError
        As ``kaplan_meier``; counts of another shape or negative; a resample of nobody; a tau not above 0.

    >>> refit_curves([2, 4, 6], [1, 0, 1], [[1, 1, 1], [2, 0, 1]], times=[3], tau=6).survival.ravel().round(3)
    array([0.667, 0.333])
    """
    left, _ = check.durations(time, None)
    seen = check.indicator(event, left.size)
    drawn = np.asarray(counts)
    if drawn.ndim != 2 or drawn.shape[1] != left.size:
        raise ValueError(f"counts: has shape {drawn.shape}; give one row a resample, one column a person")
    if (drawn < 0).any() or not drawn.any(axis=1).all():
        raise ValueError("counts: a negative count, or a resample of nobody; draw again")
    if tau <= 0:
        raise ValueError("tau: must be above 0; give the horizon in the unit of time")
    order = np.argsort(left, kind="stable")
    at, first = np.unique(left[order], return_index=True)
    gone = np.add.reduceat(drawn[:, order], first, axis=1)
    events = np.add.reduceat(drawn[:, order] * seen[order], first, axis=1)
    at_risk = gone[:, ::-1].cumsum(axis=1)[:, ::-1]
    survival = np.cumprod(1 - safe_ratio(events, at_risk), axis=1)
    from_start = np.hstack([np.ones((len(drawn), 1)), survival])
    asked = check.asked_times(times) if np.size(times) else np.empty(0)
    inside = at < tau
    widths = np.diff(np.concatenate([[0.0], at[inside], [tau]]))
    return Refits(from_start[:, np.searchsorted(at, asked, "right")], from_start[:, :widths.size] @ widths)
