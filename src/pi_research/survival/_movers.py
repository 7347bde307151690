"""People from their move on: until when each is known to have held the tenancy, and who sustained what."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from pi_research.numerics import beta_product, beta_product_limits
from pi_research.survival import _checks as check
from pi_research.survival._jackknife import influence_at
from pi_research.survival._risk_set import risk_table

HELD, LOST, DIED = 0, 1, 2
DEATHS = {
    "failing": "a death before the day counts as failing",
    "neutral": "follow-up stops at a death, as if those who died had fared like the others from then on",
    "excluded": "people who died in the tenancy before the day are left out",
}


@dataclass(frozen=True, slots=True)
class Movers:
    """``time`` (n,) to the end or last day known, ``code`` (n,) held, lost or died, ``available`` (n,)."""

    time: np.ndarray
    code: np.ndarray
    available: np.ndarray

    def status(self, month: float, death: str) -> dict[str, np.ndarray]:
        """Who stands where at a milestone: masks (n,), each person in one of them."""
        due, before = self.available >= month, self.time < month
        dead = before & (self.code == DIED)
        failed = before & (self.code == LOST) | (dead if death == "failing" else False)
        aside, open_ = dead & ~failed, before & (self.code == HELD)
        return {"reached": ~before, "failed": failed & due, "failed_early": failed & ~due,
                "not_yet_due": open_ & ~due, "unknown": open_ & due, "set_aside": aside}


def movers(
    time: ArrayLike, ended: ArrayLike, available: ArrayLike, died: ArrayLike | None, id: ArrayLike | None
) -> Movers:
    """The same, checked."""
    left, _ = check.durations(time, None)
    n = left.size
    lost, reach = flags(ended, "ended", n), check.column(available, "available", n)
    dead = np.zeros(n, bool) if died is None else flags(died, "died", n)
    check.refuse(left > reach + 1e-9, "available", "less than time",
                 "it is the time from the move to the extract date, which no follow-up can pass")
    if id is not None:
        _, first, back = np.unique(np.asarray(id, dtype=str), return_index=True, return_inverse=True)
        check.refuse(np.arange(n) != first[back], "id", "a person a second time",
                     "give one row a person: their tenancy as one spell")
    return Movers(left, np.where(dead, DIED, np.where(lost, LOST, HELD)), np.maximum(reach, left))


def flags(values: ArrayLike, name: str, n: int, remedy: str = "give 1 where it happened") -> np.ndarray:
    """True where a column of 0 and 1 is 1."""
    seen = check.column(values, name, n)
    check.refuse(~np.isin(seen, (0, 1)), name, "neither 0 nor 1", remedy)
    return seen == 1


def milestone_months(months: Sequence[float]) -> np.ndarray:
    """Milestones in order, above 0, none twice."""
    asked = np.sort(check.column(np.atleast_1d(months), "months"))
    check.refuse((asked <= 0) | (np.diff(asked, prepend=-1) == 0), "months", "a milestone at 0 or twice",
                 "give each milestone once, in the unit of time")
    return asked


@dataclass(frozen=True, slots=True)
class Share:
    """The share that sustained a milestone, its limits, influences (n,), and people followed so far."""

    estimate: float
    lower: float
    upper: float
    influence: np.ndarray
    followed: int


def share_at(time: np.ndarray, code: np.ndarray, month: float, death: str, level: float) -> Share:
    """Estimate the share that holds up to ``month``: one that ends on the day itself has sustained it.

    With deaths excluded it is ``1 - F_lost / (1 - F_died)`` (Aalen-Johansen), which falls at each loss like a
    Kaplan-Meier curve of those who will not die, ``n P(not dying | held)`` of them at risk: the beta product
    interval is taken with these numbers. Without censoring it is the exact binomial interval.
    Fay, Brittain and Proschan, Biostatistics 14 (2013) 723-736.
    """
    followed, nothing = int((time >= month).sum()), np.full(time.size, np.nan)
    if not time.size:
        return Share(np.nan, np.nan, np.nan, nothing, 0)
    code = np.where((code == DIED) & (death == "neutral"), HELD, code)
    dead = (code == DIED) & (death == "excluded")
    lost = (code != HELD) & ~dead
    table = risk_table(time, code != HELD, None, None)
    inside = int(np.searchsorted(table.time, month))
    hit = np.searchsorted(table.time, time)
    d, by_death = (np.bincount(hit[who], minlength=table.time.size) for who in (lost, dead))
    held = np.append(1.0, np.cumprod(1 - (d + by_death) / table.at_risk))
    incidence, death_incidence = (np.append(0.0, (held[:-1] * x / table.at_risk).cumsum())
                                  for x in (d, by_death))
    alive = 1 - death_incidence[inside]
    if (followed == 0 and held[inside] > 0) or alive < 1e-12:
        return Share(np.nan, np.nan, np.nan, nothing, followed)
    estimate = max(1 - incidence[inside] / alive, 0.0) if followed else 0.0
    place = np.array([inside])
    on_lost, on_death = (influence_at(table, x, time, who, code != HELD, place)[:, 0]
                         for x, who in ((d, lost), (by_death, dead)))
    influence = -on_lost / alive - incidence[inside] * on_death / alive**2
    at_risk = table.at_risk[:inside] * ((alive - incidence[:inside]) / held[:inside])
    # One more row, where nothing happens: those still followed at the milestone.
    limits = beta_product_limits(beta_product(np.append(at_risk, followed), np.append(d[:inside], 0)), level)
    return Share(estimate, float(limits.lower[-2]), float(limits.upper[-2]), influence, followed)
