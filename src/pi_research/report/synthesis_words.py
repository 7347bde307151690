"""What the synthesis concludes, in sentences and as findings."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from pi_research.findings import Finding, limits
from pi_research.realist.joint import FITS
from pi_research.realist.synthesis import STATUSES
from pi_research.wording import Sentence, count, number, sentence

if TYPE_CHECKING:
    import pandas as pd

    from pi_research.realist import JointDisplay, Modification, Statuses

__all__ = ["at_a_glance", "findings_of_synthesis", "tests_sentence", "timing_sentence"]

AGREE = (
    ("confirms", "supports", "Both say yes"),
    ("confirms", "refutes", "Both say no"),
    ("contradicts", "supports", "Numbers say yes and people no"),
    ("contradicts", "refutes", "Numbers say no and people yes"),
)
"""A question is asked so that yes is what the theory expects."""


def tests_sentence(made: Modification) -> Sentence:
    """How many comparisons decided, and how large a difference the middle one of them would have found."""
    import numpy as np

    n = {v: made.verdict.count(v) for v in ("supported", "contrary", "not shown", "not estimable")}
    known = made.detectable[np.isfinite(made.detectable) & (np.array(made.scale) == "difference")]
    reach = (
        (
            " Half of the comparisons of shares would find only differences of {points} percentage points or more four "
            "times in five, so that what is not shown is not refuted."
        )
        if len(known)
        else ""
    )
    return sentence(
        "Of {k} comparisons between groups, fixed before the data were seen, {s} went as the theory expects and {c} against "
        "it; {u} cannot tell the groups apart and {e} cannot be made (5% for all together, Holm; 09_synthesis: "
        "synthesis.comparisons_supported)." + reach,
        k=count(len(made.verdict), people=False),
        s=str(n["supported"]),
        c=str(n["contrary"]),
        u=str(n["not shown"]),
        e=str(n["not estimable"]),
        points=number(100 * float(np.median(known)), digits=0) if len(known) else "",
    )


def at_a_glance(joint: JointDisplay, statuses: Statuses) -> list[Sentence]:
    """What numbers and people say together, by question; and which configurations are supported or
    contradicted."""
    told, rows = [joint.sentence()], joint.rows
    for fit, side, word in AGREE:
        which = rows.loc[(rows["stands"] == fit) & (rows["numbers"] == side), "question"]
        if len(which):
            told.append(sentence("{word}: {which}", word=word, which=" ".join(which)))
    return [*told, statuses.sentence()]


BEFORE = {
    "accepted": ("interest",),
    "moved": ("interest", "start"),
    "kept": ("interest", "start", "move"),
    "admissions": ("interest", "start", "move"),
}
"""When a group must be known at the latest, by outcome."""


def timing_sentence(tests: pd.DataFrame) -> Sentence:
    """Whether every group is known before its outcome can happen; those that are not, by id."""
    asked = tests[tests["reach"] == "comparison"]
    late = [t.test_id for t in asked.itertuples() if t.known_at not in BEFORE[t.outcome]]
    return sentence(
        "{n} of {k} comparisons part people by what was known before the outcome could happen{which}.",
        n=count(len(asked) - len(late), people=False),
        k=count(len(asked), people=False),
        which=f"; not so: {', '.join(late)}" if late else "",
    )


def findings_of_synthesis(made: Modification, joint: JointDisplay, statuses: Statuses) -> list[Finding]:
    """Counts of what this page concludes."""
    n, k = len(joint.rows), len(statuses.rows)
    rows = [
        (
            "synthesis.comparisons_supported",
            "How many comparisons went as the theory expects?",
            made.verdict.count("supported"),
            len(made.verdict),
            "comparisons",
            tests_sentence(made),
        )
    ]
    rows += [
        (
            f"synthesis.{fit}",
            f"On how many questions is the fit of numbers and people: {fit}?",
            int((joint.rows["stands"] == fit).sum()),
            n,
            "questions",
            joint.sentence(),
        )
        for fit in FITS
    ]
    rows += [
        (
            f"synthesis.{s.replace(' ', '_')}",
            f"For how many configurations does the rule propose: {s}?",
            int((statuses.rows["proposed"] == s).sum()),
            k,
            "configurations",
            statuses.sentence(),
        )
        for s in STATUSES
    ]
    return [
        Finding(
            i,
            q,
            float(v),
            unit,
            of,
            v,
            "count",
            *limits(math.nan, math.nan),
            counted="configurations",
            sentence=said,
        )
        for i, q, v, of, unit, said in rows
    ]
