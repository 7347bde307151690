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
