"""Series drawn from a design: what the default method sees in them, and what normal theory expects of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from pi_research.its._ar1 import correlation
from pi_research.its._counts import SMALLEST, autocorrelated, irls, working
from pi_research.its.gaussian import fit_gaussian, intervals

EDGE = 0.98
LARGEST = 3.0  # rate ratios from 1 / 20 to 20 are looked at


def covariance(X: np.ndarray, times: np.ndarray, rho: float) -> np.ndarray:
    """Of the coefficients by generalised least squares, in units of the errors' variance; X (n, p)."""
    return np.linalg.inv(X.T @ np.linalg.solve(correlation(times, rho), X))


def seen(free: int, power: float = 0.8, level: float = 0.95) -> float:
    """How many standard errors a change has that a test at 1 - level sees with that power.

    >>> round(seen(10**6), 3)
    2.802
    """
    from scipy.special import stdtrit

    return float(stdtrit(free, 0.5 + level / 2) + stdtrit(free, power))


def ar1_errors(m: int, rho: float, size: int, rng: np.random.Generator) -> np.ndarray:
    """Autoregressive series (size, m) of variance 1."""
    made, step = rng.normal(size=(size, m)), np.sqrt(1 - rho**2)
    for k in range(1, m):
        made[:, k] = rho * made[:, k - 1] + step * made[:, k]
    return made


def simulated_counts(z: np.ndarray, mean: np.ndarray, dispersion: float) -> np.ndarray:
    """Counts, of the shape of z, about mean (m,) with variance dispersion times it, from normal scores z."""
    from scipy.special import ndtr
    from scipy.stats import nbinom, poisson

    share = np.minimum(ndtr(z), 1 - 1e-15)
    if dispersion <= 1:
        return poisson.ppf(share, mean)
    return nbinom.ppf(share, mean / (dispersion - 1), 1 / dispersion)


def latent_rho(rho: float, mean: float, dispersion: float) -> float:
    """Correlation of normal scores, within 0.98 of 0, whose counts of that mean correlate by rho.

    By Hermite polynomials: counts step up by one where a score passes t, so that their coefficient c of
    degree k is the sum of phi(t) He_(k-1)(t) / sqrt(k!) over the steps, and at the scores' correlation r their
    covariance is the sum of c^2 r^k.
    """
    from scipy.optimize import brentq
    from scipy.special import gammaln, ndtri
    from scipy.stats import nbinom, poisson

    law = poisson(mean) if dispersion <= 1 else nbinom(mean / (dispersion - 1), 1 / dispersion)
    steps = ndtri(law.cdf(np.arange(law.ppf(1 - 1e-12))))
    steps, degree = steps[np.abs(steps) < 8], np.arange(1, 61)
    density = np.exp(-(steps**2) / 2) / np.sqrt(2 * np.pi)
    c = density @ np.polynomial.hermite_e.hermevander(steps, 59) * np.exp(-gammaln(degree + 1) / 2)

    def short(r: float) -> float:
        return float(c**2 @ r**degree) / (max(dispersion, 1) * mean) - rho

    if short(EDGE) <= 0:
        return EDGE
    return -EDGE if short(-EDGE) >= 0 else float(brentq(short, -EDGE, EDGE))


def count_limits(
    y: np.ndarray, X: np.ndarray, exposure: np.ndarray, times: np.ndarray, at: int, level: float
) -> np.ndarray:
    """Limits (2, size) of a log rate ratio by the default count model, for counts y (size, n); NaN where it
    has none. X (n, p), exposure (n,) logarithms, times (n,) the months used."""
    weights, limits = np.eye(X.shape[1])[at], np.full((2, len(y)), np.nan)
    sides = X[:, at] > 0
    fit = np.flatnonzero(y[:, sides].any(axis=1) & y[:, ~sides].any(axis=1))
    mu = irls(y[fit], X, exposure)[1]
    for k, line in zip(fit, mu, strict=True):
        if line.min() >= SMALLEST:
            mixture = autocorrelated(*working(y[k], line, exposure), X, times)[1]
            limits[:, k] = mixture.contrast(weights, level)[:, 0]
    return limits


@dataclass(frozen=True, slots=True, eq=False)
class Study:
    """Series of one design, X (m, p) and used (m,), about whose term number ``at`` is asked."""

    X: np.ndarray
    used: np.ndarray
    at: int
    rho: float
    level: float
    size: int
    seed: int

    def gaussian(self, sigma: float, power: float, sign: float) -> dict[str, Any]:
        """The fields of a DetectableChange that are simulated, for Gaussian series."""

        def needed(stream: int) -> np.ndarray:  # the rise, and the fall, from which on each series shows it
            rng = np.random.default_rng([self.seed, stream])
            y = sigma * ar1_errors(len(self.X), self.rho, self.size, rng)
            fit = fit_gaussian(y, self.X, self.used, "reml_integrated")
            _, low, high = intervals(fit, self.level, (self.at,))
            return np.array([-low[:, 0], high[:, 0]])

        first, second = needed(0), needed(1)
        change = float(np.quantile(first, power))
        error = float((first <= change).mean(axis=0).std() / np.sqrt(self.size))
        ends = np.quantile(first, np.clip([power - error, power + error], 0, 1))
        grid = np.linspace(0, 1.6 * change, 33)
        curve = np.column_stack([sign * grid, [(first <= c).mean() for c in grid]])
        alarms = float((second < 0).any(axis=0).mean())
        return {"change": sign * change, "change_error": float(np.diff(ends)[0] / 2), "curve": curve,
                "power_there": float((second <= change).mean()), "power_error": error,
                "false_alarms": alarms}  # fmt: skip

    def counts(
        self, exposure: np.ndarray, expected: np.ndarray, dispersion: float, power: float, start: float
    ) -> dict[str, Any]:
        """The same for counts about expected (m,), exposure (m,) in logarithms; ``start``: where to look."""
        used, sign = self.used, np.sign(start)
        latent, times = latent_rho(self.rho, float(expected[used].mean()), dispersion), np.flatnonzero(used)

        def shares(stream: int) -> Callable[[float], tuple[float, float]]:
            rng = np.random.default_rng([self.seed, stream])
            z = ar1_errors(len(self.X), latent, self.size, rng)[:, used]

            def of(change: float) -> tuple[float, float]:  # seen on the side of the change, on the other
                mean = (expected * np.exp(change * self.X[:, self.at]))[used]
                y = simulated_counts(z, mean, dispersion)
                limits = count_limits(y, self.X[used], exposure[used], times, self.at, self.level)
                ends = np.sort(sign * limits, axis=0)
                return float((ends[0] > 0).mean()), float((ends[1] < 0).mean())

            return of

        first, second = shares(0), shares(1)
        error = float(np.sqrt(power * (1 - power) / self.size))
        edge = LARGEST / self.X[used, self.at].max()
        change, change_error, curve = _solved(lambda c: first(c)[0], start, edge, power, error)
        there = second(change)[0] if np.isfinite(change) else np.nan
        return {"change": change, "change_error": change_error, "curve": curve, "power_there": there,
                "power_error": error, "false_alarms": sum(second(0.0))}  # fmt: skip


def _solved(
    power_of: Callable[[float], float], start: float, edge: float, target: float, error: float
) -> tuple[float, float, np.ndarray]:
    """The change with that power, its Monte Carlo error, and the changes tried with their power (g, 2); NaN
    where none up to ``edge`` has it. A change z + 1.96 standard errors from 0 has the power of score z."""
    from scipy.special import ndtri

    def errors_from_zero(p: float) -> float:
        return float(ndtri(np.clip(p, 0.05, 0.99)) + 1.96)

    curve, change = {0.0: power_of(0.0)}, float(np.clip(start, -edge, edge))
    for _ in range(8):
        curve[change] = power_of(change)
        if abs(curve[change] - target) <= error / 2:
            break
        step = errors_from_zero(target) / errors_from_zero(curve[change])
        if abs(change) >= edge and step > 1:
            break
        change = float(np.clip(change * np.clip(step, 0.5, 2), -edge, edge))
    tried = np.array(sorted(curve.items()))
    best = tried[np.abs(tried[:, 1] - target).argmin()]
    if abs(best[1] - target) > 2 * error:
        return np.nan, np.nan, tried
    lower = tried[(np.abs(tried[:, 0]) < abs(best[0])) & (tried[:, 1] < best[1])]
    near = lower[np.abs(lower[:, 0] - best[0]).argmin()]
    return float(best[0]), float(error * abs((best[0] - near[0]) / (best[1] - near[1]))), tried
