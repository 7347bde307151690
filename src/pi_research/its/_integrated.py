"""Intervals that let the autocorrelation be any value that the series does not exclude.

With sigma integrated out (flat in its logarithm) the restricted likelihood of rho is L(rho) =
|R|^-1/2 |X'R^-1 X|^-1/2 RSS^-(n-p)/2, and given rho an estimate is Student's t with n - p degrees of freedom.
The interval of a quantity is that of the mixture of these t over rho, with weights

    L(rho) (1 - rho)^-0.93 (1 + rho)^-0.5 u(rho)^-(1 - 4/(n - p)),

u(rho) being the variance of that quantity in units of the geometric mean variance of the n - p error
contrasts. (1 - rho^2)^-1/2 is Jeffreys' weight for an autoregression. The steeper pole at 1 is there because
short series hide a high rho, and u because without it a slope, whose variance grows most with rho, would get
an interval far too wide where rho is small. For an effect averaged over months the power of u is
1.3 (1 - 16/(n - p)^2). The constants were chosen by simulation (a straight trend, a break in the middle, 12
to 100 months, rho 0 to 0.8) and then tried where they were not chosen: ``data/validation`` has the coverage.
Gauss-Jacobi nodes take the pole at 1 into the quadrature. Rows of a working response, each times the root of
its weight, can be integrated like any others.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from pi_research.its._ar1 import Rows, solved

__all__ = ["RhoMixture", "integrate", "quantile"]

AT_ONE, AT_MINUS_ONE, SPARED, AVERAGED = 0.93, 0.5, 4.0, 1.3


@dataclass(frozen=True, slots=True, eq=False)
class RhoMixture:
    """k series at g values of rho (g,).

    log_weight (g, k); log_scale (g,), of the error contrasts; coefficients (g, k, p); unit (g, p, p), their
    covariance for sigma2 = 1; sigma2 (g, k); df = n - p.
    """

    rho: np.ndarray
    log_weight: np.ndarray
    log_scale: np.ndarray
    coefficients: np.ndarray
    unit: np.ndarray
    sigma2: np.ndarray
    df: int

    def contrast(self, weights: np.ndarray, level: float, *, averaged: bool = False) -> np.ndarray:
        """Lower and upper limit, shape (2, k), of a weighted sum of the coefficients, weights (p,)."""
        variance = np.einsum("i,gij,j->g", weights, self.unit, weights)
        return self.interval(self.coefficients @ weights, variance[:, None], level, averaged=averaged)

    def interval(
        self, location: np.ndarray, variance: np.ndarray, level: float, *, averaged: bool = False
    ) -> np.ndarray:
        """The same of any quantity of each series, or of k quantities of one series, estimated by location
        (g, k) with variance (g, k) or (g, 1) times sigma2; ``averaged``: of an effect over months."""
        spared = SPARED / self.df
        power = max(0.0, AVERAGED * (1 - spared**2) if averaged else 1 - spared)
        log_weight = self.log_weight - power * (np.log(variance) - self.log_scale[:, None])
        weight = np.exp(log_weight - log_weight.max(axis=0))
        weight /= weight.sum(axis=0)
        scale = np.sqrt(self.sigma2 * variance)
        tails = (0.5 - level / 2, 0.5 + level / 2)
        return np.array([quantile(p, weight, location, scale, self.df) for p in tails])


def integrate(rows: Rows) -> RhoMixture:
    """The mixture over rho of each series in ``rows``."""
    rho, prior = _nodes(max(48, int(4 * len(rows.basis) ** 0.5)))
    b, inverse, rss, log_det, log_XX = solved(rows, rho, each=False)
    root = np.linalg.inv(rows.triangle)
    log_weight = (np.log(prior) - (log_det + log_XX) / 2)[:, None] - rows.df / 2 * np.log(rss)
    log_weight -= log_weight.max(axis=0)
    log_scale, coefficients = (log_det + log_XX) / rows.df, rows.line + b @ root.T
    unit = root @ inverse @ root.T
    return RhoMixture(rho, log_weight, log_scale, coefficients, unit, rss / rows.df, rows.df)


@lru_cache(maxsize=8)
def _nodes(g: int) -> tuple[np.ndarray, np.ndarray]:
    from scipy.special import roots_jacobi

    # near -1 the likelihood falls as (1 + rho)^1/2 and takes that pole away
    rho, weight = roots_jacobi(g, -AT_ONE, 0)
    return rho, weight * (1 + rho) ** -AT_MINUS_ONE


def quantile(
    p: float, weight: np.ndarray, location: np.ndarray, scale: np.ndarray, df: float
) -> np.ndarray:
    """Quantile (k,) of mixtures of g Student's t, weight, location and scale (g, k).

    >>> one = np.ones((1, 1))
    >>> quantile(0.975, one, 10 * one, 2 * one, 4).round(6).tolist()  # 10 + 2 * 2.776445
    [15.55289]
    """
    from scipy.special import gammaln, stdtr, stdtrit

    # safeguarded Newton steps; a mixture's quantile lies between those of its parts
    density = np.exp(gammaln((df + 1) / 2) - gammaln(df / 2)) / np.sqrt(df * np.pi)
    ends = location + scale * stdtrit(df, p)
    low, high, x = ends.min(axis=0), ends.max(axis=0), (weight * ends).sum(axis=0)
    todo, found = np.arange(len(x)), x.copy()
    for _ in range(100):
        t = (x - location) / scale
        over = (weight * stdtr(df, t)).sum(axis=0) - p
        slope = (weight * density / scale * (1 + t**2 / df) ** (-(df + 1) / 2)).sum(axis=0)
        low, high = np.where(over < 0, x, low), np.where(over < 0, high, x)
        with np.errstate(all="ignore"):  # between parts far apart the density is next to 0
            step = x - over / slope
        found[todo] = x = np.where((step >= low) & (step <= high), step, (low + high) / 2)
        left = np.abs(over) > 1e-9 * min(p, 1 - p)
        if not left.any():
            break
        todo, x, low, high = todo[left], x[left], low[left], high[left]
        weight, location, scale = weight[:, left], location[:, left], scale[:, left]
    return found
