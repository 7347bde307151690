"""Exact conditional rate ratio of two periods of the same people."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

__all__ = ["exact_rate_ratio"]

FAR = 60.0
"""Log ratios are looked for within this of 0."""


def exact_rate_ratio(
    events: ArrayLike, baseline: ArrayLike, time: ArrayLike, baseline_time: ArrayLike, level: float = 0.95
) -> tuple[float, float, float]:
    """Median-unbiased rate ratio with exact limits, each person (n,) their own control.

    Given each person's total, the events of the period are binomial with odds ``ratio * time /
    baseline_time``; their sum over people has the distribution of a sum of such binomials, and the limits
    are the ratios at which what was seen would be in either tail. NaN without any event.

    Notes
    -----
    Exact if a person's events are independent of one another; too narrow where one brings the next. With one
    ratio of times it is the Clopper-Pearson interval of a share (Lehmann and Romano 2005, section 4.5).

    Examples
    --------
    Three of ten events in a period as long as the baseline: odds of the limits of a share.

    >>> ratio, low, high = exact_rate_ratio([3], [7], [1], [1])
    >>> round(low, 4), round(high, 4)
    (0.0715, 1.8773)
    """
    from scipy.optimize import brentq

    y1, y0, t1, t0 = (np.asarray(a, float) for a in (events, baseline, time, baseline_time))
    both = (y1 + y0 > 0) & (t1 > 0) & (t0 > 0)
    total, seen = (y1 + y0)[both].astype(int), int(y1[both].sum())
    if not total.sum():
        return (np.nan,) * 3
    odds = np.log(np.repeat(t1[both] / t0[both], total))
    tail = (1 - level) / 2

    def at_least(s: int, ratio: float) -> float:
        return _distribution(odds + ratio)[s:].sum()

    def solved(target: float, s: int) -> float:
        return float(np.exp(brentq(lambda b: at_least(s, b) - target, -FAR, FAR, xtol=1e-12)))

    low = 0.0 if seen == 0 else solved(tail, seen)
    high = np.inf if seen == total.sum() else solved(1 - tail, seen + 1)
    if seen == 0 or seen == total.sum():  # the bound that half of all samples would show
        return solved(0.5, max(seen, 1)), low, high
    middle = brentq(lambda b: at_least(seen, b) + at_least(seen + 1, b) - 1, -FAR, FAR, xtol=1e-12)
    return float(np.exp(middle)), low, high


def _distribution(log_odds: np.ndarray) -> np.ndarray:
    """Probabilities (N + 1,) of the number of successes in N trials of different odds (N,)."""
    made = np.ones(1)
    for p in 1 / (1 + np.exp(-log_odds)):
        made = np.append(made * (1 - p), 0.0) + np.append(0.0, made * p)
    return made
