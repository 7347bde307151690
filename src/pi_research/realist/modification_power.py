"""What tests of differences between groups would find, said before any difference is looked at."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["conditional_power", "stated_power"]

POWER = 0.8


def stated_power(
    std_errors: ArrayLike, df: ArrayLike | None = None, *, effect: ArrayLike | None = None, level: float = 0.95,
    configurations: int | None = None,
) -> pd.DataFrame:
    """Before any difference is looked at: what the tests of these standard errors would find.

    Each is taken at the level of Holm's first step, ``(1 - level) / k``, so that no more is promised than holds
    if nothing else is found.

    Parameters
    ----------
    std_errors : (k,) of the differences; NaN where not estimable
    df : (k,), optional
    effect : float or (k,), optional
        A true difference, to be found with ``power``.
    configurations : int, optional
        How many are tested; else k.

    Returns
    -------
    DataFrame
        ``detectable`` (found four times in five) and, with ``effect``, ``power``.

    >>> float(stated_power([0.25], effect=0.7).power.round(2)[0]), float(stated_power([0.25]).detectable.round(2)[0])
    (0.8, 0.7)
    """
    import pandas as pd
    from scipy.special import nctdtrinc, ndtri

    error = np.atleast_1d(np.asarray(std_errors, float))
    free = filled(df, len(error), np.inf, "df")
    tests = configurations or len(error)
    cut = quantile(1 - (1 - level) / tests / 2, free)
    some = np.where(np.isinf(free), 1.0, free)
    found = np.where(np.isinf(free), cut + ndtri(POWER), nctdtrinc(some, 1 - POWER, cut))  # the other tail: below 1e-5
    made = pd.DataFrame({"detectable": found * error})
    if effect is not None:
        true = np.broadcast_to(np.asarray(effect, float), error.shape)
        made["power"] = [_power(abs(t) / s, c, f) if np.isfinite(s * c) else np.nan
                         for t, s, c, f in zip(true, error, cut, free, strict=True)]  # fmt: skip
    return made


def filled(values: ArrayLike | None, k: int, default: float, name: str) -> np.ndarray:
    """(k,) numbers, the default where none are given."""
    made = np.full(k, default) if values is None else np.asarray(values, float)
    if made.shape != (k,):
        raise ValueError(f"{name}: one entry for each configuration")
    return made


def quantile(share: float, df: ArrayLike) -> np.ndarray:
    """Student's t with ``df``; normal where that is infinite."""
    from scipy.special import ndtri, stdtrit

    df = np.asarray(df, float)
    return np.where(np.isinf(df), ndtri(share), stdtrit(np.where(np.isinf(df), 1.0, df), share))


def _power(away: float, cut: float, df: float) -> float:
    """Chance that a t statistic ``away`` errors off lies outside of -cut to cut."""
    from scipy.special import nctdtr, ndtr

    if np.isinf(df):
        return float(ndtr(away - cut) + ndtr(-cut - away))
    below, beyond = np.nan_to_num(nctdtr(df, away, [cut, -cut]))  # NaN in tails that are all but 0
    return float(1 - below + beyond)


def conditional_power(
    totals: ArrayLike, exposure: ArrayLike, member: ArrayLike, ratio: float, *, effect: float,
    level: float = 0.95, configurations: int = 1,
) -> float:
    """Power of the permutation test of rates within the person, from what is known without looking at a difference.

    Each person's total and times are given, and the rate ratio of everybody; a true ``effect`` splits that ratio
    in two and moves some of each total of the group to before or after.

    Parameters
    ----------
    totals, member : (m,)
        Events before and after together; who is in the group (1 or 0).
    exposure : (m, 2)
        Times at risk before and after.
    ratio, effect : float
        After over before, of all people together; log of how many times that of the others the group's is.
    level, configurations :
        As :func:`stated_power`: the level is divided by the number of tests.

    Returns
    -------
    float
        Events within the person are taken as Poisson, the test as Welch's of their scores; NaN where a group
        tells nothing.

    Raises
    ------
    ValueError
        Shapes that don't fit, a ratio that isn't above 0, an effect that is no log ratio.

    >>> half = [1] * 30 + [0] * 30
    >>> round(conditional_power([4] * 60, [[2, 2]] * 60, half, 1.0, effect=0.693), 2)
    0.76
    """
    from scipy.optimize import brentq
    from scipy.special import ndtr

    m, time, inside = np.asarray(totals, float), np.asarray(exposure, float), np.asarray(member) == 1
    if m.ndim != 1 or inside.shape != m.shape or time.shape != (len(m), 2) or not (ratio > 0 and abs(effect) < 9):
        raise ValueError("totals, member, exposure: (m,), (m,) and (m, 2); ratio above 0, effect a log ratio")
    keep = (m > 0) & (time > 0).all(1)
    m, odds, inside = m[keep], time[keep, 1] / time[keep, 0], inside[keep]

    def after(log_ratio: float, shift: float) -> tuple[np.ndarray, np.ndarray]:
        """Expected events after and their variance, one a person."""
        share = 1 / (1 + np.exp(-log_ratio - shift * inside) / odds)
        return m * share, m * share * (1 - share)

    def sums(values: np.ndarray) -> np.ndarray:
        """Of the others and of the group."""
        return np.bincount(inside, values, 2)

    if inside.all() or not inside.any():
        return float("nan")
    pooled, own = after(np.log(ratio), 0.0)
    middle = np.log(ratio)
    others = brentq(lambda b: after(b, effect)[0].sum() - pooled.sum(), middle - 9, middle + 9)
    moved, spread = after(others, effect)
    part = sums(own)[::-1] / own.sum()
    parts = part**2 * sums(spread)  # the test divides by its own error, as Welch's
    away = abs(sums(moved - pooled)[1]) / np.sqrt(parts.sum())
    df = parts.sum() ** 2 / (parts**2 * sums(spread**2) / sums(spread) ** 2).sum()
    cut = float(quantile(1 - (1 - level) / configurations / 2, df))
    return float(ndtr(away - cut) + ndtr(-away - cut))
