"""Calibration: a measured quantity becomes membership in a set, by anchors that are stated."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

Anchor = float | tuple[float, float]
SHAPES = ("logistic", "linear")


def calibrate(
    x: ArrayLike, *, exclusion: Anchor, crossover: Anchor, inclusion: Anchor, shape: str = "logistic",
    at_inclusion: float = 0.95, below: float = 1.0, above: float = 1.0,
) -> np.ndarray:
    """Fuzzy membership by the direct method (Ragin 2008, ch. 5): out, neither in nor out, and in.

    Parameters
    ----------
    x : (n,) numbers, any unit
    exclusion, crossover, inclusion : float, or a pair
        Values of ``x`` that are fully out, at 0.5, and fully in; exclusion above inclusion where less is more.
        Pairs give a set with two sides (linear): in between the two inclusions, or outside of them.
    shape : {"logistic", "linear"}
        Log odds linear in x on each side of the crossover; or straight lines, bent by the powers ``below``
        and ``above`` the crossover.
    at_inclusion : float
        Membership at the inclusion anchor of the logistic shape, and 1 less it at the exclusion anchor.

    Returns
    -------
    (n,) memberships; below 0.0001 and above 0.9999 they are 0 and 1, as in R's QCA. Exactly 0.5 at the
    crossover: choose one that nobody has (:func:`truth_table` counts who sits on it).

    Raises
    ------
    ValueError
        Anchors not in order, a missing number, a shape, power or membership outside what is allowed.

    Notes
    -----
    Not by quantiles of the people at hand: anchors come from outside knowledge, else membership says only
    who has more than the others here.

    >>> calibrate([2, 5.5, 10], exclusion=2, crossover=5.5, inclusion=10).round(4).tolist()
    [0.05, 0.5, 0.95]
    """
    values = _numbers(x)
    if shape not in SHAPES:
        raise ValueError(f"shape: choose one of {', '.join(SHAPES)}")
    if not 0.5 < at_inclusion < 1:
        raise ValueError("at_inclusion: must lie above 0.5 and below 1, e.g. 0.95")
    if min(below, above) <= 0:
        raise ValueError("below, above: must be powers above 0")
    sides = [np.atleast_1d(np.asarray(a, float)) for a in (exclusion, crossover, inclusion)]
    if len({len(s) for s in sides}) > 1 or len(sides[0]) > 2:
        raise ValueError("exclusion, crossover, inclusion: one number each, or a pair each")
    made = []
    for out, half, into in zip(*sides, strict=True):
        if not (out < half < into or out > half > into):
            raise ValueError(f"anchors {out:g}, {half:g}, {into:g}: the crossover must lie between the others")
        if shape == "logistic":
            made.append(_logistic(values, out, half, into, at_inclusion))
        else:
            made.append(_linear(values, out, half, into, below, above))
    if len(made) == 2:
        if shape == "logistic":
            raise ValueError("shape: a set with two sides is linear")
        inside = sides[0][0] < sides[2][0]
        made = [np.minimum(*made) if inside else np.maximum(*made)]
    return _rounded(made[0])


def _logistic(x: np.ndarray, out: float, half: float, into: float, at: float) -> np.ndarray:
    from scipy.special import expit

    odds = np.log(at / (1 - at))
    side = np.where((x < half) == (out < into), out, into)
    away = np.where(side == into, 1.0, -1.0)
    return expit(away * odds * (x - half) / (side - half))


def _linear(x: np.ndarray, out: float, half: float, into: float, below: float, above: float) -> np.ndarray:
    low = np.clip((x - out) / (half - out), 0, 1) ** below / 2
    high = 1 - np.clip((into - x) / (into - half), 0, 1) ** above / 2
    return np.where((x - half) * np.sign(into - out) <= 0, low, high)


def calibrate_crisp(x: ArrayLike, thresholds: float | Sequence[float]) -> np.ndarray:
    """0 below the threshold, 1 from it on; with several thresholds, how many are reached (n,).

    >>> calibrate_crisp([1, 2, 3], 2).tolist()
    [0, 1, 1]
    """
    values, cuts = _numbers(x), np.sort(_numbers(np.atleast_1d(thresholds)))
    if (cuts < values.min()).any() or (cuts > values.max()).any():
        raise ValueError("thresholds: outside the range of x, so that everybody would be in or out")
    return np.searchsorted(cuts, values, side="right")


def calibrate_indirect(x: ArrayLike, thresholds: Sequence[float]) -> np.ndarray:
    """Membership (n,) by the indirect method: groups between thresholds, smoothed by a fractional polynomial.

    Group means 0 to 1 in equal steps are regressed (quasi-binomial) on log x, its root, x and x squared;
    rounded to 6 digits as in R's QCA, whose steps (rounded to 3) it takes too. Depends on who is in the data:
    prefer :func:`calibrate`.
    """
    import statsmodels.api as sm

    values, cuts = _numbers(x), np.sort(_numbers(thresholds))
    if (values < 0).any():
        raise ValueError("x: must not be negative, its logarithm is taken")
    steps = np.round(np.arange(len(cuts) + 1) / len(cuts), 3)
    target = steps[np.searchsorted(cuts, values, side="left")]
    values = np.where(values == 0, 1e-5, values)
    powers = np.column_stack([np.ones_like(values), np.log(values), np.sqrt(values), values, values**2])
    scale = np.abs(powers).max(0)
    fit = sm.GLM(target, powers / scale, family=sm.families.Binomial()).fit(tol=1e-10, maxiter=100)
    return _rounded(np.round(fit.fittedvalues, 6))


def _rounded(made: np.ndarray) -> np.ndarray:
    return np.where(made < 1e-4, 0.0, np.where(made > 0.9999, 1.0, made))


def _numbers(x: ArrayLike) -> np.ndarray:
    values = np.asarray(x, float)
    if values.ndim != 1 or not values.size or not np.isfinite(values).all():
        raise ValueError("calibrate: give a list of numbers, none missing; leave out who was not measured")
    return values
