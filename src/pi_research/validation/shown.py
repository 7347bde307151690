"""Tables of the methods notebook, from the committed tables of the studies."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from pi_research.report import tables
from pi_research.report.shown import Table
from pi_research.validation.studies import by_room, wide

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
    """Cases and numbers compared with R, by room."""
    labels = {
        "room": "Room",
        "cases": "Cases",
        "numbers": "Numbers compared",
        "worst": "Furthest, of cases held to one in a million",
    }
    return tables.plain(
        by_room(cases),
        "reference_rooms",
        "Cases compared with R, by room.",
        labels,
        styles={"cases": ("count", 0), "numbers": ("count", 0)},
    )


def furthest(cases: pd.DataFrame, id: str, caption: str) -> Table:
    """Each case by the number that lies furthest from R's, with the reason where it may."""
    frame = cases.assign(
        **{c: [f"{v:.10g}" for v in cases[c]] for c in ("r", "ours")},
        difference=[f"{v:.0e}" for v in cases["difference"]],
        note=cases["note"].fillna(""),
    )
    labels = {
        "case": "Case",
        "numbers": "Numbers",
        "quantity": "Furthest",
        "r": "R",
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


def false_alarms(frame: pd.DataFrame) -> Table:
    """How often any of many configurations is supported where none is true (``theory_false_alarms``)."""
    labels = {"correction": "Correction", "tests": "Tests together", "programmes": "Programmes",
              "any_supported": "Any claim supported", "mc_error": "Monte Carlo error"}  # fmt: skip
    styles = {"tests": ("count", 0), "programmes": ("count", 0), "any_supported": ("percent", 1), "mc_error": ("percent", 1)}
    caption = "Programmes in which any claim was supported though none is true."
    return tables.plain(frame, "theory_false_alarms", caption, labels, styles=styles)


def theory_power(frame: pd.DataFrame) -> Table:
    """A true modifier: how often it is found, beside the power stated beforehand (``theory_power``)."""
    labels = {"people": "People", "tests": "Tests together", "true_ratio": "True ratio", "found": "Found",
              "stated": "Power stated beforehand"}  # fmt: skip
    styles = {"people": ("count", 0), "tests": ("count", 0), "true_ratio": ("decimal", 2)}
    styles |= {"found": ("percent", 1), "stated": ("percent", 1)}
    caption = "A true modifier: how often it is found, and the power that was stated beforehand."
    return tables.plain(frame, "theory_power", caption, labels, styles=styles)


def attacks(frame: pd.DataFrame) -> Table:
    """Releases that leak together and releases that do not, beside the audit's verdict (``attack_set``)."""
    frame = frame.assign(leaky=frame["leaky"].map({True: "leaks", False: "is safe"}))
    labels = {"family": "Kind", "leaky": "Truth", "releases": "Releases", "refused": "Refused",
              "leaking": "Counts that leak", "found": "Found"}  # fmt: skip
    styles = {name: ("count", 0) for name in ("releases", "refused", "leaking", "found")}
    return tables.plain(frame, "attack_set", "Small releases, whether they leak, and what the audit says.", labels,
                        styles=styles)  # fmt: skip
