"""Difference of two shares that each have a beta distribution for their lower and for their upper limit."""

from __future__ import annotations

import numpy as np

from pi_research.numerics.beta_product import BetaLimits, beta_below, beta_quantile
from pi_research.numerics.quadrature import gauss_legendre

NODES = 80


def melded(first: BetaLimits, second: BetaLimits, level: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Lower and upper limit of second less first, and the two-sided p-value of no difference.

    The lower limit is the low quantile of (second's lower less first's upper), the upper the high quantile of
    (second's upper less first's lower): Fay, Proschan and Brittain, Biometrics 71 (2015) 146-156.
    """
    tail = (1 - level) / 2
    low = ((second.low_a, second.low_b), (first.high_a, first.high_b))
    high = ((second.high_a, second.high_b), (first.low_a, first.low_b))
    p = 2 * np.minimum(share_below(*low, np.zeros_like(first.low_a)),
                       1 - share_below(*high, np.zeros_like(first.low_a)))
    return _quantile(*low, tail), _quantile(*high, 1 - tail), np.minimum(p, 1.0)


def share_below(x: tuple, y: tuple, difference: np.ndarray) -> np.ndarray:
    """P(X - Y <= difference) for independent Beta X and Y, by quadrature over Y in the angle arcsin(sqrt)."""
    from scipy.special import betaln

    (a, b), (c, d), z = x, y, np.asarray(difference, dtype=float)
    spread = (c > 0) & (d > 0)
    safe = np.where(spread, c, 1.0), np.where(spread, d, 1.0)
    ends = (np.maximum(beta_quantile(*safe, 1e-15), -z), np.minimum(
        beta_quantile(*safe, 1e-15, from_above=True), 1 - z))
    start, end = (np.arcsin(np.sqrt(np.clip(e, 0, 1))) for e in ends)
    node, weight = gauss_legendre(NODES)
    half = np.maximum(end - start, 0)[..., None] / 2
    angle = start[..., None] + half * (1 + node)
    sine, cosine = np.sin(angle), np.cos(angle)
    power = (2 * safe[0] - 1)[..., None], (2 * safe[1] - 1)[..., None]
    density = 2 * np.exp(power[0] * np.log(sine) + power[1] * np.log(cosine) - betaln(*safe)[..., None])
    inside = beta_below(a[..., None], b[..., None], np.clip(z[..., None] + sine**2, 0, 1))
    smooth = np.sum(weight * half * density * inside, axis=-1) + 1 - beta_below(*safe, np.clip(1 - z, 0, 1))
    point_x = np.where(a > 0, 1.0, 0.0)
    smooth = np.where((a > 0) & (b > 0), smooth, 1 - beta_below(*safe, np.clip(point_x - z, 0, 1)))
    at_point = z + np.where(c > 0, 1.0, 0.0)
    return np.where(spread, smooth, np.where(at_point < 0, 0.0, beta_below(a, b, np.clip(at_point, 0, 1))))


def _quantile(x: tuple, y: tuple, tail: float) -> np.ndarray:
    from scipy.optimize.elementwise import find_root

    found = find_root(lambda z, a, b, c, d: share_below((a, b), (c, d), z) - tail, (-1.1, 1.1), args=(*x, *y),
                      tolerances={"xatol": 1e-12, "xrtol": 1e-12})
    return np.clip(found.x, -1.0, 1.0)
