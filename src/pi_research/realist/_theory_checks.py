"""The checks of a programme theory that look across its tables; each gives the faults that it finds."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Iterator, Mapping

import pandas as pd

from pi_research.realist.theory import COM_B, Theory, at, listed

OURS = "theory."
"""How findings begin that a page makes from the theory: as evidence for it they would cite themselves."""

SOURCED = ("activities", "indicators", "outcomes", "themes", "lessons", "configurations", "history",
           "success", "steps")  # fmt: skip
FIELDS = "give the fields that measure it where measured is yes or partly, and none where it is no"
RULE = "by_finding goes with a finding and needs expects and reference; other directions have neither"
LAST = "differs from the last row of its history.csv: add a row that says what changed and why"
EMPTY = (
    "is empty: a comparison needs its outcome, groups, day and fields; what is no comparison needs the reason"
)
DECIDES = "give the finding and the threshold that decide, or say why none does"


def _near(name: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(name, known, n=1)
    return f"; did you mean {near[0]}?" if near else ""


def _unknown(table: pd.DataFrame, file: str, column: str, allowed: Iterable[str], what: str) -> Iterator[str]:
    """Ids of a listing column that stand nowhere."""
    allowed = set(allowed)
    for row, cell in table[column].items():
        for name in listed(cell):
            if name not in allowed:
                yield at(file, row, column, f"{name} is no {what}{_near(name, allowed)}")


def _references(t: Theory, known: Mapping[str, frozenset]) -> Iterator[str]:
    ids = t.configurations["theory_id"]
    for file, column, allowed, what in (
        ("configurations", "activities", t.activities["activity_id"], "activity"),
        ("configurations", "leads_to", ids, "configuration"),
        ("configurations", "com_b", COM_B, "part of COM-B"),
        ("codes", "theme", t.themes["theme"], "theme"),
        ("codes", "sub_themes", t.themes["sub_theme_id"], "sub-theme"),
        ("themes", "part_of", t.themes["sub_theme_id"], "sub-theme"),
        ("lessons", "published", known["published"], "published table or row"),
        ("steps", "activities", t.activities["activity_id"], "activity"),
        ("indicators", "fields", known["fields"], "field of the data dictionary"),
        ("outcomes", "fields", known["fields"], "field of the data dictionary"),
        ("tests", "moderator", known["fields"], "field of the data dictionary"),
    ):
        yield from _unknown(getattr(t, file), file, column, allowed, what)
    for file in SOURCED:
        what = "source: add it to sources.csv"
        yield from _unknown(getattr(t, file), file, "source", known["sources"], what)
    for perspective, part in t.steps.groupby("perspective"):
        yield from _unknown(part, "steps", "next", part["step_id"], f"step of the {perspective}'s diagram")


def _measured(t: Theory, known: Mapping[str, frozenset]) -> Iterator[str]:
    for row, one in t.indicators.iterrows():
        has, why = bool(listed(one["fields"])), isinstance(one["why"], str)
        if has != (one["measured"] != "no"):
            yield at("indicators", row, "fields", FIELDS)
        if one["measured"] != "yes" and not why:
            yield at("indicators", row, "why", "say why it is not measured, or not wholly")


def _circles(edges: Mapping[str, list[str]]) -> list[list[str]]:
    """Each circle in a directed graph that a walk comes upon, as the ids along it."""
    done, found = set(), []

    def walk(node: str, path: list[str]) -> None:
        if node in path:
            found.append([*path[path.index(node) :], node])
        elif node not in done:
            for after in edges.get(node, ()):
                walk(after, [*path, node])
            done.add(node)

    for node in edges:
        walk(node, [])
    return found


def _no_circle(t: Theory, known: Mapping[str, frozenset]) -> Iterator[str]:
    rows = dict(zip(t.configurations["theory_id"], t.configurations.index, strict=True))
    leads = t.configurations.set_index("theory_id")["leads_to"].map(listed).to_dict()
    for circle in _circles(leads):
        what = f"the theory runs in a circle: {' to '.join(circle)}; take one arrow out"
        yield at("configurations", rows[circle[0]], "leads_to", what)
    other = t.evidence[t.evidence["kind"] == "configuration"]
    rests = {
        i: list(part["ref"]) for i, part in other[other["ref"] != other["theory_id"]].groupby("theory_id")
    }
    for circle in _circles(rests):
        row = other.index[(other["theory_id"] == circle[0]) & (other["ref"] == circle[1])][0]
        yield at("evidence", row, "ref", f"evidence that cites itself in a circle: {' on '.join(circle)}")


def _evidence(t: Theory, known: Mapping[str, frozenset]) -> Iterator[str]:
    held = {
        "sub_theme": set(t.themes["sub_theme_id"]),
        "lesson": set(t.lessons["lesson_id"]),
        "published": known["published"],
        "configuration": set(t.configurations["theory_id"]),
    }
    again = t.evidence.duplicated(["theory_id", "kind", "ref"])
    for row, one in t.evidence.iterrows():
        kind, ref, rule = one["kind"], one["ref"], pd.notna(one["expects"]) and pd.notna(one["reference"])
        if ref in (one["evidence_id"], one["theory_id"]) or (kind == "finding" and ref.startswith(OURS)):
            yield at("evidence", row, "ref", "evidence that cites itself: name what it was seen in")
        elif kind in held and ref not in held[kind]:
            what = f"{ref} is no {kind.replace('_', '-')}{_near(ref, held[kind])}"
            yield at("evidence", row, "ref", what)
        if (one["direction"] == "by_finding") != rule or (rule and kind != "finding"):
            yield at("evidence", row, "direction", RULE)
        if again[row]:
            yield at("evidence", row, "ref", "the same piece stands twice for this configuration")


def _history(t: Theory, known: Mapping[str, frozenset]) -> Iterator[str]:
    last = t.history.sort_values(["date", "version"], kind="stable").groupby("theory_id").last()
    for row, one in t.configurations.iterrows():
        if one["theory_id"] in last.index:
            then = last.loc[one["theory_id"]]
            for column in ("version", "status", "statement"):
                if then[column] != one[column]:
                    yield at("configurations", row, column, LAST)


def _tests(t: Theory, known: Mapping[str, frozenset]) -> Iterator[str]:
    needed = ("outcome", "group", "group_words", "other_words", "known_at", "moderator")
    for row, one in t.tests.iterrows():
        for column in needed if one["reach"] == "comparison" else ("why",):
            if not isinstance(one[column], str):
                yield at("tests", row, column, EMPTY)
    for row, one in t.success.iterrows():
        decides = isinstance(one["finding"], str) and pd.notna(one["threshold"])
        if not decides and not isinstance(one["why"], str):
            yield at("success", row, "finding", DECIDES)
    taken = t.steps.duplicated(["perspective", "lane", "column"])
    for row in t.steps.index[taken]:
        yield at("steps", row, "column", "another step stands in the same lane and column")


CHECKS: tuple[Callable[[Theory, Mapping[str, frozenset]], Iterator[str]], ...] = (
    _references,
    _measured,
    _no_circle,
    _evidence,
    _history,
    _tests,
)
