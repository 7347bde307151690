"""How forecasts of claims would have done before: made again as of earlier dates, and scored."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from pi_research.survival import _checks as check
from pi_research.survival._movers import HELD, Movers, milestone_months, movers
from pi_research.survival._words import people, read_only
from pi_research.survival.forecast import ALL, Drawn, above_0, draw, labels, limits
from pi_research.wording import Sentence, number, sentence

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True, eq=False)
class ForecastScore:
    """Forecasts made again as of earlier dates, beside what came: each array (r,), by origin and milestone.

    ``back`` before the extract date; ``actual`` recorded as sustained; ``unknown`` of those due; ``crps``
    continuous ranked probability score in claims, smaller is better; ``pit`` where the actual number lies in
    the forecast distribution (about even between 0 and 1 where forecasts are calibrated).
    """

    back: np.ndarray
    months: np.ndarray
    due: np.ndarray
    expected: np.ndarray
    lower: np.ndarray
    upper: np.ndarray
    actual: np.ndarray
    unknown: np.ndarray
    covered: np.ndarray
    crps: np.ndarray
    pit: np.ndarray
    horizon: float
    level: float

    def summary(self) -> pd.DataFrame:
        """One row an origin and milestone."""
        import pandas as pd

        names = [name for name in self.__slots__ if name not in ("horizon", "level")]
        made = pd.DataFrame({name: getattr(self, name) for name in names})
        return made.assign(horizon=self.horizon, level=self.level)

    def sentence(self, *, unit: str = "months") -> Sentence:
        """How often the interval for all milestones together held the number that came."""
        all_ = (self.months == ALL) & (self.due > 0)
        words = {"horizon": f"{self.horizon:g} {unit}", "level": f"{100 * self.level:g}%",
                 "back": ", ".join(f"{b:g}" for b in self.back[all_]), "unit": unit}
        if not all_.any():
            return sentence("At none of the earlier dates did a milestone fall due within {horizon}: the "
                            "forecast can't be scored.", **words)
        came = int(self.actual[all_].sum())
        words |= {"k": f"{all_.sum()}", "held": f"{self.covered[all_].sum()}", "actual": people(came),
                  "crps": number(self.crps[all_].mean()),
                  "expected": number(self.expected[all_].sum(), behind=(came,))}
        return sentence("Made again as of {back} {unit} before the extract date, with what was known then, "
                        "the forecast for the {horizon} that followed expected {expected} claims where "
                        "{actual} came; its {level} prediction interval held the number in {held} of {k} "
                        "(mean ranked probability score {crps} claims; the same people stand behind several "
                        "of these dates).", **words)


def score_forecast(
    time: ArrayLike, ended: ArrayLike, available: ArrayLike, months: Sequence[float], *, horizon: float,
    back: Sequence[float], seed: int | np.random.Generator, died: ArrayLike | None = None,
    level: float = 0.95,
) -> ForecastScore:
    """Make the forecast as of ``back`` before the extract date and set it beside what came in the horizon.

    Parameters as in ``forecast_claims``. Only what was known then is used: people who had moved, followed to
    that day. An unknown outcome counts as no claim.

    Raises
    ------
    ValueError
        As ``forecast_claims``; a ``back`` shorter than the horizon, or before anybody had moved.
    """
    check.level_of(level)
    all_, asked = movers(time, ended, available, died, None), milestone_months(months)
    above_0(horizon)
    origins = check.column(np.atleast_1d(back), "back")
    check.refuse(origins < horizon, "back", "less than the horizon", "what came must be known by now")
    check.refuse(origins >= all_.available.max(), "back", "before anybody had moved", "look back less far")
    rng, rows = np.random.default_rng(seed), []
    for ago in origins:
        there = all_.available > ago
        was = all_.available[there] - ago
        left, code = all_.time[there], all_.code[there]
        then = Movers(np.minimum(left, was), np.where(left <= was, code, HELD), was)
        drawn = draw(then, asked, horizon, rng)
        rows += _rows(ago, asked, then, left, code, horizon, drawn, level)
    columns = tuple(np.array(column, dtype=object if place == 1 else None)
                    for place, column in enumerate(zip(*rows, strict=True)))
    read_only(*columns)
    return ForecastScore(*columns, float(horizon), float(level))


def _rows(
    ago: float, asked: np.ndarray, then: Movers, left: np.ndarray, code: np.ndarray, horizon: float,
    drawn: Drawn, level: float,
) -> list[tuple]:
    """One origin's rows: each milestone that could be forecast, then all."""
    held, was = then.code == HELD, then.available
    due = [held & (was < m) & (m <= was + horizon) & (then.time >= m).any() for m in asked]
    actual = [int((mine & (left >= m)).sum()) for mine, m in zip(due, asked, strict=True)]
    unknown = [int((mine & (left < m) & (code == HELD)).sum()) for mine, m in zip(due, asked, strict=True)]
    lower, upper = limits(drawn, level)
    rows = []
    for j, label in enumerate(labels(asked)):
        y, missing = (x[j] if j < len(asked) else sum(x) for x in (actual, unknown))
        rows.append((ago, label, drawn.due[j], drawn.expected[j], lower[j], upper[j], y, missing,
                     bool(lower[j] <= y <= upper[j]), *scores(drawn.draws[:, j], y)))
    return rows


def scores(draws: np.ndarray, actual: int) -> tuple[float, float]:
    """Continuous ranked probability score and mid probability integral transform, from draws of a count.

    Gneiting and Raftery, JASA 102 (2007) 359-378, eq. 20-21.

    >>> scores(np.array([2, 2, 4, 4]), 3)
    (0.5, 0.5)
    """
    below = np.arange(max(draws.max(), actual))
    cdf = np.searchsorted(np.sort(draws), below, "right") / draws.size
    crps = ((cdf - (below >= actual)) ** 2).sum()
    return float(crps), float((draws < actual).mean() + (draws == actual).mean() / 2)
