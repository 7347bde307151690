"""Rows (start, stop] of people, checked and put in order: what every method on histories begins with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from pi_research.survival import _checks as check


@dataclass(frozen=True, slots=True)
class Episodes:
    """``N`` rows of ``n`` people by person and time; the arrays are (N,).

    ``order``: the place of each row in what was given; ``person`` from 0, as people first appear there;
    ``first``: a person's first row.
    """

    order: np.ndarray
    start: np.ndarray
    stop: np.ndarray
    person: np.ndarray
    first: np.ndarray
    n: int

    @property
    def last(self) -> np.ndarray:
        """True for a person's last row."""
        return np.append(self.first[1:], True)

    def only(self, kept: np.ndarray) -> Episodes:
        """The rows ``kept`` (all of a person's or none), people numbered anew."""
        first = self.first[kept]
        person = first.cumsum() - 1
        return Episodes(self.order[kept], self.start[kept], self.stop[kept], person, first, int(first.sum()))


def same_length(n: int, **columns: object) -> None:
    """Refuse columns that don't have an entry for each row."""
    for name, values in columns.items():
        if len(values) != n:
            raise ValueError(f"{name}: has {len(values):,} entries where start has {n:,}; give one a row")


def episodes(start: ArrayLike, stop: ArrayLike, id: ArrayLike, *, gaps: str = "") -> Episodes:
    """Rows that can be: each stops after it starts, and nobody is in two at once.

    ``gaps``: where time between a person's rows is refused, what to do about it.
    """
    import pandas as pd

    came = check.column(start, "start")
    same_length(came.size, stop=stop, id=id)
    left = check.column(stop, "stop")
    check.refuse(came < 0, "start", "negative time",
                 "time counts from one origin a person: cut their rows there and leave out what lies before")
    check.refuse(left <= came, "stop", "not after start",
                 "nobody can be at risk there: check the two dates, or leave out a row without a day in it")
    known = id.to_numpy() if hasattr(id, "to_numpy") else np.asarray(id)
    check.refuse(np.asarray(pd.isna(known)), "id", "missing value", "every row belongs to a person")
    person, ids = pd.factorize(known)
    order = _order(person, came, left)
    person, came, left = person[order], came[order], left[order]
    rows = Episodes(order, came, left, person, np.append(True, person[1:] != person[:-1]), len(ids))
    again = ~rows.first
    twice = again & (came == np.roll(came, 1)) & (left == np.roll(left, 1))
    refuse_rows(twice, rows, "start", "the same (start, stop] of the same person again",
                "a row given twice counts its events twice: drop duplicates")
    refuse_rows(again & (came < np.roll(left, 1)), rows, "start", "before the person's row before it stops",
                "nobody is at risk twice at one time: join or cut rows of one person that overlap")
    if gaps:
        refuse_rows(again & (came > np.roll(left, 1)), rows, "start",
                    "later than the person's row before it stops", gaps)
    return rows


def _order(person: np.ndarray, start: np.ndarray, stop: np.ndarray) -> np.ndarray:
    """Places of the rows by person and time; nothing to sort where they stand so already."""
    step = np.diff(person)
    if ((step > 0) | ((step == 0) & (np.diff(start) > 0))).all():
        return np.arange(person.size)
    return np.lexsort((stop, start, person))


def refuse_rows(wrong: np.ndarray, rows: Episodes, name: str, what: str, remedy: str) -> None:
    """Refuse rows ``wrong`` of the order of ``rows``, with their numbers in what was given."""
    given = np.zeros(wrong.size, bool)
    given[rows.order[wrong]] = True
    check.refuse(given, name, what, remedy)


def flag(values: ArrayLike, name: str, rows: Episodes) -> np.ndarray:
    """0 and 1, one a row, in the order of ``rows``; True for 1."""
    same_length(rows.order.size, **{name: values})
    given = check.column(values, name)
    check.refuse((given != 0) & (given != 1), name, "neither 0 nor 1", "code 1 where it happens at stop")
    return given[rows.order] == 1


def endings(terminal: ArrayLike, rows: Episodes) -> np.ndarray:
    """True for the rows that end with death: one a person, and nothing after it."""
    died = flag(terminal, "terminal", rows)
    after = np.append(False, died[:-1]) & ~rows.first
    refuse_rows(after, rows, "terminal", "a row after the person's death",
                 "correct the date of death, or leave out what is recorded after it")
    return died


def states_in(*columns: ArrayLike | None) -> tuple:
    """The labels that occur: a categorical's in its own order, then the others, sorted."""
    import pandas as pd

    found = {}
    for values in (c for c in columns if c is not None):
        if getattr(getattr(values, "dtype", None), "name", "") == "category":
            labels = (values.cat if hasattr(values, "cat") else values).categories
        else:
            labels = pd.unique(pd.Series(np.asarray(values, dtype=object)).dropna())
            labels = sorted(labels, key=lambda x: (isinstance(x, str), x))
        found |= dict.fromkeys(x for x in labels if x != "")
    return tuple(x.item() if hasattr(x, "item") else x for x in found)


def coded(values: ArrayLike, name: str, labels: Sequence, rows: Episodes) -> np.ndarray:
    """Places among ``labels`` in the order of ``rows``; -1 where the entry is empty."""
    import pandas as pd

    same_length(rows.order.size, **{name: values})
    places, found = pd.factorize(np.asarray(values, dtype=object)[rows.order])
    number = {label: place for place, label in enumerate(labels)}
    codes = np.array([*(-1 if x == "" else number.get(x, -2) for x in found), -1])[places]
    refuse_rows(codes == -2, rows, name, "not among the states",
                f"add it to states, or correct it (they are {', '.join(map(str, labels))})")
    return codes
