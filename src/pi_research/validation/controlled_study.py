"""Known-truth study of series with controls and of areas pooled: coverage of the change of level and of slope.

The programme's series and its controls share shocks (half of the variance of a month) and have their own besides,
each an AR(1) with the same correlation; nothing changes at the break, so that what an interval misses is a false
finding. Areas pooled have changes of their own around a mean of nought.
"""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

import numpy as np

from pi_research.its.controlled import controlled_segmented_regression
from pi_research.its.design import Design, Interruption
from pi_research.its.pooling import pool_areas
from pi_research.validation.tables import table_of_cells

if TYPE_CHECKING:
    import pandas as pd

SIZE, SEED = 400, 5301
CONTROLLED = tuple(("with controls", *c) for c in product((24, 48), (0.0, 0.4, 0.8), (1, 4)))
POOLED = tuple(("areas pooled", *c) for c in product((36,), (0.0, 0.6), (5, 10)))
"""Months, correlation of neighbouring months, and controls or areas."""
SHARED, SPREAD = 0.5, {"level": 1.0, "slope": 0.05}
FIRST = np.datetime64("2016-01")


def run(study: str = "all", size: int = SIZE, seed: int = SEED) -> dict[str, pd.DataFrame]:
    """The table ``controlled_coverage``, from ``size`` programmes in each cell, each with its own stream of the seed."""
    if study not in ("all", "controlled"):
        raise ValueError("study: choose one of all, controlled")
    return {"controlled_coverage": coverage(size, seed)}


def coverage(size: int = SIZE, seed: int = SEED, cells: tuple = CONTROLLED + POOLED) -> pd.DataFrame:
    """``design, n, rho, series`` (controls or areas), ``term, programmes, coverage, mc_error, median_width``."""
    return table_of_cells(_cell, [(size, seed, *cell) for cell in cells], 3 * size)


def _cell(size: int, seed: int, what: str, n: int, rho: float, k: int) -> list[dict]:
    rng = np.random.default_rng([seed, len(what), n, round(100 * rho), k])
    one = _pooled if what == "areas pooled" else _controlled
    made, rows = np.array([one(rng, n, rho, k) for _ in range(size)]), []
    for place, term in enumerate(("level", "slope")):
        low, high = made[:, place].T
        share = ((low <= 0) & (high >= 0)).mean()
        rows.append({"design": what, "n": n, "rho": rho, "series": k, "term": term, "programmes": size, "coverage": share,
                     "mc_error": np.sqrt(share * (1 - share) / size), "median_width": np.median(high - low)})  # fmt: skip
    return rows


def _ar1(rng: np.random.Generator, rho: float, k: int, n: int) -> np.ndarray:
    """Series (k, n) with variance 1."""
    made = rng.standard_normal((k, n))
    for t in range(1, n):
        made[:, t] = rho * made[:, t - 1] + np.sqrt(1 - rho**2) * made[:, t]
    return made


def _design(n: int) -> Design:
    months = FIRST + np.arange(n)
    return Design(months, [Interruption("break", months[n // 2])])


def _controlled(rng: np.random.Generator, n: int, rho: float, k: int) -> list[tuple[float, float]]:
    own, shared = _ar1(rng, rho, k + 1, n), _ar1(rng, rho, 1, n)
    y = 50 + 0.1 * np.arange(n) + 4 * (np.sqrt(1 - SHARED) * own + np.sqrt(SHARED) * shared)
    fit = controlled_segmented_regression(y[0], y[1:], _design(n)).difference
    return [_limits(fit.coefficient(f"{term}_change[break]")) for term in ("level", "slope")]


def _pooled(rng: np.random.Generator, n: int, rho: float, k: int) -> list[tuple[float, float]]:
    design, after = _design(n), np.maximum(np.arange(n) - n // 2 + 1, 0)
    level, slope = (spread * rng.standard_normal((k, 1)) for spread in SPREAD.values())
    y = 50 + 2 * _ar1(rng, rho, k, n) + level * (after > 0) + slope * after
    made = pool_areas({f"area {i}": row for i, row in enumerate(y)}, design, "break")
    return [_limits(made.pooled[name]) for name in (f"{term}_change[break]" for term in ("level", "slope"))]


def _limits(made: object) -> tuple[float, float]:
    return float(made.lower), float(made.upper)
