"""The first and last things on a page: what it was made from, and what it hands on."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING

from pi_research import params, provenance
from pi_research.disclosure import Column
from pi_research.files import write_text
from pi_research.findings import Finding, as_json, stamped
from pi_research.report.shown import Table
from pi_research.wording import Sentence, joined, sentence

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

    rows = [{"id": f.id, "question": f.question, "estimate": _number(f), "interval": _interval(f), "n": f.n,
             "events": f.events, "rest": f.n - f.events if f.unit in ("people", "proportion") else f.events,
             "method": f.method + ("" if f.prespecified else " (not pre-specified)"),
             "open": f.counted in ("months", "measures", "activities", "indicators", "configurations",
                               "people, as published")} for f in made]
    names = ["id", "question", "estimate", "interval", "n", "events", "rest", "method", "open"]
    frame, behind = pd.DataFrame(rows, columns=names), ("n", "events", "rest")
    columns = (Column("id", "Finding"), Column("question", "Question"),
               Column("estimate", "Estimate", behind=behind, open_where="open"),
               Column("interval", "Interval", behind=behind, open_where="open"),
               Column("n", "n", "count", open_where="open"),
               Column("events", "Events, or the count", "count", open_where="open"),
               Column("method", "Method"))
    caption = "What this page hands on: each number by its id, with n, events and method."
    return Table("findings", caption, frame, columns, statistic="estimate")


def _number(f: Finding) -> str:
    if f.estimate != f.estimate:
        return "a range only" if f.lower == f.lower else "not estimable"
    if f.unit == "proportion":
        return f"{100 * f.estimate:.1f}%"
    return f"a count of {f.unit}" if f.method == "count" else f"{_minus(f'{f.estimate:,.2f}')} {f.unit}"


def _interval(f: Finding) -> str:
    if f.lower != f.lower:
        return "–"
    scale, sign = (100, "%") if f.unit == "proportion" else (1, "")
    digits = 2 if max(abs(f.lower), abs(f.upper)) < 10 and not sign else 1
    low, high = (_minus(f"{scale * limit:,.{digits}f}{sign}") for limit in (f.lower, f.upper))
    return f"{low} to {high} ({100 * f.level:g}%)"


def _minus(number: str) -> str:
    return number.replace("-", "−")


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
