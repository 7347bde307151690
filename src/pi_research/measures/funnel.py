"""Funnel limits: which of several areas differ from the whole by more than chance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from pi_research.measures._counts import checked, count_limits
from pi_research.wording import Sentence, count, joined, number, sentence

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["FEW_UNITS", "Funnel", "funnel_limits"]

FEW_UNITS = 10
"""Below so many areas, differences between them beyond chance are not estimated."""


@dataclass(frozen=True, slots=True, eq=False)
class Funnel:
    """Shares or rates of k areas, and the limits that chance alone would keep to.

    Attributes
    ----------
    names, numerator, denominator, value : (k,)
    target : float
        What the areas are set against: their pooled value where none was given.
    levels : (m,), rising, e.g. 0.95 and 0.998
    lower, upper : (m, k), on the scale of ``value``; continuous between whole counts
    beyond : (k,)
        How many levels a value lies outside: 1 or 2 above, -1 or -2 below, 0 within all.
    family : binomial or poisson
    pooled : bool
        Whether ``target`` is the areas' own pooled value.
    dispersion : float
        Mean of the squared standardised differences, a tenth pulled in at either end (winsorised): 1 under
        chance alone. Missing for fewer than ten areas.
    """

    names: tuple[str, ...]
    numerator: np.ndarray
    denominator: np.ndarray
    value: np.ndarray
    target: float
    levels: tuple[float, ...]
    lower: np.ndarray
    upper: np.ndarray
    beyond: np.ndarray
    family: str
    pooled: bool
    dispersion: float

    def summary(self) -> pd.DataFrame:
        """One row an area: ``name, numerator, denominator, rest, value, lower_95, upper_95 ..., beyond``."""
        import pandas as pd

        frame = pd.DataFrame(
            {
                "name": self.names,
                "numerator": self.numerator,
                "denominator": self.denominator,
                "rest": self.denominator - self.numerator,
                "value": self.value,
            }
        )
        for level, low, high in zip(self.levels, self.lower, self.upper, strict=True):
            frame[f"lower_{100 * level:g}"], frame[f"upper_{100 * level:g}"] = low, high
        return frame.assign(beyond=self.beyond)

    def sentence(self, who: str = "areas") -> Sentence:
        """How many areas lie outside, beside how many would by chance, and what that may mean."""
        wide, k = self.levels[-1], len(self.names)
        out = [int((np.abs(self.beyond) > m).sum()) for m in range(len(self.levels))]
        behind = tuple(
            int(v) for v in np.concatenate([self.numerator, self.denominator - self.numerator]) if v >= 0
        )
        first = sentence(
            "Of {k} {who}, {out} {lies} outside the {wide} limits and {some} outside the {narrow} limits "
            "around {what} ({target}; exact {family} limits); by chance alone about {chance} of {k} would "
            "lie outside the latter.",
            k=count(k, people=False),
            who=who,
            out=count(out[-1], people=False),
            lies="lies" if out[-1] == 1 else "lie",
            wide=f"{100 * wide:g}%",
            some=count(out[0], people=False),
            narrow=f"{100 * self.levels[0]:g}%",
            family=self.family,
            what=f"the value of all {who} together" if self.pooled else "the target",
            target=self._number(self.target, behind if self.pooled else ()),
            chance=number(k * (1 - self.levels[0]), digits=1),
        )
        return joined(first, self._caution(who))

    def _number(self, value: float, behind: tuple[int, ...]):
        share = self.family == "binomial"
        small = tuple(sorted(b for b in set(behind) if b > 0)[:1])
        return number(value, style="percent" if share else "decimal", digits=1 if share else 3, behind=small)

    def _caution(self, who: str) -> Sentence:
        if np.isnan(self.dispersion):
            return sentence(
                "With fewer than {few} {who} it cannot be told how much they differ beyond chance; no "
                "allowance is made for it, and no order of merit follows.",
                few=str(FEW_UNITS),
                who=who,
            )
        return sentence(
            "The {who} differ {phi} times as much as chance alone would make them (variance; 1 is chance): "
            "{reading}.",
            who=who,
            phi=number(self.dispersion, digits=2),
            reading="more than their counts explain, so that lying outside says little about any one of them"
            if self.dispersion > 1.5
            else "the limits can be read as they stand",
        )


def funnel_limits(
    numerator: ArrayLike,
    denominator: ArrayLike,
    *,
    names: Sequence[str] = (),
    target: float | None = None,
    levels: Sequence[float] = (0.95, 0.998),
    family: str = "binomial",
) -> Funnel:
    """Exact funnel limits for areas' shares (binomial) or rates (Poisson) around one target.

    A value lies outside a limit exactly where the one-sided probability of so many or more (so few or fewer)
    is under ``(1 - level) / 2``. No allowance is made for areas differing beyond chance; ``dispersion`` tells
    from ten areas on whether one would be needed.

    Parameters
    ----------
    numerator, denominator : (k,)
        Counts; for ``poisson`` the denominator is a number expected, or person-time.
    names : (k,), 1, 2 ... where not given
    target : what to compare with; the pooled value where not given
    levels : rising, within (0, 1)
    family : {"binomial", "poisson"}

    Raises
    ------
    ValueError
        For counts that are missing, negative or not whole; denominators of 0 or (binomial) below the
        numerator; names of another number or twice the same; a target that no area could have; other levels.

    Notes
    -----
    Not a league table: areas within the limits are not in any order. Spiegelhalter, Statistics in Medicine 24
    (2005) 1185-1202.

    Examples
    --------
    >>> made = funnel_limits([7, 44], [10, 80], names=["A", "B"], target=0.7)
    >>> made.beyond.tolist(), [round(float(v), 4) for v in made.lower[0]]
    ([0, -1], [0.3543, 0.5913])
    """
    x, n = checked(numerator, "numerator", whole=True), checked(denominator, "denominator")
    names = tuple(names) or tuple(str(k + 1) for k in range(len(x)))
    _check(x, n, names, target, levels, family)
    rate = float(x.sum() / n.sum() if target is None else target)
    both = np.array([count_limits(n, rate, (1 - level) / 2, family) / n for level in levels])
    value = x / n
    beyond = ((value > both[:, 1]).astype(int) - (value < both[:, 0])).sum(axis=0)
    phi = _dispersion(x, n, rate, family) if len(x) >= FEW_UNITS else np.nan
    return Funnel(
        names, x, n, value, rate, tuple(levels), both[:, 0], both[:, 1], beyond, family, target is None, phi
    )


def curve(
    target: float, levels: Sequence[float], family: str, largest: float, *, points: int = 200
) -> pd.DataFrame:
    """Limits by size, to draw: ``size``, then ``lower_`` and ``upper_`` for each level."""
    import pandas as pd

    size = np.linspace(max(largest / points, 1e-9), 1.04 * largest, points)
    frame = pd.DataFrame({"size": size})
    for level in levels:
        low, high = count_limits(size, target, (1 - level) / 2, family) / size
        frame[f"lower_{100 * level:g}"], frame[f"upper_{100 * level:g}"] = low, high
    return frame


def _check(x: np.ndarray, n: np.ndarray, names: tuple, target: float | None, levels: Sequence[float],
           family: str) -> None:
    if family not in ("binomial", "poisson"):
        raise ValueError(
            "family must be binomial (shares of people) or poisson (events, or observed over expected)"
        )
    if not len(x) == len(n) == len(names) or len(set(names)) < len(names):
        raise ValueError(
            "numerator, denominator and names must have one value an area each, and no name twice"
        )
    if (n <= 0).any() or (family == "binomial" and ((x > n) | (n % 1 != 0)).any()):
        bad = np.flatnonzero((n <= 0) | ((x > n) | (n % 1 != 0) if family == "binomial" else False))
        raise ValueError(
            f"denominator of {names[bad[0]]}: it is 0, not whole, or below its numerator; correct it, or "
            "take family='poisson' for rates"
        )
    if target is not None and not 0 < target < (1 if family == "binomial" else np.inf):
        raise ValueError("target must be above 0 and, for shares, below 1: give 0.7 for 70 %")
    if list(levels) != sorted(set(levels)) or not levels or not all(0 < v < 1 for v in levels):
        raise ValueError("levels must be different, rising, between 0 and 1, e.g. (0.95, 0.998)")


def _dispersion(x: np.ndarray, n: np.ndarray, rate: float, family: str) -> float:
    """Spiegelhalter's phi on the scale where the variance hangs on the size alone, winsorised at a tenth."""
    if family == "binomial":
        z = 2 * np.sqrt(n) * (np.arcsin(np.sqrt(x / n)) - np.arcsin(np.sqrt(rate)))
    else:
        z = 2 * (np.sqrt(x) - np.sqrt(n * rate))
    return float(np.mean(np.clip(z, *np.quantile(z, [0.1, 0.9])) ** 2))
