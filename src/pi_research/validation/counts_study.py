"""Known-truth study of counts: coverage of rate ratios by events a month, dispersion, rho and length.

Counts are Poisson or, at dispersion 2, negative binomial with variance twice the mean, joined by a Gaussian
copula whose latent series is a first-order autoregression. In ``counts_coverage`` nothing changes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np

from pi_research.its._counts import SMALLEST, autocorrelated, irls, working
from pi_research.its._moments import bounds, newey_west
from pi_research.its.counterfactual_counts import count_counterfactual
from pi_research.its.counts import count_regression
from pi_research.its.design import Design, Interruption
from pi_research.validation.its_study import errors
from pi_research.validation.tables import table_of_cells

if TYPE_CHECKING:
    import pandas as pd

SIZE, SEED, LEVEL = 1_000, 5002, 0.95
MEANS, RHO, DISPERSION, MONTHS = (2, 10, 50), (0.0, 0.3, 0.6), (1, 2), (24, 48, 72)
DEFAULT = "quasi-Poisson, rho integrated out"
METHODS = (DEFAULT, "quasi-Poisson", "quasi-Poisson, Newey-West", "Poisson")
TERMS = {"level": 2, "slope": 3}


@dataclass(frozen=True)
class Setting:
    """Where a series is made: share of the months before the break, season, level rate ratio, caseload."""

    share: float = 1 / 2
    season: str = "none"
    ratio: float = 1.0
    growing: bool = False


SETTINGS = {
    "middle": Setting(),
    "halved": Setting(ratio=0.5),
    "halved, caseload grows": Setting(ratio=0.5, growing=True),
    "third, season, doubled": Setting(share=1 / 3, season="harmonic", ratio=2.0),
}
BEYOND = (*((name, n, m, r, d) for name in list(SETTINGS)[1:] for n, m, r, d in
            product((24, 48), (2, 10), (0.0, 0.6), DISPERSION)),
          *(("middle", n, m, r, d) for n, m, r, d in
            product((12, 24, 48), (0.5, 2, 10), (0.0, 0.6), DISPERSION)
            if n == 12 or m == 0.5),
          *(("middle", n, m, 0.8, d) for n, m, d in product((24, 48, 72), (2, 10), DISPERSION)))


def run(study: str = "all", size: int = SIZE, seed: int = SEED) -> dict[str, pd.DataFrame]:
    """The tables of one study, or of all, by name.

    ``counts_coverage``: the default and three common methods in the cells of the plan. ``counts_families``:
    the negative binomial there, a tenth of the series. ``counts_designs``: the default elsewhere: a real
    change, a caseload that grows, a season, few events, 12 months, rho 0.8. ``counts_effects``: what was
    averted, a fifth of the series. Each cell has its own stream of the seed.
    """
    studies = {"coverage": coverage, "families": families, "designs": designs, "effects": effects}
    if study not in ("all", *studies):
        raise ValueError(f"study: choose one of all, {', '.join(studies)}")
    return {f"counts_{name}": make(size, seed) for name, make in studies.items() if study in ("all", name)}


def cells(
    months: Sequence[int] = MONTHS, means: Sequence[float] = MEANS, rho: Sequence[float] = RHO,
    dispersion: Sequence[int] = DISPERSION,
) -> list[tuple]:
    """The cells of the plan: setting, months, mean, rho, dispersion."""
    return [("middle", *cell) for cell in product(months, means, rho, dispersion)]


def coverage(size: int = SIZE, seed: int = SEED, asked: Sequence[tuple] | None = None) -> pd.DataFrame:
    """Coverage and width of the logarithm of the rate ratio by cell, method and term."""
    return table_of_cells(_cell, [(cell, size, seed, METHODS) for cell in asked or cells()], 10 * size)


def designs(size: int = SIZE, seed: int = SEED, asked: Sequence[tuple] = BEYOND) -> pd.DataFrame:
    """The default outside the cells of the plan."""
    return table_of_cells(_cell, [(cell, size, seed, (DEFAULT,)) for cell in asked], 10 * size)


def families(size: int = SIZE, seed: int = SEED, asked: Sequence[tuple] | None = None) -> pd.DataFrame:
    """The negative binomial, plain and with rho integrated out."""
    return table_of_cells(_families, [(cell, max(size // 10, 1), seed) for cell in asked or cells()], 10 * size)


def effects(size: int = SIZE, seed: int = SEED, asked: Sequence[tuple] | None = None) -> pd.DataFrame:
    """Coverage of the change in per cent and of what was averted, and of the band by a month not fitted.

    The expected month's band is held against a count that the same rate would have given had nothing changed.
    """
    asked = asked or [(s, *c[1:]) for s in ("middle", "halved, caseload grows")
                      for c in cells((24, 48), (2, 10), (0.0, 0.6))]
    return table_of_cells(_effects, [(cell, max(size // 5, 1), seed) for cell in asked], 10 * size)


def setting_of(name: str, n: int) -> tuple[Design, np.ndarray, np.ndarray]:
    """Design of n months, its matrix (n, 4 or more) and the true coefficients but for the mean's."""
    chosen = SETTINGS[name]
    months = np.datetime64("2012-01") + np.arange(n)
    caseload = np.minimum((np.arange(n) + 1) / (0.75 * n), 1) if chosen.growing else None
    change = Interruption("x", months[round(n * chosen.share)])
    design = Design(months, [change], chosen.season, offset=caseload)
    X = np.column_stack(list(design.columns().values()))
    truth = np.zeros(X.shape[1])
    truth[2] = np.log(chosen.ratio)
    truth[4:] = 0.2
    return design, X, truth


def counts(
    mean: np.ndarray, rho: float, dispersion: float, size: int, rng: np.random.Generator
) -> np.ndarray:
    """Counts (size, n) about mean (n,) with variance dispersion times the mean."""
    from scipy.special import ndtr
    from scipy.stats import nbinom, poisson

    u = ndtr(errors(len(mean), rho, size, rng))
    if dispersion == 1:
        return poisson.ppf(u, mean)
    return nbinom.ppf(u, mean / (dispersion - 1), 1 / dispersion)


def _drawn(cell: tuple, size: int, seed: int) -> tuple[Any, ...]:
    """Design, matrix, truth, logarithm of the exposure, and the counts (size, n) that can be fitted."""
    name, n, mean, rho, dispersion = cell
    design, X, truth = setting_of(name, n)
    offset = np.zeros(n) if design.offset is None else np.log(design.offset)
    place = [list(SETTINGS).index(name), n, round(10 * mean), round(100 * rho), dispersion]
    rng = np.random.default_rng([seed, *place])
    y = counts(mean * np.exp(X @ truth + offset), rho, dispersion, size, rng)
    y = y[(y[:, X[:, 2] > 0].sum(axis=1) > 0) & (y[:, X[:, 2] == 0].sum(axis=1) > 0)]
    return design, X, truth, offset, y[irls(y, X, offset)[1].min(axis=1) >= SMALLEST], rng


def _cell(cell: tuple, size: int, seed: int, methods: Sequence[str]) -> list[dict]:
    _, X, truth, offset, y, _ = _drawn(cell, size, seed)
    beta, mu = irls(y, X, offset)
    limits = {m: _plain(m, beta, mu, y, X) for m in methods if m != DEFAULT}
    limits[DEFAULT] = _integrated(mu, y, X, offset)
    return [_head(cell, size, len(y)) | {"method": m, "term": term} | covered(*limits[m][..., j], truth[j])
            for m in methods for term, j in TERMS.items()]


def _integrated(mu: np.ndarray, y: np.ndarray, X: np.ndarray, offset: np.ndarray) -> np.ndarray:
    """Limits (2, k, 4) of the default: each series' mixture, then the limits of all of them at once."""
    times, p = np.arange(len(X)), max(TERMS.values()) + 1
    parts = [autocorrelated(*working(a, b, offset), X, times)[1] for a, b in zip(y, mu, strict=True)]
    scale = np.exp([part.log_scale for part in parts]).T
    weight, sigma2 = (np.hstack([getattr(part, name) for part in parts]) for name in ("log_weight", "sigma2"))
    # what a mixture has a rho only is here a rho and series: taken out of the variance and into sigma2
    joint = replace(parts[0], log_weight=weight, log_scale=0 * parts[0].rho, sigma2=sigma2 * scale)
    limits = np.full((2, len(y), p), np.nan)
    for j in TERMS.values():
        at = np.hstack([part.coefficients[..., j] for part in parts])
        variance = np.stack([part.unit[:, j, j] for part in parts], axis=1)
        limits[..., j] = joint.interval(at, variance / scale, LEVEL)
    return limits


def _plain(method: str, beta: np.ndarray, mu: np.ndarray, y: np.ndarray, X: np.ndarray) -> np.ndarray:
    """Limits (2, k, p) of a generalised linear model."""
    n, p = X.shape
    bread = np.linalg.inv(np.einsum("ni,kn,nj->kij", X, mu, X, optimize=True))
    if method == "quasi-Poisson, Newey-West":
        scores = X * (y - mu)[..., None]
        variance = np.array([np.diag(newey_west(b, s, n, 1)) for b, s in zip(bread, scores, strict=True)])
    else:
        variance = np.diagonal(bread, axis1=1, axis2=2)
        if method == "quasi-Poisson":
            variance = variance * (((y - mu) ** 2 / mu).sum(axis=1) / (n - p))[:, None]
    return np.array(bounds(beta, np.sqrt(variance), n - p, LEVEL))


def _families(cell: tuple, size: int, seed: int) -> list[dict]:
    design, _, truth, _, y, _ = _drawn(cell, size, seed)
    names, rows = {"glm": "negative binomial", "reml_integrated": "negative binomial, rho integrated out"}, []
    for method, name in names.items():
        fits = [count_regression(one, design, family="negative_binomial", method=method) for one in y]
        for term, j in TERMS.items():
            found = [fit.coefficient(f"{term}_change[x]") for fit in fits]
            limits = np.array([(one.lower, one.upper) for one in found]).T
            head = _head(cell, size, len(y)) | {"method": name, "term": term}
            rows.append(head | covered(*limits, truth[j]))
    return rows


def _effects(cell: tuple, size: int, seed: int) -> list[dict]:
    design, X, truth, offset, y, rng = _drawn(cell, size, seed)
    after, means = X[:, 2] > 0, []
    for one in (X, np.where([0, 0, 1, 1], 0, X)):
        means.append(cell[2] * np.exp(one @ truth + offset))
    seen, line = (mean[after].sum() for mean in means)
    other = counts(means[1], cell[3], cell[4], len(y), rng)
    held: dict[str, list] = {}
    for row, one in enumerate(y):
        found = count_counterfactual(count_regression(one, design), "x")
        parts = {"model effect, per cent": (found.model_effect_ratio, np.log(seen / line)),
                 "observed to expected, per cent": (found.observed_to_expected_ratio, np.log(seen / line)),
                 "model effect, total": (found.model_effect_cumulative, seen - line),
                 "observed minus expected, total": (found.observed_minus_expected_cumulative, seen - line)}
        limits = {name: (part.lower, part.upper, true) for name, (part, true) in parts.items()}
        limits["expected month"] = found.lower[-1], found.upper[-1], other[row, -1]
        for name, three in limits.items():
            held.setdefault(name, []).append(three)
    return [_head(cell, size, len(y)) | {"quantity": name} | covered(*np.array(threes).T)
            for name, threes in held.items()]


def _head(cell: tuple, size: int, fitted: int) -> dict[str, Any]:
    names = ("setting", "n", "mean", "rho", "dispersion")
    return dict(zip(names, cell, strict=True)) | {"series": size, "refused": 1 - fitted / size}


def covered(low: np.ndarray, high: np.ndarray, true: Any) -> dict[str, float]:
    """Coverage, its Monte Carlo error, misses on either side and median width."""
    share = ((low <= true) & (true <= high)).mean()
    error = np.sqrt(share * (1 - share) / low.size)
    return {"coverage": share, "mc_error": error, "above": (low > true).mean(),
            "below": (high < true).mean(), "median_width": np.median(high - low)}
