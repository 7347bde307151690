"""Small releases with known truth: made cell by cell under a rule, and attacked by trying every table.

A world is a handful of exact counts and what is released of them. The attack tries every set of counts,
keeps those that would print the same release, and reads off which values a small count may have. It shares
no code with the audit: only the rule's own rounding.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np

from pi_research.disclosure import Rule

MOST = 2_000_000  # candidates at a time


@dataclass(frozen=True)
class Sum:
    """A count: which of the exact counts are added (1) or taken away (-1), as it is printed by the rule."""

    of: tuple[int, ...]
    signs: tuple[int, ...] = ()

    def value(self, x: np.ndarray) -> np.ndarray:
        """Exact values (rows,) for the candidates ``x`` (rows, counts)."""
        signs = np.array(self.signs or (1,) * len(self.of))
        return (x[:, list(self.of)] * signs).sum(axis=1)

    def uses(self) -> set[int]:
        """Counts without which it has no value."""
        return set(self.of)

    def texts(self, x: np.ndarray, rule: Rule) -> np.ndarray:
        """What is printed for each candidate."""
        return _looked_up(self.value(x)[:, None], lambda v: _printed(int(v[0]), rule))


@dataclass(frozen=True)
class Share:
    """A percentage of two counts: ``exact``, or worked out from the rounded counts and hidden with them."""

    part: Sum
    whole: Sum
    digits: int = 0
    exact: bool = True

    def uses(self) -> set[int]:
        """Counts without which it has no value."""
        return self.part.uses() | self.whole.uses()

    def texts(self, x: np.ndarray, rule: Rule) -> np.ndarray:
        """What is printed for each candidate."""

        def one(pair: np.ndarray) -> str:
            k, n = int(pair[0]), int(pair[1])
            if self.exact:
                return f"{100 * k / n:.{self.digits}f}%" if n > 0 else ""
            if rule.hides(k) or rule.hides(n - k):
                return rule.token
            k, n = rule.rounded(k), rule.rounded(n)
            return f"{100 * k / n:.{self.digits}f}%" if n else ""

        return _looked_up(np.column_stack([self.part.value(x), self.whole.value(x)]), one)


@dataclass(frozen=True)
class Kept:
    """A Kaplan-Meier share after some steps, each of those who ended and those at risk just before."""

    ended: tuple[Sum, ...]
    at_risk: tuple[Sum, ...]
    digits: int = 1

    def uses(self) -> set[int]:
        """Counts without which it has no value."""
        return set().union(*(s.uses() for s in (*self.ended, *self.at_risk)))

    def texts(self, x: np.ndarray, rule: Rule) -> np.ndarray:
        """What is printed for each candidate."""
        share = np.ones(len(x))
        for d, n in zip(self.ended, self.at_risk, strict=True):
            share *= 1 - d.value(x) / np.maximum(n.value(x), 1)
        return _looked_up(np.round(share, 12)[:, None], lambda s: f"{100 * s[0]:.{self.digits}f}%")


Cell = Sum | Share | Kept


def _printed(n: int, rule: Rule) -> str:
    safe = rule.count(n) if n >= 0 else None
    return rule.token if safe is None else str(safe)


def _looked_up(values: np.ndarray, one: Callable[[np.ndarray], str]) -> np.ndarray:
    """``one`` of each row, worked out once for rows that are equal."""
    rows, back = np.unique(values, axis=0, return_inverse=True)
    return np.array([one(r) for r in rows])[back.ravel()]


@dataclass(frozen=True)
class Sheet:
    """One released file: its sidecar and rows of text or cells; ``release`` names its folder."""

    id: str
    about: dict
    rows: tuple[dict[str, str | Cell], ...]
    release: str = "first"
    kind: str = "tables"


@dataclass(frozen=True)
class World:
    """Exact counts ``truth`` (k,), what is released and what is known of them, and the counts at stake."""

    family: str
    rule: Rule
    truth: np.ndarray
    sheets: tuple[Sheet, ...]
    stakes: tuple[Sum, ...]
    known: tuple[Callable[[np.ndarray], np.ndarray], ...] = ()
    top: int = 60
    order: tuple[int, ...] = field(default=())

    def cells(self) -> Iterator[Cell]:
        """Every cell that is worked out from the counts."""
        for sheet in self.sheets:
            for row in sheet.rows:
                yield from (c for c in row.values() if not isinstance(c, str))


def possible(world: World) -> np.ndarray | None:
    """Every set of counts (rows, k) that would be released just so; None where there are too many to try.

    Counts are put in one after another; a cell is held against the release once all of its counts are in.
    """
    k, truth = len(world.truth), world.truth[None, :]
    waiting = [(c.uses(), c, c.texts(truth, world.rule)[0]) for c in world.cells()]
    rows, there = np.zeros((1, k), np.int16), set()
    for atom in world.order or range(k):
        if len(rows) * (world.top + 1) > MOST:
            return None
        rows = np.repeat(rows, world.top + 1, axis=0)
        rows[:, atom] = np.tile(np.arange(world.top + 1), len(rows) // (world.top + 1))
        there.add(atom)
        for known in world.known:
            rows = rows[known(rows)]
        ready = [w for w in waiting if w[0] <= there]
        waiting = [w for w in waiting if not w[0] <= there]
        for _, cell, text in ready:
            rows = rows[cell.texts(rows, world.rule) == text]
    return rows


def leaks(world: World, protection: int) -> list[bool] | None:
    """Whether each count at stake is left fewer than ``protection`` values, a small one among them."""
    rows = possible(world)
    if rows is None:
        return None
    largest = max(world.rule.threshold, world.rule.base if world.rule.scheme == "midpoint" else 0)
    values = [np.unique(s.value(rows)) for s in world.stakes]
    return [len(v) < protection and bool(((v >= 1) & (v <= largest)).any()) for v in values]


def write(world: World, folder: Path) -> list[Path]:
    """The release as folders of files, as a release has them; their paths in order of time."""
    import pandas as pd

    truth, made = world.truth[None, :], {}
    for sheet in world.sheets:
        place = folder / sheet.release / sheet.kind / "world"
        place.mkdir(parents=True, exist_ok=True)
        made[sheet.release] = folder / sheet.release
        rows = [
            {n: c if isinstance(c, str) else c.texts(truth, world.rule)[0] for n, c in row.items()}
            for row in sheet.rows
        ]
        about = {"id": sheet.id, **sheet.about, "rule": asdict(world.rule)}
        if sheet.kind == "sentences":
            numbers = [
                {**said, "text": row["text"]} for said, row in zip(about["numbers"], rows, strict=True)
            ]
            about = {**about, "numbers": numbers}
        else:
            pd.DataFrame(rows).to_csv(place / f"{sheet.id}.csv", index=False, lineterminator="\n")
        (place / f"{sheet.id}.about.json").write_text(json.dumps(about), encoding="utf-8")
    return list(made.values())


def table(
    id: str,
    dims: Sequence[str],
    counts: Sequence[str],
    rows: Sequence[dict],
    *,
    release: str = "first",
    margins: Sequence[str] = (),
    shares: Sequence[dict] = (),
    **more: object,
) -> Sheet:
    """A table of a universe ``people``; ``counts`` are what its count columns count."""
    columns = [{"name": d, "label": d, "statistic": "text", "people": False} for d in dims]
    columns += [{"name": c, "label": c, "statistic": "count", "people": True, "measure": c} for c in counts]
    about = {
        "kind": "table",
        "universe": "people",
        "dimensions": list(dims),
        "margins": list(margins),
        "statistic": "count",
        "columns": [*columns, *shares],
        **more,
    }
    return Sheet(id, about, tuple(rows), release)
