"""The small-number rule, and how a table's columns are described so that it can be applied."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pi_research.wording import STYLES, Number

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["PRESETS", "Column", "Rule", "cells"]

WITHHELD = "[withheld]"
"""What stands in a cell that is left out to protect another: it does not say that its count is small."""
SCHEMES = ("round", "midpoint")
SIGNIFICANT = 2
"""Figures of an estimate about people: as coarse as counts of 20 to 200 rounded to 5."""


@dataclass(frozen=True)
class Rule:
    """Hide counts of 1 to ``threshold``, then round what is left.

    Parameters
    ----------
    name : str
        The preset's name, printed on every released page.
    threshold : int
        Counts from 1 to this are hidden. 0 hides none.
    base : int
        What is left is rounded to a multiple of this; 1 leaves it as it is.
    scheme : {"round", "midpoint"}
        ``round``: to the nearest multiple. ``midpoint``: up to the multiple, less half of it,
        zero kept, so that 1-6, 7-12 ... become 3, 9 ... (OpenSAFELY's midpoint 6).
    hide_zero : bool
        Whether a zero is hidden too.
    token : str
        What stands in place of a hidden number.

    Notes
    -----
    Sources: NHS England, change to disclosure control for HES and ECDS from September 2018
    (1 to 7 hidden, others to the nearest 5); OpenSAFELY documentation, statistical disclosure
    control (7 or fewer hidden, then rounded to 5; midpoint 6); SACRO's default (under 10).

    Examples
    --------
    >>> rule = Rule.preset("nhs")
    >>> [rule.count(n) for n in (0, 1, 7, 8, 12, 13)]
    [0, None, None, 10, 10, 15]
    >>> [Rule.preset("midpoint6").count(n) for n in (0, 1, 6, 7, 12, 13)]
    [0, 3, 3, 9, 9, 15]
    """

    name: str
    threshold: int = 7
    base: int = 5
    scheme: str = "round"
    hide_zero: bool = False
    token: str = "[hidden]"

    def __post_init__(self) -> None:
        if self.threshold < 0 or self.base < 1:
            raise ValueError("disclosure: threshold must be 0 or more and base 1 or more")
        if self.scheme not in SCHEMES:
            raise ValueError(f"disclosure: scheme must be one of {', '.join(SCHEMES)}")

    @classmethod
    def preset(cls, name: str, *, threshold: int | None = None, base: int | None = None) -> Rule:
        """A named rule, with threshold or base replaced where given.

        Raises
        ------
        ValueError
            For a name that is not a preset.
        """
        if name not in PRESETS:
            raise ValueError(f"disclosure.rule: must be one of {', '.join(PRESETS)}")
        changed = {k: v for k, v in (("threshold", threshold), ("base", base)) if v is not None}
        return replace(PRESETS[name], **changed)

    @property
    def weakened(self) -> bool:
        """Whether less is hidden or rounded than the preset of this name does."""
        preset = PRESETS.get(self.name, self)
        return self.threshold < preset.threshold or self.base < preset.base

    def hides(self, count: float) -> bool:
        """Whether a count may not be shown."""
        return 0 < count <= self.threshold or (self.hide_zero and count == 0)

    def count(self, count: float) -> int | None:
        """The count as it may be shown; None where it is hidden."""
        return None if self.hides(count) else self.rounded(count)

    def rounded(self, count: float) -> int:
        """The count rounded by the scheme alone."""
        if self.scheme == "midpoint":
            return int(math.ceil(count / self.base) * self.base - (self.base // 2 if count else 0))
        return int(math.floor(count / self.base + 0.5) * self.base)

    def estimated_share(self, share: float, behind: Sequence[float]) -> tuple[float, float]:
        """An estimated share as it may be shown, and half the step that it moves by.

        An estimate such as Kaplan-Meier's rests on ``behind`` people in all: it is given in steps of as many
        of them as counts are rounded to, so that it says no more than a rounded count does.

        >>> [round(x, 3) for x in Rule.preset("nhs").estimated_share(0.678, (13, 41))]
        [0.636, 0.045]
        """
        people = sum(self.rounded(n) for n in behind)
        if self.base == 1 or not people or not math.isfinite(share):
            return share, 0.0
        shown = math.floor(share * people / self.base + 0.5) * self.base / people
        return min(1.0, max(0.0, shown)), self.base / people / 2

    def sentence(self) -> str:
        """The rule in words, for the head of a released page."""
        how = f"rounded to the nearest {self.base}" if self.base > 1 else "exact"
        if self.scheme == "midpoint":
            how = f"given as the middle of bands of {self.base}"
        what = f"counts of {0 if self.hide_zero else 1} to {self.threshold} are hidden; others are {how}"
        if not self.threshold:
            what = f"zeros are hidden; others are {how}" if self.hide_zero else f"counts are {how}"
        other = (
            f" Shares that are estimated (as Kaplan-Meier's) move in steps worth {self.base} people, other estimates "
            "have two significant figures." if self.base > 1 else ""
        )
        if self.weakened:
            other += " THIS IS WEAKER THAN THE RULE OF THAT NAME: on a synthetic extract only."
        return f"Small-number rule '{self.name}': {what}.{other}"


def significant(value: float, digits: int) -> tuple[float, int]:
    """An estimate in few significant figures, and its digits after the point (``digits`` at most).

    >>> significant(1893412.17, 2), significant(0.5432, 3), significant(12.34, 1)
    ((1900000.0, 0), (0.54, 2), (12.0, 0))
    """
    if not math.isfinite(value) or not value:
        return value, digits
    places = SIGNIFICANT - 1 - math.floor(math.log10(abs(value)))
    return round(value, places), max(0, min(digits, places))


PRESETS = {
    "nhs": Rule("nhs", 7, 5),
    "opensafely": Rule("opensafely", 7, 5, token="[REDACTED]"),
    "midpoint6": Rule("midpoint6", 0, 6, scheme="midpoint"),
    "sacro": Rule("sacro", 9, 5, hide_zero=True),
}


@dataclass(frozen=True)
class Column:
    """How one column of a shown table is written, and which counts stand behind its cells.

    Parameters
    ----------
    name, label : str
        Column of the frame, and its heading.
    style : str
        ``text``, ``sentence`` (a cell is a ``wording.Sentence`` whose numbers know their counts), ``month``,
        ``day``, or a style of ``wording.Number``.
    digits : int
        Digits after the point.
    behind : tuple of str
        Columns of the frame with the counts that the cell rests on: where one of them is hidden,
        so is the cell.
    of : tuple (numerator, denominator) of str, optional
        For a percentage of counts: in a release it is worked out again from the rounded counts.
    limit : {"", "lower", "upper"}
        With ``of``: the column holds this limit of the percentage's exact 95 % interval, which is worked
        out again too. Printed as it was, 66 % below 100 % says that all of exactly nine are meant.
    people : bool
        False for numbers that describe nobody (published figures, months): they are never hidden.
    open_where : str
        A column of true and false: where true, the cell of that row describes nobody.
    zero : str
        What a count of nought is written as, e.g. ``none found``.
    named_by : str
        Of names that an extract writes freely (areas, sites): the column that counts all people of that name.
        Where that count is hidden the name is left out, since it may be of one person alone.
    remade : tuple of int
        Of a released table: rows whose estimated share is a point of a curve made again from rounded counts.
    """

    name: str
    label: str
    style: str = "text"
    digits: int = 1
    behind: tuple[str, ...] = ()
    of: tuple[str, str] | None = None
    people: bool = True
    limit: str = ""
    open_where: str = ""
    zero: str = ""
    remade: tuple[int, ...] = ()
    named_by: str = ""

    def __post_init__(self) -> None:
        if self.style not in ("text", "sentence", "month", "day", *STYLES):
            raise ValueError(f"column {self.name}: unknown style {self.style!r}")
        if self.limit and (self.limit not in ("lower", "upper") or not self.of):
            raise ValueError(f"column {self.name}: limit must be lower or upper, and `of` its counts")


def cells(frame: pd.DataFrame, columns: Sequence[Column]) -> pd.DataFrame:
    """The table as it is printed, exact: one column of text for each :class:`Column`."""
    import pandas as pd

    text = {c.name: [written(v, c) for v in frame[c.name]] for c in columns}
    return pd.DataFrame(text, index=frame.index, dtype=object)


def written(value: object, column: Column) -> str:
    """One cell as text; an empty cell stands for a missing value."""
    import pandas as pd

    if value is None or (not isinstance(value, (list, tuple)) and pd.isna(value)):
        return ""
    if column.style == "month":
        return f"{pd.Timestamp(value):%b %Y}"
    if column.style == "day":
        return f"{pd.Timestamp(value):%d %b %Y}".lstrip("0")
    if column.zero and value == 0:
        return column.zero
    return str(value) if column.style in ("text", "sentence") else str(Number(float(value), column.style, column.digits))
