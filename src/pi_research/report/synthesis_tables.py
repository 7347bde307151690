"""Tables of the synthesis: the joint display, statuses, comparisons, what to collect, the system, reporting
lists."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import pandas as pd

from pi_research.disclosure import Column
from pi_research.realist._joint_words import NUMBERS, PEOPLE
from pi_research.realist.synthesis import people_needed
from pi_research.report.shown import Table
from pi_research.report.synthesis import HERE, NOBODY, numbers_of
from pi_research.report.synthesis_tests import cells_of
from pi_research.report.tables import plain

if TYPE_CHECKING:
    from pi_research.findings import Finding
    from pi_research.realist import Modification
    from pi_research.realist.joint import JointDisplay
    from pi_research.realist.synthesis import Statuses
    from pi_research.report.synthesis_tests import Compared

__all__ = [
    "collect_table",
    "comparisons_table",
    "joint_tables",
    "known_table",
    "power_table",
    "readings_table",
    "status_table",
]

BEHIND = ("n", "events", "rest")


def joint_tables(made: JointDisplay, findings: Mapping[str, Finding]) -> list[Table]:
    """The joint display, and fits that a person has set, with their reason and day."""
    rows = made.rows
    found = [findings.get(i) for i in rows["finding"]]
    frame = rows.assign(
        question=rows["question_id"] + " (" + rows["theory_ids"] + "): " + rows["question"],
        number=[_written(f, NUMBERS[w]) for f, w in zip(found, rows["numbers"], strict=True)],
        open=[f is None or f.counted in NOBODY for f in found],
        n=[0 if f is None else f.n for f in found],
        events=[0 if f is None else f.events for f in found],
        rest=[0 if f is None else _rest(f) for f in found],
        people=rows["people"].map(PEOPLE),
        fit=[
            f if f == s else f"{s} (by rule: {f})" for f, s in zip(rows["fit"], rows["stands"], strict=True)
        ],
    )
    columns = (
        Column("question", "Question"),
        Column("number", "The numbers", behind=BEHIND, open_where="open"),
        Column("people", "People"),
        Column("fit", "Fit"),
        Column("now", "What we now think"),
        Column("said_supports", "Said for", "count"),
        Column("said_refines", "to change", "count"),
        Column("said_refutes", "against", "count"),
    )
    display = Table(
        "joint_display",
        "Joint display: each question with its number by id, what people said of it in coded "
        "segments, and how the two fit.",
        frame,
        columns,
        "coded segments",
        ("question",),
        "count",
    )
    own = rows[rows["judged"] != ""]
    own = own.assign(
        overtaken=own["overtaken"].map({True: "the rule has changed since: look again", False: "stands"})
    )
    labels = {
        "question_id": "Question",
        "fit": "By rule now",
        "judged": "Set by a person",
        "judged_why": "Why",
        "judged_on": "On",
        "judged_by": "By",
        "overtaken": "Standing",
    }
    return [display, plain(own, "judged", "Fits that a person has set in place of the rule's.", labels)]


def _rest(f: Finding) -> int:
    return max(f.n - f.events, 0) if f.unit in ("people", "proportion") else f.events


def _written(f: Finding | None, words: str) -> str:
    if f is None:
        return words
    n = numbers_of(f)
    interval = f" ({n['lower']} to {n['upper']})" if f.lower == f.lower else ""
    unit = " points" if f.unit == "difference of proportions" and f.estimate == f.estimate else ""
    return f"{words}: {n['estimate']}{interval}{unit}; {f.notebook or HERE}: {f.id}"


def status_table(made: Statuses) -> Table:
    """What was thought at first, what the data did to it, and what the rule proposes; the evaluator's
    standing beside it."""
    rows = made.rows
    changed = (
        rows["changed"].str.cat(rows["because"] + " (" + rows["tests"] + ")", sep="; ").str.removeprefix("; ")
    )
    frame = rows.assign(
        title=rows["theory_id"] + ": " + rows["title"].str.lower(),
        did=changed,
        now=rows["now"].mask(rows["now"] == rows["first"], "The same"),
    )
    labels = {
        "title": "About",
        "first": "Thought at first",
        "now": "As it stands",
        "did": "What changed it, and what the data did",
        "standing": "The evaluator's status",
        "proposed": "Proposed by rule",
    }
    return plain(
        frame,
        "statuses",
        "Configurations: what was thought at first, what evidence and tests did to it, and what "
        "is proposed now.",
        labels,
    )


def comparisons_table(made: Modification, tests: pd.DataFrame, parts: Sequence[Compared]) -> Table:
    """Every comparison with its groups, difference, test and verdict; percentage points, or a ratio of rate
    ratios."""
    rows = made.summary()
    ratio = rows["scale"] == "log_ratio"
    words = tests.set_index("test_id").loc[list(rows["configuration"])]
    frame = rows.assign(
        theory_id=words["theory_id"].to_numpy(),
        compares=(words["group_words"] + ", beside " + words["other_words"]).to_numpy(),
        expects=words["expected"].map({"positive": "more", "negative": "less"}).to_numpy(),
        difference=[
            _gap(r, ("difference", "lower", "upper"), k)
            for r, k in zip(rows.to_dict("records"), ratio, strict=True)
        ],
        drawn=[
            _gap(r, ("shrunken", "shrunken_lower", "shrunken_upper"), k)
            for r, k in zip(rows.to_dict("records"), ratio, strict=True)
        ],
    )
    both = ("n_reference", "n_group", "e0", "e1", "r0", "r1")
    events = {t: cells_of(part, k) for part in parts for k, t in enumerate(part.tests)}
    cells = [events[t] for t in frame["configuration"]]
    frame = frame.join(pd.DataFrame(cells, columns=list(both[2:]), index=frame.index))
    columns = (
        Column("configuration", "Id"),
        Column("theory_id", "Configuration"),
        Column("compares", "Compared"),
        Column("outcome", "Outcome"),
        Column("expects", "Theory expects"),
        Column("n_group", "In the group", "count"),
        Column("n_reference", "Not in it", "count"),
        Column("difference", "Points, or times", behind=both),
        Column("drawn", "Drawn together", behind=both),
        Column("p_value", "p", "decimal", 3, both),
        Column("p_adjusted", "p, Holm", "decimal", 3, both),
        Column("verdict", "Verdict"),
    )
    return Table(
        "comparisons",
        "Comparisons fixed before the data were seen: percentage points for shares, times for "
        "admissions, each with its own interval.",
        frame,
        columns,
        "everyone",
        ("configuration",),
        "estimate",
    )


def _gap(row: Mapping[str, object], names: tuple[str, str, str], ratio: bool) -> str:
    middle, low, high = (row[n] for n in names)
    if pd.isna(middle):
        return "not estimable"
    write = (lambda v: f"{v:.2f}") if ratio else (lambda v: f"{100 * v:+.0f}".replace("-", "−"))
    return f"{write(middle)} ({write(low)} to {write(high)})" if pd.notna(low) else write(middle)


def _least(value: float, ratio: bool) -> str:
    if pd.isna(value):
        return "cannot be said"
    if ratio:
        return f"{value:.1f} times" if value <= 20 else "more than 20 times"
    return f"{100 * value:.0f} points" if value <= 1 else "not even 100 points"


def power_table(made: Modification, tests: pd.DataFrame) -> Table:
    """From the errors alone: how large a difference each comparison would find four times in five, and the
    people missing."""
    rows, words = made.summary(), tests.set_index("test_id").loc[list(made.configurations)]
    ratio = rows["scale"] == "log_ratio"
    found = [_least(v, k) for v, k in zip(rows["detectable"], ratio, strict=True)]
    frame = rows.assign(
        compares=(words["group_words"] + ", beside " + words["other_words"]).to_numpy(),
        found=found,
        times=people_needed(made),
    )
    both = ("n_reference", "n_group")
    columns = (
        Column("configuration", "Id"),
        Column("compares", "Compared"),
        Column("outcome", "Outcome"),
        Column("n_group", "In the group", "count"),
        Column("n_reference", "Not in it", "count"),
        Column("found", "Would be found from", behind=both),
        Column("times", "Times as many people for 20 points, or twice the rate", "decimal", 0, both),
    )
    return Table(
        "power",
        "What could be found at all, at the level of Holm's first step, four times in five.",
        frame,
        columns,
        "everyone",
        ("configuration",),
        "estimate",
    )


def known_table(made: pd.DataFrame) -> Table:
    """What is known, in doubt and not known."""
    labels = {"known": "Standing", "what": "What", "why": "What we now think", "by": "By"}
    return plain(made, "known", "What is known, what is in doubt, and what is not known.", labels)


def collect_table(made: pd.DataFrame, first: int = 15) -> Table:
    """What to collect next, the first rows in order of how many configurations they would open."""
    labels = {"what": "Collect", "kind": "Since", "n": "Configurations", "opens": "Which", "why": "Why"}
    return plain(
        made.head(first),
        "collect",
        "What to collect next: most configurations first.",
        labels,
        styles={"n": ("count", 0)},
    )


def readings_table(made: pd.DataFrame) -> Table:
    """Fits and proposals under other readings."""
    labels = {
        "label": "Reading",
        "fits": "Fits that differ",
        "statuses": "Proposals that differ",
        "kinds": "Fits and proposals",
    }
    return plain(
        made,
        "sensitivity",
        "How fits and proposals change under other readings.",
        labels,
        styles={"fits": ("count", 0), "statuses": ("count", 0)},
    )
