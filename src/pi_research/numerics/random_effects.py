"""Pooling of estimates that differ: random effects by REML with Hartung and Knapp's interval."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from pi_research.numerics.intervals import Interval

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, eq=False)
class RandomEffects:
    """k estimates pooled, in the unit of the estimates.

    Attributes
    ----------
    estimate, std_error, lower, upper : float
        The mean over the population that the k were drawn from; Student's t with ``df`` = k - 1.
    tau2, q, q_p, i2 : float
        Variance between true values; Cochran's Q against one common value and its p (chi-squared, k - 1);
        the share (0 to 1) of the variance that is between, for a typical std_error.
    scale : float
        What Hartung and Knapp multiply the classical variance by, before any guard: below 1 the estimates
        lie closer together than their own errors let expect.
    weight, shrunken, shrunken_error : arrays (k,)
        Shares of the mean, sum 1; each true value's empirical Bayes estimate and its standard error.
    k, level : int, float
    """

    estimate: float
    std_error: float
    lower: float
    upper: float
    df: int
    tau2: float
    q: float
    q_p: float
    i2: float
    scale: float
    weight: np.ndarray
    shrunken: np.ndarray
    shrunken_error: np.ndarray
    k: int
    level: float

    def prediction(self, df: int | None = None) -> Interval:
        """Where the true value of one more of the kind would lie.

        Student's t with k - 2 degrees of freedom (Higgins and colleagues, J R Stat Soc A 2009;172:137-159):
        tau2 is estimated beside the mean, and with k - 1 (metafor's) such an interval held fewer than it
        should: so does this one, where 5 or 10 truly differ (85 to 90 of 100). NaN for k = 2, which tell
        nothing of how far a third may lie; ``df`` takes another.
        """
        from scipy.special import stdtrit

        df = self.k - 2 if df is None else df
        if df < 1:
            return Interval(np.nan, np.nan)
        half = float(stdtrit(df, 0.5 + self.level / 2)) * (self.tau2 + self.std_error**2) ** 0.5
        return Interval(self.estimate - half, self.estimate + half)

    def shrunken_limits(self) -> Interval:
        """Limits (k,) of the shrunken estimates, Student's t with k - 1."""
        from scipy.special import stdtrit

        half = stdtrit(self.df, 0.5 + self.level / 2) * self.shrunken_error
        return Interval(self.shrunken - half, self.shrunken + half)

    def summary(self) -> pd.DataFrame:
        """One row: estimate, std_error, df, lower, upper, prediction_lower, prediction_upper, tau2, i2, q,
        q_p, k."""
        import pandas as pd

        new = self.prediction()
        head = {name: getattr(self, name) for name in ("estimate", "std_error", "df", "lower", "upper")}
        head |= {"prediction_lower": new.lower, "prediction_upper": new.upper}
        return pd.DataFrame([head | {name: getattr(self, name) for name in ("tau2", "i2", "q", "q_p", "k")}])


def random_effects(
    estimate: ArrayLike, std_error: ArrayLike, *, level: float = 0.95, guard: bool = False
) -> RandomEffects:
    """Mean of estimates whose true values differ, with the spread between them.

    Parameters
    ----------
    estimate, std_error : arrays (k,)
        On a scale where errors are nearly normal: differences, log ratios; k of 2 or more.
    level : float
    guard : bool
        Never let the variance fall below the classical one (metafor's ``adhoc``).

    Raises
    ------
    ValueError
        Fewer than two estimates; shapes that differ; a missing number; a standard error not above 0;
        estimates that are all the same, without ``guard``.

    Notes
    -----
    tau2 is the REML estimate, 0 where the restricted likelihood is highest there, found as the root of its
    score. The variance of the mean is Hartung and Knapp's, (sum of w (y - mean)^2) / ((k - 1) sum of w) with
    w = 1 / (std_error^2 + tau2) (Stat Med 2001;20:3875-3889), which holds its level from few estimates, where
    the classical one does not, and whatever common factor the errors are off by. Where by chance the
    estimates nearly agree, it is narrower than an analysis that knows no spread at all: ``guard`` prevents
    that and is what a cautious reader adds (Knapp and Hartung, Stat Med 2003;22:2693-2710), at the price
    of an interval that then covers more than it says. Equal to R's metafor (``rma``, ``blup``). Not for
    estimates that share people or months, nor a reason to pool what asks different questions.

    Examples
    --------
    Equal errors: the plain mean, its variance that of a sample mean, tau2 what is over.

    >>> found = random_effects([1.0, 2.0, 6.0], [1.0, 1.0, 1.0])
    >>> round(found.estimate, 6), round(found.std_error**2, 6), round(found.tau2, 6)  # 3, 7 / 3, 7 - 1
    (3.0, 2.333333, 6.0)
    """
    from scipy.special import chdtrc, stdtrit

    y, v = _checked(estimate, std_error, level, guard)
    k, plain = len(y), 1 / v
    tau2 = _reml(y, v)
    w = 1 / (v + tau2)
    mean = float(w @ y / w.sum())
    scale = float(w @ (y - mean) ** 2 / (k - 1))
    error = (max(scale, float(guard)) / w.sum()) ** 0.5
    half = float(stdtrit(k - 1, 0.5 + level / 2)) * error
    q = float(plain @ (y - plain @ y / plain.sum()) ** 2)
    typical = (k - 1) / (plain.sum() - (plain**2).sum() / plain.sum())
    kept = tau2 / (v + tau2)
    shrunken_error = np.sqrt(kept * v + (1 - kept) ** 2 * error**2)
    return RandomEffects(
        mean, float(error), mean - half, mean + half, k - 1, tau2, q, float(chdtrc(k - 1, q)),
        float(tau2 / (tau2 + typical)), scale, w / w.sum(), kept * y + (1 - kept) * mean, shrunken_error, k,
        level)  # fmt: skip


def _checked(
    estimate: ArrayLike, std_error: ArrayLike, level: float, guard: bool
) -> tuple[np.ndarray, np.ndarray]:
    """Estimates and their variances, both (k,)."""
    y, error = np.asarray(estimate, dtype=float), np.asarray(std_error, dtype=float)
    if y.ndim != 1 or y.shape != error.shape:
        raise ValueError(f"estimate {y.shape} and std_error {error.shape} must be lists of one length.")
    if len(y) < 2:
        raise ValueError(
            f"{len(y)} estimates cannot be pooled; give two or more, or report the one as it is."
        )
    for name, values, right in (("estimate", y, True), ("std_error", error, error > 0)):
        bad = ~(np.isfinite(values) & right)
        if bad.any():
            what = "a number" if name == "estimate" else "a number above 0"
            raise ValueError(
                f"{name}, entry {int(np.argmax(bad)) + 1}, is not {what}; leave it out and say so."
            )
    if np.ptp(y) == 0 and not guard:
        raise ValueError(
            "the estimates are all the same (is one given twice?): no interval exists; use guard."
        )
    if not 0 < level < 1:
        raise ValueError(f"level must lie between 0 and 1, such as 0.95; it is {level}.")
    return y, error**2


def _reml(y: np.ndarray, v: np.ndarray) -> float:
    """tau2 of the highest restricted likelihood: the best of a grid, then the root of the score beside it."""
    from scipy.optimize import brentq

    def parts(tau2: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        w = 1 / (v + np.atleast_1d(tau2)[:, None])
        total = w.sum(axis=1)
        left = (y - (w @ y / total)[:, None]) ** 2
        score = (w**2 * left).sum(axis=1) - total + (w**2).sum(axis=1) / total
        return np.log(w).sum(axis=1) - np.log(total) - (w * left).sum(axis=1), score

    top = 10 * (np.var(y) + v.max()) + v.min()
    grid = np.concatenate([[0.0], np.geomspace(1e-6 * v.min(), top, 200)])
    best = int(np.argmax(parts(grid)[0]))
    low, high = grid[max(best - 1, 0)], grid[min(best + 1, len(grid) - 1)]
    if best == 0 and parts(low)[1][0] <= 0:
        return 0.0
    return float(brentq(lambda t: parts(t)[1][0], low, high, xtol=1e-15 * top, rtol=1e-14))
