"""Measures of areas in figures: values with exact intervals, in alphabetical order, and other readings."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from pi_research.disclosure import Column
from pi_research.measures import Funnel
from pi_research.report.areas import SIDE, Compared, funnel_of
from pi_research.report.shown import Chart, Table
from pi_research.wording import count, percent, sentence

__all__ = ["intervals_chart", "over_time", "readings", "values"]


def values(one: Compared, id: str, caption: str, level: float = 0.95) -> Table:
    """Every area's value with its exact interval, in alphabetical order, and whether it lies within chance."""
    from pi_research.numerics import exact_binomial, exact_poisson

    f, judged = one.funnel, one.independent
    share = f.family == "binomial"
    low, high = (exact_binomial if share else exact_poisson)(f.numerator, f.denominator, level)
    frame = f.summary().assign(
        lower=low if judged else np.nan,
        upper=high if judged else np.nan,
        side=[SIDE[int(b)] if judged else "not judged: days" for b in f.beyond],
    )
    ratio = {"of": ("numerator", "denominator")} if share else {"behind": ("numerator",)}
    ends = [ratio | {"limit": side} if share else ratio for side in ("lower", "upper")]
    style = ("percent", 1) if share else ("decimal", 2)
    columns = (
        Column("name", "Area"),
        Column("numerator", "Counted", "count"),
        Column("denominator", "Out of", "count"),
        Column("value", "Share" if share else "Rate", *style, **ratio),
        *(
            (
                Column("lower", f"{100 * level:g}% from", *style, **ends[0]),
                Column("upper", "to", *style, **ends[1]),
            )
            if judged
            else ()
        ),
        Column("side", "Against all together"),
    )
    return Table(id, caption, frame, columns, one.measure, ("name",), "estimate")


def intervals_chart(one: Compared, id: str, caption: str) -> Chart:
    """Each area's value with its exact interval, in alphabetical order: no ranking."""
    f = one.funnel
    frame = f.summary().rename(columns={"name": "label"})[
        ["label", "numerator", "denominator", "rest", "beyond"]
    ]
    low, high = int(np.argmin(f.value)), int(np.argmax(f.value))
    said = sentence(
        "A line for each of {k} areas in alphabetical order, with its 95% interval, and all together as a dotted line. "
        "The values run from {low} to {high}.",
        k=count(len(f.names), people=False),
        low=percent(int(f.numerator[low]), int(f.denominator[low]), digits=1),
        high=percent(int(f.numerator[high]), int(f.denominator[high]), digits=1),
    )
    options = {
        "xlabel": f"{one.measure} ({one.when})",
        "family": f.family,
        "height": 1.3 + 0.32 * len(f.names),
    }
    frame["rest"] = frame["rest"] if f.family == "binomial" else frame["numerator"]
    return Chart(
        id,
        caption,
        said,
        "area_intervals",
        frame,
        options,
        "points",
        ("numerator", "denominator", "rest"),
        one.measure,
        ("label",),
    )


def over_time(found: Sequence[Compared], id: str, caption: str) -> Table:
    """How often each area lay outside the limits in all quarters that two areas or more supply."""
    rows = []
    for c in (c for c in found if c.independent):
        seen: dict[str, list[int]] = {}
        for _, here in c.rows.groupby("quarter"):
            try:
                made = funnel_of(here) if len(here) > 1 else None
            except ValueError:
                continue
            for name, beyond in zip(made.names, made.beyond, strict=True) if made else ():
                seen.setdefault(name, []).append(int(beyond))
        for name, sides in sorted(seen.items()):
            s = np.array(sides)
            rows.append(
                {
                    "measure": c.measure,
                    "area": name,
                    "quarters": len(s),
                    "above": int((s > 0).sum()),
                    "below": int((s < 0).sum()),
                    "far": int((np.abs(s) == 2).sum()),
                    "chance": 0.05 * len(s),
                }
            )
    columns = (
        Column("measure", "Measure"),
        Column("area", "Area"),
        *(
            Column(name, label, "count", people=False)
            for name, label in (
                ("quarters", "Quarters"),
                ("above", "Above the 95% limits"),
                ("below", "Below them"),
                ("far", "Outside the 99.8% limits"),
            )
        ),
        Column("chance", "Outside by chance", "decimal", 1, people=False),
    )
    names = ["measure", "area", "quarters", "above", "below", "far", "chance"]
    return Table(
        id, caption, pd.DataFrame(rows, columns=names), columns, "quarters", ("measure", "area"), "count"
    )


def readings(found: Sequence[Compared], id: str, caption: str) -> Table:
    """Areas outside the limits around all together, and around the measure's own target."""
    rows = []
    for c in found:
        row = {
            "measure": c.measure,
            "areas": len(c.funnel.names),
            "pooled": _out(c.funnel),
            "target": "no one target",
        }
        if np.isfinite(c.target):
            x = pd.DataFrame(
                {"area": c.funnel.names, "numerator": c.funnel.numerator, "denominator": c.funnel.denominator}
            )
            row["target"] = _out(funnel_of(x, float(c.target)))
        rows.append(
            row | {"remark": "" if c.independent else "days of one stay go together: limits too narrow"}
        )
    columns = (
        Column("measure", "Measure"),
        Column("areas", "Areas", "count", people=False),
        Column("pooled", "Around all together"),
        Column("target", "Around the target"),
        Column("remark", "Remark"),
    )
    names = ["measure", "areas", "pooled", "target", "remark"]
    return Table(id, caption, pd.DataFrame(rows, columns=names), columns, "areas", ("measure",), "text")


def _out(f: Funnel) -> str:
    names = [
        f"{name} {SIDE[int(b)].split(' the ')[0]} ({SIDE[int(b)].split()[2]})"
        for name, b in zip(f.names, f.beyond, strict=True)
        if b
    ]
    return "; ".join(names) or "all within chance"
