"""Tables and findings of performance measures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from pi_research.disclosure import Column
from pi_research.findings import Finding, limits
from pi_research.measures._words import COMPARED, counts_behind, plain, when
from pi_research.report import tables
from pi_research.report.measures import SAID, label_of, last_of, on_words
from pi_research.report.measures_checks import autocorrelation
from pi_research.report.measures_given import KINDS
from pi_research.report.shown import Table
from pi_research.wording import Sentence

if TYPE_CHECKING:
    import pandas as pd

    from pi_research.measures import Assessment

__all__ = ["checks", "definitions", "findings", "history", "kinds", "readings", "results", "tally_finding"]


def definitions(found: Sequence[Assessment], id: str, caption: str) -> Table:
    """What each measure is: who is counted, out of whom, target, which way is better, kind, source."""
    import pandas as pd

    rows = [
        {
            "name": a.measure.name,
            "numerator": a.measure.numerator,
            "denominator": a.measure.denominator or "–",
            "target": "–"
            if a.measure.target is None
            else f"{COMPARED[a.measure.comparison]} {plain(a, a.measure.target)}",
            "better": {1: "higher", -1: "lower", 0: "–"}[a.measure.direction],
            "kind": a.measure.kind,
            "source": a.measure.where.split(",")[0] or a.measure.source,
            "remark": a.measure.definition or "–",
        }
        for a in found
    ]
    labels = {
        "name": "Measure",
        "numerator": "Counted",
        "denominator": "Out of",
        "target": "Target",
        "better": "Better",
        "kind": "Bolton's kind",
        "source": "Source",
        "remark": "Remark",
    }
    return tables.plain(pd.DataFrame(rows, columns=list(labels)), id, caption, labels)


def _frame(rows: list[dict], columns: Sequence[Column]) -> pd.DataFrame:
    """The rows; without any, the columns that a release looks for."""
    import pandas as pd

    names = {n for c in columns for n in (c.name, *c.behind, *(c.of or ()), c.open_where) if n}
    return pd.DataFrame(rows) if rows else pd.DataFrame(columns=sorted(names))


def _level(found: Sequence[Assessment]) -> float:
    return found[0].level if found else 0.95


def results(found: Sequence[Assessment], id: str, caption: str) -> Table:
    """The latest value of each measure with its counts and exact interval, and what the chart says."""
    rows = []
    for a in found:
        x, rest, value = last_of(a)
        share = a.measure.scale == "share"
        rows.append(
            {
                "name": a.measure.name,
                "when": label_of(a.period[-1]) if a.n else "no result",
                "x": x,
                "of": a.denominator[-1] if a.n and share else np.nan,
                "rest": rest,
                "share": value if share else np.nan,
                "lower": a.lower if share else np.nan,
                "upper": a.upper if share else np.nan,
                "points": a.n,
                "on": on_words(a),
                "none": a.on_target is None,
                "runs": SAID[a.assurance],
                "change": "too early" if a.variation == "few" else SAID[a.variation],
                "chart": a.chart.kind if a.chart is not None else "–",
            }
        )
    people = any(a.measure.people for a in found)
    ratio = {"of": ("x", "of")} if people else {"people": False}
    ends = {"lower": ratio | {"limit": "lower"}, "upper": ratio | {"limit": "upper"}} if people else {
        "lower": ratio, "upper": ratio}
    columns = (
        Column("name", "Measure"),
        Column("when", "Latest"),
        Column("x", "Counted", "count", people=people),
        Column("of", "Out of", "count", people=people),
        Column("share", "Share", "percent", 1, **ratio),
        Column("lower", f"{100 * _level(found):g}% from", "percent", 1, **ends["lower"]),
        Column("upper", "to", "percent", 1, **ends["upper"]),
        Column("on", "On target", behind=("x", "rest") if people else (), open_where="none"),
        Column("runs", "As it runs now"),
        Column("change", "Change"),
        Column("chart", "Chart"),
        Column("points", "Points", "count", people=False),
    )
    return Table(id, caption, _frame(rows, columns), columns, "measures", ("name",), "estimate")


def history(found: Sequence[Assessment], id: str, caption: str) -> Table:
    """Every published figure, with its base and exact interval where the base is known."""
    import pandas as pd

    from pi_research.numerics import exact_binomial

    rows = []
    for a in found:
        for k, label in enumerate(a.period):
            known = np.isfinite(a.denominator[k])
            low, high = (
                exact_binomial(a.numerator[k], a.denominator[k], a.level) if known else (np.nan, np.nan)
            )
            rows.append(
                {
                    "name": a.measure.name,
                    "when": str(label),
                    "value": plain(a, a.value[k]),
                    "of": a.denominator[k],
                    "lower": low,
                    "upper": high,
                    "note": "" if known else "base not published",
                }
            )
    labels = {
        "name": "Measure",
        "when": "Period",
        "value": "Figure",
        "of": "Base",
        "lower": f"{100 * _level(found):g}% from",
        "upper": "to",
        "note": "Interval",
    }
    styles = {"of": ("count", 0), "lower": ("percent", 1), "upper": ("percent", 1)}
    return tables.plain(pd.DataFrame(rows, columns=list(labels)), id, caption, labels, styles=styles)


def kinds(found: Sequence[Assessment], id: str, caption: str) -> Table:
    """How many measures are of each of Bolton's four kinds."""
    import pandas as pd

    meaning = {
        "satisfaction": "people are content with the help they get; they may be grateful for poor help",
        "framework": "what the national framework counts; the paper says that much of it is process",
        "own_goals": "what the person wanted came about; hard to count without much paper",
        "independence": "the person needs less help, or lives outside residential care; the paper's own "
        "model",
        "none": "activity, speed or use of a service",
    }
    rows = [(words, meaning[k], sum(a.measure.kind == words for a in found)) for k, words in KINDS.items()]
    other = sum(a.measure.kind not in KINDS.values() for a in found)
    rows += [("not classed", "add it to data/published/outcome_kinds.csv", other)] if other else []
    frame = pd.DataFrame(rows, columns=["kind", "means", "n"])
    return tables.plain(
        frame,
        id,
        caption,
        {"kind": "Kind", "means": "What it means", "n": "Measures"},
        styles={"n": ("count", 0)},
    )


def checks(found: Sequence[Assessment], id: str, caption: str) -> Table:
    """How much more the counts vary than independent ones, and how far neighbouring quarters go together."""
    rows = []
    for a in found:
        if a.chart is None or a.n < 5:
            continue
        low, rest = counts_behind(a)[:1] or (np.nan,), counts_behind(a)[-1:] or (np.nan,)
        rows.append({"name": a.measure.name, "spread": a.dispersion, "few": low[0], "next": rest[0],
                     "together": autocorrelation(a),
                     "most": 2 / np.sqrt(a.n), "signals": int((a.causes.sign != 0).sum()), "points": a.n})
    behind = ("few", "next")
    columns = (
        Column("name", "Measure"),
        Column("spread", "Spread", "decimal", 2, behind),
        Column("together", "Autocorrelation", "signed", 2, behind),
        Column("most", "By chance to", "decimal", 2, people=False),
        Column("signals", "Signals", "count", people=False),
        Column("points", "Points", "count", people=False),
    )
    return Table(id, caption, _frame(rows, columns), columns, "measures", ("name",), "estimate")


def readings(runs: Mapping[str, Sequence[Assessment]], id: str, caption: str) -> Table:
    """What each measure's verdict becomes under other readings, one column each."""
    import pandas as pd

    first = next(iter(runs.values()))
    frame = pd.DataFrame({"name": [a.measure.name for a in first]})
    for k, found in enumerate(runs.values()):
        words = {
            a.measure.name: on_words(a)
            + (f" / {'too early' if a.variation == 'few' else SAID[a.variation]}" if a.n > 1 else "")
            for a in found
        }
        frame[f"r{k}"] = [words.get(name, "–") for name in frame["name"]]
    frame[["x", "rest"]] = [last_of(a)[:2] for a in first] if len(first) else None
    frame["nobody"] = [not a.n or not a.measure.people for a in first]
    columns = (Column("name", "Measure"), *(Column(f"r{k}", name, behind=("x", "rest"), open_where="nobody")
                                            for k, name in enumerate(runs)))
    return Table(id, caption, frame, columns, statistic="verdict")


def findings(found: Sequence[Assessment]) -> list[Finding]:
    """One finding a measure: its latest count (the sentence has the interval); published figures as they are.

    Published figures without a target or a base are left to ``data/published``.
    """
    return [_published(a) if not a.measure.people else _counted(a) for a in found
            if a.n and (a.measure.people or a.measure.target is not None or np.isfinite(a.numerator[-1]))]


def _question(a: Assessment, what: str) -> tuple[str, str]:
    return f"measures.{a.measure.id}", f"{a.measure.name}: {what} ({when(a.period[-1])})?"


def _counted(a: Assessment) -> Finding:
    x, share = int(a.numerator[-1]), a.measure.scale == "share"
    n = int(a.denominator[-1]) if share else x
    return Finding(
        *_question(a, "how many, of all" if share else "how many"),
        float(x),
        a.measure.unit or "people or events",
        n,
        x,
        "count",
        level=a.level,
        sentence=a.sentence(),
    )


def _published(a: Assessment) -> Finding:
    x, share, known = a.numerator[-1], a.measure.scale == "share", bool(np.isfinite(a.numerator[-1]))
    return Finding(
        *_question(a, "what is the latest figure"),
        float(a.value[-1]),
        "proportion" if share else a.measure.unit,
        int(a.denominator[-1]) if known else 0,
        int(x) if known else 0,
        "as published",
        *limits(a.lower, a.upper),
        a.level,
        "people, as published",
        sentence=a.sentence(),
    )


def tally_finding(found: Sequence[Assessment], said: Sentence, id: str, question: str) -> Finding:
    """How many of the measures that have a target and a result are on target."""
    judged = [a for a in found if a.on_target is not None]
    on = sum(bool(a.on_target) for a in judged)
    return Finding(
        id, question, float(on), "measures", len(judged), on, "count", counted="measures", sentence=said
    )
