"""Tables, figures and sentences of a page as files, each with the sidecar that an audit reads."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from pi_research.disclosure import Rule
from pi_research.files import write_bytes
from pi_research.report.shown import Chart, Table
from pi_research.wording import Number

if TYPE_CHECKING:
    from pi_research.report.document import Document

__all__ = ["sidecar", "write_outputs"]


def write_outputs(document: Document, place: Path, stem: str) -> None:
    """CSV, and of charts SVG and PNG, into ``place``; of a released document its sentences' numbers too.

    What an earlier version of the page left in its folders is taken out.
    """
    from pi_research.report.draw import pictures
    from pi_research.report.render import csv_text

    for kind in ("tables", "figures"):
        (place / kind / stem).mkdir(parents=True, exist_ok=True)
    kept = set()
    for item in document.items:
        folder = place / ("figures" if isinstance(item, Chart) else "tables") / stem
        files = {f"{item.id}.csv": csv_text(item).encode()}
        if isinstance(item, Chart):
            drawn, dots = pictures(item)
            files |= {f"{item.id}.svg": drawn.encode(), f"{item.id}.png": dots}
        about = sidecar(item, document.rule) | {
            "sha256": hashlib.sha256(files[f"{item.id}.csv"]).hexdigest()
        }
        files[f"{item.id}.about.json"] = _json(about)
        for name, data in files.items():
            write_bytes(folder / name, data)
            kept.add(folder / name)
    for about in _sentences(document, stem) if document.rule else ():
        file = place / "sentences" / stem / f"{about['id']}.about.json"
        write_bytes(file, _json(about))
        kept.add(file)
    for kind in ("tables", "figures", "sentences"):
        for old in set((place / kind / stem).glob("*")) - kept:
            old.unlink()


def _json(about: dict) -> bytes:
    return (json.dumps(about, indent=1, ensure_ascii=False) + "\n").encode()


def sidecar(item: Table | Chart, rule: Rule | None = None) -> dict:
    """Who is counted, split by what, which statistic: what an audit needs to know of an output."""
    about = {"id": item.id, "caption": item.caption, "universe": item.universe,
             "dimensions": list(item.dimensions)}
    if rule:
        about["rule"] = asdict(rule)
    if isinstance(item, Chart):
        return about | {"kind": "chart", "alt": str(item.alt), "protect": item.protect,
                        "counts": list(item.counts)}
    columns = [{"name": c.name, "label": c.label, "statistic": c.style, "behind": list(c.behind),
                "of": list(c.of or ()), "people": c.people,
                **({"rest": "shown"} if c.of else {}),
                **({"limit": c.limit} if c.limit else {}), **({"zero": c.zero} if c.zero else {}),
                **({"estimated": "steps", "curve_rows": list(c.remade)}
                   if c.style == "percent" and len(c.behind) == 2 and not c.of else {})}
               for c in (item.origin or item.columns)]
    return about | {"kind": "table", "statistic": item.statistic, "margins": list(item.margins),
                    "partition": list(item.partition), "columns": columns, "open_rows": list(item.open_rows)}


def _sentences(document: Document, stem: str) -> Iterator[dict]:
    """Sidecars of shown sentences, alt texts and notes of tables, where people are counted in them."""
    for place, block in enumerate(document.blocks, 1):
        item = block.item
        told = {"said": item} if isinstance(item, str) else {}
        told |= {f"alt_{item.id}": item.alt} if isinstance(item, Chart) else {}
        told |= {f"note_{item.id}": item.note} if isinstance(item, Table) else {}
        for what, text in told.items():
            numbers = list(_numbers(text, document.rule))
            if numbers:
                name = f"{what}_{place:03}" if what == "said" else what
                yield {"id": name, "kind": "sentence", "universe": f"{stem}/{name}", "text": str(text),
                       "rule": asdict(document.rule), "numbers": numbers}


def _numbers(text: str, rule: Rule) -> Iterator[dict]:
    """The numbers about people in a released sentence, as printed. Their exact counts are not said."""
    for name, n in getattr(text, "numbers", {}).items():
        if isinstance(n, Number) and n.behind:
            counted = {"count": name} if n.style == "count" else {}
            if n.counted and not n.limit:
                counted = {"count": name, "of": f"whole of {name}", "from": "rounded"}
            bare = Number(n.value, n.style, n.digits)
            yield {"text": str(bare), "statistic": n.style, **counted}
        elif isinstance(n, str) and n.startswith(rule.token):
            yield {"text": rule.token, "statistic": "hidden"}
