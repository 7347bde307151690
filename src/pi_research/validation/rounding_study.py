"""Known-truth study of the small-number rule: what rounding adds to a released curve and to a share of people.

Tenancies end at a constant rate and are followed for 12 to 48 months; asked is the share kept after 24. The curve is
released as every page releases it and set beside the exact one of the same people, and both beside the truth.
"""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

import numpy as np

from pi_research.disclosure import Rule, protect_curve
from pi_research.survival.curves import kaplan_meier
from pi_research.validation.tables import table_of_cells

if TYPE_CHECKING:
    import pandas as pd

SIZE, SEED, AT = 1_000, 8101, 24.0
CELLS = tuple(product(("nhs", "midpoint6", "sacro"), (40, 60, 113), (0.6, 0.75, 0.85)))
"""Preset, people and the true share at 24 months."""


def run(study: str = "all", size: int = SIZE, seed: int = SEED) -> dict[str, pd.DataFrame]:
    """The table ``rounding_error``, from ``size`` cohorts in each cell, each with its own stream of the seed."""
    if study not in ("all", "rounding"):
        raise ValueError("study: choose one of all, rounding")
    return {"rounding_error": errors(size, seed)}


def errors(size: int = SIZE, seed: int = SEED, cells: tuple = CELLS) -> pd.DataFrame:
    """A row a cell.

    Returns
    -------
    DataFrame
        ``rule, n, survival, cohorts``; ``bias`` and ``added_error`` (standard deviation) of the released share
        less the exact one, ``sampling_error`` of the exact one, ``largest`` (95th percentile of the gap);
        ``coverage`` of the released interval, ``mc_error``, ``exact_coverage``; ``not_shown``, the share of
        cohorts whose curve is not released as far as that.
    """
    return table_of_cells(_cell, [(size, seed, *cell) for cell in cells], size)


def _cell(size: int, seed: int, preset: str, n: int, true: float) -> list[dict]:
    rng, rule = np.random.default_rng([seed, len(preset), n, round(100 * true)]), Rule.preset(preset)
    made = np.array([_cohort(rng, rule, n, true) for _ in range(size)])
    shown = made[~np.isnan(made[:, 3])]
    exact, released, gap = shown[:, 0], shown[:, 3], shown[:, 3] - shown[:, 0]
    held, plain = (((part[:, 1] <= true) & (true <= part[:, 2])).mean() for part in (shown[:, 3:], shown[:, :3]))
    return [{"rule": preset, "n": n, "survival": true, "cohorts": size, "bias": gap.mean(), "added_error": gap.std(),
             "sampling_error": exact.std(), "largest": np.quantile(np.abs(gap), 0.95), "coverage": held,
             "mc_error": np.sqrt(held * (1 - held) / len(released)), "exact_coverage": plain,
             "not_shown": 1 - len(shown) / size}]  # fmt: skip


def _cohort(rng: np.random.Generator, rule: Rule, n: int, true: float) -> list[float]:
    """Share at 24 months with its limits, exact and as released (missing where it is not)."""
    fails, followed = rng.exponential(-AT / np.log(true), n), rng.uniform(12, 48, n)
    exact = kaplan_meier(np.minimum(fails, followed), fails <= followed, interval="beta-product").curve()
    released = protect_curve(exact, rule)
    return [*_at(exact), *(_at(released) if len(released) and released["time"].iloc[-1] >= AT else (np.nan,) * 3)]


def _at(curve: pd.DataFrame) -> tuple[float, float, float]:
    row = curve[curve["time"] <= AT].iloc[-1]
    return float(row["survival"]), float(row["lower"]), float(row["upper"])
