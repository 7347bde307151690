"""Who can have been due for a milestone by a cut-off date, from what is known of when people moved."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from pi_research.survival import _checks as check

if TYPE_CHECKING:
    import pandas as pd

# Share of the moves by a share u of the period, and the pattern in words.
ENTRY_PATTERNS = {
    "any": (None, "With nothing known about when they moved"),
    "even": (lambda u: u, "If moves were spread evenly from {} to {}"),
    "falling": (lambda u: 1 - (1 - u) ** 2, "If moves fell off in a straight line to none, from {} to {}"),
    "rising": (lambda u: u**2, "If moves rose in a straight line from none, from {} to {}"),
}


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
    """None where nothing is assumed; (first, last, pattern); [(first, last, people)] for periods."""
    import pandas as pd

    if isinstance(moves, str):
        check.one_of(moves, "moves", tuple(ENTRY_PATTERNS))
        if moves == "any":
            return None
        first, last = day_of(start, "start"), day_of(cut_off, "cut_off")
        if first > last:
            raise ValueError("start: lies after cut_off; check both dates")
        return first, last, moves
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
        return 0, total, ENTRY_PATTERNS["any"][1]
    if isinstance(spread, tuple):
        share = due_share(spread, window)
        words = ENTRY_PATTERNS[spread[2]][1].format(*map(written, spread[:2]))
        return int(np.floor(total * share + 1e-9)), int(np.ceil(total * share - 1e-9)), words
    begin, end = window[0] or pd.Timestamp.min, window[1]
    inside = sum(n for first, last, n in spread if first >= begin and last <= end)
    touching = sum(n for first, last, n in spread if first <= end and last >= begin)
    return inside, touching, "From the number of moves in each period"


def due_share(spread: tuple, window: tuple) -> float:
    """Share of the moves in the window, under a pattern over the days from the first to the last."""
    import pandas as pd

    first, last, pattern = spread
    days, day = (last - first).days + 1, pd.Timedelta(days=1)
    begin, end = window[0] or first, window[1] + day
    low, high = (min(max((edge - first).days / days, 0.0), 1.0) for edge in (begin, end))
    shape = ENTRY_PATTERNS[pattern][0]
    return max(shape(high) - shape(low), 0.0)
