"""The design of an interrupted time series: months, breaks, season, Covid, exposure.

A design knows nothing of the outcome. It is checked as a whole when it is made: a break
outside the series, a gap in the months or two terms that cannot be told apart are said
before anything is estimated.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from pi_research.its import _checks

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["CovidPeriod", "Design", "Interruption"]

COVID_HANDLINGS = (
    "mask", "pulse", "step_and_recovery", "own_level_and_slope", "truncate", "carried_by_control", "none"
)  # fmt: skip


@dataclass(frozen=True)
class Interruption:
    """Something that began in one month and may have changed level, slope or both.

    Parameters
    ----------
    name : str
        Stands in the column names, ``level_change[name]`` and ``slope_change[name]``.
    date : str or date
        The month in which it began; the day is ignored.
    level, slope : bool
        Which changes the model allows.
    lag_months : int
        Months after ``date`` in which no effect is possible yet.
    phase_in_months : int
        Months over which the level rises in equal steps: with 3 it is 1/4, 2/4, 3/4, then
        1. The slope change counts from the first month of full effect, where it is 0.
    wash_out_months : int
        Months from the start on that are left out of the estimate while time runs on, instead of a
        phase-in: the level change is that of the first month after them, where the slope change is 0.
    """

    name: str
    date: Any
    level: bool = True
    slope: bool = True
    lag_months: int = 0
    phase_in_months: int = 0
    wash_out_months: int = 0

    def __post_init__(self) -> None:
        object.__setattr__(self, "date", _checks.as_month(self.date, f"interruption {self.name!r}: date"))
        if not (self.level or self.slope):
            raise ValueError(f"interruption {self.name!r} changes neither level nor slope; allow one.")
        for field in ("lag_months", "phase_in_months", "wash_out_months"):
            if getattr(self, field) != int(getattr(self, field)) or getattr(self, field) < 0:
                raise ValueError(f"interruption {self.name!r}: {field} must be a whole number, 0 or more.")
        if self.phase_in_months and self.wash_out_months:
            raise ValueError(f"interruption {self.name!r} has a phase-in and a wash-out; choose one.")

    @property
    def start(self) -> np.datetime64:
        """First month in which an effect is possible: date plus lag."""
        return self.date + int(self.lag_months)

    def left_out(self, months: np.ndarray) -> np.ndarray:
        """Its months of wash-out, shape (months,), bool."""
        return (months >= self.start) & (months < self.start + int(self.wash_out_months))

    def columns(self, months: np.ndarray) -> dict[str, np.ndarray]:
        """Its columns by name, each of the shape of ``months``."""
        since, made = (months - self.start).astype(int), {}
        if self.level:
            made[f"level_change[{self.name}]"] = np.clip((since + 1) / (self.phase_in_months + 1), 0, 1)
        if self.slope:
            made[f"slope_change[{self.name}]"] = np.maximum(
                since - self.phase_in_months - self.wash_out_months, 0
            ).astype(float)
        return made


@dataclass(frozen=True)
class CovidPeriod:
    """Covid as a nuisance: not the question, but in the middle of the series.

    Parameters
    ----------
    start, end : str or date
        First and last month, both inside the period.
    handling : str
        ``mask`` leaves the months out while time runs on; ``pulse`` gives the period a level of its own;
        ``step_and_recovery`` a level and a linear way back within the period. ``own_level_and_slope`` is
        for a series that did not come back: a level and a slope from the start on that last, whatever the
        end; what is learnt of an earlier break then comes from before Covid, of a later one from after it.
        ``truncate`` leaves out every month from the start on, for a break before it.
        ``carried_by_control`` gives Covid no term: a control series that it hit alike carries it, and a
        model without one refuses it. ``none`` does nothing. A period outside the series does nothing.
    """

    start: Any
    end: Any
    handling: str = "mask"

    def __post_init__(self) -> None:
        object.__setattr__(self, "start", _checks.as_month(self.start, "covid: start"))
        object.__setattr__(self, "end", _checks.as_month(self.end, "covid: end"))
        if self.end < self.start:
            raise ValueError("covid: end comes before start; exchange the two dates.")
        if self.handling not in COVID_HANDLINGS:
            choices = ", ".join(COVID_HANDLINGS)
            raise ValueError(f"covid: handling {self.handling!r} is not known; use {choices}.")

    def inside(self, months: np.ndarray) -> np.ndarray:
        """Which months lie in the period, shape (months,), bool."""
        return (months >= self.start) & (months <= self.end)

    def left_out(self, months: np.ndarray) -> np.ndarray:
        """Which months the estimate leaves out, shape (months,), bool."""
        if self.handling == "truncate":
            return months >= self.start
        return self.inside(months) & (self.handling == "mask")

    def columns(self, months: np.ndarray) -> dict[str, np.ndarray]:
        """The nuisance columns by name; none where the handling or the dates need none."""
        inside = self.inside(months).astype(float)
        since = (months - self.start).astype(int)
        if not inside.any():
            return {}
        if self.handling == "pulse":
            return {"covid": inside}
        if self.handling == "step_and_recovery":
            return {"covid_step": inside, "covid_recovery": inside * since}
        if self.handling == "own_level_and_slope":
            return {"covid_level": (since >= 0).astype(float), "covid_slope": np.maximum(since, 0.0)}
        return {}


@dataclass(frozen=True, eq=False)
class Design:
    """Months and terms of a segmented regression.

    Parameters
    ----------
    months : sequence of dates, shape (m,)
        One a month, in order, without gaps (days are ignored).
    interruptions : sequence of Interruption
        One or more.
    seasonality : {"none", "harmonic", "month"}
        Nothing, ``harmonics`` (1 to 5) pairs of sine and cosine over twelve months, or a
        level for each calendar month beside January.
    covid : CovidPeriod, optional
    offset : array, shape (m,), optional
        Exposure of each month in its own unit (person-days, days in the month), above 0.
        A count model uses its logarithm; no other model accepts it.

    Raises
    ------
    ValueError
        Months with a gap, twice or out of order; fewer than 8 usable months; a break
        outside the series or with fewer than 3 usable months on a side (2 where only level
        or only slope is asked for); no exposure in a month; a term that is zero or a
        combination of others, by name.

    Notes
    -----
    Time is months since the first and runs on through masked months. Not for weekly series,
    nor for a break whose date was chosen by looking at the outcome.
    """

    months: Any
    interruptions: Sequence[Interruption]
    seasonality: str = "none"
    harmonics: int = 1
    covid: CovidPeriod | None = None
    offset: Any = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "months", _checks.month_array(self.months))
        object.__setattr__(self, "interruptions", tuple(self.interruptions))
        _checks.choices(self)
        if self.offset is not None:
            object.__setattr__(self, "offset", _checks.exposure(self.offset, self.months))
        for interruption in self.interruptions:
            _checks.sides(self, interruption)
        _checks.rank({name: values[~self.masked] for name, values in self.columns().items()})

    @property
    def masked(self) -> np.ndarray:
        """Months left out of the estimate, shape (m,), bool."""
        parts = [*self.interruptions, *([self.covid] if self.covid else [])]
        return np.any([part.left_out(self.months) for part in parts], axis=0)

    def columns(self) -> dict[str, np.ndarray]:
        """Every column by name, each of shape (m,)."""
        time = np.arange(len(self.months), dtype=float)
        made = {"intercept": np.ones_like(time), "time": time}
        for item in self.interruptions:
            made |= item.columns(self.months)
        return made | _season(self) | (self.covid.columns(self.months) if self.covid else {})

    def matrix(self) -> pd.DataFrame:
        """The design matrix, one row a month (masked months too), one named column a term."""
        import pandas as pd

        index = pd.DatetimeIndex(self.months.astype("datetime64[ns]"), name="month")
        return pd.DataFrame(self.columns(), index=index)

    def interruption(self, name: str) -> Interruption:
        """The interruption of that name; a clear error names those there are."""
        named = {item.name: item for item in self.interruptions}
        if name not in named:
            raise ValueError(f"no interruption {name!r} in this design; it has {', '.join(named)}.")
        return named[name]

    def after(self, name: str) -> np.ndarray:
        """Months from the start of that interruption on, shape (m,), bool."""
        return self.months >= self.interruption(name).start


def _season(design: Design) -> dict[str, np.ndarray]:
    calendar = design.months.astype(int) % 12
    if design.seasonality == "month":
        return {f"season[{_checks.MONTHS[k][:3]}]": (calendar == k).astype(float) for k in range(1, 12)}
    if design.seasonality == "none":
        return {}
    angles = {k: 2 * np.pi * k * calendar / 12 for k in range(1, design.harmonics + 1)}
    waves = (("sin", np.sin), ("cos", np.cos))
    return {f"season[{name}{k}]": wave(angle) for k, angle in angles.items() for name, wave in waves}
