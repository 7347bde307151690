"""Truth tables: which combinations of conditions people have, and how consistently the outcome goes with them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pi_research.realist import _fit
from pi_research.realist._minimise import text_of
from pi_research.wording import Sentence, count, joined, number, sentence

if TYPE_CHECKING:
    import pandas as pd

MOST_CONDITIONS = 12


@dataclass(frozen=True, slots=True, eq=False)
class TruthTable:
    """All ``m = 2**k`` combinations of k conditions, in the order of R's QCA (row r is r - 1 in binary).

    ``conditions`` (k,) names, ``outcome`` its name, with a leading ~ for its absence; ``row`` (m,) from 1;
    ``config`` (m, k) of 0 and 1; ``n`` (m,) people with membership above 0.5; ``incl, pri`` (m,) consistency
    and proportional reduction in inconsistency, NaN where nobody was seen; ``out`` (m,) of "1", "0", "C"
    (contradiction) and "?" (remainder: nobody, or fewer than ``n_cut``); ``row_of`` (n,) each person's row, 0
    for the ``unassigned`` who sit at exactly 0.5 on a condition; ``data`` (n, k) and ``y`` (n,) memberships.
    """

    conditions: tuple[str, ...]
    outcome: str
    row: np.ndarray
    config: np.ndarray
    n: np.ndarray
    incl: np.ndarray
    pri: np.ndarray
    out: np.ndarray
    row_of: np.ndarray
    data: np.ndarray
    y: np.ndarray
    incl_cut: float
    contradiction_cut: float | None
    n_cut: int
    pri_cut: float
    excluded: tuple[int, ...]

    @property
    def unassigned(self) -> int:
        """People at exactly 0.5 on some condition: in no row, though their memberships count in ``incl``."""
        return int((self.row_of == 0).sum())

    def rows(self, *out: str) -> np.ndarray:
        """Row values from 0 with one of the outcomes given."""
        return np.flatnonzero(np.isin(self.out, out))

    def summary(self) -> pd.DataFrame:
        """The rows that somebody has: conditions, out, n, consistency, PRI."""
        import pandas as pd

        seen = self.n > 0
        made = pd.DataFrame(self.config[seen], columns=list(self.conditions), index=self.row[seen])
        parts = {"out": self.out, "n": self.n, "consistency": self.incl, "pri": self.pri}
        return made.assign(**{name: values[seen] for name, values in parts.items()}).rename_axis("row")

    def sentence(self, *, who: str = "people") -> Sentence:
        """How diverse people are, and in how many combinations the outcome is there, is not, or is unclear."""
        told = self.out != "?"
        said = sentence(
            "{n} {who} fall into {rows} of {all} combinations of {k} conditions; {yes} of the {told} with at "
            "least {cut} {who} go with {outcome} (consistency {incl} or more, PRI {pri} or more), {no} don't"
            + (", {c} contradict themselves." if self.contradiction_cut is not None else "."),
            n=count(len(self.y)), who=who, rows=count(int((self.n > 0).sum()), people=False),
            all=count(len(self.row), people=False), k=str(len(self.conditions)),
            yes=count(len(self.rows("1")), people=False), told=count(int(told.sum()), people=False),
            cut=str(self.n_cut), outcome=in_words(self.outcome), incl=number(self.incl_cut, digits=2),
            pri=number(self.pri_cut, digits=2), no=count(len(self.rows("0")), people=False),
            c=count(len(self.rows("C")), people=False))  # fmt: skip
        if not self.unassigned:
            return said
        return joined(said, sentence("{u} sit at exactly 0.5 on a condition and belong to no combination.",
                                     u=count(self.unassigned)))  # fmt: skip


def in_words(text: str) -> str:
    """An expression as it is read aloud.

    >>> in_words("DEV*~URB")
    'DEV and no URB'
    """
    return text.replace("*", " and ").replace("~", "no ")


def truth_table(
    data: pd.DataFrame, outcome: str, conditions: Sequence[str] | None = None, *,
    incl_cut: float | tuple[float, float] = 0.8, n_cut: int = 1, pri_cut: float = 0.0,
    exclude: Sequence[int] = (),
) -> TruthTable:
    """The truth table of a crisp or fuzzy set analysis (csQCA, fsQCA), equal to R's ``QCA::truthTable``.

    Parameters
    ----------
    data : DataFrame (n, ...)
        One row a person or place, columns of memberships from 0 to 1 (:func:`calibrate`).
    outcome : str
        A column, or ``"~NAME"`` for its absence: a model of its own, not the reverse of the other.
    conditions : sequence of str, optional
        Columns; else all but the outcome. At most 12, and far fewer for a few dozen people.
    incl_cut : float or (float, float)
        Consistency from which a row goes with the outcome; with a second one, rows from there to the first
        are contradictions ("C").
    n_cut, pri_cut : int, float
        Least people in a row (else it is a remainder), least PRI of a row that goes with the outcome.
    exclude : sequence of int
        Row numbers set to "0": combinations that cannot be, or that were assumed for both the outcome and
        its absence (:func:`contradictory_assumptions`).

    Raises
    ------
    ValueError
        A column that is not there, twice there, missing values or values outside 0 to 1, duplicated row
        labels, cut-offs outside their range, no row with ``n_cut`` people.

    Notes
    -----
    Somebody at exactly 0.5 is more in than out of no combination: counted in no row, as R's QCA does after a
    warning, and told by ``unassigned`` and ``sentence()``. When NOT to use it: to estimate how much a
    condition changes the outcome, or with more combinations than people. Ragin 2008, ch. 7; Schneider and
    Wagemann 2012, ch. 7.
    """
    names = _columns(data, outcome, conditions)
    x, y = _memberships(data, names), _memberships(data, [outcome.lstrip("~")])[:, 0]
    y = 1 - y if outcome.startswith("~") else y
    first, second = incl_cut if isinstance(incl_cut, tuple) else (incl_cut, None)
    _cuts(first, second, n_cut, pri_cut)
    k, m = len(names), 2 ** len(names)
    places = 1 << np.arange(k)[::-1]
    config = (np.arange(m)[:, None] & places > 0).astype(int)
    pattern = (x > 0.5) @ places
    seen = np.isin(np.arange(m), pattern)
    terms = [(m - 1, r) for r in np.flatnonzero(seen)]
    inside = _fit.members(terms, x)
    n, incl, pri = np.zeros(m, int), np.full(m, np.nan), np.full(m, np.nan)
    n[seen] = (inside > 0.5).sum(0)
    incl[seen], pri[seen], _ = _fit.sufficiency(inside, y)
    if not (n >= n_cut).any():
        raise ValueError(f"n_cut: no combination has {n_cut} people or more; lower it or use fewer conditions")
    out = np.full(m, "?", dtype="<U1")
    known = n >= n_cut
    enough = incl[known] + _fit.NEAR > first
    out[known] = np.where(enough & (pri[known] + _fit.NEAR > pri_cut), "1", "0")
    if second is not None:
        out[np.flatnonzero(known)[~enough & (incl[known] + _fit.NEAR > second)]] = "C"
    wrong = [r for r in exclude if not 1 <= r <= m]
    if wrong:
        raise ValueError(f"exclude: there is no row {wrong[0]}; rows go from 1 to {m}")
    out[np.array(exclude, int) - 1] = "0"
    row_of = np.where((np.abs(x - 0.5) < _fit.NEAR).any(1), 0, pattern + 1)
    return TruthTable(tuple(names), outcome, np.arange(1, m + 1), config, n, incl, pri, out, row_of, x, y,
                      float(first), second, int(n_cut), float(pri_cut), tuple(exclude))  # fmt: skip


def row_text(table: TruthTable, row: int) -> str:
    """A row as an expression of all conditions."""
    return text_of((len(table.row) - 1, row - 1), table.conditions)


def _columns(data: pd.DataFrame, outcome: str, conditions: Sequence[str] | None) -> list[str]:
    bare = outcome.lstrip("~")
    names = [c for c in data.columns if c != bare] if conditions is None else list(conditions)
    if isinstance(conditions, str):
        raise ValueError("conditions: give a list of columns")
    for name in (bare, *names):
        if list(data.columns).count(name) != 1 or [bare, *names].count(name) != 1:
            raise ValueError(f"truth table: {name!r} must be one column, and stand once among the outcome and "
                             "the conditions")  # fmt: skip
    if not 1 <= len(names) <= MOST_CONDITIONS:
        raise ValueError(f"conditions: there are {len(names)}; give 1 to {MOST_CONDITIONS}")
    if not len(data) or data.index.has_duplicates:
        raise ValueError("data: must have rows, each with a label of its own (index)")
    return names


def _memberships(data: pd.DataFrame, names: list[str]) -> np.ndarray:
    made = np.empty((len(data), len(names)))
    for j, name in enumerate(names):
        try:
            made[:, j] = np.asarray(data[name], float)
        except (TypeError, ValueError):
            raise ValueError(f"{name}: not a column of numbers; calibrate it first") from None
        if not ((made[:, j] >= 0) & (made[:, j] <= 1)).all():
            raise ValueError(
                f"{name}: memberships must be from 0 to 1, none missing; calibrate it first (realist.calibrate), "
                "and leave out who was not measured"
            )
    return made


def _cuts(first: float, second: float | None, n_cut: int, pri_cut: float) -> None:
    if not 0 < first <= 1 or not 0 <= pri_cut <= 1:
        raise ValueError("incl_cut, pri_cut: consistencies lie between 0 and 1, e.g. 0.8")
    if second is not None and not 0 <= second < first:
        raise ValueError("incl_cut: the second cut-off lies below the first")
    if int(n_cut) != n_cut or n_cut < 1:
        raise ValueError("n_cut: a whole number of people, 1 or more")
