"""One measure and its periods: on target or not, changed or not, by what rule, from how many points."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pi_research.measures import _words
from pi_research.measures.charts import ENOUGH, ControlChart, dispersion, p_limits, u_limits, xmr_limits
from pi_research.measures.measure import Measure, MeasureError
from pi_research.measures.rules import SpecialCauses, assurance, special_causes, variation
from pi_research.numerics import exact_binomial, exact_poisson
from pi_research.wording import Sentence

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True, eq=False)
class Assessment:
    """A measure's periods, its chart and what follows.

    Attributes
    ----------
    measure : Measure
    period : (n,) labels or days
    numerator, denominator, value : (n,), missing where not known
    chart, causes : missing for fewer than two points
    lower, upper : exact interval of the latest value, missing where it cannot be given
    level : float
    enough : int
        Points of the latest stretch from which a change is judged.
    dispersion : float
        Laney's sigma z of the counts (1: as independent counts vary), else missing.
    """

    measure: Measure
    period: np.ndarray
    numerator: np.ndarray
    denominator: np.ndarray
    value: np.ndarray
    chart: ControlChart | None
    causes: SpecialCauses | None
    lower: float
    upper: float
    level: float
    enough: int
    dispersion: float

    @property
    def n(self) -> int:
        """Points."""
        return len(self.value)

    @property
    def on_target(self) -> bool | None:
        """Whether the latest value meets the target; None without one, or without a value."""
        return self.measure.meets(self.value[-1]) if self.n and self.measure.target is not None else None

    @property
    def too_small(self) -> bool:
        """Whether the target lies within the latest value's exact interval, so that chance may decide."""
        return self.measure.target is not None and bool(self.lower <= self.measure.target <= self.upper)

    @property
    def judged(self) -> bool:
        """Whether the latest stretch has points enough to tell a change from chance."""
        return self.chart is not None and int((self.chart.group == self.chart.group[-1]).sum()) >= self.enough

    @property
    def variation(self) -> str:
        """``improvement, concern, common, high, low``, or ``few`` where it cannot be judged yet."""
        return variation(self.causes, self.measure.direction) if self.judged else "few"

    @property
    def assurance(self) -> str:
        """``pass, fail, inconsistent``; ``few``: it cannot be judged yet; ``none``: no target."""
        if self.measure.target is None:
            return "none"
        return assurance(self.chart, self.measure.target, self.measure.direction) if self.judged else "few"

    def summary(self) -> pd.DataFrame:
        """One row a period: ``period, numerator, denominator, value``, limits, ``rule`` and ``sign``."""
        import pandas as pd

        names = ("period", "numerator", "denominator", "value")
        frame = pd.DataFrame({name: getattr(self, name) for name in names})
        if self.chart is None:
            return frame
        limits = self.chart.summary().drop(columns="value")
        return pd.concat([frame, limits, self.causes.summary()], axis=1)

    def sentence(self) -> Sentence:
        """On target or not, changed or not, by what rule, from how many points."""
        return _words.verdict(self)


def assess(
    measure: Measure,
    rows: pd.DataFrame,
    *,
    rebase: Sequence[object] = (),
    enough: int = ENOUGH,
    few: float = 10.0,
    level: float = 0.95,
    chart: str = "",
) -> Assessment:
    """Chart a measure's periods and judge them.

    The chart is an XmR chart; where counts are small (their average, or for a share that of the rest, is
    under ``few``) a p or u chart with exact limits.

    Parameters
    ----------
    measure : Measure
    rows : DataFrame
        ``period`` (days, or labels in order), ``numerator`` and, but for a count, ``denominator``; or
        ``value`` where only that is known. No row is fine: the measure has no result yet.
    rebase : periods that begin a new stretch: its limits are worked out anew
    enough : points of a stretch from which a change is judged
    few : average count under which limits are exact
    level : of the latest value's exact interval
    chart : XmR, p, u, p′ or u′ instead of the one that follows from ``few``

    Raises
    ------
    MeasureError
        For a numerator above its denominator (a share of 350 %), a denominator of 0, missing values, periods
        that stand twice or out of order, a period to rebase at that is not there or leaves one point.

    Examples
    --------
    >>> import pandas as pd
    >>> kept = Measure("kept", "Kept", "kept it", "due", target=0.8, comparison="at_least", direction=1)
    >>> rows = pd.DataFrame({"period": ["2023", "2024"], "numerator": [7, 9], "denominator": [10, 10]})
    >>> made = assess(kept, rows)
    >>> made.on_target, made.variation, made.assurance
    (True, 'few', 'few')
    """
    period = rows["period"].to_numpy()
    _refuse_periods(measure, period)
    x, n, value = _values(measure, rows)
    starts = [_place(measure, period, day) for day in rebase]
    try:
        drawn = _chart(measure, x, n, value, starts, few, chart) if len(value) > 1 else None
        low, high = _interval(measure, x, n, level)
    except ValueError as fault:
        raise MeasureError(f"measure {measure.id}: {fault}") from None
    spread = _dispersion(measure, x, n)
    causes = special_causes(drawn) if drawn else None
    return Assessment(measure, period, x, n, value, drawn, causes, low, high, level, enough, spread)


def _refuse_periods(measure: Measure, period: np.ndarray) -> None:
    import pandas as pd

    if pd.isna(period).any():
        raise MeasureError(f"measure {measure.id}: a period is missing; every row needs one")
    if len(set(period)) < len(period):
        raise MeasureError(f"measure {measure.id}: a period stands twice; keep one row for each")
    if np.issubdtype(period.dtype, np.datetime64) and (np.diff(period) < np.timedelta64(0)).any():
        raise MeasureError(f"measure {measure.id}: the periods are not in order; sort the rows by period")


def _values(measure: Measure, rows: pd.DataFrame) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    nothing = np.full(len(rows), np.nan)
    x, n, value = (
        rows[c].to_numpy(float) if c in rows else nothing for c in ("numerator", "denominator", "value")
    )
    if "numerator" in rows:
        value = x if measure.scale == "count" else np.divide(x, n, out=nothing.copy(), where=n > 0)
    faults = {
        "is missing": ~np.isfinite(value) & ~(n <= 0), "has a denominator of 0 or less": n <= 0,
        "is a share above 100% or below nought": (measure.scale == "share") & ((value > 1) | (value < 0)),
        "has a negative count": x < 0,
        "has a count that is not a whole number": measure.independent & (x % 1 > 0),
    }
    for what, wrong in faults.items():
        if wrong.any():
            raise MeasureError(
                f"measure {measure.id}: period "
                f"{_words.named(rows['period'].to_numpy()[int(np.argmax(wrong))])} "
                f"{what}; correct the row or leave it out"
            )
    return x, n, value


def _place(measure: Measure, period: np.ndarray, day: object) -> int:
    found = np.flatnonzero(period == (np.datetime64(day) if period.dtype.kind == "M" else day))
    if not len(found):
        raise MeasureError(f"measure {measure.id}: rebase names the period {day}, which has no row")
    return int(found[0])


def _chart(measure: Measure, x: np.ndarray, n: np.ndarray, value: np.ndarray, starts: list[int], few: float,
           chart: str) -> ControlChart:
    counted = bool(np.isfinite(x).all()) and measure.scale != "value"
    rest = n - x if measure.scale == "share" else x
    chart = chart or (("p" if measure.scale == "share" else "u")
                      if counted and min(x.mean(), rest.mean()) < few and measure.independent else "XmR")
    if chart == "XmR":
        return xmr_limits(value, rebase=starts)
    exposure = None if measure.scale == "count" else n
    if chart[0] == "p":
        return p_limits(x, n, rebase=starts, prime=chart == "p′")
    return u_limits(x, exposure, rebase=starts, prime=chart == "u′")


def _interval(measure: Measure, x: np.ndarray, n: np.ndarray, level: float) -> tuple[float, float]:
    if not len(x) or not np.isfinite(x[-1]) or not measure.independent or measure.scale == "value":
        return np.nan, np.nan
    if measure.scale == "share":
        return exact_binomial(x[-1], n[-1], level)
    return exact_poisson(x[-1], 1.0 if measure.scale == "count" else n[-1], level)


def _dispersion(measure: Measure, x: np.ndarray, n: np.ndarray) -> float:
    if len(x) < 2 or not np.isfinite(x).all() or measure.scale == "value" or not x.sum():
        return float("nan")
    family = "binomial" if measure.scale == "share" else "poisson"
    return dispersion(x, np.ones_like(x) if measure.scale == "count" else n, family)
