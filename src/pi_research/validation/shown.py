"""Tables of the methods notebook, from the committed tables of the studies."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from pi_research.report import tables
from pi_research.report.shown import Chart, Table
from pi_research.validation.reach import CHECKS, cells, summary
from pi_research.validation.studies import by_room, committed, made_by, wide
from pi_research.validation.tables import read_table
from pi_research.wording import sentence

if TYPE_CHECKING:
    import pandas as pd

COUNTS = ("n", "n_first", "n_second", "events", "numbers", "cases", "people", "months")


def side_by_side(
    name: str,
    rows: Mapping[str, str],
    column: str,
    kinds: Mapping[str, str],
    id: str,
    caption: str,
    *,
    value: str = "coverage",
    style: tuple[str, int] = ("percent", 1),
    only: Mapping[str, object] | None = None,
) -> Table:
    """A committed study's ``value`` for each of ``rows``, the ``kinds`` of ``column`` beside one another."""
    frame = wide(name, list(rows), column, value, **(only or {}))
    kept = {kind: label for kind, label in kinds.items() if kind in frame}
    shares = ("survival", "survival_first", "survival_second", "kept_24")
    styles = {
        r: ("count", 0)
        if r in COUNTS
        else ("percent", 0)
        if r in shares
        else ("text", 0)
        if frame[r].dtype == object
        else ("decimal", 2)
        for r in rows
    }
    return tables.plain(frame, id, caption, {**rows, **kept}, styles={**styles, **dict.fromkeys(kept, style)})


def listed(frame: pd.DataFrame, labels: Mapping[str, str], id: str, caption: str) -> Table:
    """Rows of a study as they are: shares and coverages in per cent, counts as counts."""
    percent = {
        c for c in labels if c.endswith("coverage") or c in ("kept_24", "survival", "type_one", "share")
    }
    styles = {
        c: ("percent", 1) if c in percent else ("count", 0) if c in COUNTS else ("decimal", 1) for c in labels
    }
    return tables.plain(frame, id, caption, dict(labels), styles=styles)


def rooms(cases: pd.DataFrame) -> Table:
    """Cases and numbers compared with other software, by method."""
    labels = {
        "room": "Method",
        "cases": "Cases",
        "numbers": "Numbers compared",
        "worst": "Furthest, of cases held to one in a million",
    }
    return tables.plain(
        by_room(cases),
        "reference_rooms",
        "Cases compared, by method.",
        labels,
        styles={"cases": ("count", 0), "numbers": ("count", 0)},
    )


def furthest(cases: pd.DataFrame, id: str, caption: str) -> Table:
    """Each case by the number that lies furthest from the other software's, with the reason where it may."""
    frame = cases.assign(
        **{c: [f"{v:.10g}" for v in cases[c]] for c in ("r", "ours")},
        difference=[f"{v:.0e}" for v in cases["difference"]],
        note=cases["note"].fillna(""),
    )
    labels = {
        "case": "Case",
        "numbers": "Numbers",
        "quantity": "Furthest",
        "r": "Theirs",
        "ours": "Ours",
        "difference": "Apart",
        "note": "Note",
    }
    return tables.plain(frame, id, caption, labels, styles={"numbers": ("count", 0)})


def real_series(frame: pd.DataFrame, id: str, caption: str) -> Table:
    """Real series analysed again, with what is known of them from elsewhere (``published_series``)."""
    known = frame["published"].notna()
    cells = frame.assign(
        interval=[f"{a:.3f} to {b:.3f}" for a, b in zip(frame["lower"], frame["upper"], strict=True)],
        published=[f"{v:.3f}" if k else "" for v, k in zip(frame["published"], known, strict=True)],
        source=frame["source"].fillna(""),
    )
    labels = {
        "series": "Series",
        "what": "Quantity",
        "model": "Model",
        "n": "Months",
        "estimate": "Ours",
        "interval": "95% interval",
        "published": "Elsewhere",
        "source": "Source",
    }
    styles = {"n": ("count", 0), "estimate": ("decimal", 3)}
    return tables.plain(cells[list(labels)], id, caption, labels, styles=styles)


STUDIES = {
    "events_coverage": ("Coverage of 95% intervals at 24 months: events and states.", {
        "quantity": ("Quantity", "text", 0), "n": ("People", "count", 0), "rate": ("Admissions a month", "decimal", 2),
        "truth": ("Truth", "decimal", 3), "coverage": ("Coverage", "percent", 1), "no_interval": ("No interval", "percent", 1)}),
    "within_person": ("Bias and coverage of the rate ratio within the person, with the window.", {
        "people": ("People", "count", 0), "counted": ("Counted", "text", 0), "mean_events": ("Events a person", "decimal", 0),
        "rate_ratio": ("True ratio", "decimal", 2), "bias": ("Bias", "decimal", 3), "coverage": ("Coverage", "percent", 1)}),
    "theory_false_alarms": ("Programmes in which any claim was supported though none is true.", {
        "correction": ("Correction", "text", 0), "tests": ("Tests together", "count", 0),
        "programmes": ("Programmes", "count", 0), "any_supported": ("Any claim supported", "percent", 1),
        "mc_error": ("Monte Carlo error", "percent", 1)}),
    "theory_power": ("A true modifier: how often it is found, and the power that was stated beforehand.", {
        "people": ("People", "count", 0), "tests": ("Tests together", "count", 0), "true_ratio": ("True ratio", "decimal", 2),
        "found": ("Found", "percent", 1), "stated": ("Power stated beforehand", "percent", 1)}),
    "configurational_chance": ("Programmes in which chance alone gives a solution.", {
        "people": ("People", "count", 0), "conditions": ("Conditions", "count", 0),
        "outcome": ("With the outcome", "percent", 0), "least": ("Least people in a row", "count", 0),
        "found": ("Solution found", "percent", 0)}),
    "linkage_trials": ("Links in all trials, after a look by eye.", {
        "errors": ("Errors, times those assumed", "decimal", 0), "trials": ("Trials", "count", 0),
        "possible": ("Possible", "count", 0), "links": ("Made", "count", 0), "false": ("False", "count", 0),
        "missed": ("Missed", "count", 0), "most_looked_at": ("Most pairs looked at", "count", 0)}),
    "rounding_error": ("What the rule adds to the share kept at 24 months.", {
        "rule": ("Rule", "text", 0), "n": ("People", "count", 0), "survival": ("True share", "percent", 0),
        "bias": ("Bias", "decimal", 3), "added_error": ("Added error", "decimal", 3),
        "sampling_error": ("Sampling error", "decimal", 3), "coverage": ("Coverage", "percent", 1),
        "exact_coverage": ("Before rounding", "percent", 1), "not_shown": ("Not released", "percent", 1)}),
}  # fmt: skip
"""Caption, and by column the label and style, of studies that are shown row by row."""


def study(name: str, frame: pd.DataFrame | None = None) -> Table:
    """A study's rows (or some of them) as they are."""
    caption, columns = STUDIES[name]
    frame = read_table(name) if frame is None else frame
    labels, styles = {c: v[0] for c, v in columns.items()}, {c: v[1:] for c, v in columns.items()}
    return tables.plain(frame[list(columns)], name, caption, labels, styles=styles)


def controlled() -> Table:
    """Coverage with controls and of areas pooled, level and slope beside one another."""
    labels = {"design": "Design", "n": "Months", "rho": "Correlation", "series": "Controls or areas"}
    made = read_table("controlled_coverage").pivot(index=list(labels), columns="term", values="coverage").reset_index()
    styles = {"n": ("count", 0), "series": ("count", 0), "rho": ("decimal", 1), "level": ("percent", 1), "slope": ("percent", 1)}
    return tables.plain(made, "controlled_coverage", "Coverage of 95% intervals with controls, and of areas pooled.",
                        {**labels, "level": "Level", "slope": "Slope"}, styles=styles)  # fmt: skip


def made() -> Table:
    """Every committed table: its size, its seed, and whether today's code made it."""
    import pandas as pd

    rows = []
    for name in committed():
        about, same = made_by(name)
        rows.append((name, about["size"], about["seed"], "this version" if same else "an earlier version"))
    frame = pd.DataFrame(rows, columns=["table", "size", "seed", "code"])
    labels = {"table": "Table", "size": "In each cell, or rows", "seed": "Seed", "code": "Code"}
    caption = "What made each table in data/validation."
    return tables.plain(frame.astype({"seed": str}), "made", caption, labels, styles={"size": ("count", 0)})


def attacks(frame: pd.DataFrame) -> Table:
    """Releases that leak together and releases that do not, beside the audit's verdict (``attack_set``)."""
    frame = frame.assign(leaky=frame["leaky"].map({True: "leaks", False: "is safe"}))
    labels = {"family": "Kind", "leaky": "Truth", "releases": "Releases", "refused": "Refused",
              "leaking": "Counts that leak", "found": "Found"}  # fmt: skip
    styles = {name: ("count", 0) for name in ("releases", "refused", "leaking", "found")}
    return tables.plain(frame, "attack_set", "Small releases, whether they leak, and what the audit says.", labels,
                        styles=styles)  # fmt: skip


def coverage_chart(rows: pd.DataFrame) -> Chart:
    """Coverage of every cell of every check with two Monte Carlo errors, and the reach of each (``reach.checked``)."""
    import pandas as pd

    parts = []
    for check in CHECKS:
        made = cells(check).rename(columns={"coverage": "value"})
        parts.append(made.assign(group=check.method, label=check.what, low=check.low, high=check.high,
                                 outside=made["outside"].astype(int)))  # fmt: skip
    frame = pd.concat(parts, ignore_index=True)
    drawn = ["group", "label", "value", "lower", "upper", "low", "high", "outside"]
    said = [f"{r.what} {100 * r.lowest:.0f} to {100 * r.highest:.0f}% against {100 * r.low:g} to {100 * r.high:g}%, "
            f"{r.outside} of {r.cells} outside" for r in rows.itertuples()]  # fmt: skip
    alt = sentence("Dots for coverage in each simulated setting, one row a check, over a band for what it must hold: {said}.",
                   said="; ".join(said))  # fmt: skip
    height = 1.2 + 0.205 * len(CHECKS) + 0.27 * frame["group"].nunique()
    caption = ("How often intervals hold the truth, one dot a simulated setting with two Monte Carlo errors, shaded what each "
               "row must hold; of tests, how often they rightly find nothing.")  # fmt: skip
    options = {"xlabel": "Coverage of a nominal 95% interval", "nominal": 0.95, "height": height}
    return Chart("coverage", caption, alt, "coverage_cells", frame[drawn], options, "open", (), "", ("group", "label"))


def methods(rows: pd.DataFrame, cases: pd.DataFrame) -> Table:
    """The page's first table: each method, what stands beside it, and what known truth says."""
    labels = {"method": "Method and section", "verdict": "Result", "truth": "Where the truth is known",
              "compared": "Set beside: numbers, and how far apart at most"}  # fmt: skip
    return tables.plain(summary(rows, cases), "methods", "Each method: what it was checked against, and the result.", labels)


def checks(rows: pd.DataFrame) -> Table:
    """Every check with its reach, its range over cells, and the cell that is furthest."""
    frame = rows.assign(
        reach=[f"{100 * a:g}% to {100 * b:g}%" for a, b in zip(rows["low"], rows["high"], strict=True)],
    )
    labels = {"method": "Method", "what": "Interval or test", "reach": "Must hold", "cells": "Cells", "lowest": "Lowest",
              "highest": "Highest", "outside": "Outside", "worst": "Furthest of those"}  # fmt: skip
    styles = {"cells": ("count", 0), "outside": ("count", 0), "lowest": ("percent", 1), "highest": ("percent", 1)}
    return tables.plain(frame, "checks", "Every interval and test: what it must hold and what it does.", labels, styles=styles)


def elsewhere() -> Table:
    """What other software gives in the same setting, beside ours from the committed tables."""
    frame = read_table("other_software").fillna("")
    frame["ours"] = [_ours(r) for r in frame.itertuples()]
    frame["gives"] = [_theirs(r) for r in frame.itertuples()]
    labels = {"method": "Method", "setting": "Setting", "software": "Software", "gives": "Gives", "should": "Should be",
              "ours": "Here", "source": "Source"}  # fmt: skip
    return tables.plain(frame[list(labels)], "elsewhere", "The same question put to other software.", labels)


def _theirs(row: object) -> str:
    """What is written, or the coverage in the row of the study that ``@query`` names."""
    if not row.gives.startswith("@"):
        return row.gives
    return f"covers {100 * read_table(row.table).query(row.gives[1:])['coverage'].item():.0f}%"


def _ours(row: object) -> str:
    if not row.table:
        return "not printed"
    found = read_table(row.table).query(row.query)
    if row.value == "refused":
        return f"{found['refused'].sum()} of {found['releases'].sum()} such releases refused"
    value = found[row.value].item()
    return f"as it should, to {value:.0e}" if row.value == "difference" else f"{100 * value:.1f}%"
