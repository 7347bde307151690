"""The four special-cause rules of Making Data Count, and what a chart says of change and of a target."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pi_research.measures._counts import above

if TYPE_CHECKING:
    import pandas as pd

    from pi_research.measures.charts import ControlChart

RULES = {
    "outside": "a point outside the limits",
    "trend": "seven points in a row each above, or each below, the one before",
    "two_of_three": "two of three points in a row near the same limit",
    "run": "seven points in a row on one side of the centre",
}
"""The rules in the order in which they count, in words."""


@dataclass(frozen=True, slots=True, eq=False)
class SpecialCauses:
    """What each of n points signals.

    Attributes
    ----------
    rule : (n,), a key of ``RULES`` or empty
    sign : (n,), 1 high or rising, -1 low or falling, 0 no signal
    """

    rule: np.ndarray
    sign: np.ndarray

    def summary(self) -> pd.DataFrame:
        """One row a point: ``rule, sign``."""
        import pandas as pd

        return pd.DataFrame({"rule": self.rule, "sign": self.sign})


def special_causes(chart: ControlChart) -> SpecialCauses:
    """Each point's signal, by the first of the four rules that it meets; rules never reach over a rebasing.

    A point outside the limits is not at the same time *near* one, and all three points of *two of three* lie
    on the same side of the centre. A trend may cross the centre, and is broken by two equal values. Its
    direction is its own, whichever side it lies on; a turning point belongs to the trend that it ends.

    Examples
    --------
    >>> from pi_research.measures import xmr_limits
    >>> special_causes(xmr_limits([7, 6, 5, 4, 3, 2, 1, 2, 1, 2, 1, 2])).rule[:3].tolist()
    ['outside', 'outside', 'trend']
    """
    rule, sign = np.full(len(chart.value), "", object), np.zeros(len(chart.value), int)
    for group in np.unique(chart.group):
        rows = np.flatnonzero(chart.group == group)
        y, side = chart.value[rows], chart.side[rows]
        outside = above(y, chart.upper[rows]).astype(int) - above(chart.lower[rows], y)
        near = above(y, chart.near_upper[rows]).astype(int) - above(chart.near_lower[rows], y)
        found = {
            "outside": outside,
            "trend": _trend(y),
            "two_of_three": _two_of_three(np.where(outside, 0, near), side),
            "run": _runs(side, 7),
        }
        for name in reversed(RULES):
            hit = rows[found[name] != 0]
            rule[hit], sign[hit] = name, found[name][found[name] != 0]
    return SpecialCauses(rule, sign)


def _runs(sign: np.ndarray, length: int) -> np.ndarray:
    """The sign of each element that stands in a run of at least ``length`` of one sign, else 0."""
    made, start = np.zeros(len(sign), int), 0
    for k in range(1, len(sign) + 1):
        if k == len(sign) or sign[k] != sign[start]:
            if k - start >= length:
                made[start:k] = sign[start]
            start = k
    return made


def _trend(y: np.ndarray) -> np.ndarray:
    """Points that are a part of six steps or more in one direction."""
    steps, made = _runs(np.sign(np.diff(y)).astype(int), 6), np.zeros(len(y), int)
    made[:-1] = steps
    made[1:] = np.where(steps != 0, steps, made[1:])
    return made


def _two_of_three(near: np.ndarray, side: np.ndarray) -> np.ndarray:
    made = np.zeros(len(near), int)
    for k in range(len(near) - 2):
        three = slice(k, k + 3)
        if abs(side[three].sum()) == 3 and np.count_nonzero(near[three]) >= 2:
            made[three] = np.where(near[three] != 0, near[three], made[three])
    return made


def variation(causes: SpecialCauses, direction: int) -> str:
    """What the last point signals: ``common``, ``improvement``, ``concern``, or ``high``, ``low`` "
    "without a direction.

    ``direction`` is 1 where higher is better, -1 where lower is, 0 where neither is said.
    """
    sign = int(causes.sign[-1])
    if not sign:
        return "common"
    if not direction:
        return "high" if sign > 0 else "low"
    return "improvement" if sign == direction else "concern"


def assurance(chart: ControlChart, target: float | None, direction: int) -> str:
    """Whether the process as it last was meets the target: ``pass``, ``fail``, ``inconsistent``, or ``none``.

    ``pass`` where the worse limit of the last stretch meets the target, ``fail`` where the better one does
    not, ``none`` without a target or without a direction (the package NHSRplotthedots says inconsistent
    there).
    """
    if target is None or np.isnan(target) or not direction:
        return "none"
    low, high = sorted((direction * chart.lower[-1], direction * chart.upper[-1]))
    return "pass" if low >= direction * target else "fail" if high < direction * target else "inconsistent"


def chance_of_signal(points: int, *, draws: int = 2000, seed: int) -> tuple[float, float]:
    """How often an XmR chart of a process that never changes signals: at its last point, and anywhere.

    Simulated from independent normal values, a charted series of ``points`` each time.

    >>> last, anywhere = chance_of_signal(20, draws=50, seed=1)
    >>> 0 <= last <= anywhere <= 1
    True
    """
    from pi_research.measures.charts import xmr_limits

    made = np.random.default_rng(seed).normal(size=(draws, points))
    signs = np.array([special_causes(xmr_limits(row)).sign != 0 for row in made])
    return float(signs[:, -1].mean()), float(signs.any(axis=1).mean())
