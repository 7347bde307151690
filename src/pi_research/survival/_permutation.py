"""The permutation distribution of a log-rank statistic: every arrangement of the labels, or a sample."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pi_research.survival._risk_set import RiskTable, survival_of

MOST_STATES = 200_000
AT_ONCE = 4_000_000


def scores(
    table: RiskTable, left: np.ndarray, event: np.ndarray, came: np.ndarray | None, rho: float
) -> np.ndarray:
    """A person's part (n,) in events less expected: own event less the hazard met from entry to exit.

    Summed over a group they give its observed less expected events, and over all people 0.
    """
    before = np.append(1.0, survival_of(table)[:-1]) ** rho
    met = np.append(0.0, np.cumsum(before * table.events / table.at_risk))
    place = np.searchsorted(table.time, left)
    start = 0.0 if came is None else met[np.searchsorted(table.time, came, "right")]
    return event * before[place] - met[place + 1] + start


def exact_tail(strata: Sequence[tuple[np.ndarray, np.ndarray]], observed: float) -> float | None:
    """Share of all arrangements of two labels with a sum as far from 0 as ``observed``; None where too many.

    ``strata`` holds (scores, True for the first group), the labels changing places within each. People with
    one score are alike, so sums and numbers of ways are built up score by score.
    """
    total, ways = np.zeros(1), np.ones(1)
    for score, first in strata:
        made = _sums(score, int(first.sum()))
        if made is None or made[0].size * total.size > MOST_STATES:
            return None
        total = np.add.outer(total, made[0]).ravel()
        ways = np.multiply.outer(ways, made[1] / made[1].sum()).ravel()
    return float(ways[np.abs(total) >= abs(observed) - _slack(strata)].sum())


def _slack(strata: Sequence[tuple[np.ndarray, np.ndarray]]) -> float:
    """Sums closer than this are equal but for rounding."""
    return 1e-9 * max(np.abs(score).sum() for score, _ in strata)


def _sums(score: np.ndarray, wanted: int) -> tuple[np.ndarray, np.ndarray] | None:
    """Distinct sums of ``wanted`` of the scores, and in how many ways each comes about."""
    from scipy.special import comb

    unit = 1e-11 * max(np.abs(score).sum(), 1.0)
    values, sizes = np.unique(np.round(score / unit), return_counts=True)
    to_come = score.size
    chosen, total, ways = np.zeros(1, int), np.zeros(1), np.ones(1)
    for value, size in zip(values * unit, sizes, strict=True):
        to_come -= size
        take = np.arange(size + 1)
        chosen, total = np.add.outer(chosen, take).ravel(), np.add.outer(total, take * value).ravel()
        ways = np.multiply.outer(ways, comb(size, take)).ravel()
        can = (chosen <= wanted) & (chosen + to_come >= wanted)
        if can.sum() > MOST_STATES:
            return None
        chosen, total, ways = _merged(chosen[can], total[can], ways[can], unit)
    return total, ways


def _merged(chosen: np.ndarray, total: np.ndarray, ways: np.ndarray, unit: float) -> tuple[np.ndarray, ...]:
    rounded = np.round(total / (100 * unit))
    order = np.lexsort((rounded, chosen))
    new = np.append(True, (np.diff(chosen[order]) != 0) | (np.diff(rounded[order]) != 0))
    first = np.flatnonzero(new)
    return chosen[order][first], total[order][first], np.add.reduceat(ways[order], first)


def sampled_tail(
    strata: Sequence[tuple[np.ndarray, np.ndarray]], statistic: np.ndarray, groups: int, draws: int,
    rng: np.random.Generator,
) -> float:
    """Share of ``draws`` random arrangements at least as extreme, the one seen counted among them.

    ``strata`` holds (scores, codes of the groups); extreme is the quadratic form of the groups' sums
    ``statistic`` (k,) in their permutation covariance.
    """
    inverse = np.linalg.pinv(sum(_covariance(score, codes, groups) for score, codes in strata))
    seen = statistic @ inverse @ statistic
    step = max(1, AT_ONCE // sum(score.size for score, _ in strata))
    extreme = 0
    for start in range(0, draws, step):
        size = min(step, draws - start)
        sums = np.zeros((size, groups))
        for score, codes in strata:
            mixed = rng.permuted(np.broadcast_to(score, (size, score.size)), axis=1)
            sums += mixed @ (codes[:, None] == np.arange(groups))
        extreme += int((np.einsum("ij,jk,ik->i", sums, inverse, sums) >= seen * (1 - 1e-9)).sum())
    return (extreme + 1) / (draws + 1)


def _covariance(score: np.ndarray, codes: np.ndarray, groups: int) -> np.ndarray:
    """Covariance (k, k) of the groups' sums when their labels change places."""
    n = np.bincount(codes, minlength=groups)
    spread = score.var() * score.size / max(score.size - 1, 1)
    return spread * (np.diag(n) - np.outer(n, n) / score.size)
