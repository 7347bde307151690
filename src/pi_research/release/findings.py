"""Findings as they may leave the safe room: text under the rule, and never the exact numbers."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from pi_research.report.shown import Table

if TYPE_CHECKING:
    from pi_research.findings import Finding
    from pi_research.report.document import Document

__all__ = ["ReleasedFinding", "findings_text", "released_findings"]


@dataclass(frozen=True)
class ReleasedFinding:
    """A finding as the released page prints it: every field is text, and none can be calculated with.

    ``sentence`` is empty where the page says the finding in its table only.
    """

    id: str
    question: str
    estimate: str
    interval: str
    n: str
    events: str
    method: str
    sentence: str
    notebook: str
    how_to_cite: str


def released_findings(document: Document, found: Mapping[str, Finding]) -> list[ReleasedFinding]:
    """The findings of one released page, from its table of findings and the sentences that say them.

    Raises
    ------
    ValueError
        Where the document is not released: its table would hold exact numbers.
    """
    if document.rule is None:
        raise ValueError("findings are released from a released page only")
    said = {i: str(b.item) for b in document.blocks for i in b.findings}
    tables = [t for t in document.items if isinstance(t, Table) and t.id == "findings"]
    return [ReleasedFinding(row.id, row.question, row.estimate, row.interval, row.n, row.events, row.method,
                            said.get(row.id, ""), found[row.id].notebook, found[row.id].how_to_cite)
            for table in tables for row in table.frame.itertuples() if row.id in found]


def findings_text(found: Iterable[ReleasedFinding]) -> str:
    """Released findings as JSON text, in the order of their ids."""
    rows = [asdict(f) for f in sorted(found, key=lambda f: f.id)]
    return json.dumps(rows, indent=1, ensure_ascii=False) + "\n"
