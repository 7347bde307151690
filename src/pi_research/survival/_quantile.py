"""When a curve has come down to a given height."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import numpy as np

from pi_research.survival._words import times
from pi_research.wording import Sentence, count, sentence

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True, eq=False)
class Quantile:
    """The time by which a share of people has had the event, with its interval.

    ``estimate`` is missing where the curve doesn't come down so far within follow-up, ``lower``
    where its upper limit never does, and ``upper`` is infinite where its lower limit never does.
    """

    probability: float
    estimate: float
    lower: float
    upper: float
    level: float
    n: int
    n_events: int
    method: str
    what: str = "time to the event"
    counted: str = "had the event"

    def summary(self) -> pd.DataFrame:
        """One row: probability, estimate, lower, upper, level, n, n_events, method."""
        import pandas as pd

        names = [f.name for f in fields(self)][:-2]
        return pd.DataFrame([{name: getattr(self, name) for name in names}])

    def sentence(self, *, unit: str = "months", what: str = "") -> Sentence:
        """The quantile in words; ``what`` is the time that is meant, e.g. ``length of tenancy``."""
        behind = (self.n_events, self.n - self.n_events)
        words = {"name": "median" if self.probability == 0.5 else f"{100 * self.probability:g}% point of the",
                 "what": what or self.what, "n": count(self.n), "events": count(self.n_events),
                 "counted": self.counted, "method": self.method, "level": f"{100 * self.level:g}%"}
        if np.isnan(self.estimate):
            known = ", and lies with {level} confidence at {low} {unit} or more" if self.lower > 0 else ""
            return sentence("The {name} {what} can't be given: within follow-up the curve doesn't come down "
                            "so far" + known + " ({method}; {events} of {n} {counted}).", **words, unit=unit,
                            low=times((self.lower,), behind=behind)[0])
        middle, low, high = times((self.estimate, self.lower, self.upper), behind=behind)
        return sentence("The {name} {what} is {middle} {unit} ({level} interval {low} to {high}; {method}; "
                        "{events} of {n} {counted}).", middle=middle, low=low, high=high, unit=unit, **words)


def crossing(time: np.ndarray, curve: np.ndarray, height: float) -> float:
    """First time the curve is at or below ``height``; the middle of a level stretch at it."""
    slack = np.sqrt(np.finfo(float).eps)
    known = np.isfinite(curve)
    down = np.flatnonzero(known & (curve <= height + slack))
    if not down.size:
        return float("nan")
    below = np.flatnonzero(known & (curve < height - slack))
    level_end = time[below[0]] if below.size else time[-1]
    exact = abs(curve[down[0]] - height) <= slack
    return float((time[down[0]] + level_end) / 2 if exact else time[down[0]])
