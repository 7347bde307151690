"""Who is at risk when: the table under every curve, and the errors that follow from it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

# A remainder below this share of the risk set is rounding in sums of weights, not people.
ROUNDING = 1e-12


@dataclass(frozen=True, slots=True)
class RiskTable:
    """Counts at the ``k`` distinct exit times, ascending.

    ``at_risk (k,)`` people in view just before each time (entry < time <= exit), ``events (k,)``,
    ``censored (k,)``: after the events of the same time; ``entry_time (m,)``, ``entered (m,)``:
    who came into view when, ``-inf`` where all are in view from the start.
    """

    time: np.ndarray
    at_risk: np.ndarray
    events: np.ndarray
    censored: np.ndarray
    entry_time: np.ndarray
    entered: np.ndarray

    @property
    def remaining(self) -> np.ndarray:
        """At risk less events, exactly 0 where everyone at risk had the event."""
        left = self.at_risk - self.events
        return np.where(left <= ROUNDING * self.at_risk, 0, left)


def tally(values: np.ndarray, weights: np.ndarray | None) -> tuple[np.ndarray, np.ndarray]:
    """Distinct values, ascending, and how many (or how much weight) at each."""
    if weights is None:
        return _tally_days(values) or np.unique(values, return_counts=True)
    order = np.argsort(values, kind="stable")
    ordered = values[order]
    first = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]]) if ordered.size else np.array([], int)
    return ordered[first], np.add.reduceat(weights[order], first) if first.size else weights[:0]


def _tally_days(values: np.ndarray) -> tuple[np.ndarray, np.ndarray] | None:
    """Counting without sorting, for whole numbers that don't reach far beyond how many there are."""
    if not values.size or values.max() > 2 * values.size + 1000:
        return None
    days = values.astype(np.int64)
    if not (days == values).all():
        return None
    counts = np.bincount(days)
    found = np.flatnonzero(counts)
    return found.astype(float), counts[found]


def risk_table(
    left: np.ndarray, event: np.ndarray, came: np.ndarray | None, weights: np.ndarray | None
) -> RiskTable:
    """Build the table from exits, event flags, entries and weights (already checked)."""
    time, leaving = tally(left, weights)
    event_time, event_count = tally(left[event], None if weights is None else weights[event])
    events = np.zeros_like(leaving)
    events[np.searchsorted(time, event_time)] = event_count
    at_risk = leaving[::-1].cumsum()[::-1]
    if came is None:
        entry_time, entered = np.array([-np.inf]), at_risk[:1]
    else:
        entry_time, entered = tally(came, weights)
        to_come = np.append(entered[::-1].cumsum()[::-1], 0)
        at_risk = at_risk - to_come[np.searchsorted(entry_time, time)]
    return RiskTable(time, at_risk, events, leaving - events, entry_time, entered)


def at_risk_at(table: RiskTable, times: np.ndarray) -> np.ndarray:
    """People in view just before each of ``times``, also between the table's own times."""
    came = np.append(0, table.entered.cumsum())[np.searchsorted(table.entry_time, times)]
    gone = np.append(0, (table.events + table.censored).cumsum())[np.searchsorted(table.time, times)]
    return came - gone


def survival_of(table: RiskTable) -> np.ndarray:
    """Product-limit estimate after each time."""
    return np.cumprod(table.remaining / table.at_risk)


def safe_ratio(top: np.ndarray, bottom: np.ndarray) -> np.ndarray:
    """``top / bottom``, 0 where ``bottom`` is 0 (there the curve is at its end)."""
    return np.divide(top, bottom, out=np.zeros(np.shape(bottom)), where=bottom > 0)
