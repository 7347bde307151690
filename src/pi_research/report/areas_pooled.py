"""Series of many areas, each with its own start, pooled; or in words why they cannot be."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from pi_research import its
from pi_research.disclosure import Column
from pi_research.numerics.random_effects import random_effects
from pi_research.report.shown import Chart, Table
from pi_research.wording import Sentence, count, number, sentence

if TYPE_CHECKING:
    from pi_research.its import PooledAreas
    from pi_research.params import Params

__all__ = ["areas_table", "chart", "choices", "described", "left_out", "made", "pool", "unit_of"]

TERM = {"level": "level", "slope": "trend, a month"}


def unit_of(settings: Params, what: str) -> str:
    """The unit of the pooled series in words."""
    return (
        f"{what.lower()} a month per 100,000 residents"
        if settings.series.family == "gaussian"
        else f"{what.lower()} a month"
    )


def described(series: Mapping[str, pd.DataFrame], settings: Params) -> Table:
    """Every area of the measure: months, mean rate, and its start where it has one."""
    rows = []
    for area, frame in series.items():
        start = settings.areas.starts.get(area)
        since = int((frame["month"] >= pd.Timestamp(str(start))).sum()) if start else np.nan
        rows.append(
            {
                "area": area,
                "first": frame["month"].iloc[0],
                "last": frame["month"].iloc[-1],
                "months": len(frame),
                "rate": float(frame["rate"].mean()),
                "events": int(frame["value"].sum()),
                "start": f"{pd.Timestamp(str(start)):%B %Y}" if start else "none given",
                "since": since,
            }
        )
    columns = (
        Column("area", "Area"),
        Column("first", "From", "month"),
        Column("last", "to", "month"),
        Column("months", "Months", "count", people=False),
        Column("rate", "Mean a month", "decimal", 1, ("events",)),
        Column("start", "Start"),
        Column("since", "Months since", "count", people=False),
    )
    names = ["area", "first", "last", "months", "rate", "events", "start", "since"]
    return Table(
        "series",
        "Monthly series by area, and the month in which the programme began there.",
        pd.DataFrame(rows, columns=names),
        columns,
        "months",
        ("area",),
        "estimate",
    )


def pool(series: Mapping[str, pd.DataFrame], settings: Params, **changed: Any) -> PooledAreas | Sentence:
    """Pool the areas with a start; a sentence on what it would take where fewer than two can be analysed.

    ``changed`` replaces arguments of :func:`its.staggered_designs`.
    """
    how, covid, starts = settings.series, settings.covid, settings.areas.starts
    used = {area: frame for area, frame in series.items() if area in starts}
    if len(used) < 2:
        return _what_it_takes(used, series)
    months = {area: frame["month"] for area, frame in used.items()}
    given = {"seasonality": how.seasonality, "level": how.level_change, "slope": how.slope_change} | changed
    period = None if covid.handling == "none" else its.CovidPeriod(covid.start, covid.end, covid.handling)
    counts, designs, aside = how.family != "gaussian", {}, {}
    for area in used:  # one at a time: the exposure of counts is the area's own
        offset = {"offset": used[area]["exposure"].to_numpy(float)} if counts else {}
        one, why = its.staggered_designs(
            {area: months[area]}, {area: str(starts[area])}, covid=period, **given, **offset
        )
        designs, aside = designs | one, aside | why
    values = {area: frame["value" if counts else "rate"].to_numpy(float) for area, frame in used.items()}
    try:
        return its.pool_areas(
            values, designs, family=how.family, method=how.method, level=settings.areas.level, set_aside=aside
        )
    except ValueError as why:
        return sentence("The areas cannot be pooled: {why}.", why=str(why).rstrip("."))


def made(pooled: PooledAreas | Sentence) -> bool:
    """Whether series were pooled."""
    return not isinstance(pooled, Sentence)


def _what_it_takes(used: Mapping, series: Mapping) -> Sentence:
    return sentence(
        "No series are pooled: that takes two areas or more in which the programme began, each with a start under "
        "areas.starts and at least {few} usable months. Of {n} areas with a series, those with a start: {named}. What "
        "happened in one area is asked in 04_hospital_time_series.",
        few=str(its.pooling.FEWEST),
        n=count(len(series), people=False),
        named=", ".join(used) or "none",
    )


def areas_table(made: PooledAreas, id: str, caption: str) -> Table:
    """Each area's own change, its weight, and what is left of it when areas lend each other strength."""
    ratio = next(iter(made.fits.values())).family != "gaussian"
    frame = (
        made.areas()
        .assign(term=lambda f: f["term"].str[:5].map(TERM))
        .sort_values(["term", "area"], ignore_index=True)
    )
    numbers = ["estimate", "lower", "upper", "shrunken", "shrunken_lower", "shrunken_upper"]
    if ratio:
        frame[numbers] = np.exp(frame[numbers])
    style, level = ("ratio", 3) if ratio else ("signed", 2), f"{100 * made.level:g}% from"
    labels = dict(zip(numbers, ("Own estimate", level, "to", "Drawn to the mean", level, "to"), strict=True))
    columns = (
        Column("area", "Area"),
        Column("term", "Change of"),
        *(
            Column(name, words, "count", people=False)
            for name, words in (("months_before", "Months before"), ("months_after", "since"))
        ),
        *(Column(name, words, *style, people=False) for name, words in labels.items()),
        Column("weight", "Weight", "percent", 1, people=False),
    )
    kept = [c.name for c in columns]
    return Table(id, caption, frame[kept], columns, "months", ("area", "term"), "estimate")


def chart(made: PooledAreas, id: str, caption: str, unit: str) -> Chart:
    """The first change (level, where the model has one) of each area, and of all with the range for one more."""
    term, all_of = next(iter(made.pooled.items()))
    rows = (
        made.areas()
        .query("term == @term")[["area", "estimate", "lower", "upper"]]
        .rename(columns={"area": "label"})
    )
    low, high = all_of.prediction()
    last = [("All areas, on average", all_of.estimate, all_of.lower, all_of.upper)]
    last += [("One more such area", all_of.estimate, low, high)] if np.isfinite(low) else []
    frame = pd.concat([rows.sort_values("label"), pd.DataFrame(last, columns=list(rows))], ignore_index=True)
    ratio = next(iter(made.fits.values())).family != "gaussian"
    if ratio:
        frame[["estimate", "lower", "upper"]] = np.exp(frame[["estimate", "lower", "upper"]])
    what = TERM[term[:5]]
    alt = sentence(
        "A line for each of {k} areas in alphabetical order, then all together: change of {what} with its interval. The "
        "areas' own estimates run from {low} to {high}, all together {mean}.",
        k=count(all_of.k, people=False),
        what=what,
        low=number(frame["estimate"][: all_of.k].min()),
        high=number(frame["estimate"][: all_of.k].max()),
        mean=number(frame["estimate"][all_of.k]),
    )
    options = {
        "xlabel": f"Change of {what}, {'ratio' if ratio else unit}",
        "percent": False,
        "reference": float(ratio),
        "height": 1.2 + 0.24 * len(frame),
    }
    return Chart(id, caption, alt, "intervals", frame, options, "open", (), "months", ("label",))


def left_out(made: PooledAreas) -> Sentence:
    """Whether one area decides the pooled change: each left out in turn."""
    term, all_of = next(iter(made.pooled.items()))
    if all_of.k < 3:
        return sentence("With two areas none can be left out: the mean rests on both.")
    own = np.array([fit.coefficient(term).estimate for fit in made.fits.values()])
    found = {}
    for j, area in enumerate(made.fits):
        kept = np.arange(len(own)) != j
        found[area] = random_effects(own[kept], made.errors[term][kept], level=made.level)
    side = {area: int(one.lower > 0) - int(one.upper < 0) for area, one in found.items()}
    base = int(all_of.lower > 0) - int(all_of.upper < 0)
    other = [area for area, s in side.items() if s != base]
    ratio = next(iter(made.fits.values())).family != "gaussian"
    ends = [
        float(np.exp(v) if ratio else v)
        for v in (min(o.estimate for o in found.values()), max(o.estimate for o in found.values()))
    ]
    return sentence(
        "Without each area in turn the pooled change of {what} runs from {low} to {high}; "
        + (
            "without {k} of them ({names}) the answer would be another one."
            if other
            else "no single area decides the answer."
        ),
        what=TERM[term[:5]],
        low=number(ends[0], digits=2),
        high=number(ends[1], digits=2),
        k=count(len(other), people=False),
        names=", ".join(other[:10]),
    )


def choices(series: Mapping[str, pd.DataFrame], settings: Params, made: PooledAreas) -> Table:
    """The pooled changes under other choices of season and shape."""
    how, rows = settings.series, []
    asked = {"as in params.yaml": made}
    for s in ("none", "harmonic", "month"):
        if s != how.seasonality:
            asked[f"season: {s}"] = pool(series, settings, seasonality=s)
    if how.level_change and how.slope_change:
        asked |= {
            "level only": pool(series, settings, slope=False),
            "trend only": pool(series, settings, level=False),
        }
    for name, one in asked.items():
        if isinstance(one, Sentence):
            rows.append({"choice": name, "term": "–", "k": 0, "remark": str(one)})
            continue
        ratio = next(iter(one.fits.values())).family != "gaussian"
        for term, found in one.pooled.items():
            low, mid, high = (
                float(np.exp(v) if ratio else v) for v in (found.lower, found.estimate, found.upper)
            )
            rows.append(
                {
                    "choice": name,
                    "term": TERM[term[:5]],
                    "k": found.k,
                    "estimate": mid,
                    "lower": low,
                    "upper": high,
                    "i2": found.i2,
                    "remark": "",
                }
            )
    style = ("ratio", 3) if how.family != "gaussian" else ("signed", 2)
    columns = (
        Column("choice", "Choice"),
        Column("term", "Change of"),
        Column("k", "Areas", "count", people=False),
        Column("estimate", "Pooled", *style, people=False),
        Column("lower", f"{100 * settings.areas.level:g}% from", *style, people=False),
        Column("upper", "to", *style, people=False),
        Column("i2", "More than chance", "percent", 0, people=False),
        Column("remark", "Remark"),
    )
    frame = pd.DataFrame(rows, columns=[c.name for c in columns])
    return Table(
        "choices",
        "The pooled changes under other choices.",
        frame,
        columns,
        "months",
        ("choice", "term"),
        "estimate",
    )
