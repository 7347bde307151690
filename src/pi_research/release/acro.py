"""The request as ACRO writes one, so that SACRO Viewer opens it: flat files with ``results.json``."""

from __future__ import annotations

import hashlib
import html
import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pi_research
from pi_research.disclosure import Rule
from pi_research.files import FileReadError
from pi_research.report.released import table_text

if TYPE_CHECKING:
    from pi_research.release.request import Requested

__all__ = ["FORMAT", "acro_files"]

FORMAT = "1.0.2"
"""Version of ACRO whose ``results.json`` this is; the viewer opens 0.4 and later."""
STATUS = {"pass": "pass", "review": "review", "refused": "fail"}
CHECKS = ("threshold", "withheld")


def acro_files(place: Path, outputs: Sequence[Requested], rule: Rule) -> dict[str, bytes]:
    """Files of the viewer's folder by name: ``results.json``, ``config.json``, ``checksums/``, CSV and PNG.

    One result for each table and figure that is asked for, its CSV and PNG taken from the released folder
    ``place`` under flat names, since the viewer packs by name alone. No count is in it that does not leave.

    Raises
    ------
    FileReadError
        Where a file of an output is not in ``place``.
    """
    made, results = {}, {}
    for o in outputs:
        if o.kind not in ("table", "figure") or o.status == "inside":
            continue
        uid = f"{o.notebook}_{o.kind}_{o.id}"
        named = {f"{uid}{end}": f for end in (".csv", ".png") for f in o.files if f.endswith(end)}
        if not named or not all((place / f).is_file() for f in named.values()):
            raise FileReadError(2, f"{place}: files of {o.kind} {uid} are missing; make the release again")
        made |= {name: (place / f).read_bytes() for name, f in named.items()}
        results[uid] = _result(uid, o, place, named)
    stored = {"version": FORMAT, "tool": {"@type": "SoftwareApplication", "name": "pi-research",
                                          "version": pi_research.__version__}, "results": results}
    made["results.json"] = _json(stored)
    sums = {f"checksums/{name}.txt": hashlib.sha256(data).hexdigest().encode() for name, data in made.items()}
    return {**made, **sums, "config.json": _json(_config(rule))}


def _json(stored: dict) -> bytes:
    return (json.dumps(stored, indent=1, ensure_ascii=False) + "\n").encode()


def _config(rule: Rule) -> dict:
    """The rule in ACRO's words: it calls safe what is at or above its threshold."""
    return {"safe_threshold": rule.threshold + 1, "safe_round_base": rule.base,
            "zeros_are_disclosive": rule.hide_zero, "check_missing_values": False,
            "blocked_extensions": [".svg"], "suppress": True, "rule": rule.name, "scheme": rule.scheme}


def _result(uid: str, o: Requested, place: Path, named: dict[str, str]) -> dict:
    cells = {check: [[row, column - 1] for row, column, why in o.marks if why == check] for check in CHECKS}
    summary = {check: len(found) for check, found in cells.items()}
    status = STATUS[o.status]
    left_out = "".join(f"{check}: {n} cells suppressed; " for check, n in summary.items() if n)
    table = next(f for f in named.values() if f.endswith(".csv"))
    files = [{"name": name, "sdc": {"summary": {"suppressed": bool(o.marks), **summary}, "cells": cells}
              if name.endswith(".csv") else {}} for name in named]
    return {
        "uid": uid, "status": status, "type": o.kind,
        "properties": {"method": o.notebook, "mitigation": f"rule {o.rule}" if o.rule else "none needed"},
        "files": files, "outcome": _outcome(place / table, o) if o.kind == "table" else {},
        "command": f"pi-research report {o.notebook} --released", "summary": f"{status}; {left_out}",
        "timestamp": o.made,
        # The viewer writes comments and exceptions into its page as they are.
        "comments": [html.escape(said, quote=False) for said in
                     (o.shows, f"Counted: {o.counted}." if o.counted else "", o.reason) if said],
        "exception": "" if status == "pass" else html.escape(o.reason, quote=False),
    }


def _outcome(file: Path, o: Requested) -> dict[str, dict[str, str]]:
    """Each cell beside the first column: ok, or why it is left out; rows and columns by their labels."""
    frame, marks = table_text(file), {(row, column): f"{why}; " for row, column, why in o.marks}
    rows = _once(frame.iloc[:, 0]) if len(frame.columns) else []
    return {column: {row: marks.get((i, place), "ok") for i, row in enumerate(rows)}
            for place, column in enumerate(_once(frame.columns)) if place}


def _once(labels: Sequence[object]) -> list[str]:
    """Labels as keys: one that comes again has its number after it."""
    seen: dict[str, int] = {}
    made = []
    for label in map(str, labels):
        seen[label] = seen.get(label, 0) + 1
        made.append(label if seen[label] == 1 else f"{label} ({seen[label]})")
    return made
