"""Control charts: what one stable process would do, stretch by stretch."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from pi_research.measures._counts import checked, count_limits, side_of, side_of_median

if TYPE_CHECKING:
    import pandas as pd

ENOUGH = 13
"""Points from which limits are no longer called trial limits (Making Data Count)."""

OUTER, NEAR = 0.0013498980316301, 0.0227501319481792
"""Probability of a normal value beyond three, and beyond two, standard deviations on one side."""


@dataclass(frozen=True, slots=True, eq=False)
class ControlChart:
    """Points with their centre and limits; arrays of one length n, in order of time.

    Attributes
    ----------
    kind : XmR, p, u, p′, u′, G or T
    value, centre, lower, upper, near_lower, near_upper : (n,), in the unit of the points
        ``near_`` limits lie two thirds of the way out (XmR, p′, u′) or where a stable process goes as often
        as a normal one beyond two standard deviations (the exact charts).
    side : (n,), -1, 0 or 1
        Below, on or above the centre; the exact charts use the median, so that neither side is favoured.
    group : (n,), 0, 1 ...
        The stretch between two rebasings that a point belongs to.
    trial : (n,), bool
        Whether the stretch has fewer than 13 points.
    screened : int
        Moving ranges that were left out of the limits.
    """

    kind: str
    value: np.ndarray
    centre: np.ndarray
    lower: np.ndarray
    upper: np.ndarray
    near_lower: np.ndarray
    near_upper: np.ndarray
    side: np.ndarray
    group: np.ndarray
    screened: int = 0

    @property
    def trial(self) -> np.ndarray:
        """Points whose stretch is shorter than 13."""
        return np.bincount(self.group)[self.group] < ENOUGH

    def summary(self) -> pd.DataFrame:
        """One row a point: ``value, centre, lower, upper, near_lower, near_upper, side, group, trial``."""
        import pandas as pd

        names = ("value", "centre", "lower", "upper", "near_lower", "near_upper", "side", "group", "trial")
        return pd.DataFrame({name: getattr(self, name) for name in names})


def xmr_limits(
    values: ArrayLike, *, rebase: Sequence[int] = (), fix_after: int | None = None, screen: bool = True
) -> ControlChart:
    """XmR chart: mean plus and minus 2.66 average moving ranges.

    Moving ranges above 3.267 times their average are left out once, and the average is taken again. Limits
    are worked out for each stretch, from its first ``fix_after`` points where that is given. A series that
    never varies has limits equal to its mean, and no point outside them.

    Parameters
    ----------
    values : (n,), in order of time, any unit
    rebase : places (from 0) of points that begin a new stretch
    fix_after : points of a stretch that set its limits; all where not given
    screen : whether large moving ranges are left out

    Raises
    ------
    ValueError
        For missing or endless values, fewer than two points in a stretch (there is no moving range), places
        of ``rebase`` outside the series or not rising, and ``fix_after`` below two.

    Notes
    -----
    When NOT to use it: for few events a period (``p_limits``, ``u_limits``), for rare ones
    (``rare_event_chart``), for points that hang together from one to the next. Making Data Count (NHS
    England); Wheeler and Chambers, Understanding Statistical Process Control, 1992.

    Examples
    --------
    >>> made = xmr_limits([5, 7, 6, 5, 7, 6, 5, 7, 6, 5, 7, 6])
    >>> float(made.centre[0]), round(float(made.upper[0]), 4), made.trial.all().item()
    (6.0, 9.6273, True)
    """
    y = checked(values, "values")
    centre, reach = np.empty((2, len(y)))
    group, screened = np.zeros(len(y), int), 0
    for k, (rows, base) in enumerate(_stretches(len(y), rebase, fix_after)):
        ranges = np.abs(np.diff(y[base]))
        kept = ranges[ranges <= 3.267 * ranges.mean()] if screen else ranges
        centre[rows], reach[rows], group[rows] = y[base].mean(), 2.66 * kept.mean(), k
        screened += len(ranges) - len(kept)
    return ControlChart("XmR", y, centre, *_around(centre, reach), side_of(y, centre), group,
                        screened)


def p_limits(
    numerator: ArrayLike, denominator: ArrayLike, *, rebase: Sequence[int] = (), prime: bool = False
) -> ControlChart:
    """p chart: shares of ``denominator``, with exact binomial limits around the pooled share of the stretch.

    A point lies outside where a stable process would go that far on that side less often than 1.35 times in
    1,000 (what three standard deviations are for a normal value), whatever the counts. The usual normal
    limits promise the same and break it where counts are small: at 4 people with a share of 80 % they are
    20 % to 140 %. With ``prime`` the limits are Laney's p′: normal, widened by how much more (or less)
    neighbouring points differ than independent people would.

    Raises
    ------
    ValueError
        For counts that are negative, missing or not whole, a denominator of 0 or below its numerator, fewer
        than two points in a stretch.

    Notes
    -----
    When NOT to use it: where what is counted hangs together (days of one person, appointments of one person)
    or varies for other reasons, as large counts do: then p′ or ``xmr_limits``. Woodall, Journal of Quality
    Technology 38 (2006) 89-104; Laney, Quality Engineering 14 (2002) 531-537.

    Examples
    --------
    >>> made = p_limits([3, 4, 2, 4, 3], [4, 4, 4, 4, 4])
    >>> made.centre[0].item(), made.lower[0].item(), made.upper[0].item()
    (0.8, 0.0, 1.0)
    """
    return _counted(numerator, denominator, rebase, prime, "binomial")


def u_limits(
    count: ArrayLike, exposure: ArrayLike | None = None, *, rebase: Sequence[int] = (), prime: bool = False
) -> ControlChart:
    """u chart (c chart where every period has the same exposure): events with exact Poisson limits.

    As :func:`p_limits`, for events that may happen more than once or to anybody. ``exposure`` is the time or
    number that the events come from, 1 a period where not given.

    Examples
    --------
    >>> made = u_limits([4, 3, 5, 4])
    >>> made.centre[0].item(), made.kind, bool(made.lower[0] < 0.01)
    (4.0, 'u', True)
    """
    exposure = np.ones_like(np.asarray(count, float)) if exposure is None else exposure
    return _counted(count, exposure, rebase, prime, "poisson")


def _counted(
    numerator: ArrayLike, denominator: ArrayLike, rebase: Sequence[int], prime: bool, family: str
) -> ControlChart:
    x, n = checked(numerator, "numerator", whole=True), checked(denominator, "denominator")
    if len(x) != len(n):
        raise ValueError("numerator and denominator must have one value a period each")
    _refuse_parts(x, n, family)
    kind = {"binomial": "p", "poisson": "u"}[family]
    centre, near, outer = np.empty(len(x)), np.empty((2, len(x))), np.empty((2, len(x)))
    group, side = np.zeros(len(x), int), np.zeros(len(x), int)
    for k, (rows, _) in enumerate(_stretches(len(x), rebase, None)):
        rate = x[rows].sum() / n[rows].sum()
        centre[rows], group[rows] = rate, k
        if prime:
            reach = 3 * _spread(x[rows], n[rows], rate, family)
            low, high, near_low, near_high = _around(rate, reach)
            outer[:, rows], near[:, rows] = (low, high), (near_low, near_high)
            side[rows] = side_of(x[rows] / n[rows], rate)
        else:
            outer[:, rows], near[:, rows] = (
                count_limits(n[rows], rate, t, family) / n[rows] for t in (OUTER, NEAR)
            )
            side[rows] = side_of_median(x[rows], n[rows], rate, family)
    return ControlChart(kind + "′" * prime, x / n, centre, *outer, *near, side, group)


def _spread(x: np.ndarray, n: np.ndarray, rate: float, family: str) -> np.ndarray:
    """Laney's standard deviation of each point: that of independent counts, times sigma z."""
    own = np.sqrt(rate * (1 - rate if family == "binomial" else 1) / n)
    return own * dispersion(x, n, family)


def dispersion(numerator: ArrayLike, denominator: ArrayLike, family: str) -> float:
    """Laney's sigma z: how many times as much neighbouring points differ as independent counts would.

    1 for independent counts; missing where the counts never vary or there is one point.

    >>> round(dispersion([10, 20, 10, 20], [100] * 4, "binomial"), 3)
    2.483
    """
    x, n = np.asarray(numerator, float), np.asarray(denominator, float)
    rate = x.sum() / n.sum()
    own = np.sqrt(rate * (1 - rate if family == "binomial" else 1) / n)
    return float(np.abs(np.diff((x / n - rate) / own)).mean() / 1.128) if len(x) > 1 and own.all() else np.nan


def _refuse_parts(x: np.ndarray, n: np.ndarray, family: str) -> None:
    if (n <= 0).any():
        raise ValueError(
            f"denominator: {int((n <= 0).sum())} of them are 0 or negative; leave such periods out"
        )
    if family == "binomial" and (x > n).any():
        place = int(np.argmax(x > n))
        raise ValueError(
            f"numerator: in period {place + 1} it is above its denominator ({x[place] / n[place]:.0%}); "
            "a share cannot be, correct it or chart it as a rate"
        )


def _stretches(n: int, rebase: Sequence[int], fix_after: int | None) -> Iterator[tuple[slice, slice]]:
    """Each stretch, and the part of it that sets its limits."""
    starts = [0, *rebase]
    if any(b <= a for a, b in zip(starts, [*rebase, n], strict=True)):
        raise ValueError(f"rebase must be rising places between 1 and {n - 1}: where a new stretch begins")
    if fix_after is not None and fix_after < 2:
        raise ValueError("fix_after must be 2 or more points")
    for a, b in zip(starts, [*rebase, n], strict=True):
        if b - a < 2:
            raise ValueError("a stretch has one point only: limits need at least two (a moving range)")
        yield slice(a, b), slice(a, b if fix_after is None else min(a + fix_after, b))


def _around(centre: np.ndarray | float, reach: np.ndarray) -> tuple[np.ndarray, ...]:
    return centre - reach, centre + reach, centre - 2 * reach / 3, centre + 2 * reach / 3
