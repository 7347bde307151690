"""What a release asks for, output by output, for the person who decides whether it may leave."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from pi_research.disclosure import WITHHELD, Rule, cells, protect_sentence
from pi_research.files import read_text
from pi_research.release._page import request_page
from pi_research.release.crate import ended
from pi_research.report.document import Block, Document, read_document, read_notebook
from pi_research.report.released import table_text
from pi_research.report.shown import Chart, Table
from pi_research.wording import Number

if TYPE_CHECKING:
    import pandas as pd

    from pi_research.audit_folder import Audited
    from pi_research.params import Params

__all__ = ["Requested", "request_page", "requested"]

OPEN = ("text", "month", "day")
COUNTED = ("count", "percent")
"""Styles that the audit reads; of a mean, a rate or a cost a person must judge."""
ENDS = (".csv", ".svg", ".png", ".about.json")
STALE = "Its file is not in the release, or is of another run: make the release again."


@dataclass(frozen=True, slots=True)
class Requested:
    """One output, as it is asked for.

    Parameters
    ----------
    notebook, id, kind : str
        ``kind`` is table, figure, sentence, or output (made without ``show``, never released).
    files : tuple of str
        In the release; none where it stays inside.
    shows, counted : str
        Caption, alt text or sentence, as released; the universe that is counted, empty where nobody is.
    smallest, largest : int, optional
        Exact counts, zeros apart, behind the numbers that are shown; None where none is.
    numbers, hidden, rounded, withheld : int
        Numbers about people, and how many of them the rule hid or changed and the audit had left out.
    marks : tuple of (row, column, "threshold" or "withheld")
        Cells of its CSV, from 0, that are left out.
    rule, status, reason : str
        The rule's name; pass, review (a person must judge), refused, or inside (not asked for); why.
    made : str
        When its notebook ended, UTC.
    """

    notebook: str
    id: str
    kind: str
    files: tuple[str, ...]
    shows: str
    counted: str
    smallest: int | None
    largest: int | None
    numbers: int
    hidden: int
    rounded: int
    withheld: int
    marks: tuple[tuple[int, int, str], ...]
    rule: str
    status: str
    reason: str
    made: str


@dataclass
class _Seen:
    """Numbers about people in one output: exact counts behind those shown, and what became of the others."""

    rule: Rule
    left: set[tuple[int, int]]
    shown: list[float] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    marks: list[tuple[int, int, str]] = field(default_factory=list)
    numbers: int = 0
    rounded: int = 0
    estimates: dict[str, None] = field(default_factory=dict)
    wholes: dict[str, None] = field(default_factory=dict)

    def number(self, exact: str, said: str, behind: Sequence[object], at: tuple[int, int] | None) -> bool:
        """Take one number, exact and as released; whether it is shown."""
        self.numbers += 1
        withheld = at in self.left or said == WITHHELD
        if withheld or self.rule.token in said or (exact and not said):
            self.gone.append("withheld" if withheld else "threshold")
            self.marks += [(*at, self.gone[-1])] if at else []
            return False
        self.rounded += exact != said
        self.shown += [float(n) for n in behind if n is not None and n > 0]
        return True


def requested(settings: Params, names: Sequence[str], audited: Audited) -> list[Requested]:
    """Every output of the notebooks ``names``, what leaves and what stays inside, in the order of the pages.

    What a cell says is read from the released files, those of the last of the audited folders; the counts
    behind it from the executed notebook. No person's value is taken over.

    Raises
    ------
    FileReadError
        Where a notebook of ``names`` was not executed in this run.
    """
    place, withheld = audited.folders[-1].place, {}
    held = place / "withheld.json"
    for cell in json.loads(read_text(held)) if held.is_file() else ():
        withheld.setdefault(cell["output"], []).append((int(cell["row"]), str(cell["column"])))
    found = []
    for name in names:
        made = ended(settings.out, name)
        notebook = read_notebook(settings.out / "notebooks" / f"{name}.ipynb")
        exact, safe = read_document(notebook, name=name), read_document(notebook, audited.rule, name=name)
        found += [_one(*pair, place, withheld, audited, made) for pair in _pairs(exact, safe)]
        found += [_inside(b, made) for b in exact.blocks if _stays(b)]
    return found


def _stays(block: Block) -> bool:
    return block.kind == "other" or (isinstance(block.item, Chart) and block.item.protect == "inside")


def _pairs(exact: Document, safe: Document) -> Iterator[tuple[Block, Block, int]]:
    """Shown blocks that leave, exact and under the rule, with the place on the released page (from 1)."""
    before = [b for b in exact.blocks if b.kind == "shown" and not _stays(b)]
    after = [(b, at) for at, b in enumerate(safe.blocks, 1) if b.kind == "shown"]
    for was, (now, at) in zip(before, after, strict=True):
        if not isinstance(was.item, str) or any(_numbers(was.item)):
            yield was, now, at


def _inside(block: Block, made: str) -> Requested:
    """An output that never leaves: of a chart its caption alone, since its alt text is exact."""
    id, kind, counted = f"cell_{block.cell}", "output", ""
    shows = f"An output of code cell {block.cell} that show() did not make."
    why = "Left out: nothing says who is counted in it."
    if isinstance(block.item, Chart):
        id, kind, shows, counted = block.item.id, "figure", block.item.caption, block.item.universe
        why = "Drawn inside the safe room only."
    return Requested(block.of, id, kind, (), shows, counted, None, None, 0, 0, 0, 0, (), "", "inside", why,
                     made)


def _one(was: Block, now: Block, at: int, place: Path, withheld: Mapping[str, list], audited: Audited,
         made: str) -> Requested:
    exact, safe, name = was.item, now.item, was.of
    kind = {Table: "table", Chart: "figure"}.get(type(exact), "sentence")
    id = f"said_{at:03}" if kind == "sentence" else exact.id
    said, words = f"{kind}s/{name}/{id}", {"table": "note", "figure": "alt"}.get(kind)
    stems = [said, *([f"sentences/{name}/{words}_{id}"] if words else [])]
    files = tuple(f"{stem}{end}" for stem in stems for end in ENDS if (place / f"{stem}{end}").is_file())
    seen, faults = _Seen(audited.rule, set()), _faults(audited, name, id, kind)
    if words and f"{said}.csv" not in files:
        faults.append(STALE)
    elif words:
        text = table_text(place / f"{said}.csv")
        columns = [c.name for c in exact.columns] if kind == "table" else list(text.columns)
        seen.left = {(row, columns.index(c)) for row, c in withheld.get(said, ()) if c in columns}
        faults += [] if (_table if kind == "table" else _chart)(exact, text, seen) else [STALE]
    if getattr(exact, "protect", "") != "curve":  # whose words are made again too, from the rounded counts
        _sentence(*((getattr(x, words) if words else x) for x in (exact, safe)), seen)
    ends = (int(min(seen.shown)), int(max(seen.shown))) if seen.shown else (None, None)
    shows = safe.caption if kind == "table" else safe.alt if kind == "figure" else safe
    return Requested(
        name, id, kind, files, str(shows), getattr(exact, "universe", ""), *ends, seen.numbers,
        seen.gone.count("threshold"), seen.rounded, seen.gone.count("withheld"),
        tuple(dict.fromkeys(seen.marks)), audited.rule.name if seen.numbers else "",
        *_judged(seen, faults, exact), made)


def _table(exact: Table, text: pd.DataFrame, seen: _Seen) -> bool:
    """Numbers of a table against its released CSV; False where that is of another table."""
    if text.shape != (len(exact.frame), len(exact.columns)):
        return False
    rows = exact.frame.to_dict("records")
    for place, column in enumerate(exact.columns):
        if (column.style in OPEN and not column.behind) or not column.people:
            continue
        for i, (row, was) in enumerate(zip(rows, cells(exact.frame, [column])[column.name], strict=True)):
            value, now = row[column.name], text.iat[i, place].removeprefix("'")
            if not was or (column.open_where and row[column.open_where]):
                continue
            if column.style == "sentence":
                made = now if now == WITHHELD else protect_sentence(value, seen.rule)
                _sentence(value, made, seen, (i, place))
                continue
            behind = [row[b] for b in (*column.behind, *(column.of or ()))]
            shown = seen.number(was, now, behind + [value] * (column.style == "count"), (i, place))
            if shown and column.of and not column.limit and row[column.of[0]] in (0, row[column.of[1]]):
                seen.wholes[column.label] = None
            if shown and column.style not in COUNTED:
                seen.estimates[column.label] = None
    return True


def _chart(exact: Chart, text: pd.DataFrame, seen: _Seen) -> bool:
    """Numbers of a chart against the CSV of what it draws."""
    import pandas as pd

    drawn = text.apply(pd.to_numeric, errors="coerce")
    if exact.protect == "curve":
        return _curve(exact.frame, text, drawn, seen)
    if len(text) != len(exact.frame) or not set(exact.counts) <= set(text.columns):
        return False
    for name in exact.counts:
        for i, n in exact.frame[name].reset_index(drop=True).dropna().items():
            now = drawn[name].iat[i]
            seen.number(f"{n:g}", "" if pd.isna(now) else f"{now:g}", [n], (i, text.columns.get_loc(name)))
    plain = {*exact.counts, "position", "month", "time", "value", "label"}
    if exact.counts and any(drawn[c].notna().any() for c in set(drawn) - plain):
        seen.estimates["what it draws"] = None
    return True


def _curve(exact: pd.DataFrame, text: pd.DataFrame, drawn: pd.DataFrame, seen: _Seen) -> bool:
    """Numbers at risk at the points of each released curve; every one is made again from rounded counts."""
    by = [c for c in ("group", "cause") if c in exact and c in text]
    points = set(zip(*(text[c] for c in by), drawn["time"], strict=True))
    # Times are whole in a release.
    first = exact.assign(time=np.ceil(exact["time"])).drop_duplicates([*by, "time"])
    seen.shown += [float(row[-1]) for row in first[[*by, "time", "at_risk"]].itertuples(index=False)
                   if tuple(row[:-1]) in points and row[-1] > 0]
    seen.numbers, seen.rounded = seen.numbers + len(text), seen.rounded + len(text)
    return {"time", "at_risk"} <= set(text.columns)


def _numbers(text: object) -> Iterator[tuple[str, Number]]:
    """Numbers about people in a sentence."""
    return ((k, n) for k, n in getattr(text, "numbers", {}).items() if isinstance(n, Number) and n.behind)


def _sentence(exact: object, safe: object, seen: _Seen, at: tuple[int, int] | None = None) -> None:
    """Numbers of a sentence, which may stand in a cell."""
    for name, n in _numbers(exact):
        behind = (n.behind[0], sum(n.behind)) if n.counted or n.limit else n.behind
        now = str(getattr(safe, "numbers", {}).get(name, safe))
        shown = seen.number(str(n), now, [*behind, n.value] if n.style == "count" else behind, at)
        if shown and n.style not in COUNTED:
            seen.estimates["the words"] = None


def _faults(audited: Audited, name: str, id: str, kind: str) -> list[str]:
    """What the audit found against one output, without the counts that it worked back."""
    output = f"{name}/{id}" + {"table": "", "figure": " (figure)", "sentence": " (sentence)"}[kind]
    leaks = sum(any(f"/{p.output}".endswith(f"/{output}") for p in x.route) for x in audited.found.leaks)
    said = f"Small counts can be worked back with its help ({leaks}): see the audit's report."
    like = re.compile(rf"(^|[\s/]){re.escape(output)}(?![\w.-]| \((figure|sentence)\))|^tables/{name}: |"
                      rf"{kind}s/{re.escape(f'{name}/{id}')}\.")
    return [said] * bool(leaks) + [f"{fault}." for fault in audited.faults if like.search(fault)]


def _judged(seen: _Seen, faults: list[str], exact: object) -> tuple[str, str]:
    """Status and reason."""
    if faults:
        return "refused", " ".join(faults)
    if not seen.numbers:
        return "pass", "No number about people is in it."
    if seen.shown and seen.rule.hides(min(seen.shown)):
        return "refused", "A number is shown that rests on fewer people than the rule lets out."
    look = [f"{said}: {', '.join(of)}." for said, of in (
        ("Nought or all of those counted, which says something of everyone there", seen.wholes),
        ("Estimates from enough people, which the audit does not read", seen.estimates)) if of]
    if look:
        return "review", " ".join(look)
    if getattr(exact, "protect", "") == "curve":
        return "pass", "Drawn again from rounded counts, and no further than enough people are followed."
    return "pass", "Counts and shares of counts, hidden or rounded by the rule; nothing can be worked back."
