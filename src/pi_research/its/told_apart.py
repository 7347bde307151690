"""Whether a series of these months could tell a change of level from a change of trend."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import numpy as np

from pi_research.its._simulated import covariance, seen
from pi_research.its.design import Design
from pi_research.wording import Sentence, count, sentence

if TYPE_CHECKING:
    import pandas as pd

RHO = (0.0, 0.2, 0.4, 0.6, 0.8)
HALF, VISIBLE, ALIKE = 2.0, 3.0, 1.2
EDGE = 0.005  # of the variance of the level alone: what rounding may add to it


@dataclass(frozen=True, eq=False)
class ToldApart:
    """What a design can know of level and slope, at each autocorrelation rho (r,).

    correlation (r,) of the two estimates; inflation (r,), how many times the variance of the level grows
    by fitting a slope too, 1 / (1 - correlation^2); level_error, level_alone_error and slope_error (r,),
    standard errors in standard deviations of the months about the line (slope: a month), the middle one of
    a model without the slope; level_seen and slope_seen (r,), the change of level, and of slope as it adds up
    in a year, that a two-sided test at 5% sees four times in five, in the same unit; months_level_alone (r,),
    the months from the break on with which the level alone would be known as well, NaN where those there are
    do not suffice; n months used, months_after of them from the break on.
    """

    interruption: str
    rho: np.ndarray
    correlation: np.ndarray
    inflation: np.ndarray
    level_error: np.ndarray
    level_alone_error: np.ndarray
    slope_error: np.ndarray
    level_seen: np.ndarray
    slope_seen: np.ndarray
    months_level_alone: np.ndarray
    n: int
    months_after: int

    @property
    def apart(self) -> np.ndarray:
        """At each rho (r,): does the slope cost less than half of what is known of the level, and would three
        standard deviations be seen, as a level or as a slope that adds up to them in a year?

        Half: with an inflation of 2 the slope costs as much as every second month. Three: a change that a
        reader sees in the chart without a model, the limits of a control chart; a model that sees only larger
        ones adds nothing.
        """
        return (self.inflation < HALF) & (np.maximum(self.level_seen, self.slope_seen) <= VISIBLE)

    def summary(self) -> pd.DataFrame:
        """One row a rho, a column a field, and apart."""
        import pandas as pd

        names = [f.name for f in fields(self) if isinstance(getattr(self, f.name), np.ndarray)]
        return pd.DataFrame({name: getattr(self, name) for name in (*names, "apart")})

    def sentence(self) -> Sentence:
        """The answer, what it rests on, and what level alone would need."""
        yes = self.apart
        at = ", ".join(f"{r:g}" for r in self.rho[yes])
        said = "can both be known" if yes.all() else f"can both be known only where rho is {at}"
        said = said if yes.any() else "cannot both be known"
        advice = "" if yes.all() else " Ask for one of them alone, or look again when there are more months."
        needs = self.months_level_alone if self.inflation.max() >= ALIKE else np.array([np.nan])
        alone = "; level alone would be known as well from {needs} months after the start"
        return sentence(
            "The change of level and the change of trend at {name} " + said + " from these {n} months, "
            "{after} of them from the start on (autocorrelation rho {rho}). Fitting the trend's change too "
            "multiplies the variance of the level by {inflation}, where 2 would cost half of what they tell"
            + (alone if np.isfinite(needs).all() else "")
            + ". Four times in five one would see a change of level of {level} standard deviations of a "
            "month, or of a trend that adds up to {slope} in a year; 3 are seen without a model." + advice,
            name=self.interruption,
            n=count(self.n, people=False),
            after=count(self.months_after, people=False),
            rho=_span(self.rho, 1),
            inflation=_span(self.inflation, 1),
            level=_span(self.level_seen, 1),
            slope=_span(self.slope_seen, 1),
            needs=_span(needs, 0),
        )  # fmt: skip


def _span(values: np.ndarray, digits: int) -> str:
    low, high = f"{values.min():.{digits}f}", f"{values.max():.{digits}f}"
    return low if low == high else f"{low} to {high}"


def told_apart(design: Design, interruption: str | None = None, rho: Sequence[float] = RHO) -> ToldApart:
    """Whether level and slope can both be known, from the design alone: no outcome is looked at.

    Parameters
    ----------
    design : Design
        Season, Covid and other interruptions cost what they cost.
    interruption : str, optional
        Its name; by default the first.
    rho : sequence of float
        First-order autocorrelations, from 0 to below 1.

    Raises
    ------
    ValueError
        An interruption that asks for level or slope alone; a rho outside [0, 1).

    Notes
    -----
    Generalised least squares with known rho and months of equal variance: a count model with a growing
    exposure knows less of the early months. Errors with rho known are a little smaller than those that a
    series will give. With the break in the middle the two estimates are uncorrelated however short the
    series is; the further it lies from the middle, the more they share.
    """
    name = design.interruptions[0].name if interruption is None else interruption
    item, grid = design.interruption(name), np.asarray(rho, dtype=float)
    if not (item.level and item.slope):
        raise ValueError(f"interruption {name!r} asks for level or slope alone: nothing to tell apart.")
    if grid.ndim != 1 or not grid.size or not ((grid >= 0) & (grid < 1)).all():
        raise ValueError("rho must hold autocorrelations from 0 to below 1, such as (0, 0.4, 0.8).")
    columns, used = design.columns(), ~design.masked
    level, slope = item.columns(design.months)
    X, names = np.column_stack(list(columns.values())), list(columns)
    alone = np.delete(X, names.index(slope), axis=1)
    at, by, times = names.index(level), names.index(slope), np.flatnonzero(used)
    after = times[design.months[times] >= item.start]
    factor = seen(len(times) - X.shape[1])
    rows = []
    for r in grid:
        both = covariance(X[times], times, r)[np.ix_([at, by], [at, by])]
        one = covariance(alone[times], times, r)[at, at]
        (level_error, slope_error), inflation = np.sqrt(np.diag(both)), both[0, 0] / one
        rows.append([both[0, 1] / level_error / slope_error, inflation, level_error, np.sqrt(one),
                     slope_error, factor * level_error, 12 * factor * slope_error,
                     _enough(alone, times, after, at, r, both[0, 0])])  # fmt: skip
    return ToldApart(name, grid, *np.array(rows).T, len(times), len(after))


def _enough(
    X: np.ndarray, times: np.ndarray, after: np.ndarray, at: int, rho: float, variance: float
) -> float:
    """With how many months after the break a model with X (level alone) has that variance of term ``at``."""
    for k in range(2, len(after) + 1):
        kept = times[times <= after[k - 1]]
        if np.linalg.matrix_rank(X[kept]) < X.shape[1]:
            continue
        if covariance(X[kept], kept, rho)[at, at] <= variance * (1 + EDGE):
            return float(k)
    return float("nan")
