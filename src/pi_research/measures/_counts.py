"""Exact tails of counts, and the checks of what is charted."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

__all__ = ["above", "checked", "count_limits", "side_of", "side_of_median"]


def checked(values: ArrayLike, name: str, *, whole: bool = False) -> np.ndarray:
    """The values as numbers, one a period; refuses what is missing, and, asked for, what is no count."""
    made = np.asarray(values, dtype=float)
    if made.ndim != 1 or not made.size:
        raise ValueError(f"{name} must be a list of numbers, one a period, and is empty or not a list")
    if not np.isfinite(made).all():
        missing = int((~np.isfinite(made)).sum())
        raise ValueError(
            f"{name}: {missing} of {made.size} values are missing or endless; leave those periods out"
        )
    if whole and ((made < 0) | (made != np.floor(made))).any():
        raise ValueError(f"{name} must be whole numbers, 0 or more: it counts people or events")
    return made


def count_limits(size: ArrayLike, rate: float, tail: float, family: str) -> np.ndarray:
    """Lower and upper limit (2, n) of a count out of ``size`` at ``rate``, continuous between whole counts.

    A count lies below the lower limit exactly where so few or fewer have a probability under ``tail``, and
    above the upper one where so many or more have. Where no count is that improbable the limit is 0 or,
    for a binomial count, ``size``.
    """
    from scipy.special import bdtrik, pdtrik

    n = np.asarray(size, float)
    most = n if family == "binomial" else np.full_like(n, np.inf)
    if rate <= 0 or (family == "binomial" and rate >= 1):
        return np.array([n * rate, n * rate])
    with np.errstate(invalid="ignore"):
        if family == "binomial":
            low, high = bdtrik(tail, n, rate), bdtrik(1 - tail, n, rate) + 1
        else:
            low, high = pdtrik(tail, n * rate), pdtrik(1 - tail, n * rate) + 1
    return np.array(
        [np.maximum(np.nan_to_num(low, nan=0.0), 0.0), np.minimum(np.nan_to_num(high, nan=1.0), most)]
    )


def side_of_median(count: np.ndarray, size: np.ndarray, rate: float, family: str) -> np.ndarray:
    """-1 where so few or fewer are less likely than not, 1 where so many or more are, else 0."""
    from scipy.stats import binom, poisson

    law = binom(size, rate) if family == "binomial" else poisson(size * rate)
    return (law.sf(count - 1) < 0.5).astype(int) - (law.cdf(count) < 0.5).astype(int)


def above(value: np.ndarray, line: np.ndarray) -> np.ndarray:
    """Where a value lies above a line, and not merely by the last bits of a sum."""
    return value - line > 1e-12 * (np.abs(value) + np.abs(line))


def side_of(value: np.ndarray, line: np.ndarray) -> np.ndarray:
    """-1 below the line, 0 on it, 1 above."""
    return above(value, line).astype(int) - above(line, value)
