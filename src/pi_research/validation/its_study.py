"""Known-truth study of segmented regression: coverage and width of each method's interval, by length and rho.

Gaussian series of errors that follow a first-order autoregression of variance 1 and no change at all: every
method's interval moves with the truth, so that type I error is what coverage leaves. The default's constants
were chosen on the cells of ``its_methods`` up to rho 0.8; ``its_designs`` holds what they were not chosen on.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import TYPE_CHECKING

import numpy as np

from pi_research.its._ar1 import correlation
from pi_research.its.design import CovidPeriod, Design, Interruption
from pi_research.its.gaussian import fit_gaussian, intervals
from pi_research.validation.tables import table_of_cells

if TYPE_CHECKING:
    import pandas as pd

SIZE, SEED, LEVEL = 10_000, 5001, 0.95
MONTHS, RHO, BEYOND = (12, 24, 36, 48, 72, 100), (0.0, 0.2, 0.4, 0.6, 0.8), (0.9, 0.95, 1.0)
DEFAULT = "reml_integrated"
METHODS = (DEFAULT, "reml_satterthwaite", "reml_kenward_roger", "reml", "prais_winsten", "arima",
           "newey_west", "ols")
DESIGNS = {  # share of the months before the break, season, months left out in the middle of the second half
    "middle": (1 / 2, "none", 0), "third": (1 / 3, "none", 0), "middle, season": (1 / 2, "harmonic", 0),
    "third, season": (1 / 3, "harmonic", 0), "third, masked": (1 / 3, "none", 17)}
TERMS = {"level": 2, "slope": 3}


def run(study: str = "all", size: int = SIZE, seed: int = SEED) -> dict[str, pd.DataFrame]:
    """The tables of one study, or of all, by name.

    ``its_methods``: every method, break in the middle, no season, and rho beyond 0.8 too. ``its_default``:
    the default in the same cells up to rho 0.8, by itself (a part of its_methods, not in "all"; two minutes).
    ``its_designs``: the default elsewhere. ``its_effects``: the average effect over the months after the
    break. Each cell has its own stream of the seed, so that some cells run alone give the same rows.
    """
    studies = {"methods": methods, "default": default, "designs": designs, "effects": effects}
    if study not in ("all", *studies):
        raise ValueError(f"study: choose one of all, {', '.join(studies)}")
    asked = [s for s in studies if s == study or (study == "all" and s != "default")]
    return {f"its_{name}": studies[name](size, seed) for name in asked}


def default(
    size: int = SIZE, seed: int = SEED, months: Sequence[int] = MONTHS, rho: Sequence[float] = RHO
) -> pd.DataFrame:
    """The default alone in the cells that its constants were chosen on."""
    return methods(size, seed, months, rho, (DEFAULT,))


def methods(
    size: int = SIZE, seed: int = SEED, months: Sequence[int] = MONTHS,
    rho: Sequence[float] = (*RHO, *BEYOND), asked: Sequence[str] = METHODS,
) -> pd.DataFrame:
    """Coverage and width by n, rho, method and term."""
    cells = [("middle", n, r, size, seed, asked) for n, r in product(months, rho)]
    return table_of_cells(_cell, cells, size)


def designs(
    size: int = SIZE, seed: int = SEED, months: Sequence[int] = MONTHS, rho: Sequence[float] = RHO
) -> pd.DataFrame:
    """The default's coverage and width in designs that its constants were not chosen on."""
    asked = ((d, n, r) for d, n, r in product(list(DESIGNS)[1:], months, rho) if n >= 48 or not DESIGNS[d][2])
    return table_of_cells(_cell, [(*one, size, seed, (DEFAULT,)) for one in asked], size)


def effects(
    size: int = SIZE, seed: int = SEED, months: Sequence[int] = MONTHS[1:], rho: Sequence[float] = RHO
) -> pd.DataFrame:
    """The average effect: the model's, observed minus expected, and the interval of a forecast's mean error.

    The last is what CausalPy 0.9 prints for its least-squares forecast: Student's t on the differences of the
    months after the break from the line of those before, as if neither line nor months hung together.
    """
    return table_of_cells(_effects, [(n, r, size, seed) for n, r in product(months, rho)], size)


def design_of(name: str, n: int) -> Design:
    """One of ``DESIGNS`` over n months."""
    share, season, masked = DESIGNS[name]
    months = np.datetime64("2012-01") + np.arange(n)
    start = round(n * share)
    middle = (start + n - masked) // 2
    covid = CovidPeriod(months[middle], months[middle + masked - 1]) if masked else None
    return Design(months, [Interruption("x", months[start])], season, covid=covid)


def errors(n: int, rho: float, size: int, rng: np.random.Generator) -> np.ndarray:
    """Series (size, n) of variance 1; at rho 1 a random walk with steps of variance 1."""
    made = rng.normal(size=(size, n))
    step = np.sqrt(1 - rho**2) or 1.0
    for k in range(1, n):
        made[:, k] = rho * made[:, k - 1] + step * made[:, k]
    return made


def _drawn(name: str, n: int, rho: float, size: int, seed: int) -> tuple[Design, np.ndarray, np.ndarray]:
    design = design_of(name, n)
    rng = np.random.default_rng([seed, list(DESIGNS).index(name), n, round(100 * rho)])
    return design, np.column_stack(list(design.columns().values())), errors(n, rho, size, rng)


def _cell(name: str, n: int, rho: float, size: int, seed: int, asked: Sequence[str]) -> list[dict]:
    design, X, y = _drawn(name, n, rho, size, seed)
    rows = []
    for method in asked:
        found = fit_gaussian(y, X, ~design.masked, method)
        limits = intervals(found, LEVEL, tuple(TERMS.values()))
        key = {"design": name, "n": n, "rho": rho, "method": method}
        known = {"mean_rho": found["rho"].mean(), "near_unit_root": (found["rho"] > 0.98).mean()}
        rows += [key | {"term": term} | _covered(limits[1][:, j], limits[2][:, j]) | known
                 for j, term in enumerate(TERMS)]
    return rows


def _effects(n: int, rho: float, size: int, seed: int) -> list[dict]:
    _, X, y = _drawn("middle", n, rho, size, seed)
    mixture = fit_gaussian(y, X, np.ones(n, bool), DEFAULT)["mixture"]
    after = X[:, 2] > 0
    mean, line = after / after.sum(), np.where([0, 0, 1, 1], 0, X)
    made = {"model effect": mixture.contrast(mean @ (X - line), LEVEL, averaged=True)}
    spread = []
    for r in mixture.rho:
        R = correlation(np.arange(n), r)
        back = np.linalg.solve(R, X).T
        moved = mean - mean @ line @ np.linalg.solve(back @ X, back)
        spread.append(moved @ R @ moved)
    gap = y @ mean - mixture.coefficients @ (mean @ line)
    made["observed minus expected"] = mixture.interval(gap, np.array(spread)[:, None], LEVEL, averaged=True)
    made["mean error of a forecast"] = _forecast(y, X, after)
    return [{"n": n, "rho": rho, "quantity": name} | _covered(*limits) for name, limits in made.items()]


def _forecast(y: np.ndarray, X: np.ndarray, after: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    from scipy.special import stdtrit

    past = np.linalg.lstsq(X[~after, :2], y[:, ~after].T, rcond=None)[0]
    impact = y[:, after] - (X[after, :2] @ past).T
    k = impact.shape[1]
    margin = stdtrit(k - 1, 0.5 + LEVEL / 2) * impact.std(axis=1, ddof=1) / np.sqrt(k)
    return impact.mean(axis=1) - margin, impact.mean(axis=1) + margin


def _covered(low: np.ndarray, high: np.ndarray) -> dict[str, float]:
    """Coverage of no change, what it leaves, Monte Carlo error, width."""
    share, width = ((low <= 0) & (0 <= high)).mean(), high - low
    error = np.sqrt(share * (1 - share) / low.size)
    return {"series": low.size, "coverage": share, "type_one": 1 - share, "mc_error": error,
            "mean_width": width.mean(), "median_width": np.median(width)}

