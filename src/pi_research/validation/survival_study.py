"""Known-truth studies of curves: coverage of the intervals, and how often the two-group tests reject wrongly.

People fail at a constant rate and are followed for 12 to 48 months, evenly spread; asked is 24 months.
"""

from __future__ import annotations

from itertools import combinations, product
from math import comb
from typing import TYPE_CHECKING

import numpy as np

from pi_research.numerics.beta_product import BetaLimits, beta_product, beta_quantile
from pi_research.survival._intervals import pointwise
from pi_research.survival._melded import melded
from pi_research.survival.differences import log_log_difference, plain_difference

if TYPE_CHECKING:
    import pandas as pd

SIZE, SEED, LEVEL, AT = 10_000, 4001, 0.95, 24.0
PEOPLE, SURVIVAL = (20, 30, 60, 113), (0.99, 0.95, 0.85, 0.6)
GROUPS = ((8, 8), (12, 12), (20, 20), (30, 30), (60, 60), (8, 24), (8, 60), (20, 60))
EVENTS = (3, 4, 5, 6, 8, 10, 12, 16, 20)
PAIRS = tuple(product(((20, 20), (30, 30), (20, 60), (57, 56)),
                      ((0.95, 0.95), (0.95, 0.85), (0.85, 0.6), (0.6, 0.6))))
DRAWS = 9_999
AT_ONCE = 1_000


def run(study: str = "all", size: int = SIZE, seed: int = SEED) -> dict[str, pd.DataFrame]:
    """The tables of one study or of all: ``survival_coverage, survival_type_one, survival_difference``.

    ``size`` cohorts in each cell (a fifth of them for the difference, twice as many for the tests); each
    cell has its own stream of the seed, so that some cells run alone give the same rows. Takes minutes.
    """
    studies = {"coverage": coverage, "type_one": type_one, "difference": difference}
    if study not in ("all", *studies):
        raise ValueError(f"study: choose one of all, {', '.join(studies)}")
    return {f"survival_{name}": make(size, seed) for name, make in studies.items() if study in ("all", name)}


def coverage(
    size: int = SIZE, seed: int = SEED, people: tuple = PEOPLE, truths: tuple = SURVIVAL
) -> pd.DataFrame:
    """Coverage and mean width of 95 % intervals of S(24), by n, true S and interval.

    Without an event the intervals from a standard error do not exist: they are counted as the point 1, and
    where the curve is at 0 as the point 0 (``no_interval`` is the share of such cohorts).
    """
    import pandas as pd

    rows = []
    for n, true in product(people, truths):
        rng = np.random.default_rng([seed, 1, n, round(1000 * true)])
        betas, s, se = _at(_cohorts(rng, size, n, true))
        limits = {"beta-product": _beta_limits(betas)}
        limits |= {kind: pointwise(s, se, kind, LEVEL) for kind in ("log-log", "plain", "log")}
        for kind, (low, high) in limits.items():
            absent = np.isnan(low)
            low, high = np.where(absent, s, low), np.where(absent, s, high)
            rows.append({"n": n, "survival": true, "interval": kind, **_covered(low, high, true),
                         "no_interval": absent.mean()})
    return pd.DataFrame(rows)


def _covered(low: np.ndarray, high: np.ndarray, true: float) -> dict[str, float]:
    share = ((low <= true) & (true <= high)).mean()
    return {"coverage": share, "mc_error": np.sqrt(share * (1 - share) / low.size),
            "mean_width": (high - low).mean()}


def _cohorts(rng: np.random.Generator, size: int, n: int, true: float) -> tuple[np.ndarray, np.ndarray]:
    """Times (size, n) in order, and whether each is an event."""
    fails = rng.exponential(-AT / np.log(true), (size, n))
    followed = rng.uniform(12, 48, (size, n))
    time = np.minimum(fails, followed)
    order = np.argsort(time, axis=1)
    return np.take_along_axis(time, order, 1), np.take_along_axis(fails <= followed, order, 1)


def _at(cohorts: tuple[np.ndarray, np.ndarray]) -> tuple[BetaLimits, np.ndarray, np.ndarray]:
    """Betas, estimate and Greenwood's error (size,) at the time asked."""
    time, event = cohorts
    at_risk = np.broadcast_to(np.arange(time.shape[1], 0, -1.0), time.shape)
    place = (time <= AT).sum(axis=1)[:, None]
    betas = BetaLimits(*(np.take_along_axis(b, place, 1)[:, 0] for b in beta_product(at_risk, event)))
    seen = event & (time <= AT)
    s = np.where(seen, 1 - 1 / at_risk, 1.0).prod(axis=1)
    terms = np.divide(1.0, at_risk * (at_risk - 1), out=np.zeros(time.shape), where=seen & (at_risk > 1))
    return betas, s, s * np.sqrt(terms.sum(axis=1))


def _beta_limits(betas: BetaLimits) -> tuple[np.ndarray, np.ndarray]:
    tail = (1 - LEVEL) / 2
    return (beta_quantile(betas.low_a, betas.low_b, tail),
            beta_quantile(betas.high_a, betas.high_b, tail, from_above=True))


def difference(size: int = SIZE, seed: int = SEED, pairs: tuple = PAIRS) -> pd.DataFrame:
    """Coverage and mean width of 95 % intervals of a difference of two S(24), on a fifth of the cohorts."""
    import pandas as pd

    rows, size = [], max(size // 5, 1)
    for (n, m), (one, other) in pairs:
        rng = np.random.default_rng([seed, 2, n, m, round(1000 * one), round(1000 * other)])
        first, second = (_at(_cohorts(rng, size, k, true)) for k, true in ((n, one), (m, other)))
        s, se = np.stack([first[1], second[1]]), np.stack([first[2], second[2]])
        limits = {"melded": melded(first[0], second[0], LEVEL)[:2],
                  "log-log": log_log_difference(s, se, LEVEL), "plain": plain_difference(s, se, LEVEL)}
        for kind, (low, high) in limits.items():
            absent = np.isnan(low)
            low, high = np.where(absent, s[1] - s[0], low), np.where(absent, s[1] - s[0], high)
            rows.append({"n_first": n, "n_second": m, "survival_first": one, "survival_second": other,
                         "interval": kind, **_covered(low, high, other - one), "no_interval": absent.mean()})
    return pd.DataFrame(rows)


def type_one(
    size: int = SIZE, seed: int = SEED, groups: tuple = GROUPS, events: tuple = EVENTS
) -> pd.DataFrame:
    """How often two-group tests reject at 5 % where the groups are alike, by sizes and number of events.

    ``permutation`` is the default of ``log_rank`` at these numbers of events: all arrangements for 8 + 8,
    else 9,999 random ones (anew for each thousand cohorts); ``chi-squared`` beside it.
    """
    import pandas as pd

    rows, size = [], 2 * size
    for (n, m), d in product(groups, events):
        if d > n + m:
            continue
        rng = np.random.default_rng([seed, 3, n, m, d])
        scores, own, chi_squared = _null(rng, size, n, m, d)
        for test, p in (("permutation", _permuted(rng, scores, own)), ("chi-squared", chi_squared)):
            share = (p <= 1 - LEVEL + 1e-12).mean()
            rows.append({"n_first": n, "n_second": m, "events": d, "test": test, "type_one": share,
                         "mc_error": np.sqrt(share * (1 - share) / size)})
    return pd.DataFrame(rows)


def _null(
    rng: np.random.Generator, size: int, n: int, m: int, events: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Scores (size, n + m) in order of time, who is of the first group, and the p-values of chi-squared.

    The rate of failure is set in each cohort so that exactly ``events`` people fail while followed.
    """
    from scipy.special import chdtrc

    fails, followed = rng.exponential(1, (size, n + m)), rng.uniform(12, 48, (size, n + m))
    ratio = fails / followed
    event = ratio <= np.sort(ratio, axis=1)[:, [events - 1]]
    rate = np.sort(ratio, axis=1)[:, [events - 1]]
    order = np.argsort(np.where(event, fails / rate, followed), axis=1)
    event = np.take_along_axis(event, order, 1)
    own = order < n
    at_risk = np.arange(n + m, 0, -1.0)
    scores = event - np.cumsum(event / at_risk, axis=1)
    share = own[:, ::-1].cumsum(axis=1)[:, ::-1] / at_risk
    variance = (event * share * (1 - share)).sum(axis=1)
    squared = np.divide((scores * own).sum(axis=1) ** 2, variance, out=np.zeros(size), where=variance > 0)
    return scores, own, chdtrc(1, squared)


def _permuted(rng: np.random.Generator, scores: np.ndarray, own: np.ndarray) -> np.ndarray:
    """p-values (size,): share of arrangements with a sum as far from 0; drawn ones count the one seen."""
    n, first = scores.shape[1], int(own[0].sum())
    chosen = np.array(list(combinations(range(n), first))) if comb(n, first) <= 20_000 else None
    # Less what single precision can't tell apart: such sums are ties.
    seen = np.abs((scores * own).sum(axis=1)).astype(np.float32) - np.float32(1e-4)
    p = np.empty(len(scores))
    for start in range(0, len(scores), AT_ONCE):
        rows = slice(start, start + AT_ONCE)
        drawn = chosen
        if drawn is None:
            drawn = rng.permuted(np.tile(np.arange(n), (DRAWS, 1)), axis=1)[:, :first]
        arrangements = np.zeros((n, len(drawn)), np.float32)
        np.put_along_axis(arrangements.T, drawn, 1.0, axis=1)
        sums = scores[rows].astype(np.float32) @ arrangements
        extreme = np.count_nonzero(np.abs(sums, out=sums) >= seen[rows, None], axis=1)
        p[rows] = extreme / len(drawn) if chosen is not None else (extreme + 1) / (DRAWS + 1)
    return p
