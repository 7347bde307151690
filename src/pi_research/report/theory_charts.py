"""Charts of the theory: process diagrams, what the data reach, and codes by segment."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pi_research.realist import listed
from pi_research.realist.coverage import REACH
from pi_research.report.shown import Chart
from pi_research.wording import joined, sentence

if TYPE_CHECKING:
    from pi_research.realist import Diagram, IndicatorCoverage, Saturation

__all__ = ["coverage_chart", "process_chart", "saturation_chart"]


def process_chart(made: Diagram, id: str, caption: str) -> Chart:
    """The diagram as swimlanes; its alt text is the text equivalent, step by step."""
    import numpy as np

    steps = made.steps
    seen = [
        f"{m} of {k} seen" if k else "" for m, k in zip(steps["measured"], steps["indicators"], strict=True)
    ]
    frame = steps[["kind", "label", "people"]].assign(
        step=steps["step_id"],
        place=[f"{c},{r}" for c, r in zip(steps["column"], steps["row"], strict=True)],
        small=seen,
        next=["; ".join(listed(n)) for n in steps["next"]],
        position=np.arange(len(steps)),
        counted=np.where(steps["people"].notna(), "counted", ""),
    )
    options = {"lanes": made.lanes(), "height": 0.35 + 1.02 * len(made.lanes())}
    alt = joined(made.sentence(), *made.words())
    return Chart(id, caption, alt, "process", frame, options, "points", ("people",), "everyone", ("step",))


def coverage_chart(made: IndicatorCoverage, id: str, caption: str) -> Chart:
    """Indicators by phase and role, in parts of what an extract says of them."""
    import pandas as pd

    rows = [
        (f"{r['phase'].capitalize()}: {r['role'].replace('_', ' ')}", word, int(r[word]))
        for r in made.summary().to_dict("records")
        for word in REACH
        if made.rows["reach"].eq(word).any()
    ]
    frame = pd.DataFrame(rows, columns=["label", "group", "value"])
    alt = joined(
        sentence(
            "Bars of indicators by phase and role, each in parts: measured, partly measured, not supplied, "
            "not "
            "measurable."
        ),
        made.sentence(),
    )
    height = 1.3 + 0.4 * frame["label"].nunique()
    return Chart(id, caption, alt, "stacked", frame, {"xlabel": "Indicators", "height": height}, "open")


def saturation_chart(made: Saturation, id: str, caption: str) -> Chart:
    """Different codes by segment."""
    frame = made.summary().rename(columns={"segment": "position"})
    alt = joined(
        sentence(
            "Two rising lines of different codes by segment: as coded, and on average over every order."
        ),
        made.sentence(),
    )
    options = {
        "xlabel": "Segments, in the order in which they were coded",
        "ylabel": "Different codes",
        "height": 3.2,
    }
    return Chart(id, caption, alt, "growth", frame, options, "open")
