"""Exact intervals for a share and for a rate, from counts alone."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

__all__ = ["Interval", "exact_binomial", "exact_poisson"]


class Interval(NamedTuple):
    """Lower and upper limit: floats for one count, arrays for several."""

    lower: float | np.ndarray
    upper: float | np.ndarray


def exact_binomial(successes: ArrayLike, n: ArrayLike, level: float = 0.95) -> Interval:
    """Clopper-Pearson interval of a share: ``successes`` of ``n`` people.

    With ``a = 1 - level``, the lower limit is the ``a/2`` quantile of
    Beta(x, n - x + 1) and the upper limit the ``1 - a/2`` quantile of
    Beta(x + 1, n - x); no success gives 0 below, no failure gives 1 above.

    Parameters
    ----------
    successes, n : whole numbers, or arrays of one shape
        Nobody (``n = 0``) tells nothing: the interval is 0 to 1.
    level : float
        Coverage, at least this much whatever the true share.

    Raises
    ------
    ValueError
        For counts that are negative, missing, not whole, or more than ``n``, and for a
        ``level`` outside (0, 1).

    Notes
    -----
    Not for shares of censored follow-up, where some have not had their time yet: use
    ``survival.kaplan_meier``. Clopper and Pearson, Biometrika 26 (1934) 404-413.

    Examples
    --------
    Ten of ten: the lower limit solves ``p**10 = 0.025``.

    >>> low, high = exact_binomial(10, 10)
    >>> round(low, 6), round(0.025 ** (1 / 10), 6), high
    (0.691503, 0.691503, 1.0)
    """
    from scipy.special import betaincinv

    x, total = np.broadcast_arrays(_counts(successes, "successes"), _counts(n, "n"))
    if (x > total).any():
        raise ValueError("successes is more than n: give the part first, then the whole")
    tail = _tail(level)
    lower = np.where(x == 0, 0.0, betaincinv(np.maximum(x, 1), total - x + 1, tail))
    upper = np.where(x == total, 1.0, betaincinv(x + 1, np.maximum(total - x, 1), 1 - tail))
    return _interval(lower, upper)


def exact_poisson(count: ArrayLike, exposure: ArrayLike = 1.0, level: float = 0.95) -> Interval:
    """Garwood's interval of a rate: ``count`` events in ``exposure`` units of time.

    With ``a = 1 - level``, the lower limit is the ``a/2`` quantile of Gamma(count) and
    the upper limit the ``1 - a/2`` quantile of Gamma(count + 1), both divided by
    ``exposure``; no event gives 0 below.

    Parameters
    ----------
    count : whole number, or array
    exposure : positive number, or array of the same shape
        Person-time, in the unit in which the rate is wanted.
    level : float

    Raises
    ------
    ValueError
        For a count that is negative, missing or not whole, an exposure that is not a
        positive number, and a ``level`` outside (0, 1).

    Notes
    -----
    Not for repeated events of a few people: their events cluster, and the interval is
    then too narrow. Garwood, Biometrika 28 (1936) 437-442.

    Examples
    --------
    No event in 113 person-years: the upper limit is ``-log(0.025) / 113``.

    >>> low, high = exact_poisson(0, 113)
    >>> low, round(high, 8), round(-float(np.log(0.025)) / 113, 8)
    (0.0, 0.03264495, 0.03264495)
    """
    from scipy.special import gammaincinv

    x, time = np.broadcast_arrays(_counts(count, "count"), np.asarray(exposure, dtype=float))
    if not (np.isfinite(time) & (time > 0)).all():
        raise ValueError("exposure must be a positive number: the person-time behind the count")
    tail = _tail(level)
    lower = np.where(x == 0, 0.0, gammaincinv(np.maximum(x, 1), tail))
    return _interval(lower / time, gammaincinv(x + 1, 1 - tail) / time)


def _counts(values: ArrayLike, name: str) -> np.ndarray:
    counts = np.asarray(values, dtype=float)
    if not (np.isfinite(counts) & (counts >= 0) & (counts == np.floor(counts))).all():
        raise ValueError(f"{name} must be a whole number, 0 or more: it counts people or events")
    return counts


def _tail(level: float) -> float:
    if not 0 < level < 1:
        raise ValueError("level must lie between 0 and 1, e.g. 0.95")
    return (1 - level) / 2


def _interval(lower: np.ndarray, upper: np.ndarray) -> Interval:
    if lower.ndim:
        return Interval(lower, upper)
    return Interval(float(lower), float(upper))
