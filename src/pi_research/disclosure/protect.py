"""The rule applied to what is shown: sentences, tables and points.

Nothing is computed again from people: every function takes what the notebook showed,
with the counts behind it, and gives the same thing as it may leave the safe room.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from pi_research.disclosure.rule import Column, Rule, written
from pi_research.numerics import exact_binomial, exact_poisson
from pi_research.wording import Number, Sentence, template_of

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["protect_points", "protect_sentence", "protect_table"]


def protect_sentence(text: Sentence | str, rule: Rule) -> Sentence:
    """The same sentence with counts rounded and numbers that rest on few people hidden.

    >>> from pi_research.wording import count, percent, sentence
    >>> s = sentence("{n} of {all} moved ({p}).", n=count(3), all=count(113), p=percent(3, 113))
    >>> str(protect_sentence(s, Rule.preset("nhs")))
    '[hidden] of 115 moved ([hidden]).'
    """
    numbers = getattr(text, "numbers", {})
    safe = {name: _safe_number(n, rule) if isinstance(n, Number) else n for name, n in numbers.items()}
    return Sentence(template_of(text), safe)


def _safe_number(n: Number, rule: Rule) -> Number | str:
    if any(rule.hides(b) for b in n.behind):
        return f"{rule.token} {n.unit}".strip()
    if n.style == "count" and n.behind:
        return replace(n, value=rule.rounded(n.value))
    if n.limit:
        return replace(n, value=_limit(n, rule))
    if n.counted:
        return replace(n, value=_share(*n.behind, rule))
    return n


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


def protect_table(frame: pd.DataFrame, columns: Sequence[Column], rule: Rule) -> pd.DataFrame:
    """The table's cells as text, under the rule.

    A count is rounded or hidden; a percentage is worked out from the rounded counts; any other
    number is hidden where a count behind it is hidden or missing.

    Raises
    ------
    KeyError
        Where a column names counts behind it that the frame does not hold: a number about people
        without its counts cannot be released.
    """
    import pandas as pd

    rows, safe = frame.to_dict("records"), {}
    for column in columns:
        _held(frame, (*column.behind, *(column.of or ())), f"column {column.name}")
        safe[column.name] = [_safe_cell(row, column, rule) for row in rows]
    return pd.DataFrame(safe, index=frame.index, dtype=object)


def _held(frame: pd.DataFrame, counts: Sequence[str], what: str) -> None:
    missing = [c for c in counts if c not in frame]
    if missing:
        raise KeyError(f"{what}: the counts behind it ({', '.join(missing)}) are not in the table")


def _small(count: float, rule: Rule) -> bool:
    """Whether a count is hidden, or unknown and therefore treated as hidden."""
    return bool(count != count) or rule.hides(count)


def _safe_cell(row: dict, column: Column, rule: Rule) -> str:
    value = row[column.name]
    text = written(value, column)
    if not column.people or not text or (column.open_where and row[column.open_where]):
        return text
    behind = [_number(row[b]) for b in column.behind]
    if column.of:
        numerator, denominator = (_number(row[c]) for c in column.of)
        behind += [numerator, denominator - numerator]
    if column.style == "count":
        behind.append(value)
    if any(_small(b, rule) for b in behind):
        return rule.token
    if column.style == "count":
        return str(Number(rule.rounded(value), "count", 0)) if value else text
    if column.of:
        return written(_share(numerator, denominator - numerator, rule, column.limit), column)
    return text


def _number(count: object) -> float:
    return np.nan if count is None else float(count)


def protect_points(frame: pd.DataFrame, counts: Sequence[str], rule: Rule) -> pd.DataFrame:
    """Points or bars without those that rest on few people, or on a number not known; counts rounded.

    Rows stay, their numbers become missing, so that a chart shows the gap; where a row stands (``position``,
    ``month``) is kept.

    Raises
    ------
    KeyError
        Where the frame does not hold one of ``counts``.
    """
    _held(frame, counts, "the chart's points")
    safe = frame.copy()
    hidden = np.zeros(len(frame), bool)
    for column in counts:
        exact = [_number(n) for n in frame[column]]
        hidden |= np.array([_small(n, rule) for n in exact], bool)
        safe[column] = np.array([np.nan if n != n else rule.rounded(n) for n in exact], float)
    numeric = [c for c in safe.select_dtypes("number").columns if c not in ("position", "month")]
    safe[numeric] = safe[numeric].astype(float)
    safe.loc[hidden, numeric] = np.nan
    return safe
