"""What the rules across tables share: their context, intervals and months."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from pi_research.extract.dictionary import TableSchema
from pi_research.extract.faults import Fault
from pi_research.extract.rules import Rules

Tables = Mapping[str, pd.DataFrame]


@dataclass(frozen=True, slots=True)
class Context:
    """What every rule may ask for: the rules' settings, the dictionary and the last day of the record."""

    rules: Rules
    dictionary: Mapping[str, TableSchema]
    last_day: pd.Timestamp


Check = Callable[[Tables, Context], Iterator[Fault]]


def needs(*tables: str) -> Callable[[Check], Check]:
    """Mark a rule with the tables without which it has nothing to look at."""

    def mark(check: Check) -> Check:
        check.needs = tables
        return check

    return mark


def rows_of(table: str, rows: pd.Series | np.ndarray) -> list[str]:
    """Where the other half of a fault stands."""
    return [f"{table} row {int(row)}" for row in rows]


def overlapping(frame: pd.DataFrame, group: str, start: str, end: str) -> tuple[np.ndarray, np.ndarray]:
    """Rows that begin before an earlier row of the same group has ended, and those earlier rows.

    Beginning on the day on which the earlier one ends is no overlap; an open end is endless.
    """
    tidy = pd.DataFrame({"group": frame[group], "start": frame[start], "end": frame[end], "row": frame.index})
    tidy = tidy.dropna(subset=["group", "start"])
    tidy["end"] = tidy["end"].fillna(pd.Timestamp.max)
    tidy = tidy.sort_values(["group", "start", "end", "row"], kind="stable")
    longest = tidy.groupby("group")["end"].cummax()
    holder = tidy["row"].where(tidy["end"] == longest).groupby(tidy["group"]).ffill()
    before, its_row = longest.groupby(tidy["group"]).shift(), holder.groupby(tidy["group"]).shift()
    found = tidy["start"] < before
    return tidy.loc[found, "row"].to_numpy(), its_row[found].to_numpy()


def add_months(days: pd.Series, months: np.ndarray | int) -> pd.Series:
    """The same day so many months later, or the last of that month where it has no such day.

    >>> add_months(pd.Series(pd.to_datetime(["2024-01-31"])), 1).dt.strftime("%Y-%m-%d")[0]
    '2024-02-29'
    """
    exact = days.to_numpy("datetime64[D]")
    month = exact.astype("datetime64[M]")
    later = month + np.asarray(months, "timedelta64[M]")
    last = (later + 1).astype("datetime64[D]") - later.astype("datetime64[D]")
    into = np.minimum(exact - month.astype("datetime64[D]"), last - np.timedelta64(1, "D"))
    return pd.Series(later.astype("datetime64[D]") + into, index=days.index).astype("datetime64[ns]")
