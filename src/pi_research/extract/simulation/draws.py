"""Random draws from uniform doubles alone, so that the same seed gives the same extract everywhere.

Only ``Generator.random`` of PCG64 is used; everything else is made from it here by
inversion. Each part of the mechanism has its own stream, so that a change to one part
leaves the others as they were, and scenarios with one seed differ only by what they change.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

__all__ = [
    "add_months", "days_of", "exponential", "lognormal", "normal", "pick", "stream", "truncated_normal",
    "uniforms",
]


def stream(seed: int, *part: int) -> np.random.Generator:
    """Generator of one part of the mechanism (and of one person in it)."""
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence((seed, *part))))


def uniforms(seed: int, part: int, rows: int, columns: int) -> np.ndarray:
    """Uniform doubles in (0, 1), shape ``(columns, rows)``: unpack by column, a person is a position."""
    return np.maximum(stream(seed, part).random((rows, columns)), 1e-300).T


def normal(u: np.ndarray) -> np.ndarray:
    """Standard normal by inversion."""
    from scipy.special import ndtri

    return ndtri(u)


def truncated_normal(u: np.ndarray, mean: float, sd: float, low: float, high: float) -> np.ndarray:
    """Normal between two limits by inversion: clipping would pile everyone beyond a limit on it.

    >>> truncated_normal(np.array([0.0, 0.5, 1.0]), 40, 10, 20, 60).round(6).tolist()
    [20.0, 40.0, 60.0]
    """
    from scipy.special import ndtr

    below, above = ndtr((low - mean) / sd), ndtr((high - mean) / sd)
    return mean + sd * normal(below + u * (above - below))


def lognormal(u: np.ndarray, median: float | np.ndarray, sigma: float | np.ndarray) -> np.ndarray:
    """Lognormal with its median and the standard deviation of its logarithm."""
    return median * np.exp(sigma * normal(u))


def exponential(u: np.ndarray, rate: float | np.ndarray) -> np.ndarray:
    """Exponential waiting time in the unit of 1 / rate."""
    return -np.log(u) / rate


def pick(u: np.ndarray | float, shares: Sequence[float], values: Sequence | None = None) -> np.ndarray:
    """Position (or value) chosen with the given shares, which need not add up to 1.

    >>> list(pick(np.array([0.1, 0.6, 0.99]), (1, 1, 2), ("a", "b", "c")))
    ['a', 'c', 'c']
    """
    edges = np.cumsum(shares)
    place = np.minimum(np.searchsorted(edges, np.asarray(u) * edges[-1], side="right"), len(edges) - 1)
    return place if values is None else np.asarray(values, dtype=object)[place]


def days_of(day) -> int:
    """Days since 1970-01-01 of a date.

    >>> from datetime import date
    >>> days_of(date(1970, 2, 1))
    31
    """
    return int(np.datetime64(day, "D").astype(int))


def add_months(day: np.ndarray, months: int) -> np.ndarray:
    """Same day of the month so many calendar months later, or the last day of that month.

    >>> from datetime import date
    >>> add_months(np.array([days_of(date(2020, 8, 31))]), 6).astype("datetime64[D]")
    array(['2021-02-28'], dtype='datetime64[D]')
    """
    day = np.asarray(day).astype("int64").astype("datetime64[D]")
    month = day.astype("datetime64[M]")
    later, rest = month + months, day - month.astype("datetime64[D]")
    last = (later + 1).astype("datetime64[D]") - np.timedelta64(1, "D")
    return np.minimum(later.astype("datetime64[D]") + rest, last).astype("int64")
