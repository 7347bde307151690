"""Tables of the theory itself: framework, indicators, configurations, steps, and where it comes from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pi_research.disclosure import Column
from pi_research.realist import listed
from pi_research.realist.coverage import REACH
from pi_research.report.shown import Table
from pi_research.report.tables import plain

if TYPE_CHECKING:
    import pandas as pd

    from pi_research.realist import IndicatorCoverage, Theory

__all__ = [
    "coverage_table",
    "framework",
    "indicators",
    "plain_words",
    "register",
    "sources",
    "steps_table",
    "then_and_now",
]


def framework(theory: Theory) -> Table:
    """Every activity with its theory and what may decide, by row of the source."""
    frame = theory.activities.assign(
        phase=plain_words(theory.activities["phase"]), role=plain_words(theory.activities["role"])
    )
    labels = {
        "activity_id": "Id",
        "phase": "Phase",
        "role": "Who",
        "activity": "Activity",
        "theory": "Why it should help",
        "context": "What may decide",
        "where": "Where it stands",
    }
    return plain(frame, "framework", "The evaluation framework in our own words, an activity a row.", labels)


def indicators(made: IndicatorCoverage) -> Table:
    """Every indicator, what it would be measured by, and why it is not."""
    frame = made.rows.assign(by=made.rows["fields"].fillna(""), why=made.gaps_text())
    labels = {
        "indicator_id": "Id",
        "activity": "Activity",
        "indicator": "What would show it",
        "origin": "Named by",
        "reach": "In this extract",
        "by": "Fields",
        "why": "Why not, or not wholly",
    }
    return plain(frame, "indicators", "Indicators of the framework and the fields that measure them.", labels)


def coverage_table(made: IndicatorCoverage) -> Table:
    """Indicators by phase and role."""
    frame = made.summary()
    frame = frame.assign(phase=plain_words(frame["phase"]), role=plain_words(frame["role"]))
    labels = {
        "phase": "Phase",
        "role": "Who",
        "activities": "Activities",
        "reached": "with an indicator seen",
        "indicators": "Indicators",
        **{word: word.capitalize() for word in REACH},
    }
    styles = {name: ("count", 0) for name in list(labels)[2:]}
    return plain(frame, "coverage", "How much of the framework this extract measures.", labels, styles=styles)


def then_and_now(theory: Theory) -> Table:
    """Statements that have changed or were challenged: first, now and why."""
    frame = theory.first_thought()
    frame = frame[frame["why"].fillna("") != ""]
    same = frame["first"] == frame["now"]
    frame = frame.assign(
        title=frame["theory_id"] + ": " + frame["title"].str.lower() + " (" + frame["status"] + ")",
        now=frame["now"].mask(same, "The same"),
    )
    labels = {"title": "About", "first": "At first", "now": "Now", "why": "Why"}
    return plain(
        frame, "then_and_now", "What was thought at first, what is thought now, and what changed it.", labels
    )


def register(theory: Theory) -> list[Table]:
    """Every configuration: taken apart, and what it would need to be wrong."""
    now = theory.configurations
    apart = {
        "theory_id": "Id",
        "title": "About",
        "context": "Circumstance",
        "mechanism_resource": "What is given",
        "mechanism_reasoning": "How people answer",
        "outcome": "What follows",
    }
    whole = {
        "theory_id": "Id",
        "statement": "If, then, because",
        "for_whom": "For whom",
        "rival": "What else would explain it",
        "com": "Works through (COM-B)",
        "rests": "Leads to",
        "where": "Where it stands",
    }
    frame = now.assign(com=plain_words(now["com_b"].fillna("")), rests=now["leads_to"].fillna(""))
    return [
        plain(
            now, "configurations", "Configurations: circumstance, mechanism in its two parts, outcome.", apart
        ),
        plain(frame, "statements", "Configurations as sentences, with their rivals.", whole),
    ]


def steps_table(steps: pd.DataFrame, id: str, caption: str) -> Table:
    """The text equivalent of a diagram, from left to right."""
    names = dict(zip(steps["step_id"], steps["label"], strict=True))
    order = steps.sort_values(["column", "row"], kind="stable")
    frame = order.assign(
        owner=plain_words(order["owner"]),
        after=["; ".join(names[i] for i in listed(n)) for n in order["next"]],
        acts=order["activities"].fillna(""),
    )
    columns = (
        Column("label", "Step"),
        Column("kind", "Kind"),
        Column("lane", "Lane"),
        Column("owner", "Owner"),
        Column("people", "People", "count"),
        Column("acts", "Activities"),
        Column("after", "Then"),
    )
    return Table(id, caption, frame, columns, "everyone", ("label",))


def sources(theory: Theory) -> list[Table]:
    """Where everything comes from: sub-themes, and lessons of other programmes with the reasons given."""
    lessons = theory.lessons.assign(
        kind=plain_words(theory.lessons["kind"]), area=theory.lessons["area"].fillna("")
    )
    return [
        plain(
            theory.themes,
            "sub_themes",
            "Sub-themes of the interviews, by heading of the source.",
            {
                "sub_theme_id": "Id",
                "theme": "Theme",
                "sub_theme": "Sub-theme",
                "what_was_said": "What was said",
                "where": "Where it stands",
            },
        ),
        plain(
            lessons,
            "lessons",
            "Lessons of other programmes and papers, with the reasons that they give.",
            {
                "lesson_id": "Id",
                "kind": "Kind",
                "area": "Area",
                "what": "What",
                "why": "Why",
                "source": "Source",
                "where": "Where it stands",
            },
        ),
    ]


def plain_words(column: pd.Series) -> pd.Series:
    """Names of the tables as words."""
    return column.str.replace("_", " ").str.replace(";", ",")
