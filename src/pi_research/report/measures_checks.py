"""What the charts of performance measures rest on, and measures without a result."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from pi_research.measures import chance_of_signal
from pi_research.report.measures import SIGNS
from pi_research.wording import Sentence, count, number, sentence

if TYPE_CHECKING:
    import pandas as pd

    from pi_research.measures import Assessment, Measure
    from pi_research.report.shown import Chart

__all__ = ["agreement", "autocorrelation", "by_chance", "last_year", "targets", "together", "without_result"]


def last_year(parts: Mapping[str, Sequence[tuple[Measure, pd.DataFrame]]]) -> dict[str, list]:
    """The same measures with their last four periods together; a count's target is four times as high."""
    import pandas as pd

    made: dict[str, list] = {}
    for part, rows in parts.items():
        made[part] = []
        for measure, frame in rows:
            four = frame.tail(4)
            if "numerator" in four and len(four):
                used = ("numerator",) if measure.scale == "count" else ("numerator", "denominator")
                sums = {c: [four[c].sum()] for c in used}
                four = pd.DataFrame({"period": [f"the last {len(four)} quarters"], **sums})
                if measure.scale == "count" and measure.target is not None:
                    measure = replace(measure, target=measure.target * min(4, len(frame)))
            made[part].append((measure, four))
    return made


def agreement(mine: Assessment, theirs: Assessment) -> Sentence:
    """Whether two counts of the same thing agree, quarter by quarter."""
    both = mine.summary().merge(theirs.summary(), on="period")
    same = int((both["numerator_x"] == both["numerator_y"]).sum())
    return sentence(
        "{one}: in {k} of {n} quarters that both have, the tracker and the performance report give the "
        "same count.",
        one=mine.measure.name,
        k=count(same, people=False),
        n=count(len(both), people=False),
    )


def by_chance(found: Sequence[Assessment], seed: int) -> Sentence:
    """How many measures would signal had nothing ever changed, simulated for charts of their length."""
    judged = [a for a in found if a.judged]
    if not judged:
        return sentence("No measure has points enough to be judged.")
    points = int(np.median([a.n for a in judged]))
    last, anywhere = chance_of_signal(points, seed=seed)
    signals = sum(a.variation != "common" for a in judged)
    return sentence(
        "A measure that never changes shows a signal at the last of {n} points with a chance of {last}, "
        "and somewhere along its chart with one of {any}. Of {k} measures that can be judged, {expected} "
        "would signal at the end by chance alone; seen: {seen}.",
        n=str(points),
        last=number(last, style="percent", digits=1),
        any=number(anywhere, style="percent", digits=0),
        k=count(len(judged), people=False),
        expected=number(len(judged) * last, digits=1),
        seen=count(signals, people=False),
    )


def together(found: Sequence[Assessment]) -> Sentence:
    """Measures whose neighbouring quarters go together more than chance makes them."""
    charted = [a for a in found if a.judged]
    names = [a.measure.name for a in charted if autocorrelation(a) > 2 / np.sqrt(a.n)]
    listed = f": {'; '.join(names)}. Their limits are too narrow, and runs come too easily" if names else ""
    return sentence(
        "Of {k} measures that can be judged, {n} have neighbouring quarters that go together more than "
        "chance makes them (lag-one autocorrelation above two standard errors){listed}.",
        k=count(len(charted), people=False),
        n=count(len(names), people=False),
        listed=listed,
    )


def autocorrelation(a: Assessment) -> float:
    """Lag-one autocorrelation of the points around the centre of their stretch."""
    gap = a.value - a.chart.centre
    total = float((gap**2).sum())
    return float((gap[1:] * gap[:-1]).sum() / total) if total else float("nan")


def without_result(found: Sequence[Assessment]) -> list[Sentence]:
    """One sentence a council: how many measures with a target have no result."""
    names = [a.measure.name.split(":")[0] for a in found if not a.n]
    return [
        sentence(
            "{name}: {n} measures have a target and no result yet, so that they cannot be judged.",
            name=name,
            n=count(names.count(name), people=False),
        )
        for name in dict.fromkeys(names)
    ]


def targets(found: Sequence[Assessment], id: str, caption: str) -> Chart:
    """Targets, in per cent, of the measures that have no result."""
    import pandas as pd

    from pi_research.report import figures

    rows = [
        (f"{a.measure.name} ({SIGNS[a.measure.comparison]})", 100 * a.measure.target)
        for a in found
        if not a.n
    ]
    frame = pd.DataFrame(rows, columns=["label", "value"])
    return figures.bars(frame, id, caption, xlabel="Target", who="measures", counts=(), unit="%")
