"""The synthesis on its page: findings of every page by id, the one-page summary, and the way back to
records."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pi_research.findings import Finding, read_findings
from pi_research.realist import judge
from pi_research.realist.joint import check_cited, cited_questions
from pi_research.realist.theory import cited
from pi_research.wording import Number, Sentence, count, joined, number, percent, sentence

if TYPE_CHECKING:
    import pandas as pd

    from pi_research.extract import Extract
    from pi_research.params import Params
    from pi_research.realist import Theory

__all__ = ["Brought", "bring", "check_lines", "line", "numbers_of", "summary", "with_tests"]

NOBODY = (
    "months",
    "measures",
    "activities",
    "indicators",
    "configurations",
    "questions",
    "people, as published",
)
"""What a finding may count that is no person of the extract: its numbers stay as they are in a release."""
SIDES = {"supports": "above", "refutes": "below", "neutral": "undecided"}
NEEDS = (
    "01_cohort_and_milestones",
    "02_tenancy_sustainment",
    "03_service_use",
    "04_hospital_time_series",
    "05_economics",
    "06_programme_theory",
    "07_performance_measures",
)
"""Notebooks whose findings the page reads; its own metadata names the same."""
HERE = "09_synthesis"


@dataclass(frozen=True, slots=True, eq=False)
class Brought:
    """What the page is made from: the theory, findings of other pages by id, coded segments, and the tables
    that say what is asked (``questions``), what a person judged (``judged``) and what the summary says
    (``lines``)."""

    theory: Theory
    findings: dict[str, Finding]
    segments: pd.DataFrame
    questions: pd.DataFrame
    judged: pd.DataFrame
    lines: pd.DataFrame


def bring(settings: Params, data: Extract, needs: Sequence[str]) -> Brought:
    """The theory of ``theory.folder`` with its questions, the findings of the pages named, and the segments.

    A folder without ``summary.csv`` is given the project's own lines.

    Raises
    ------
    TheoryFolderError, TheoryError, SegmentError, FindingError
        Where one does not hold, or cites a finding that is not there: file, row, and who cites it.
    """
    from pi_research import places
    from pi_research.extract import theory as folder
    from pi_research.realist import check_findings, check_segments, read_theory

    tables = folder.read_theory_tables(settings.root / settings.theory.folder)
    known = folder.theory_vocabulary(tables)
    made = read_theory(tables, known)
    found = {i: f for name in needs for i, f in read_findings(settings.out, name).items()}
    segments = folder.checked_segments(data.tables["segments"], tables)
    check_segments(made, segments, known["roles"])
    lines = tables["summary"]
    if not len(lines):
        lines = folder.read_theory_tables(places.root() / "data" / "theory")["summary"]
    questions = cited_questions(made, tables["questions"])
    elsewhere = questions[~questions["finding"].str.startswith("compared.", na=True)]
    _all_at_once(
        lambda: check_findings(made, found),
        lambda: check_cited({"questions": elsewhere}, found),
        lambda: check_lines(lines, found),
    )
    return Brought(made, found, segments, questions, tables["judged"], lines)


def _all_at_once(*checks: Callable[[], None]) -> None:
    """Every check's faults in one error, so that all who cite a finding are named."""
    from pi_research.realist import TheoryError

    faults: list[str] = []
    for check in checks:
        try:
            check()
        except TheoryError as fault:
            faults += fault.faults
    if faults:
        raise TheoryError(faults)


def with_tests(made: Brought, tested: Mapping[str, Finding]) -> dict[str, Finding]:
    """All findings with those of this page's comparisons."""
    from dataclasses import replace

    return {**made.findings, **{i: replace(f, notebook=HERE) for i, f in tested.items()}}


# the one-page summary


def check_lines(lines: pd.DataFrame, findings: Mapping[str, Finding]) -> None:
    """Nothing where every line's finding is there and every place in its words is known; else
    ``TheoryError``."""
    from string import Formatter

    from pi_research.realist.theory import TheoryError, at

    check_cited({"summary": lines}, findings)
    allowed = {"n", "events", "rest", "share", "estimate", "interval", "question", "reading"}
    faults = []
    for row, one in lines.iterrows():
        for column in ("says", "above", "below", "undecided"):
            text = one[column] if isinstance(one[column], str) else ""
            if strange := {name for _, name, _, _ in Formatter().parse(text) if name is not None} - allowed:
                faults.append(
                    at(
                        "summary",
                        row,
                        column,
                        f"{one['line_id']} has no number called {', '.join(sorted(strange))}",
                    )
                )
        if "{reading}" in one["says"] and one["reference"] != one["reference"]:
            faults.append(
                at(
                    "summary",
                    row,
                    "reference",
                    f"{one['line_id']} has a reading and no reference: above or below what?",
                )
            )
    if faults:
        raise TheoryError(faults)


def summary(
    made: Brought, findings: Mapping[str, Finding], more: Mapping[str, Sequence[Sentence]]
) -> list[Sentence]:
    """The summary, a paragraph for each part in the order of the lines; ``more`` adds sentences to a part, or
    a part."""
    parts: dict[str, list[Sentence]] = {}
    for one in made.lines.to_dict("records"):
        parts.setdefault(one["part"], []).append(line(one, findings))
    for part, sentences in more.items():
        parts.setdefault(part, []).extend(sentences)
    return [joined(sentence(f"{part}."), *said) for part, said in parts.items()]


def line(one: Mapping[str, object], findings: Mapping[str, Finding]) -> Sentence:
    """One line of the summary: the words of ``summary.csv`` with the finding as it is now, and its id."""
    f = findings[cited(one["finding"], findings)]
    source = " (" + f"{f.notebook or HERE}: {f.id})."
    if not math.isfinite(f.estimate) and f.lower != f.lower:
        return sentence("{about}: cannot be estimated from this extract" + source, about=one["about"])
    text = str(one["says"])
    if isinstance(one["reference"], (int, float)) and one["reference"] == one["reference"]:
        side = SIDES[judge(f, "above", one["reference"])]
        reading = one[side] if isinstance(one[side], str) else ""
        text = (
            text.replace("{reading}", reading)
            if "{reading}" in text
            else f"{text}; {reading}"
            if reading
            else text
        )
    interval = "{level} interval {lower} to {upper}" if f.lower == f.lower else "no interval"
    return sentence(text.replace("{interval}", interval) + source, **numbers_of(f))


def numbers_of(f: Finding) -> dict[str, Number | str]:
    """A finding's numbers with the counts behind them, for a release to hide or round."""
    people = f.counted not in NOBODY and f.unit not in NOBODY
    rest = f.n - f.events if f.unit in ("proportion", "people") else f.events
    behind = (f.n, f.events, max(rest, 0)) if people else ()
    style, digits = {
        "proportion": ("percent", 0),
        "pounds": ("pounds", 0),
        "difference of proportions": ("signed", 0),
        "rate ratio": ("ratio", 2),
        "ratio of rate ratios": ("ratio", 2),
    }.get(f.unit, ("decimal", 1))
    points = f.unit == "difference of proportions"
    values = {
        k: number(_rounded(getattr(f, k), style, points), digits=digits, style=style, behind=behind)
        for k in ("estimate", "lower", "upper")
    }
    counts = {
        k: count(max(v, 0), people=people) for k, v in (("n", f.n), ("events", f.events), ("rest", rest))
    }
    share = (
        percent(f.events, f.n)
        if people
        else number(f.events / f.n if f.n else math.nan, digits=0, style="percent")
    )
    return {
        **values,
        **counts,
        "share": share,
        "question": f.question.rstrip("?"),
        "level": f"{100 * f.level:g}%",
    }


def _rounded(value: float, style: str, points: bool) -> float:
    """Percentage points of a difference; pounds to the thousand where they are many."""
    if points:
        return 100 * value
    return round(value, -3) if style == "pounds" and abs(value) >= 1e5 else value
