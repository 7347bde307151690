"""A published output, and the book in which what it says of counts is written down."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from pi_research.disclosure._printed import Says, number_of, share_says, small
from pi_research.disclosure._system import Count, Fact, Place, Target
from pi_research.disclosure.rule import Rule

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, eq=False)
class Output:
    """One published output: its sidecar, and its cells as text under the sidecar's column names."""

    name: str
    about: Mapping
    frame: pd.DataFrame
    rule: Rule
    release: str = ""

    @cached_property
    def cells(self) -> dict[str, list[str]]:
        """The cells of each column."""
        return {str(c): list(self.frame[c]) for c in self.frame}

    @property
    def universe(self) -> str:
        """Who is counted; empty where nobody is."""
        return str(self.about.get("universe") or "")

    def place(self, row: int, column: str) -> Place:
        """A cell of it."""
        return Place(self.name, row, column)

    def columns(self) -> list[dict]:
        """The sidecar's columns; of a chart one a count, and of both those that hold people only."""
        if self.about.get("kind") == "chart":  # what a chart counts has no label: it is taken for its own
            own = self.about.get("measures", {})
            return [
                {
                    "name": c,
                    "label": c,
                    "statistic": "count",
                    "measure": own.get(c, f"{c} in {self.about.get('id')}"),
                }
                for c in self.about.get("counts", ())
            ]
        return [c for c in self.about.get("columns", ()) if c.get("people", True)]

    def share(self, name: str, row: int) -> tuple[float, float] | None:
        """Between which shares a printed one lies; an estimate that moves in steps says no more than its step.

        Where the counts that set the step are not printed, it is read as saying nothing; and so is a point of a
        curve made again from rounded counts, which says what those say.
        """
        ends = share_says(self.cells[name][row], full=self.about.get("kind") == "chart")
        column = next((c for c in self.about.get("columns", ()) if c["name"] == name), {})
        if not ends or not column.get("estimated") or self.rule.base == 1:
            return ends
        people = [number_of(self.cells[b][row]) if b in self.frame else None for b in column["behind"]]
        if row in column.get("curve_rows", ()) or None in people or not sum(people):
            return None
        half = self.rule.base / sum(people) / 2
        return max(0.0, ends[0] - half), min(1.0, ends[1] + half)

    def counted(self) -> list[dict]:
        """Columns of counts that are printed."""
        return [c for c in self.columns() if c.get("statistic") == "count" and c["name"] in self.frame]


@dataclass(eq=False)
class Book:
    """What has been read so far. ``split`` says which dimensions of a universe leave nobody out."""

    facts: list[Fact] = field(default_factory=list)
    targets: dict[Count, Target] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    split: dict[tuple[str, str], str] = field(default_factory=dict)
    cells: dict[Count, Place] = field(default_factory=dict)

    def says(self, count: Count, said: Says, place: Place, rule: Rule) -> None:
        """A cell that is printed."""
        self.cells.setdefault(count, place)
        if np.isfinite(said.upper):
            self.facts.append(Fact(((count, 1.0),), said.lower, said.upper, (place,)))
        if said.hidden:
            self.targets[count] = Target(count, small(rule), place)

    def part(self, part: Count, whole: Count, rest: Count, rule: Rule, presumed: str = "") -> None:
        """A part of a whole, and what is left of it as a count to protect."""
        terms = ((part, 1.0), (rest, 1.0), (whole, -1.0))
        self.facts.append(Fact(terms, 0, 0, (), 0, presumed))
        self.targets.setdefault(rest, Target(rest, small(rule)))
