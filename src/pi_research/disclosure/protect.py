"""The rule applied to what is shown: sentences, tables and points.

Nothing is computed again from people: every function takes what the notebook showed,
with the counts behind it, and gives the same thing as it may leave the safe room.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from pi_research.disclosure.rule import Column, Rule, significant, written
from pi_research.numerics import exact_binomial, exact_poisson
from pi_research.wording import Number, Sentence, template_of

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["MOVED", "Remade", "from_curve", "moved_shares", "points_of", "protect_points", "protect_sentence", "protect_table"]

Remade = Mapping[tuple[float, int], float]
"""Points of curves made again from rounded counts: by value and events of the exact one, the released value."""


def protect_sentence(text: Sentence | str, rule: Rule, remade: Remade | None = None, *,
                     bare: bool = False) -> Sentence:
    """The same sentence with counts rounded and numbers that rest on few people hidden.

    Estimated shares are those of a curve that was made again from rounded counts (``remade``), else given in
    steps, and the sentence then says by how much that may move them (not where ``bare``); other estimates
    have two significant figures.

    >>> from pi_research.wording import count, percent, sentence
    >>> s = sentence("{n} of {all} moved ({p}).", n=count(3), all=count(113), p=percent(3, 113))
    >>> str(protect_sentence(s, Rule.preset("nhs")))
    '[hidden] of 115 moved ([hidden]).'
    """
    numbers = getattr(text, "numbers", {})
    safe = {name: _safe_number(n, rule, remade or {}) if isinstance(n, Number) else n
            for name, n in numbers.items()}
    moved = max((n.half_step for n in safe.values() if isinstance(n, _Stepped)), default=0.0)
    template = template_of(text)
    if moved and not bare:
        template += " " + MOVED
        safe["moved"] = f"{100 * moved:.0f}"
    return Sentence(template, safe)


MOVED = "(Estimated shares come from rounded counts here, which moves them by up to about {moved} points.)"


@dataclass(frozen=True)
class _Stepped(Number):
    """An estimated share as released, and by how much that moves it."""

    half_step: float = 0.0


def _safe_number(n: Number, rule: Rule, remade: Remade) -> Number | str:
    whole = n.counted or n.limit
    behind = (n.behind[0], sum(n.behind)) if whole and n.behind else n.behind
    if any(rule.hides(b) for b in behind):
        return rule.token if n.style == "word" else f"{rule.token} {n.unit}".strip()
    if n.style == "word":
        return n
    if n.style == "count" and n.behind:
        return replace(n, value=rule.rounded(n.value))
    if n.limit:
        return replace(n, value=_limit(n, rule))
    if n.counted:
        return replace(n, value=_share(*n.behind, rule))
    if not n.behind or rule.base == 1:
        return n
    value, moved = estimated(n.value, n.behind, rule, remade, n.style == "percent" and len(n.behind) == 2)
    if value != value and n.value == n.value:
        return f"{rule.token} {n.unit}".strip()
    if moved:
        return _Stepped(value, n.style, n.digits, n.behind, n.unit, half_step=moved)
    value, digits = _figures(value, n.style, n.digits)
    return replace(n, value=value, digits=digits)


def estimated(value: float, behind: Sequence[float], rule: Rule, remade: Remade, share: bool) -> tuple[float, float]:
    """An estimate as a curve made again gives it (NaN where that stops before it), else, of a ``share``, in steps.

    The second number is by how much that may move it; 0 where it is neither.
    """
    keys = [*((round(float(value), DIGITS), int(b)) for b in behind if b == b), (round(float(value), DIGITS), ANY)]
    stepped, half = rule.estimated_share(value, behind)
    if not half or (value in (0, 1) and behind and not behind[0]):
        return value, 0.0
    found = next((remade[k] for k in keys if k in remade), None)
    if found is not None:
        return found, half
    return (stepped, half) if share else (value, 0.0)


DIGITS, ANY = 10, -1


def points_of(value: float, events: float) -> list[tuple[float, int]]:
    """By what an estimate is known again as a point of a curve: its value and the events until then.

    A value of many digits is known by itself.
    """
    exact = round(float(value), DIGITS)
    return [(exact, int(events)), *([(exact, ANY)] if round(exact, 4) != exact else [])]


def _figures(value: float, style: str, digits: int) -> tuple[float, int]:
    """Two significant figures; of a percentage those of the percentage."""
    scale = 100 if style == "percent_change" else 1
    made, digits = significant(scale * value, digits)
    return made / scale, digits


def _limit(n: Number, rule: Rule) -> float:
    """A limit of an exact interval from rounded counts: a share's, or a count's."""
    rounded = [rule.rounded(b) for b in (n.behind[0], sum(n.behind))]
    made = exact_binomial(*rounded, n.level) if n.style == "percent" else exact_poisson(rounded[0], 1.0, n.level)
    return float(getattr(made, n.limit))


def _share(numerator: float, rest: float, rule: Rule, limit: str = "") -> float:
    """The share from rounded counts, or a limit of its exact 95 % interval."""
    above, below = rule.rounded(numerator), rule.rounded(numerator + rest)
    if limit and below:
        return float(getattr(exact_binomial(above, below), limit))
    return above / below if below else np.nan


def protect_table(frame: pd.DataFrame, columns: Sequence[Column], rule: Rule, remade: Remade | None = None
                  ) -> pd.DataFrame:
    """The table's cells as text, under the rule.

    A count is rounded or hidden; a percentage is worked out from the rounded counts; any other number is
    hidden where a count behind it is hidden or missing, an estimated share else given in steps
    (:meth:`Rule.estimated_share`) and another estimate with two significant figures.

    Raises
    ------
    KeyError
        Where a column names counts behind it that the frame does not hold: a number about people
        without its counts cannot be released.
    """
    import pandas as pd

    rows, safe = frame.to_dict("records"), {}
    for column in columns:
        counts = (*column.behind, *(column.of or ()), *([column.named_by] if column.named_by else []))
        _held(frame, counts, f"column {column.name}")
        safe[column.name] = [_safe_cell(row, column, rule, remade or {}) for row in rows]
    return pd.DataFrame(safe, index=frame.index, dtype=object)


def from_curve(frame: pd.DataFrame, column: Column, rule: Rule, remade: Remade) -> tuple[int, ...]:
    """Rows of the column whose estimated share is a point of a curve made again."""
    if not _estimated_share(column):
        return ()
    keys = [[(round(float(r[column.name]), DIGITS), k) for k in (*(int(r[b]) for b in column.behind if r[b] == r[b]), ANY)]
            if r[column.name] == r[column.name] and r[column.name] is not None else []
            for r in frame.to_dict("records")]
    return tuple(i for i, some in enumerate(keys) if any(k in remade for k in some))


def moved_shares(frame: pd.DataFrame, columns: Sequence[Column], rule: Rule) -> float:
    """By how much the release may move the table's estimated shares that are shown; 0 where none is."""
    moved = [0.0]
    for column in (c for c in columns if c.style == "sentence" or _estimated_share(c)):
        for row in frame.to_dict("records"):
            if column.style == "sentence":
                numbers = protect_sentence(row[column.name], rule, bare=True).numbers.values()
                moved += [n.half_step for n in numbers if isinstance(n, _Stepped)]
            elif _safe_cell(row, column, rule, {}) not in ("", rule.token):
                behind = [row[b] for b in column.behind]
                moved.append(estimated(row[column.name], behind, rule, {}, True)[1])
    return max(moved)


FEW = "(few people, not named)"


def _estimated_share(column: Column) -> bool:
    return column.style == "percent" and len(column.behind) == 2 and not column.of and column.people


def _held(frame: pd.DataFrame, counts: Sequence[str], what: str) -> None:
    missing = [c for c in counts if c not in frame]
    if missing:
        raise KeyError(f"{what}: the counts behind it ({', '.join(missing)}) are not in the table")


def _small(count: float, rule: Rule) -> bool:
    """Whether a count is hidden, or unknown and therefore treated as hidden."""
    return bool(count != count) or rule.hides(count)


def _safe_cell(row: dict, column: Column, rule: Rule, remade: Remade) -> str:
    value = row[column.name]
    text = written(value, column)
    if not column.people or not text or (column.open_where and row[column.open_where]):
        return text
    if column.named_by and _small(_number(row[column.named_by]), rule):
        return f"{text.partition(': ')[0]}: {FEW}" if ": " in text else FEW
    if column.style == "sentence":
        return str(protect_sentence(value, rule, remade, bare=True))
    behind = [_number(row[b]) for b in (*column.behind, *(column.of or ()))]
    if column.style == "count":
        behind.append(value)
    if any(_small(b, rule) for b in behind):
        return rule.token
    if column.style == "count":
        return str(Number(rule.rounded(value), "count", 0)) if value else text
    if column.of:
        part, whole = behind[-2:]
        return written(_share(part, whole - part, rule, column.limit), column)
    if behind and column.style not in ("text", "month", "day") and rule.base > 1:
        made, moved = estimated(float(value), behind, rule, remade, _estimated_share(column))
        if made != made:
            return rule.token
        made, digits = (made, column.digits) if moved else _figures(made, column.style, column.digits)
        return written(made, replace(column, digits=digits))
    return text


def _number(count: object) -> float:
    return np.nan if count is None else float(count)


def protect_points(frame: pd.DataFrame, counts: Sequence[str], rule: Rule, *, shares: bool = False,
                   exact: Sequence[str] = (), remade: Remade | None = None) -> pd.DataFrame:
    """Points or bars without those that rest on few people, or on a number not known; counts rounded.

    Rows stay, their numbers become missing, so that a chart shows the gap; where a row stands (``position``,
    ``month``) is kept. With ``shares`` other numbers are estimated shares, given in steps as in a table; else
    they have two significant figures, but for the columns ``exact`` (of a model, not of people).

    Raises
    ------
    KeyError
        Where the frame does not hold one of ``counts``.
    """
    _held(frame, counts, "the chart's points")
    safe = frame.copy()
    hidden = np.zeros(len(frame), bool)
    for column in counts:
        known = [_number(n) for n in frame[column]]
        hidden |= np.array([_small(n, rule) for n in known], bool)
        safe[column] = np.array([np.nan if n != n else rule.rounded(n) for n in known], float)
    numeric = [c for c in safe.select_dtypes("number").columns if c not in PLACES]
    safe[numeric] = safe[numeric].astype(float)
    for column in (c for c in numeric if c not in (*counts, *exact) and rule.base > 1):
        behind = frame[list(counts)].to_numpy(float)
        safe[column] = [
            estimated(v, b, rule, remade or {}, True)[0] if shares and len(b) == 2 else significant(v, 9)[0]
            for v, b in zip(safe[column], behind, strict=True)
        ]
    safe.loc[hidden, numeric] = np.nan
    return safe


PLACES = ("position", "month")
"""Columns that say where a row of a chart stands."""
