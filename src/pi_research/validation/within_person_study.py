"""Known-truth study of rates within the person: bias and coverage, with and without the window around a crisis.

People differ in how often they are admitted (log-normal, sigma 0.6), are known for two to four years before they
are referred, prepare for half a year to a year, and are followed for half a year to four years since the move.
They are referred in a crisis: for six months before it the rate is three times as high, and three in ten are
referred by an admission.
"""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

import numpy as np

from pi_research.its.within_person import within_person_rates

if TYPE_CHECKING:
    import pandas as pd

SIZE, SEED, LEVEL = 2_000, 5201, 0.95
PEOPLE, MEAN, RATIO = (113,), (1.0, 2.0, 4.0), (0.65, 1.0, 1.5)
CELLS = (
    *product(PEOPLE, MEAN, RATIO, ("admissions",)),
    *product(PEOPLE, MEAN, (0.65,), ("clustered", "bed days")),
    *product((30,), (1.0, 2.0), (0.65,), ("admissions",)),
    *product(PEOPLE, MEAN, (0.65,), ("just moved",)),
)
"""People, mean events a person, true rate ratio since the move, and what is counted: *clustered* admissions come
together within a person's period (gamma, variance 0.5); *bed days* are those of stays (log-normal, median 28);
*just moved* are admissions of people followed for two months to a year since the move, an eighth of their time."""

WINDOW, CRISIS, REFERRED, PREPARING, FRAILTY = 0.5, 3.0, 0.3, 0.95, 0.6
PERIODS = ("before", "around the referral", "preparation", "after")


def run(study: str = "all", size: int = SIZE, seed: int = SEED) -> dict[str, pd.DataFrame]:
    """The table ``within_person``, from ``size`` cohorts in each cell, each with its own stream of the seed."""
    if study not in ("all", "rates"):
        raise ValueError("study: choose one of all, rates")
    return {"within_person": rates(size, seed)}


def rates(size: int = SIZE, seed: int = SEED, cells: tuple = CELLS) -> pd.DataFrame:
    """Bias of the log rate ratio since the move and coverage of its 95 % interval.

    ``window``: whether the six months before the referral are a period of their own, or part of the baseline.
    ``exact`` is the share of cohorts with so few events that the exact interval was used, ``not_estimable``
    that of those without an interval (counted as not covering).
    """
    import pandas as pd

    rows = []
    for n, mean, ratio, what in cells:
        rng = np.random.default_rng([seed, n, round(100 * mean), round(100 * ratio), len(what)])
        made = {True: [], False: []}
        for _ in range(size):
            cohort = _cohort(rng, n, mean, ratio, what)
            for window, found in made.items():
                found.append(_fitted(*cohort, window, "days" if what == "bed days" else "events"))
        for window, found in made.items():
            rows.append(
                {
                    "people": n,
                    "mean_events": mean,
                    "rate_ratio": ratio,
                    "counted": what,
                    "window": "own period" if window else "in the baseline",
                    **_told(np.array(found), ratio),
                }
            )
    return pd.DataFrame(rows)


def _cohort(
    rng: np.random.Generator, n: int, mean: float, ratio: float, what: str
) -> tuple[np.ndarray, np.ndarray]:
    """Counts and years (n, 4), by ``PERIODS``."""
    years = np.column_stack(
        [rng.uniform(2, 4, n) - WINDOW, np.full(n, WINDOW), rng.uniform(0.5, 1, n),
         rng.uniform(*((1 / 6, 1) if what == "just moved" else (0.5, 4)), n)]
    )
    times = np.array([1.0, CRISIS, PREPARING, ratio])
    expected = (np.array([2.5, 0.5, 0.75, 2.25]) * times).sum()
    own = rng.lognormal(-(FRAILTY**2) / 2, FRAILTY, n)[:, None]
    rate = (mean - REFERRED) / expected * own * times * years
    rate = rate * (rng.gamma(2.0, 0.5, rate.shape) if what == "clustered" else 1.0)
    counts = rng.poisson(rate)
    counts[:, 1] += rng.random(n) < REFERRED
    if what == "bed days":
        stays = np.maximum(np.round(rng.lognormal(np.log(28), 0.9, counts.sum())), 1)
        counts = np.bincount(np.repeat(np.arange(counts.size), counts.ravel()), stays, counts.size).reshape(
            counts.shape
        )
    return counts, years


def _fitted(counts: np.ndarray, years: np.ndarray, window: bool, kind: str) -> tuple[float, ...]:
    """Log ratio, limits, and whether they are exact."""
    who, names = np.arange(counts.size) // 4, PERIODS if window else (PERIODS[0], *PERIODS[2:])
    period = np.tile(PERIODS if window else (PERIODS[0], *(PERIODS[0], *PERIODS[2:])), len(counts))
    made = within_person_rates(
        counts.ravel(), years.ravel(), who, period, periods=names, kind=kind, level=LEVEL
    )
    with np.errstate(divide="ignore"):
        return (*(float(np.log(v[-1])) for v in (made.ratio, made.lower, made.upper)), float(made.exact[-1]))


def _told(found: np.ndarray, ratio: float) -> dict[str, float]:
    true, (log_ratio, low, high, exact) = np.log(ratio), found.T
    usable = np.isfinite(log_ratio)
    share = float(((low <= true) & (true <= high)).mean())
    return {
        "bias": log_ratio[usable].mean() - true,
        "bias_error": log_ratio[usable].std() / np.sqrt(usable.sum()),
        "coverage": share,
        "mc_error": np.sqrt(share * (1 - share) / len(found)),
        "mean_width": float((high - low)[np.isfinite(high - low)].mean()),
        "exact": exact.mean(),
        "not_estimable": float(np.isnan(low).mean()),
    }
