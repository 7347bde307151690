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

SYNTHETIC = "Synthetic data: no real person is described on this page. Nothing here is a finding about the programme."


def heading(settings: Params, data: Extract) -> Sentence:
    """What the page was made from: the extract, its date, whether it is synthetic, and changed choices."""
    day = f"{data.extract_date:%d %B %Y}".lstrip("0")
    parts = [sentence("{name}, extract to {day}.", name=settings.programme.name, day=day)]
    if data.synthetic:
        parts.insert(0, sentence(SYNTHETIC))
    changed = params.changed_after_registration(settings)
    if changed:
        parts.append(sentence("Changed after registration of the analysis plan: {what} (docs/deviations.md says why).", what=", ".join(changed)))
    other = params.differences(settings)
    if other:
        parts.append(sentence("Run with choices that are not those of params.yaml: {what}.", what=", ".join(other)))
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
    """Findings as a table: estimate, interval, n, events and method."""
    import pandas as pd

    rows = [{"id": f.id, "question": f.question, "estimate": _number(f.estimate, f.unit), "interval": _interval(f), "n": f.n,
             "events": f.events, "method": f.method + ("" if f.prespecified else " (not pre-specified)")} for f in made]
    frame = pd.DataFrame(rows, columns=["id", "question", "estimate", "interval", "n", "events", "method"])
    behind = ("n", "events")
    columns = (Column("id", "Finding"), Column("question", "Question"), Column("estimate", "Estimate", behind=behind),
               Column("interval", "Interval", behind=behind), Column("n", "n", "count"), Column("events", "Events", "count"), Column("method", "Method"))
    return Table("findings", "What this page hands on: each number by its id, with n, events and method.", frame, columns, statistic="estimate")


def _number(value: float, unit: str) -> str:
    if value != value or value is None:
        return "not estimable"
    if unit == "proportion":
        return f"{100 * value:.1f}%"
    return f"{value:,.0f} {unit}" if unit in ("people", "tenancies", "rows", "records") else f"{value:,.2f} {unit}"


def _interval(f: Finding) -> str:
    if f.lower != f.lower:
        return "–"
    low, high = (100 * f.lower, 100 * f.upper) if f.unit == "proportion" else (f.lower, f.upper)
    return f"{low:,.1f}{'%' if f.unit == 'proportion' else ''} to {high:,.1f}{'%' if f.unit == 'proportion' else ''} ({f.level:.0%})"


def colophon(notebook: str, settings: Params, data: Extract) -> Table:
    """From what the page was made: hashes of code, data and params, and the slice of params that it read."""
    import pandas as pd

    origin = _origin(notebook, settings, data)
    rows = [("Notebook", notebook), ("Code (its imports, SHA-256)", origin["code_hash"]), ("Data (the extract's tables, SHA-256)", origin["data_hash"]),
            ("Params (the slice below, SHA-256)", origin["params_hash"])]
    rows += [(f"{section}.{key}", json.dumps(value, ensure_ascii=False)) for section, keys in settings.slice().items() for key, value in keys.items()]
    return Table("colophon", "From what this page was made, and the choices that it read from params.yaml.", pd.DataFrame(rows, columns=["what", "value"]),
                 (Column("what", "What"), Column("value", "Value")), statistic="text")
