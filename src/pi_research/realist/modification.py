"""For whom and in what circumstances: pre-specified differences between groups, tested together and shrunk."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from pi_research.realist import _modification_words as words
from pi_research.realist.modification_power import filled, quantile, stated_power

if TYPE_CHECKING:
    import pandas as pd

    from pi_research.wording import Sentence

__all__ = ["Modification", "effect_modification"]

TAU_SCALE = {"log_ratio": 0.5, "difference": 0.1}
"""Scale of the half-normal prior of tau: half of all true ratios within a factor 1.4 (Roever and others, Res
Synth Methods 2021;12:448-474, for log ratios), or within 7 percentage points."""


@dataclass(frozen=True, slots=True, eq=False)
class Modification:
    """Differences between the groups of k configurations, in the unit of the estimates (log ratios as logs).

    ``configurations`` (k,), ``groups`` (k, 2) names, the reference first; ``expected`` (k,) sign of the difference
    the theory expects, 0 where it names none; ``difference, std_error, df, lower, upper`` (k,), limits of each
    alone at ``level``; ``p_value, p_adjusted`` (k,) two-sided, adjusted by Holm over all k, those that can't be
    estimated too; ``verdict`` (k,) supported, contrary, not shown, not estimable; ``detectable`` (k,) the
    smallest true difference found four times in five; ``shrunken, shrunken_lower, shrunken_upper`` (k,);
    ``tau`` (k,) posterior mean of the spread among the configurations of the same outcome; ``n`` (k, 2) people;
    ``scale`` (k,).
    """

    configurations: tuple[str, ...]
    groups: tuple[tuple[str, str], ...]
    outcomes: tuple[str, ...]
    expected: np.ndarray
    difference: np.ndarray
    std_error: np.ndarray
    df: np.ndarray
    lower: np.ndarray
    upper: np.ndarray
    p_value: np.ndarray
    p_adjusted: np.ndarray
    verdict: tuple[str, ...]
    detectable: np.ndarray
    shrunken: np.ndarray
    shrunken_lower: np.ndarray
    shrunken_upper: np.ndarray
    tau: np.ndarray
    n: np.ndarray
    scale: tuple[str, ...]
    level: float

    def summary(self) -> pd.DataFrame:
        """One row a configuration; log ratios as ratios."""
        import pandas as pd

        ratio = np.array([s == "log_ratio" for s in self.scale])
        names = ("difference", "lower", "upper", "detectable", "shrunken", "shrunken_lower", "shrunken_upper")
        values = {name: np.where(ratio, np.exp(getattr(self, name)), getattr(self, name)) for name in names}
        head = {"configuration": self.configurations, "outcome": self.outcomes, "scale": self.scale,
                "expected": self.expected,
                "n_reference": self.n[:, 0], "n_group": self.n[:, 1]}  # fmt: skip
        tests = {"p_value": self.p_value, "p_adjusted": self.p_adjusted, "verdict": self.verdict}
        return pd.DataFrame(head | values | tests)

    def sentence(self, configuration: str | None = None) -> Sentence:
        """All configurations together, or one of them, in plain English."""
        if configuration is None:
            return words.together(self)
        if configuration not in self.configurations:
            raise ValueError(f"configuration {configuration!r}: choose one of {', '.join(self.configurations)}")
        return words.alone(self, self.configurations.index(configuration))


def effect_modification(
    configurations: Sequence[str], estimates: ArrayLike, std_errors: ArrayLike, df: ArrayLike | None = None, *,
    groups: Sequence[tuple[str, str]] | None = None, outcomes: Sequence[str] | None = None,
    expected: ArrayLike | None = None, n: ArrayLike | None = None, p_values: ArrayLike | None = None,
    scale: str | Sequence[str] = "log_ratio", tau_scale: Mapping[str, float] = TAU_SCALE, level: float = 0.95,
) -> Modification:
    """Test every pre-specified configuration at once: does the effect differ between its two groups?

    Parameters
    ----------
    configurations : (k,) names, all that were specified in advance, whatever came of them
    estimates, std_errors : (k, 2) or (k,)
        Of each group, the reference first and independent of each other; or the differences themselves. NaN
        where not estimable. On a scale of nearly normal errors.
    df : same shape, optional
        Degrees of freedom of the errors; else normal. Of two groups they are Welch and Satterthwaite's.
    groups : (k,) pairs of names, for sentences
    outcomes : (k,) labels; configurations are shrunk among those of the same outcome and scale
    expected : (k,) of -1, 0, 1
        Sign of the difference that the theory expects: without it any difference supports.
    n : (k, 2) people
    p_values : (k,), optional
        In place of the test by the errors where not NaN: from an exact test, where events are few.
    scale : {"log_ratio", "difference"}, or (k,) of them
    tau_scale : mapping of scale to float
        Scale of the half-normal prior of tau, in the unit of the estimates.

    Returns
    -------
    Modification

    Raises
    ------
    ValueError
        Shapes that don't fit, an error not above 0, doubled names, a scale or sign outside the list.

    Notes
    -----
    A claim is supported where Holm's adjusted p-value is at most ``1 - level`` and the sign is the expected one,
    so that in at most that share of programmes without any true difference is anything supported, however
    the tests depend on each other (Holm, Scand J Stat 1979;6:65-70). Shrinkage: true differences of one
    outcome are normal around none with standard deviation tau, tau half-normal, integrated over a grid; the
    errors are widened to those of Student's t. The configurations share people: their errors are taken as
    independent there, which the tests don't need.

    All that was specified goes into one call, whatever its scale: two calls are two chances of error.

    When NOT to use it: on groups formed by what happened after the move, or picked because they differ.
    """
    k = len(configurations)
    if not k or len(set(configurations)) != k:
        raise ValueError("configurations: give one or more, each with a name of its own")
    difference, error, free = _differences(*_same_shape(estimates, std_errors, df, k))
    sign = filled(expected, k, 0.0, "expected")
    scales = (scale,) * k if isinstance(scale, str) else tuple(scale)
    if len(scales) != k or set(scales) - set(TAU_SCALE) or not np.isin(sign, (-1, 0, 1)).all():
        raise ValueError(f"scale, expected: choose one of {', '.join(TAU_SCALE)}, and -1, 0 or 1")
    if not 0 < level < 1:
        raise ValueError("level: must lie between 0 and 1, e.g. 0.95")
    labels = tuple(outcomes) if outcomes is not None else ("",) * k
    pairs = tuple(map(tuple, groups)) if groups is not None else (("the others", "the group"),) * k
    people = np.full((k, 2), -1) if n is None else np.asarray(n, int)
    if len(labels) != k or len(pairs) != k or people.shape != (k, 2):
        raise ValueError("outcomes, groups, n: one entry for each configuration")
    half = quantile(0.5 + level / 2, free) * error
    p = _p_values(difference, error, free, p_values, k)
    adjusted = _holm(p)
    width = half / quantile(0.5 + level / 2, np.inf)
    shrunk = np.full((4, k), np.nan)
    alike = list(zip(labels, scales, strict=True))
    for kind in dict.fromkeys(alike):
        here = np.array([x == kind for x in alike]) & np.isfinite(difference) & np.isfinite(width)
        if here.any():
            shrunk[:, here] = _shrunken(difference[here], width[here], tau_scale[kind[1]], level)
    verdict = tuple(_verdict(d, s, q, 1 - level) for d, s, q in zip(difference, sign, adjusted, strict=True))
    return Modification(
        tuple(configurations), pairs, labels, sign.astype(int), difference, error, free, difference - half,
        difference + half, p, adjusted, verdict, stated_power(error, free, level=level)["detectable"].to_numpy(),
        *shrunk, people, scales, level)  # fmt: skip


def _same_shape(estimates: ArrayLike, std_errors: ArrayLike, df: ArrayLike | None, k: int) -> list[np.ndarray]:
    value, error = np.asarray(estimates, float), np.asarray(std_errors, float)
    free = np.full(value.shape, np.inf) if df is None else np.asarray(df, float)
    if value.shape not in ((k,), (k, 2)) or error.shape != value.shape or free.shape != value.shape:
        raise ValueError(f"estimates, std_errors, df: one shape, ({k},) or ({k}, 2): a row for each configuration")
    if (error <= 0).any() or (free <= 0).any():
        raise ValueError("std_errors, df: must be above 0; NaN where a group can't be estimated")
    return [value, error, free]


def _differences(value: np.ndarray, error: np.ndarray, df: np.ndarray) -> tuple[np.ndarray, ...]:
    """Second group less first, with the error and Welch and Satterthwaite's degrees of freedom, (k,) each."""
    if value.ndim == 1:
        return value, error, df
    parts = error**2
    with np.errstate(divide="ignore", invalid="ignore"):
        free = parts.sum(1) ** 2 / (parts**2 / df).sum(1)
    return value[:, 1] - value[:, 0], np.sqrt(parts.sum(1)), free


def _p_values(
    difference: np.ndarray, error: np.ndarray, df: np.ndarray, given: ArrayLike | None, k: int
) -> np.ndarray:
    from scipy.special import ndtr, stdtr

    away = -np.abs(difference / error)
    p = 2 * np.where(np.isinf(df), ndtr(away), stdtr(np.where(np.isinf(df), 1.0, df), away))
    exact = filled(given, k, np.nan, "p_values")
    if ((exact < 0) | (exact > 1)).any():
        raise ValueError("p_values: must lie between 0 and 1; NaN to test by the error")
    return np.where(np.isnan(exact), p, exact)


def _holm(p: np.ndarray) -> np.ndarray:
    """Adjusted p-values; a configuration that can't be tested still counts as one of the k."""
    order = np.argsort(np.where(np.isnan(p), 2.0, p), kind="stable")
    steps = (len(p) - np.arange(len(p))) * p[order]
    made = np.empty(len(p))
    made[order] = np.minimum(np.fmax.accumulate(steps), 1.0)
    return np.where(np.isnan(p), np.nan, made)


def _verdict(difference: float, sign: float, adjusted: float, alpha: float) -> str:
    if np.isnan(adjusted) or np.isnan(difference):
        return "not estimable"
    if adjusted > alpha:
        return "not shown"
    return "contrary" if difference * sign < 0 else "supported"


def _shrunken(difference: np.ndarray, error: np.ndarray, scale: float, level: float) -> np.ndarray:
    """Posterior mean, limits and mean of tau, (4, m)."""
    from scipy.special import ndtr

    tau = (np.arange(400) + 0.5) / 400 * 5 * scale
    total = error[:, None] ** 2 + tau**2
    log = -0.5 * (np.log(total) + difference[:, None] ** 2 / total).sum(0) - 0.5 * (tau / scale) ** 2
    weight = np.exp(log - log.max())
    weight /= weight.sum()
    kept = tau**2 / total
    centre, spread = kept * difference[:, None], np.sqrt(kept) * error[:, None]
    limits = []
    for share in ((1 - level) / 2, (1 + level) / 2):
        low, high = (centre - 10 * spread).min(1), (centre + 10 * spread).max(1)
        for _ in range(60):
            middle = (low + high) / 2
            below = ndtr((middle[:, None] - centre) / spread) @ weight < share
            low, high = np.where(below, middle, low), np.where(below, high, middle)
        limits.append((low + high) / 2)
    return np.stack([centre @ weight, *limits, np.full(len(difference), tau @ weight)])
