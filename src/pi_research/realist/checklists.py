"""Reporting lists filled in from a repository: item, where it is reported, and what a person still has to
write."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from pi_research.wording import count, sentence

if TYPE_CHECKING:
    from pi_research.wording import Sentence

DONE = ("by code", "by a person", "to be written by a person", "not applicable")
"""Made when the page runs; written and kept in the repository; missing; or why it does not apply."""


class ChecklistError(ValueError):
    """A list that points at what is not there; the message names every row."""


@dataclass(frozen=True, slots=True, eq=False)
class Checklist:
    """``name`` of the list; ``rows``: one an item, ``item, topic, asks, done`` (one of ``DONE``), ``file,
    section, note``."""

    name: str
    rows: pd.DataFrame

    def summary(self) -> pd.DataFrame:
        """The rows."""
        return self.rows

    def empty(self) -> pd.DataFrame:
        """Items that a person still has to write."""
        return self.rows[self.rows["done"] == DONE[2]]

    def sentence(self) -> Sentence:
        """How many items are reported, and which are not."""
        n, empty = self.rows["done"].value_counts(), list(self.empty()["item"])
        return sentence(
            "{name}: of {n} items {a} are filled by code and {b} by text that stands in the repository"
            + ("; {d} do not apply" if n.get(DONE[3]) else "")
            + ("; {k} are to be written by a person: {which}." if empty else "."),
            name=self.name,
            n=count(len(self.rows), people=False),
            a=str(n.get(DONE[0], 0)),
            b=str(n.get(DONE[1], 0)),
            d=str(n.get(DONE[3], 0)),
            k=str(len(empty)),
            which=", ".join(empty),
        )


def checklist(
    name: str, items: pd.DataFrame, places: pd.DataFrame, sections: Mapping[str, Collection[str]]
) -> Checklist:
    """A list with where each item is reported, every place checked to exist.

    Parameters
    ----------
    name : str
    items : DataFrame
        ``item`` (text), ``topic``, ``asks``.
    places : DataFrame
        ``item``, ``file``, ``section`` (a heading in it; empty for the whole file), ``done``, ``note``;
        indexed by the rows of its own file. An item without a row, or with an empty file, is to be written by
        a person.
    sections : mapping of file to its headings

    Raises
    ------
    ChecklistError
        Every row that names an unknown item, a file or a heading that is not there, or an item twice.
    """
    faults = [
        f"row {row}, {name} item {p['item']}: {what}"
        for row, p in places.iterrows()
        if (what := _fault(p, set(items["item"]), sections))
    ]
    faults += [
        f"row {row}, {name} item {p['item']}: stands twice"
        for row, p in places[places.duplicated("item")].iterrows()
    ]
    if faults:
        raise ChecklistError(
            "the places of the reporting lists do not hold:\n" + "\n".join(f"  - {f}" for f in faults)
        )
    made = items[["item", "topic", "asks"]].merge(
        places[["item", "file", "section", "done", "note"]], on="item", how="left"
    )
    nowhere = made["done"].isna()
    made = made.fillna({"file": "", "section": "", "note": "", "done": DONE[2]})
    return Checklist(name, made.assign(done=made["done"].mask(nowhere, DONE[2])))


def _fault(place: Mapping[str, object], items: set[str], sections: Mapping[str, Collection[str]]) -> str:
    file, section, done = (place[k] if isinstance(place[k], str) else "" for k in ("file", "section", "done"))
    if place["item"] not in items:
        return "no such item in the list"
    if done not in DONE:
        return f"done must be one of {', '.join(DONE)}"
    if bool(file) != (done in DONE[:2]):
        return "a file is named where, and only where, something stands in it"
    if file and file not in sections:
        return f"there is no file {file}"
    return f"{file} has no section '{section}'" if section and section not in sections[file] else ""
