"""The beta product interval of a survival curve, by the method of moments."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from pi_research.numerics.intervals import Interval

__all__ = ["BetaLimits", "beta_product", "beta_product_limits"]

HALVINGS = 70


class BetaLimits(NamedTuple):
    """Two beta distributions at the start and after each of ``k`` times: each array (..., k + 1).

    The lower limit is a low quantile of Beta(``low_a, low_b``), the upper a high one of Beta(``high_a,
    high_b``); a = 0 stands for the point 0 and b = 0 for the point 1.
    """

    low_a: np.ndarray
    low_b: np.ndarray
    high_a: np.ndarray
    high_b: np.ndarray


def beta_product(at_risk: np.ndarray, events: np.ndarray) -> BetaLimits:
    """Beta distributions behind the limits of S(t), from counts (..., k) at ascending times.

    Where d of n at risk have the event, S falls by a factor that is Beta(n - d + 1, d); the lower limit has
    one more factor Beta(m, 1), for the m still followed afterwards. A product of such is taken for the beta
    with its mean and variance. For right-censored, unweighted people: each is at risk from the start.
    Fay, Brittain and Proschan, Biostatistics 14 (2013) 723-736.
    """
    n, d = np.asarray(at_risk, dtype=float), np.asarray(events, dtype=float)
    nil = np.zeros((*n.shape[:-1], 1))
    # Of the product: log of the mean, and of the mean square over the squared mean.
    log_mean = np.concatenate([nil, np.cumsum(np.log1p(-d / (n + 1)), axis=-1)], axis=-1)
    log_ratio = np.concatenate([nil, np.cumsum(np.log1p(d / ((n + 2) * (n - d + 1))), axis=-1)], axis=-1)
    after = np.concatenate([n, nil], axis=-1)
    left = np.maximum(after, 1)
    low = _moments(log_mean - np.log1p(1 / left), log_ratio + np.log1p(1 / (left * (left + 2))))
    low_a, low_b = np.where(after > 0, low[0], 0.0), np.where(after > 0, low[1], 1.0)
    return BetaLimits(low_a, low_b, *_moments(log_mean, log_ratio))


def _moments(log_mean: np.ndarray, log_ratio: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    mean, rest = np.exp(log_mean), -np.expm1(log_mean)
    variance = mean**2 * np.expm1(log_ratio)
    size = np.divide(mean * rest, variance, out=np.ones(mean.shape), where=variance > 0) - 1
    return np.where(rest > 0, mean * size, 1.0), np.where(rest > 0, rest * size, 0.0)


def beta_product_limits(betas: BetaLimits, level: float = 0.95, *, mid_p: bool = False) -> Interval:
    """Limits (..., k + 1) at the start and after each time; neither ever rises.

    ``mid_p`` takes the half-and-half mixture of the two distributions for both limits: shorter, and without
    the guarantee of coverage.

    Twenty people before anything happens, and after an event of one of them:

    >>> low, high = beta_product_limits(beta_product(np.array([20, 19]), np.array([1, 0])))
    >>> low[:2].round(3).tolist(), round(0.025 ** (1 / 20), 3), high[:2].round(3).tolist()
    ([0.832, 0.751], 0.832, [1.0, 0.999])
    """
    tail = (1 - level) / 2
    if mid_p:
        lower, upper = _mixed(betas, tail, False), _mixed(betas, tail, True)
    else:
        lower = beta_quantile(betas.low_a, betas.low_b, tail)
        upper = beta_quantile(betas.high_a, betas.high_b, tail, from_above=True)
    return Interval(np.minimum.accumulate(lower, axis=-1), np.minimum.accumulate(upper, axis=-1))


def beta_quantile(a: np.ndarray, b: np.ndarray, tail: float, *, from_above: bool = False) -> np.ndarray:
    """Point with ``tail`` of Beta(a, b) below it, or above it; the point itself where it is one."""
    from scipy.special import betainccinv, betaincinv

    spread = (a > 0) & (b > 0)
    inverse = betainccinv if from_above else betaincinv
    return np.where(spread, inverse(np.where(spread, a, 1.0), np.where(spread, b, 1.0), tail), 1.0 * (a > 0))


def beta_below(a: np.ndarray, b: np.ndarray, x: np.ndarray) -> np.ndarray:
    """Share of Beta(a, b) at or below x."""
    from scipy.special import betainc

    spread = (a > 0) & (b > 0)
    inside = betainc(np.where(spread, a, 1.0), np.where(spread, b, 1.0), x)
    return np.where(spread, inside, np.where(a > 0, x >= 1, x >= 0))


def _mixed(betas: BetaLimits, tail: float, from_above: bool) -> np.ndarray:
    """The root by halving: between the quantiles of the two distributions."""
    a, b, c, d = betas
    one, two = (beta_quantile(*beta, tail, from_above=from_above) for beta in ((a, b), (c, d)))
    wanted = 2 * (1 - tail if from_above else tail)
    for _ in range(HALVINGS):
        middle = (one + two) / 2
        below = beta_below(a, b, middle) + beta_below(c, d, middle) < wanted
        one, two = np.where(below, middle, one), np.where(below, two, middle)
    return two if from_above else one
