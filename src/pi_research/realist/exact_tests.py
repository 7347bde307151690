"""Tests of a difference between groups that hold their level where events are few: their p-values are handed on."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

__all__ = ["Proportions", "conditional_error", "conditional_scores", "exact_proportions", "permuted_p_values"]


class Proportions(NamedTuple):
    """``estimates, std_errors`` (k, 2) shares of each group, and ``p_values`` (k,) of an exact test."""

    estimates: np.ndarray
    std_errors: np.ndarray
    p_values: np.ndarray


def exact_proportions(events: ArrayLike, n: ArrayLike) -> Proportions:
    """Shares of two groups that hold their level with few people: ``events`` of ``n``, both (k, 2).

    P-values of Boschloo's unconditional exact test (Stat Neerl 1970;24:1-9; scipy's), NaN where a group is
    empty; standard errors after adding one to events and to others (Agresti and Caffo, Am Stat 2000;54:280-288),
    so that nobody or everybody doesn't look certain. Everybody must have been followed to the time in question.

    >>> exact_proportions([[1, 6]], [[8, 8]]).p_values.round(3).tolist()
    [0.021]
    """
    from scipy.stats import boschloo_exact

    hits, total = np.atleast_2d(events), np.atleast_2d(n)
    whole = all((a == np.floor(a)).all() for a in (hits, total))
    if hits.shape != total.shape or hits.shape[1] != 2 or not whole or (hits < 0).any() or (hits > total).any():
        raise ValueError("events, n: whole numbers (k, 2), events not above n")
    p = [boschloo_exact([[a, b], [m - a, o - b]]).pvalue if m and o else np.nan
         for (a, b), (m, o) in zip(hits.astype(int), total.astype(int), strict=True)]  # fmt: skip
    near = (hits + 1) / (total + 2)
    share = np.where(total > 0, hits / np.maximum(total, 1), np.nan)
    error = np.where(total > 0, np.sqrt(near * (1 - near) / (total + 2)), np.nan)
    return Proportions(share, error, np.array(p, float))


def conditional_scores(events: ArrayLike, exposure: ArrayLike, ratio: float) -> np.ndarray:
    """What each person had after more than expected, given their total and the rate ratio of everybody (m,).

    Parameters
    ----------
    events, exposure : (m, 2)
        Before and after: counts, and times at risk. Who has no event or no time in one of them tells nothing
        of the ratio and has 0: leave them out of the test.
    ratio : float
        After over before, of all people together (``its.within_person_rates``).

    >>> conditional_scores([[2, 1], [1, 0]], [[2, 1], [2, 1]], 0.5).round(2).tolist()  # a fifth of each total
    [0.4, -0.2]
    """
    count, share = _expected(events, exposure, ratio)
    return count[:, 1] - count.sum(1) * share


def conditional_error(events: ArrayLike, exposure: ArrayLike, ratio: float) -> tuple[float, float]:
    """Standard error of that log ratio, and its degrees of freedom, robust to how a person's events cluster.

    The sandwich of the conditional scores, each divided by one less its leverage, so that it is unbiased were
    events Poisson (Kauermann and Carroll, J Am Stat Assoc 2001;96:1387-1396); degrees of freedom from how evenly
    people inform it. Not below about ten events before or after: hand on a p-value from an exact or permuted test.

    >>> error, df = conditional_error([[2, 1], [1, 1], [3, 1], [1, 2]], [[2, 1]] * 4, 1.5)
    >>> round(error, 2), round(df, 1)
    (0.43, 3.8)
    """
    count, share = _expected(events, exposure, ratio)
    total = count.sum(1)
    own = total * share * (1 - share)
    whole = own.sum()
    if whole <= 0 or own.max() >= whole * (1 - 1e-9):
        return np.nan, np.nan
    squares = (count[:, 1] - total * share) ** 2 / (1 - own / whole)
    return float(np.sqrt(squares.sum()) / whole), float(whole**2 / (own**2).sum())


def _expected(events: ArrayLike, exposure: ArrayLike, ratio: float) -> tuple[np.ndarray, np.ndarray]:
    """Counts (m, 2), and the share (m,) of each person's events that is expected after."""
    count, time = np.asarray(events, float), np.asarray(exposure, float)
    if count.ndim != 2 or count.shape[1] != 2 or count.shape != time.shape or not ratio > 0:
        raise ValueError("events, exposure: (m, 2), before and after; ratio: above 0")
    later = ratio * time[:, 1]
    total = time[:, 0] + later
    return count, np.divide(later, total, out=np.zeros(len(total)), where=total > 0)


def permuted_p_values(
    scores: ArrayLike, member: ArrayLike, *, seed: int | np.random.Generator, draws: int = 4_999
) -> np.ndarray:
    """Two-sided p-values (k,) that the mean score is alike in two groups, for k ways to group the same people.

    Parameters
    ----------
    scores : (m,)
        One number a person, from a model without any modifier: :func:`conditional_scores`, log-rank scores, or
        the outcome itself.
    member : (k, m) of 1, 0 and NaN where not known
    seed, draws :
        Random arrangements of the labels; the one seen counts among them, so that the level holds exactly if
        the groups are alike, and closely if only their means are: the difference is divided by its own error
        (Janssen, Stat Probab Lett 1997;36:9-21).

    Returns
    -------
    (k,) at least ``1 / (draws + 1)``; NaN where a group has nobody.

    Raises
    ------
    ValueError
        A missing score, shapes that differ, fewer than 99 draws.
    """
    score, label = np.asarray(scores, float), np.atleast_2d(np.asarray(member, float))
    if score.ndim != 1 or label.shape[1] != len(score) or not np.isfinite(score).all() or draws < 99:
        raise ValueError("scores, member: (m,) numbers, none missing, and (k, m) labels; 99 draws or more")
    order = np.random.default_rng(seed).random((draws, len(score)))
    made = np.full(len(label), np.nan)
    known = np.isfinite(label)
    for mask in np.unique(known, axis=0):
        here = np.flatnonzero((known == mask).all(1))
        groups = label[np.ix_(here, mask)].T == 1
        if len(groups):
            shuffled = score[mask][np.argsort(order[:, mask], axis=1)]
            seen, drawn = _studentised(score[mask][None], groups), _studentised(shuffled, groups)
            made[here] = ((drawn >= seen * (1 - 1e-9)).sum(0) + 1.0) / (draws + 1)
            made[here[~groups.any(0) | groups.all(0)]] = np.nan
    return made


def _studentised(score: np.ndarray, groups: np.ndarray) -> np.ndarray:
    """Differences of means over their errors (b, k), of scores (b, m) in groups (m, k)."""
    inside = groups.astype(float)
    one, other = np.maximum(inside.sum(0), 1), np.maximum((1 - inside).sum(0), 1)
    means = score @ inside / one, score @ (1 - inside) / other
    squares = score**2 @ inside / one, score**2 @ (1 - inside) / other
    error = (squares[0] - means[0] ** 2) / one + (squares[1] - means[1] ** 2) / other
    return np.abs(means[1] - means[0]) / np.sqrt(np.maximum(error, 1e-12))
