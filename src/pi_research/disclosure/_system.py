"""What a release says of counts, as linear facts about whole numbers, and the values that remain possible.

A fact is ``lower <= sum(coefficient * count) <= upper``. The facts fall into parts that share no
unknown count; each part is solved by integer programming (HiGHS, through scipy) on its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np


class Count(NamedTuple):
    """What is counted: in which release, among whom, what, and in which categories (dimension, category)."""

    release: str
    universe: str
    measure: str
    where: tuple[tuple[str, str], ...] = ()

    def __str__(self) -> str:
        among = ", ".join(x for x in (self.universe, self.release) if x)
        split = (
            ": " + ", ".join(c if d.startswith("row") else f"{d} {c}" for d, c in self.where)
            if self.where
            else ""
        )
        return f"{self.measure} ({among}){split}"


class Place(NamedTuple):
    """A published cell: the output that holds it, its row (from 0) and its column."""

    output: str
    row: int
    column: str


@dataclass(frozen=True, slots=True)
class Fact:
    """``lower <= sum of terms <= upper``, and outside 1..``gap`` where ``gap`` is not 0.

    ``places`` are the published cells that say it, all of them needed; without any it is structure that
    everyone knows (parts add up, a part is no larger than its whole); ``presumed`` says what of it is read
    into the release and not stated by a sidecar: such a fact falls where the release contradicts it.
    """

    terms: tuple[tuple[Count, float], ...]
    lower: float
    upper: float
    places: tuple[Place, ...] = ()
    gap: int = 0
    presumed: str = ""


@dataclass(frozen=True, slots=True)
class Target:
    """A count to protect where it is 1..``small``: ``printed`` where a cell hides it, else implied."""

    name: Count
    small: int
    place: Place | None = None

    @property
    def printed(self) -> bool:
        """Whether a cell of the release hides it."""
        return self.place is not None


LOG = "minus the logarithm of the share"
"""Measure of an unknown that is no count: it need not be whole."""


class Part:
    """Facts that hang together, as one integer program; the rows of a subset are chosen with ``active``."""

    def __init__(self, facts: Sequence[Fact]) -> None:
        from scipy.sparse import csr_array

        self.facts = tuple(facts)
        names = dict.fromkeys(n for f in facts for n, _ in f.terms)
        self.index = {n: i for i, n in enumerate(names)}
        largest = max((abs(v) for f in facts for v in (f.lower, f.upper) if np.isfinite(v)), default=0)
        self.cap = 4 * largest + 100
        rows, self.columns = [], len(names)
        for number, fact in enumerate(facts):
            terms = [(self.index[n], c) for n, c in fact.terms]
            rows.append((terms, fact.lower, fact.upper, number))
            if fact.gap:  # nothing, or more than the gap: one yes-or-no more
                either, self.columns = self.columns, self.columns + 1
                rows.append(([*terms, (either, -self.cap)], -np.inf, 0, number))
                rows.append(([*terms, (either, -fact.gap - 1)], 0, np.inf, number))
        at = [(r, c, v) for r, (terms, *_) in enumerate(rows) for c, v in terms]
        self.whole = np.ones(self.columns)
        self.whole[[i for n, i in self.index.items() if n.measure == LOG]] = 0
        r, c, v = (np.array(x) for x in zip(*at, strict=True)) if at else (np.zeros(0, int),) * 3
        self.matrix = csr_array((v.astype(float), (r, c)), shape=(len(rows), self.columns))
        self.lower, self.upper = (np.array([row[k] for row in rows], float) for k in (1, 2))
        self.fact_of_row = np.array([row[3] for row in rows], int)

    def solve(
        self,
        costs: dict[int, float],
        active: np.ndarray | None = None,
        within: dict[int, tuple[int, int]] | None = None,
    ) -> np.ndarray | None:
        """The counts (columns,) of least cost; None where none satisfy the facts."""
        from scipy.optimize import Bounds, LinearConstraint, milp

        cost, low, high = np.zeros(self.columns), np.zeros(self.columns), np.full(self.columns, self.cap)
        high[len(self.index) :] = 1
        for column, value in costs.items():
            cost[column] = value
        for column, ends in (within or {}).items():
            low[column], high[column] = ends
        keep = slice(None) if active is None else np.flatnonzero(active[self.fact_of_row])
        rows = LinearConstraint(self.matrix[keep], self.lower[keep], self.upper[keep])
        done = milp(cost, constraints=rows, bounds=Bounds(low, high), integrality=self.whole)
        if done.status not in (0, 2):
            raise ValueError(
                f"audit: the solver stopped without an answer ({done.message}); audit fewer outputs at a time"
            )
        return done.x

    def values(
        self, name: Count, enough: int, active: np.ndarray | None = None, seen: Iterable[int] = ()
    ) -> set[int]:
        """Possible values of a count: all of them where they are fewer than ``enough``."""
        column, found = self.index[name], set(seen)
        if len(found) >= enough:
            return found
        ends = [self.solve({column: sign}, active) for sign in (1, -1)]
        if ends[0] is None or ends[1] is None:
            return set()
        low, high = (round(x[column]) for x in ends)
        found |= {low, high}
        for value in range(low + 1, high):
            if len(found) >= enough:
                break
            if value not in found and self.solve({}, active, {column: (value, value)}) is not None:
                found.add(value)
        return found

    def witnesses(self, names: Sequence[Count], enough: int) -> dict[Count, set[int]] | None:
        """Values seen in a few solutions, for each of ``names``; None where there is no solution.

        All counts as small as can be, then as large, then each within what was seen: where the counts leave
        each other room, four solutions show four values of all of them.
        """
        seen: dict[Count, set[int]] = {n: set() for n in names}
        columns = {n: self.index[n] for n in names}
        within: dict[int, tuple[int, int]] = {}
        for sign in (1.0, -1.0, 1.0, -1.0):
            x = self.solve(dict.fromkeys(columns.values(), sign), None, within)
            if x is None:
                return seen if within else None
            for n, column in columns.items():
                seen[n].add(round(x[column]))
            if all(len(v) > 1 or len(v) >= enough for v in seen.values()) or within:
                within = {
                    columns[n]: (min(v) + 1, max(v) - 1) for n, v in seen.items() if max(v) - min(v) > 2
                }
        return seen


def leaking(values: set[int], target: Target, protection: int) -> bool:
    """Few values possible, and a small count among them.

    >>> [leaking(values, Target("n", 7), 4) for values in ({6, 7}, {0}, {3, 4, 5, 6})]
    [True, False, False]
    """
    return bool(values) and len(values) < protection and any(1 <= v <= target.small for v in values)


def parts(facts: Sequence[Fact]) -> list[list[Fact]]:
    """Facts grouped so that no two groups share a count that is not already known."""
    low: dict[Count, float] = {}
    high: dict[Count, float] = {}
    for fact in facts:
        if len(fact.terms) == 1 and fact.terms[0][1] == 1:
            name = fact.terms[0][0]
            low[name] = max(low.get(name, 0), fact.lower)
            high[name] = min(high.get(name, np.inf), fact.upper)
    known = {n for n in high if low[n] == high[n]}
    parent: dict[Count, str] = {}

    def root(name: Count) -> Count:
        while parent.setdefault(name, name) != name:
            parent[name] = parent[parent[name]]
            name = parent[name]
        return name

    for fact in facts:
        open_names = [n for n, _ in fact.terms if n not in known]
        for name in open_names:
            parent[root(name)] = root(open_names[0])
    grouped: dict[object, list[Fact]] = {}
    about_known: dict[Count, list[Fact]] = {n: [] for n in known}
    for fact in facts:
        open_names = [n for n, _ in fact.terms if n not in known]
        if open_names:
            grouped.setdefault(root(open_names[0]), []).append(fact)
        elif len(fact.terms) == 1:
            about_known[fact.terms[0][0]].append(fact)
        else:  # known counts only: kept where it can contradict
            grouped.setdefault(fact.terms, []).append(fact)
    for name, group in grouped.items():
        used = dict.fromkeys(n for f in group for n, _ in f.terms if n in known)
        grouped[name] = [*group, *(f for n in used for f in about_known[n])]
    alone = [group for n, group in about_known.items() if group]
    return [*grouped.values(), *alone]
