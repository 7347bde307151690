"""Would the solution be another had a cut-off, an anchor or one person been different?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pi_research.realist.configurational import _columns, truth_table
from pi_research.realist.membership import calibrate
from pi_research.realist.solutions import Solution, minimise
from pi_research.wording import Sentence, count, sentence

if TYPE_CHECKING:
    import pandas as pd

CUTS = {"incl_cut": (0.75, 0.8, 0.85, 0.9), "pri_cut": (0.0, 0.5, 0.6, 0.7), "n_cut": (1, 2, 3)}


@dataclass(frozen=True, slots=True, eq=False)
class Robustness:
    """A solution beside those of small changes.

    ``changes`` one row each: ``what`` was changed, to which ``value``, the ``solution`` (or why there is none),
    ``models`` as short, whether it is the ``same``, its ``consistency``, ``coverage``, and ``overlap`` of people's
    memberships with the base (smaller over larger; 1 where nobody's place changed); ``left_out`` people tried one
    at a time and ``changed`` of them without whom the solution is another.
    """

    base: Solution
    changes: pd.DataFrame
    left_out: int
    changed: int

    def summary(self) -> pd.DataFrame:
        """The changes, and those of leaving people out as one row."""
        import pandas as pd

        alone = {"what": "one person left out", "value": f"{self.left_out} tried", "same": self.changed == 0}
        return pd.concat([self.changes, pd.DataFrame([alone])], ignore_index=True) if self.left_out else self.changes

    def sentence(self, *, who: str = "people") -> Sentence:
        """In how many changes the solution stands."""
        same = int(self.changes["same"].sum())
        said = "Of {k} changes of cut-offs and anchors, {same} leave the {kind} solution as it is"
        if self.left_out:
            said += "; leaving out one of {n} {who} at a time changes it {c} times"
        firm = same == len(self.changes) and not self.changed
        verdict = "." if firm else ": it holds only as far as those choices do."
        return sentence(said + verdict, k=count(len(self.changes), people=False), same=count(same, people=False),
                        kind=self.base.kind, n=count(self.left_out), who=who, c=count(self.changed))  # fmt: skip


def solution_robustness(
    data: pd.DataFrame, outcome: str, conditions: Sequence[str] | None = None, *, kind: str = "parsimonious",
    expectations: Mapping[str, int] | None = None, raw: pd.DataFrame | None = None,
    anchors: Mapping[str, Mapping[str, float]] | None = None, shift: float = 0.1, leave_out: bool = True,
    cuts: Mapping[str, Sequence] = CUTS, **base: object,
) -> Robustness:
    """Solve again with one thing changed at a time.

    Parameters
    ----------
    data, outcome, conditions, base :
        As :func:`truth_table` (``incl_cut``, ``pri_cut``, ``n_cut``, ``exclude``).
    kind, expectations :
        As :func:`minimise`.
    raw, anchors : DataFrame (n, ...) and mapping of column to its anchors, optional
        What was measured and how :func:`calibrate` made memberships of it: each anchor is moved up and down by
        ``shift`` of the distance from exclusion to inclusion.
    leave_out : bool
        Each person once.
    cuts : mapping of cut-off to the values tried

    Returns
    -------
    Robustness
        A change after which there is no solution counts as another one. Persons are counted, not named.

    Raises
    ------
    ValueError
        As :func:`truth_table` and :func:`minimise` for the base itself; anchors of a column that isn't there.
    """
    import pandas as pd

    names = _columns(data, outcome, conditions)

    def solved(frame: pd.DataFrame, **change: object) -> Solution:
        return minimise(truth_table(frame, outcome, names, **{**base, **change}), kind, expectations)

    first = solved(data)
    rows = []
    for what, values in cuts.items():
        rows += [(what, v, *_beside(first, solved, data, {what: v})) for v in values if v != _now(first, what)]
    for what, value, frame in _recalibrated(data, raw, anchors or {}, shift):
        rows.append((what, value, *_beside(first, solved, frame, {})))
    names_of = ["what", "value", "solution", "models", "same", "consistency", "coverage", "overlap"]
    others = [_beside(first, solved, data.drop(index=i), {})[2] for i in data.index] if leave_out else []
    return Robustness(first, pd.DataFrame(rows, columns=names_of), len(others), others.count(False))


def _now(first: Solution, what: str) -> object:
    return getattr(first.table, what, None)


def _beside(first: Solution, solved, frame: pd.DataFrame, change: Mapping) -> tuple:
    try:
        found = solved(frame, **change)
    except ValueError as why:
        return str(why), 0, False, np.nan, np.nan, np.nan
    model, whole = found.models[0], first.models[0].members
    same = {frozenset(m.terms) for m in found.models} == {frozenset(m.terms) for m in first.models}
    overlap = np.nan
    if len(model.members) == len(whole):
        larger = np.maximum(model.members, whole).sum()
        overlap = float(np.minimum(model.members, whole).sum() / larger) if larger else 1.0
    return model.expression, len(found.models), same, model.total[0], model.total[2], overlap


def _recalibrated(
    data: pd.DataFrame, raw: pd.DataFrame | None, anchors: Mapping[str, Mapping[str, float]], shift: float
) -> Iterator[tuple[str, float, pd.DataFrame]]:
    for column, given in anchors.items():
        if raw is None or column not in raw or column not in data or not raw.index.equals(data.index):
            raise ValueError(f"anchors: {column!r} must be a column of both data and raw, for the same people")
        step = shift * abs(given["inclusion"] - given["exclusion"])
        for name in ("exclusion", "crossover", "inclusion"):
            for sign in (-1, 1):
                moved = {**given, name: given[name] + sign * step}
                yield f"{name} of {column}", moved[name], data.assign(**{column: calibrate(raw[column], **moved)})
