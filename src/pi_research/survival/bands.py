"""Simultaneous bands: limits that hold the whole curve between two times, not each point alone."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import numpy as np

from pi_research.numerics.quadrature import gauss_legendre
from pi_research.survival import _checks as check
from pi_research.survival._risk_set import safe_ratio
from pi_research.survival._words import read_only
from pi_research.survival.curves import KaplanMeier

if TYPE_CHECKING:
    import pandas as pd

KINDS = ("equal-precision", "hall-wellner")
SCALES = ("log-log", "plain")
NODES = 240
TERMS = 20


@dataclass(frozen=True, slots=True, eq=False)
class Band:
    """``time, survival, lower, upper`` (k,) from the first to the last time of the band.

    With probability ``level`` the limits hold the true curve at all of these times at once;
    ``critical`` is the multiplier of the band's kind.
    """

    time: np.ndarray
    survival: np.ndarray
    lower: np.ndarray
    upper: np.ndarray
    critical: float
    kind: str
    scale: str
    level: float
    n: int
    n_events: int

    def summary(self) -> pd.DataFrame:
        """One row a time: time, survival, lower, upper."""
        import pandas as pd

        return pd.DataFrame({f.name: getattr(self, f.name) for f in fields(self)[:4]})


def simultaneous_band(
    curve: KaplanMeier, start: float | None = None, end: float | None = None, *,
    kind: str = "equal-precision", scale: str = "log-log", level: float = 0.95,
) -> Band:
    """Limits that hold the true curve over a whole stretch of time.

    With ``s = n Var(S) / S^2`` and ``a = s / (1 + s)``: equal precision (Nair, Technometrics 26 (1984)
    265-275) widens the pointwise limits to ``c * se``, c being the ``level`` quantile of the largest
    ``|W0(x)| / sqrt(x(1-x))`` of a Brownian bridge between the two a; Hall-Wellner (Biometrika 67 (1980)
    133-143) takes ``c (1 + s) S / sqrt(n)``, from the largest ``|W0(x)|``.

    Parameters
    ----------
    curve : KaplanMeier
        All people in view from the start, without sampling weights.
    start, end : float, optional
        First and last time of the band, within the times of events; not given: the first event, and the last
        before the curve is at 0. Choose them in advance.
    kind : {"equal-precision", "hall-wellner"}
    scale : {"log-log", "plain"}
        On which the limits are laid: log-log keeps them within 0 and 1 and does better below n = 100
        (Borgan and Liestol, Scand. J. Statist. 17 (1990) 35-41).
    level : float

    Raises
    ------
    ValueError
        Without an event in the stretch; start not before end; delayed entry; sampling weights.

    Notes
    -----
    When NOT to use it: for a single milestone (the curve's own limits are narrower), or with fewer than about
    10 events: the band rests on large-sample theory.
    """
    check.one_of(kind, "kind", KINDS)
    check.one_of(scale, "scale", SCALES)
    check.level_of(level)
    if curve.variance != "Greenwood" or not np.isneginf(curve.entry_time[0]):
        raise ValueError("curve: a band is made for people without weights who are all in view from the "
                         "start; keep those, or use the curve's own limits")
    steps = (curve.events > 0) & (curve.survival > 0)
    steps &= (curve.time >= (-np.inf if start is None else start))
    steps &= curve.time <= (np.inf if end is None else end)
    if not steps.any():
        raise ValueError("start, end: no event between them while the curve is above 0; choose a stretch "
                         "with events")
    inside = (curve.time >= curve.time[steps][0]) & (curve.survival > 0)
    inside &= curve.time <= (np.inf if end is None else end)
    s, se = curve.survival[inside], curve.std_error[inside]
    spread = curve.n * safe_ratio(se**2, s**2)
    edges = spread[[0, -1]] / (1 + spread[[0, -1]])
    critical = critical_value(*edges, kind=kind, level=level)
    half = critical * (se if kind == "equal-precision" else (1 + spread) * s / np.sqrt(curve.n))
    if scale == "plain":
        lower, upper = np.maximum(s - half, 0), np.minimum(s + half, 1)
    else:
        stretch = np.exp(half / (s * np.log(s)))
        lower, upper = s ** (1 / stretch), s**stretch
    made = (curve.time[inside], s, lower, upper)
    read_only(*made)
    return Band(*made, critical, kind, scale, float(level), curve.n, curve.n_events)


def critical_value(low: float, high: float, *, kind: str = "equal-precision", level: float = 0.95) -> float:
    """Quantile of the largest ``|W0(x)|``, ``low <= x <= high``; for equal precision over ``sqrt(x(1-x))``.

    Hall-Wellner from 0 to 1 is Kolmogorov's; one from 0.1 to 0.6 stands in Klein and Moeschberger (2003),
    Table C.4, and for equal precision Table C.3 has Nair's approximation of it, 2.8826.

    >>> [round(critical_value(a, b, kind="hall-wellner"), 4) for a, b in ((1e-7, 1 - 1e-7), (0.1, 0.6))]
    [1.3581, 1.3211]
    >>> round(critical_value(0.1, 0.6), 4)
    2.8873
    """
    from scipy.optimize import brentq

    within = _within_equal if kind == "equal-precision" else _within_bridge
    return float(brentq(lambda c: within(c, low, high) - level, 0.2, 6.0, xtol=1e-10))


def _within_equal(c: float, low: float, high: float) -> float:
    """P(|U| <= c throughout) for ``U = W0 / sqrt(x(1-x))``: Ornstein-Uhlenbeck in half the log odds of x.

    Its generator ``f'' - u f'`` is symmetric under the normal density; its decay rates, with f = 0 at
    +-c, come from polynomials that vanish there.
    """
    from numpy.polynomial import legendre
    from scipy.linalg import eigh
    from scipy.special import erf

    length = (np.log(high / (1 - high)) - np.log(low / (1 - low))) / 2
    if length < 1e-3:
        return float(erf(c / np.sqrt(2)))
    x, weight = gauss_legendre(NODES)
    density = weight * np.exp(-((c * x) ** 2) / 2) * c / np.sqrt(2 * np.pi)
    even = np.eye(2 * TERMS)[:, ::2]
    flat, slope = legendre.legval(x, even), legendre.legval(x, legendre.legder(even))
    shape = (1 - x**2) * flat
    change = ((1 - x**2) * slope - 2 * x * flat) / c
    rates, modes = eigh((change * density) @ change.T, (shape * density) @ shape.T)
    return float(((shape @ density) @ modes) ** 2 @ np.exp(-rates * length))


def _within_bridge(c: float, low: float, high: float) -> float:
    """P(|W0| <= c throughout): over the bridge's value at both ends, by reflection in between."""
    node, weight = gauss_legendre(NODES)
    reach = [min(c, 9 * np.sqrt(x * (1 - x))) for x in (low, high)]
    if high - low < 1e-9:
        return float(weight @ np.exp(-((reach[0] * node) ** 2) / (2 * low * (1 - low)))
                     * reach[0] / np.sqrt(2 * np.pi * low * (1 - low)))
    x, y, step = reach[0] * node[:, None], reach[1] * node, high - low
    stays = sum(np.exp(-((y - x + 4 * k * c) ** 2) / (2 * step))
                - np.exp(-((y + x + (4 * k + 2) * c) ** 2) / (2 * step)) for k in range(-4, 5))
    joint = np.exp(-(x**2) / (2 * low)) * stays * np.exp(-(y**2) / (2 * (1 - high)))
    area = reach[0] * reach[1] * (weight @ joint @ weight)
    return float(area / (2 * np.pi * np.sqrt(low * step * (1 - high))))
