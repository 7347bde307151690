"""Performance measures judged and drawn: board, control charts, losses one by one, funnel of areas."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from pi_research.measures import RULES, MeasureError, assess, special_causes, tally, variation
from pi_research.measures._words import plain
from pi_research.report.shown import Chart
from pi_research.wording import count, joined, number, sentence, word, Sentence

if TYPE_CHECKING:
    import pandas as pd

    from pi_research.measures import Assessment, ControlChart, Funnel, Measure
    from pi_research.sections_of_measures import Measures

__all__ = ["assess_all", "board", "control_chart", "funnel_chart", "headline", "losses", "losses_chart"]

SAID = {
    "pass": "will be met",
    "fail": "will be missed",
    "inconsistent": "hit and miss",
    "few": "not known",
    "none": "no target",
    "improvement": "better",
    "concern": "worse",
    "common": "no change",
    "high": "changed",
    "low": "changed",
}


def assess_all(
    parts: Mapping[str, Sequence[tuple[Measure, pd.DataFrame]]], how: Measures, **changed: object
) -> dict[str, list[Assessment]]:
    """Every measure judged as ``params.yaml`` says, by part (``changed`` replaces arguments of "
    "``measures.assess``).

    Raises
    ------
    MeasureError
        Naming the measure and the place; or a name under ``measures.rebase`` that is no measure.
    """
    names = [measure.id for rows in parts.values() for measure, _ in rows]
    if wrong := sorted(set(how.rebase) - set(names)):
        raise MeasureError(
            f"measures.rebase.{wrong[0]}: there is no such measure; there are {', '.join(names)}"
        )
    given = {"enough": how.enough_points, "few": how.few, "level": how.level} | changed
    days = {name: [day] for name, day in how.rebase.items()}
    return {
        part: [assess(m, r, rebase=days.get(m.id, []) if len(r) > 4 else [], **given) for m, r in rows]
        for part, rows in parts.items()
    }


def headline(judged: Mapping[str, Sequence[Assessment]], how: Measures) -> Sentence:
    """The board in one sentence: the programme's own measures with those of its city, where there are any."""
    who = f"the programme and {how.area}" if judged["city"] else "the programme"
    return tally([*judged["own"], *judged["city"]], who)


def board(found: Sequence[Assessment], id: str, caption: str) -> Chart:
    """All measures on one picture: latest value, target, and the two icons."""
    import pandas as pd

    rows = []
    for a in found:
        m, (x, rest, value) = a.measure, last_of(a)
        rows.append(
            {
                "label": m.name,
                "numerator": x,
                "rest": rest,
                "value": np.nan if m.people else value,
                "scale": m.scale,
                "empty": not a.n,
                "target": "–"
                if m.target is None
                else f"{SIGNS[m.comparison]} {plain(a, m.target).split(' ')[0]}",
                "on": on_words(a),
                "assurance": SAID[a.assurance],
                "variation": "too early" if a.variation == "few" else SAID[a.variation],
                "sign": {1: "up", -1: "down", 0: ""}[int(a.causes.sign[-1]) if a.causes is not None else 0],
            }
        )
    alt = joined(sentence("A board of {k} measures, one line each.", k=str(len(rows))), *(
        sentence("{label}: on target {on}; as it runs now {assurance}; change: {variation}.", **{
            name: word(row["on"], (row["numerator"], row["rest"])) if name == "on" and row["on"] != "–" else row[name]
            for name in ("label", "on", "assurance", "variation")}) for row in rows))
    people = any(a.measure.people for a in found)
    return Chart(
        id,
        caption,
        alt,
        "board",
        pd.DataFrame(rows, columns=None if rows else ["label", "numerator", "rest"]),
        {
            "height": 0.55
            + (0.235 if max((len(r["label"]) for r in rows), default=0) <= 52 else 0.31) * len(rows)
        },
        "points" if people else "open",
        ("numerator", "rest") if people else (),
        "measures",
        ("label",),
    )


SIGNS = {"at_least": "≥", "more_than": ">", "at_most": "≤", "less_than": "<"}


def on_words(a: Assessment) -> str:
    """Whether the latest value is on target; in brackets where the target lies within its interval."""
    said = {None: "–", True: "yes", False: "no"}[a.on_target]
    return f"({said})" if a.too_small else said


def last_of(a: Assessment) -> tuple[float, float, float]:
    """Latest numerator, what is left of the denominator (for a count the count itself), and value."""
    if not a.n:
        return np.nan, np.nan, np.nan
    x = a.numerator[-1]
    return x, a.denominator[-1] - x if a.measure.scale == "share" else x, a.value[-1]


def control_chart(a: Assessment, caption: str = "") -> Chart:
    """One measure's points with limits, target and signals; released from rounded counts."""
    import pandas as pd

    m = a.measure
    rest = a.denominator - a.numerator if m.scale == "share" else a.numerator
    frame = pd.DataFrame(
        {
            "position": np.arange(a.n),
            "label": [label_of(p) for p in a.period],
            "numerator": a.numerator,
            "rest": rest,
            "exposure": a.denominator if m.scale == "rate" else np.nan,
            "value": a.value if not m.people else np.nan,
            "signal": a.causes.sign if a.causes is not None else 0,
        }
    )
    rebase = [] if a.chart is None else [int(k) + 1 for k in np.flatnonzero(np.diff(a.chart.group))]
    quarters = a.period.dtype.kind == "M"
    options = {
        "kind": a.chart.kind if a.chart is not None and a.n >= 5 else "",
        "scale": m.scale,
        "rebase": rebase,
        "direction": m.direction,
        "target": m.target,
        "xlabel": "Quarter from" if quarters else "Period",
        "target_label": ""
        if m.target is None
        else f"target {SIGNS[m.comparison]} {plain(a, m.target).split(' ')[0]}",
        "ylabel": m.name.split(": ")[-1] + (f", {m.unit}" if m.unit else ""),
        "height": 2.9,
    }
    caption = caption or f"{m.name}, by {'quarter' if quarters else 'period'}."
    alt = joined(
        sentence("A line of points ({n}){k}.", n=str(a.n), k=" with its limits" if options["kind"] else ""),
        a.sentence(),
    )
    return Chart(m.id, caption, alt, "control", frame, options, "points" if m.people else "open",
                 ("numerator", "rest") if m.people else (), m.name, ("quarter",))


def label_of(period: object) -> str:
    """A period as it stands under an axis or in a cell."""
    import pandas as pd

    return f"{pd.Timestamp(period):%b %y}" if isinstance(period, np.datetime64) else str(period)


def losses(chart: ControlChart) -> Sentence:
    """Whether tenancies are lost more or less often than they were, from the months lived between losses."""
    n, said = len(chart.value), variation(special_causes(chart), 1)
    rule = special_causes(chart).rule[-1]
    words = {
        "common": "no change beyond chance",
        "improvement": f"losses have become rarer: {RULES.get(rule, '')}",
        "concern": f"losses have become more frequent: {RULES.get(rule, '')}",
    }
    return sentence(
        "Tenancies lost, one by one: {n} losses, with a median of {mid} lived in all tenancies together "
        "between one and the next (T chart, exponential limits{trial}). At the latest loss: {said}.",
        n=count(n),
        said=words[said],
        mid=number(chart.centre[-1], digits=0, unit="months", behind=(n,)),
        trial=", trial" if chart.trial[-1] else "",
    )


def losses_chart(chart: ControlChart, id: str, caption: str) -> Chart:
    """Months lived between losses; each point is one person, so that it is never released."""
    import pandas as pd

    frame = pd.DataFrame(
        {
            "position": np.arange(len(chart.value)),
            "label": [str(k + 1) for k in range(len(chart.value))],
            "numerator": np.nan,
            "rest": np.nan,
            "exposure": np.nan,
            "value": chart.value,
            "signal": special_causes(chart).sign,
        }
    )
    options = {
        "kind": chart.kind,
        "scale": "value",
        "direction": 1,
        "xlabel": "Loss, in order",
        "height": 2.9,
        "ylabel": "Months lived in all tenancies since the loss before",
    }
    return Chart(id, caption, losses(chart), "control", frame, options, "inside")


def funnel_chart(funnel: Funnel, id: str, caption: str, *, xlabel: str, ylabel: str, who: str = "areas",
                 published: bool = False) -> Chart:
    """Areas by size with exact limits; a release draws those that rest on no hidden count, rounded."""
    frame = funnel.summary().rename(columns={"name": "label", "denominator": "size"})
    if funnel.family == "poisson":
        frame["rest"] = frame["numerator"]
    label = "all together" if funnel.pooled else "target"
    options = {
        "target": round(funnel.target, 3),
        "levels": list(funnel.levels),
        "family": funnel.family,
        "height": 4.2,
        "xlabel": xlabel,
        "ylabel": ylabel,
        "target_label": label,
    }
    said = [funnel.sentence(who)]
    for row in frame[frame["beyond"] != 0].itertuples():
        said.append(
            sentence("{name} lies {side}.", name=row.label, side="above" if row.beyond > 0 else "below")
        )
    counts = () if published else ("numerator", "rest", *(("size",) if funnel.family == "binomial" else ()))
    return Chart(
        id,
        caption,
        joined(sentence("Points by size within a funnel of limits."), *said),
        "funnel",
        frame,
        options,
        "open" if published else "points",
        counts,
        who,
        ("label",),
    )
