"""Who can have been due for a milestone by a cut-off date, from what is known of when people moved."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from pi_research.survival import _checks as check

if TYPE_CHECKING:
    import pandas as pd

ENTRY_PATTERNS = ("any", "even")


def whole(value: int, name: str, *, least: int = 0) -> int:
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = float("nan")
    if not (number >= least and number.is_integer()):
        raise ValueError(f"{name}: must be a whole number, {least} or more")
    return int(number)


def day_of(value: object, name: str) -> pd.Timestamp:
    import pandas as pd

    try:
        day = pd.Timestamp(value)
    except (TypeError, ValueError):
        day = pd.NaT
    if day is pd.NaT:
        raise ValueError(f"{name}: a date is needed here, written as 2024-09-30")
    return day.normalize()


def written(value: object) -> str:
    if value is None:
        return ""
    day = day_of(value, "date")
    return f"{day.day} {day:%B %Y}"


def due_window(
    months: int, cut_off: object, since: object
) -> tuple[pd.Timestamp | None, pd.Timestamp | None]:
    """First and last day of moves that fall due in the count; None where open."""
    import pandas as pd

    back, day = pd.DateOffset(months=months), pd.Timedelta(days=1)
    first = None if since is None else day_of(since, "counted_from") - back
    # By way of the next day, so that the last of a month goes back to the last of a month.
    last = None if cut_off is None else day_of(cut_off, "cut_off") + day - back - day
    return first, last


def check_order(total: int, reached: Mapping[int, int], windows: Mapping[int, tuple]) -> None:
    months = list(reached)
    for place, late in enumerate(months):
        if reached[late] > total:
            raise ValueError(f"sustained, {late} months: more people than moved; check that both have "
                             "one cut-off")
        for early in months[:place]:
            begin, later_begin = windows[early][0], windows[late][0]
            nested = begin is None or (later_begin is not None and later_begin >= begin)
            if nested and reached[late] > reached[early]:
                raise ValueError(f"sustained, {late} months: more people than at {early} months, though each "
                                 "of them had passed that first; check the counts, or counted_from")


def entry_counts(moves: str | pd.Series, total: int, start: object, cut_off: object) -> tuple | list | None:
    """None where nothing is assumed; (first, last) day for even; [(first, last, people)] for periods."""
    import pandas as pd

    if isinstance(moves, str):
        check.one_of(moves, "moves", ENTRY_PATTERNS)
        if moves == "any":
            return None
        first, last = day_of(start, "start"), day_of(cut_off, "cut_off")
        if first > last:
            raise ValueError("start: lies after cut_off; check both dates")
        return first, last
    end = day_of(cut_off, "cut_off")
    try:
        periods = [p if isinstance(p, pd.Period) else pd.Period(p) for p in moves.index]
    except (TypeError, ValueError, AttributeError):
        raise ValueError("moves: not a Series by period; index it by text such as 2020Q1") from None
    people = [whole(n, f"moves, row {row}") for row, n in enumerate(moves, start=1)]
    if sum(people) != total:
        raise ValueError("moves: the periods don't add up to moved; add the missing period or mend the total")
    if any(n and p.start_time > end for p, n in zip(periods, people, strict=True)):
        raise ValueError("moves: people in a period after cut_off; they can't be among moved")
    return [(p.start_time.normalize(), min(p.end_time.normalize(), end), n)
            for p, n in zip(periods, people, strict=True)]


def known_due(total: int, outside: int, months: int) -> tuple[int, int, str]:
    due = total - whole(outside, f"not_counted, {months} months")
    if due < 0:
        raise ValueError(f"not_counted, {months} months: more people than moved")
    return due, due, "With those outside the count known"


def due(spread: tuple | list | None, total: int, window: tuple) -> tuple[int, int, str]:
    """Fewest and most movers due, and the assumption in words."""
    import pandas as pd

    if spread is None:
        return 0, total, "With nothing known about when they moved"
    begin, end = window[0] or pd.Timestamp.min, window[1]
    if isinstance(spread, tuple):
        first, last = spread
        days = max((min(end, last) - max(begin, first)).days + 1, 0)
        due = total * days / ((last - first).days + 1)
        words = f"If moves were spread evenly from {written(first)} to {written(last)}"
        return int(np.floor(due + 1e-9)), int(np.ceil(due - 1e-9)), words
    inside = sum(n for first, last, n in spread if first >= begin and last <= end)
    touching = sum(n for first, last, n in spread if first <= end and last >= begin)
    return inside, touching, "From the number of moves in each period"
