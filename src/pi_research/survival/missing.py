"""What isn't known: patterns of missing values, and how bad the unknown would have to be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from pi_research.survival import _checks as check
from pi_research.survival._movers import DEATHS, LOST, milestone_months, movers, share_at
from pi_research.survival._words import people, read_only, shares
from pi_research.wording import Sentence, count, percent, sentence

if TYPE_CHECKING:
    import pandas as pd

READINGS = ("below", "undecided", "above")


@dataclass(frozen=True, slots=True, eq=False)
class MissingPatterns:
    """``patterns`` (p rows): each column True where known, ``people``, most frequent first; ``n`` people.

    ``missing`` (c,) people without each of ``columns`` (c,).
    """

    patterns: pd.DataFrame
    columns: tuple[str, ...]
    missing: np.ndarray
    n: int

    def summary(self) -> pd.DataFrame:
        """One row a pattern: known or not by column, people, share."""
        return self.patterns.assign(share=self.patterns["people"] / self.n)

    def sentence(self, *, who: str = "people") -> Sentence:
        """How many are complete, and what is missing most."""
        whole = int(self.patterns.loc[self.patterns[list(self.columns)].all(axis=1), "people"].sum())
        most = int(self.missing.argmax())
        words = {"n": count(self.n), "whole": count(whole), "share": percent(whole, self.n), "who": who,
                 "c": str(len(self.columns)), "p": str(len(self.patterns)), "most": self.columns[most],
                 "lacking": count(int(self.missing[most]))}
        if whole == self.n:
            return sentence("All {n} {who} have all {c} values.", **words)
        return sentence("Of {n} {who}, {whole} ({share}) have all {c} values; what is known falls into {p} "
                        "patterns, and {most} is missing most often (for {lacking}).", **words)


def missing_patterns(frame: pd.DataFrame) -> MissingPatterns:
    """Count people by which of their values are known.

    Parameters
    ----------
    frame : DataFrame, one row a person
        Empty text and ``unknown`` or ``not_stated`` count as missing.

    Raises
    ------
    ValueError
        No rows or no columns.

    Notes
    -----
    It shows what is missing together; it can't show why. No value is filled in anywhere.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"age": [40, None, 50], "sex": ["f", "m", ""]})
    >>> missing_patterns(frame).patterns["people"].tolist()
    [1, 1, 1]
    """
    if frame.empty:
        raise ValueError("frame: empty; give one row a person and the columns to look at")
    known = ~unknown(frame)
    names = [str(c) for c in frame.columns]
    known.columns = names
    found = known.value_counts(sort=False).rename("people").reset_index()
    found = found.sort_values(["people", *names], ascending=False, kind="stable", ignore_index=True)
    lacking = (~known).sum().to_numpy()
    read_only(lacking)
    return MissingPatterns(found, tuple(names), lacking, len(frame))


def unknown(frame: pd.DataFrame) -> pd.DataFrame:
    """True where a value is missing, an empty text, ``unknown`` or ``not_stated``."""
    return frame.isna() | frame.isin(["", "unknown", "not_stated"])


@dataclass(frozen=True, slots=True, eq=False)
class TippingPoint:
    """The share at one milestone for each number of unknown outcomes that failed.

    ``failed`` (u + 1,) from none to all ``u`` unknown; ``estimate, lower, upper`` (u + 1,); ``reading`` (u +
    1,) of the interval beside ``target``: below, undecided or above. ``main`` (3,) estimate and limits with
    the unknown censored when last seen, ``main_reading`` of it. ``worse_from``: fewest failures that make the
    reading worse, ``better_up_to``: most that make it better; None where no number does.
    """

    month: float
    target: float
    failed: np.ndarray
    estimate: np.ndarray
    lower: np.ndarray
    upper: np.ndarray
    reading: np.ndarray
    main: np.ndarray
    main_reading: str
    worse_from: int | None
    better_up_to: int | None
    n: int
    death: str
    level: float

    def summary(self) -> pd.DataFrame:
        """One row a number of failures among the unknown."""
        import pandas as pd

        names = ("failed", "estimate", "lower", "upper", "reading")
        return pd.DataFrame({name: getattr(self, name) for name in names}).assign(
            target=self.target, n=self.n, level=self.level)

    def sentence(self, *, unit: str = "months", who: str = "tenancies") -> Sentence:
        """How bad the unknown would have to be for the reading to change."""
        u = len(self.failed) - 1
        told = dict(zip(READINGS, ("below it", "on both sides of it", "above it"), strict=True))
        words = {"at": f"{self.month:g} {unit}", "u": people(u), "n": people(self.n), "who": who,
                 "reading": told[self.main_reading], "level": f"{100 * self.level:g}%",
                 "rule": DEATHS[self.death]}
        behind = (u, self.n - u)
        names = ("share", "low", "high", "worst", "best")
        ends = (*self.main, self.estimate[-1], self.estimate[0])
        words |= dict(zip(names, shares(ends, behind), strict=True), target=shares((self.target,), ())[0])
        head = ("Against {target} at {at}: an estimated {share} of {n} {who} ({level} interval {low} to "
                "{high}, {reading}; {rule}), ")
        if not u:
            return sentence(head + "and no outcome that has come due is unknown.", **words)
        tail = " By the unknown alone the share could be {worst} to {best}."
        parts = []
        if self.worse_from is not None:
            parts.append("it would read worse if {worse} or more of them had failed")
            words["worse"] = people(self.worse_from)
        if self.better_up_to is not None:
            parts.append("it would read better if {better} or fewer of them had failed")
            words["better"] = people(self.better_up_to)
        change = ", and ".join(parts) or "whatever became of them, the reading stays"
        known = "with follow-up ending when last seen for the {u} whose outcome is unknown; "
        return sentence(head + known + change + "." + tail, **words)


def tipping_point(
    time: ArrayLike, ended: ArrayLike, available: ArrayLike, month: float, target: float, *,
    died: ArrayLike | None = None, death: str = "failing", level: float = 0.95, id: ArrayLike | None = None,
) -> TippingPoint:
    """Ask how many of the unknown outcomes would have to have failed for the reading to change.

    The pre-specified treatment of unknown outcomes is this and its two ends, the worst and the best case:
    nothing is imputed. Those who fail do so when last seen, those seen longest first (which lowers the share
    most); the rest held up to the milestone.

    Parameters
    ----------
    time, ended, available, died, death, level, id
        As in ``milestone_probabilities``.
    month : positive number
    target : share
        What the interval is read against: above it, below it, or on both sides (undecided).

    Raises
    ------
    ValueError
        As ``milestone_probabilities``; a target outside 0 to 1; a milestone beyond follow-up.

    Notes
    -----
    Not for outcomes that are not yet due: those are not missing, they have not happened.
    """
    check.one_of(death, "death", tuple(DEATHS))
    check.level_of(level)
    if not 0 < target < 1:
        raise ValueError("target: must lie between 0 and 1; give a share such as 0.66")
    all_, asked = movers(time, ended, available, died, id), float(milestone_months([month])[0])
    main = share_at(all_.time, all_.code, asked, death, level)
    if np.isnan(main.estimate):
        raise ValueError("month: nobody who counts was followed that far; choose an earlier milestone")
    open_ = np.flatnonzero(all_.status(asked, death)["unknown"])
    order = open_[np.argsort(-all_.time[open_], kind="stable")]
    rows = []
    for k in range(order.size + 1):
        left, code = all_.time.copy(), all_.code.copy()
        code[order[:k]], left[order[k:]] = LOST, asked
        share = share_at(left, code, asked, death, level)
        rows.append((k, share.estimate, share.lower, share.upper, _reading(share.lower, share.upper, target)))
    columns = tuple(np.array(c) for c in zip(*rows, strict=True))
    said = _reading(main.lower, main.upper, target)
    rank = np.array([READINGS.index(r) for r in columns[-1]])
    worse, better = (np.flatnonzero(x) for x in (rank < READINGS.index(said), rank > READINGS.index(said)))
    ends = np.array([main.estimate, main.lower, main.upper])
    read_only(*columns, ends)
    return TippingPoint(asked, float(target), *columns, ends, said, int(worse[0]) if worse.size else None,
                        int(better[-1]) if better.size else None, int(all_.time.size), death, float(level))


def _reading(lower: float, upper: float, target: float) -> str:
    return "above" if lower > target else "below" if upper < target else "undecided"
