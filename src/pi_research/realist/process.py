"""A process diagram from the theory's steps: places, arrows, counts, and the same in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from pi_research.realist.theory import listed
from pi_research.wording import count, sentence

if TYPE_CHECKING:
    from pi_research.realist.theory import Theory
    from pi_research.wording import Sentence

PERSPECTIVES = {"customer": "the person who moves", "service": "the service", "system": "the system"}
COLUMNS = ("step_id", "lane", "row", "column", "kind", "label", "owner", "next", "activities", "indicators",
           "measured", "people")  # fmt: skip
KINDS = {
    "start": "begins here",
    "activity": "",
    "decision": "a decision",
    "wait": "people wait",
    "leave": "people leave",
    "end": "ends here",
}


@dataclass(frozen=True, slots=True, eq=False)
class Diagram:
    """``steps``: ``step_id, lane, row, column, kind, label, owner, next, activities, indicators, measured,
    people``.

    ``row`` is the place of the lane from above, ``indicators`` how many its activities have and ``measured``
    how many of these fields of the dictionary measure at least in part; ``people`` is missing where the
    theory names no count or the extract has none.
    """

    perspective: str
    steps: pd.DataFrame

    def lanes(self) -> list[str]:
        """Names of the lanes from above."""
        return list(dict.fromkeys(self.steps.sort_values("row", kind="stable")["lane"]))

    def words(self) -> list[Sentence]:
        """The text equivalent: one sentence a step, from left to right, with what may follow."""
        labels, said = dict(zip(self.steps["step_id"], self.steps["label"], strict=True)), []
        for one in self.steps.sort_values(["column", "row"], kind="stable").itertuples():
            notes = [w for w in (KINDS[one.kind], one.owner.replace("_", " ")) if w]
            after = " or ".join(f"“{labels[i]}”" for i in listed(one.next))
            known = one.people == one.people
            text = "{label} ({notes})" + (": {n} people" if known else "")
            text += "; then {after}." if after else "."
            n = {"n": count(int(one.people))} if known else {}
            said.append(sentence(text, label=one.label, notes=", ".join(notes), after=after, **n))
        return said

    def sentence(self) -> Sentence:
        """What the diagram holds, and where people wait or leave."""
        stops = self.steps[self.steps["kind"].isin(["wait", "leave"]) & self.steps["people"].notna()]
        numbers = {f"n{k}": count(int(n)) for k, n in enumerate(stops["people"])}
        parts = "; ".join(f"“{label}” {{n{k}}}" for k, label in enumerate(stops["label"]))
        return sentence(
            "The steps as {who} sees them, in {lanes} lanes"
            + (f". Where people wait or leave: {parts}." if parts else "."),
            who=PERSPECTIVES[self.perspective],
            lanes=str(len(self.lanes())),
            **numbers,
        )


def diagram(theory: Theory, perspective: str, counts: Mapping[str, int]) -> Diagram:
    """The steps of one perspective with the counts of an extract.

    Parameters
    ----------
    theory : Theory
    perspective : one of ``PERSPECTIVES``
    counts : mapping of str to int
        By the names that ``steps.csv`` uses. A name that is not there leaves the step without a number.

    Raises
    ------
    ValueError
        For a perspective that the theory has no step of.
    """
    steps = theory.steps[theory.steps["perspective"] == perspective].reset_index(drop=True)
    if steps.empty:
        there = ", ".join(theory.steps["perspective"].unique()) or "none"
        raise ValueError(f"steps.csv has no step of the perspective {perspective!r}; there are: {there}")
    lanes = {lane: k for k, lane in enumerate(dict.fromkeys(steps["lane"]))}
    by = theory.indicators.groupby("activity_id")["measured"]
    of, hit = by.size(), by.agg(lambda m: int((m != "no").sum()))
    held = [listed(cell) for cell in steps["activities"]]
    made = steps.assign(
        row=steps["lane"].map(lanes),
        people=[counts.get(c, float("nan")) for c in steps["count"]],
        indicators=[int(of.reindex(a).sum()) for a in held],
        measured=[int(hit.reindex(a).sum()) for a in held],
    )
    return Diagram(perspective, made[list(COLUMNS)].astype({"column": int, "people": float}))
