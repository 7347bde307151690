"""The first and last things on a page: what it was made from, and what it hands on."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from pi_research import params, provenance
from pi_research.disclosure import Column
from pi_research.files import write_text
from pi_research.findings import Finding, as_json, stamped
from pi_research.report.shown import Table
from pi_research.wording import Number, Sentence, joined, sentence

if TYPE_CHECKING:
    from pi_research.extract import Extract
    from pi_research.params import Params

__all__ = ["SYNTHETIC", "colophon", "heading", "write_findings"]

SYNTHETIC = (
    "Synthetic data: no real person is described on this page, and nothing worked out from the extract is a "
    "finding about the programme. Figures marked as published are real."
)
NAMED = "named, and not printed"
"""In place of a person's identifier, which would leave with the released page."""


def heading(settings: Params, data: Extract) -> Sentence:
    """What the page was made from: the extract, its date, whether it is synthetic, and changed choices."""
    day = f"{data.extract_date:%d %B %Y}".lstrip("0")
    parts = [sentence("{name}, extract to {day}.", name=settings.programme.name, day=day)]
    if data.synthetic:
        parts.insert(0, sentence(SYNTHETIC))
    changed = params.changed_after_registration(settings)
    if changed:
        parts.append(sentence("Changed after registration of the analysis plan: {what} (docs/deviations.md "
                              "says why).", what=", ".join(changed)))
    other = params.differences(settings)
    if other:
        parts.append(sentence("Run with choices that are not those of params.yaml: {what}.",
                              what=", ".join(other)))
    return joined(*parts)


def write_findings(notebook: str, settings: Params, data: Extract, found: Iterable[Finding]) -> Table:
    """Write ``findings/<notebook>.json`` and return the findings as a table to show.

    Raises
    ------
    FindingError
        Where an id stands twice.
    """
    origin = _origin(notebook, settings, data)
    made = stamped(found, {**origin, "synthetic": data.synthetic})
    write_text(settings.out / "findings" / f"{notebook}.json", as_json(made))
    return findings_table(made)


def _origin(notebook: str, settings: Params, data: Extract) -> dict[str, str]:
    file = settings.root / "notebooks" / f"{notebook}.ipynb"
    return {"notebook": notebook, "code_hash": provenance.code_hash(file), "data_hash": data.data_hash,
            "params_hash": params.slice_hash(settings.slice())}


def findings_table(made: Iterable[Finding]) -> Table:
    """Findings as a table: estimate, interval, n, events and method.

    A count stands under its events, where a release can round it, and not as text.
    """
    import pandas as pd

    rows = [{"id": f.id, "question": f.question, "estimate": _estimate(f), "interval": _interval(f), "n": f.n,
             "events": f.events, "method": f.method + ("" if f.prespecified else " (not pre-specified)"),
             "open": f.counted in NOBODY} for f in made]
    names = ["id", "question", "estimate", "interval", "n", "events", "method", "open"]
    columns = (Column("id", "Finding"), Column("question", "Question"),
               Column("estimate", "Estimate", "sentence", open_where="open"),
               Column("interval", "Interval", "sentence", open_where="open"),
               Column("n", "n", "count", open_where="open"),
               Column("events", "Events, or the count", "count", open_where="open"),
               Column("method", "Method"))
    caption = "What this page hands on: each number by its id, with n, events and method."
    return Table("findings", caption, pd.DataFrame(rows, columns=names), columns, statistic="estimate")


NOBODY = ("months", "activities", "indicators", "configurations", "people, as published")
"""What a finding counts that is not people of the extract."""


def _estimate(f: Finding) -> Sentence:
    if f.estimate != f.estimate:
        return sentence("a range only" if f.lower == f.lower else "not estimable")
    if f.method == "count" and f.unit != "proportion":
        return sentence(f"a count of {f.unit}")
    return sentence("{x}", x=_shown(f, f.estimate))


def _interval(f: Finding) -> Sentence:
    if f.lower != f.lower:
        return sentence("–")
    return sentence("{low} to {high} ({level}%)", low=_shown(f, f.lower, "lower"),
                    high=_shown(f, f.upper, "upper"), level=f"{100 * f.level:g}")


def _shown(f: Finding, value: float, limit: str = "") -> Number:
    """The value with the counts behind it: those that its sentence names, else n and events."""
    share, digits = f.unit == "proportion", 2
    if limit:
        digits = 2 if max(abs(f.lower), abs(f.upper)) < 10 and not share else 1
    said = [n for n in getattr(f.sentence, "numbers", {}).values() if isinstance(n, Number) and n.behind
            and n.style not in ("count", "word") and any(abs(n.value - k * value) <= 1e-9 * max(1.0, abs(k * value)) for k in (1, 100))]  # or in points
    if share and said and said[0].style == "percent":
        return replace(said[0], digits=1, unit="")
    if not share:
        behind = (*(said[0].behind if said else ()), f.n, f.events)
        return Number(value, "decimal", digits, behind, "" if limit else f.unit)
    counted = bool(f.n) and abs(f.estimate * f.n - f.events) < 1e-9
    behind = (f.events, f.n - f.events)
    return Number(value, "percent", 1, behind, counted=counted and not limit, limit=limit if counted else "",
                  level=f.level)


def colophon(notebook: str, settings: Params, data: Extract) -> Table:
    """From what the page was made: hashes of code, data and params, and the slice of params that it read."""
    import pandas as pd

    origin = _origin(notebook, settings, data)
    rows = [("Notebook", notebook), ("Code (its imports, SHA-256)", origin["code_hash"]),
            ("Data (the extract's tables, SHA-256)", origin["data_hash"][:16]),
            ("Params (the slice below, SHA-256)", origin["params_hash"])]
    for section, keys in settings.slice().items():
        rows += [(f"{section}.{key}", NAMED if key == "person" and value else
                  json.dumps(value, ensure_ascii=False)) for key, value in keys.items()]
    caption = "From what this page was made, and the choices that it read from params.yaml."
    columns = (Column("what", "What"), Column("value", "Value"))
    return Table("colophon", caption, pd.DataFrame(rows, columns=["what", "value"]), columns,
                 statistic="text")
