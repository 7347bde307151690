"""An executed notebook as the blocks of a report, exact or released."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pi_research.disclosure import Rule
from pi_research.report.render import released
from pi_research.report.shown import MIME, Chart, Table, from_payload

if TYPE_CHECKING:
    from nbformat import NotebookNode

__all__ = ["Block", "Document", "read_document"]


@dataclass(frozen=True, eq=False)
class Block:
    """One piece: ``kind`` is prose, code, shown, or other (an output that show() did not make)."""

    kind: str
    text: str = ""
    item: Table | Chart | str | None = None
    label: str = ""


@dataclass(frozen=True, eq=False)
class Document:
    """Title, blocks in order, and the rule that was applied (None inside the safe room)."""

    title: str
    blocks: tuple[Block, ...]
    rule: Rule | None = None

    @property
    def items(self) -> list[Table | Chart]:
        """Tables and charts in order."""
        return [b.item for b in self.blocks if isinstance(b.item, (Table, Chart))]


def read_document(notebook: NotebookNode, rule: Rule | None = None) -> Document:
    """Blocks of an executed notebook.

    Under a rule, only what was shown through ``show`` is kept, protected; code stays out too,
    since a value may have been typed into it. Inside, other outputs are kept as they are.

    Raises
    ------
    ValueError
        Where a cell of the notebook failed: a page is made from a whole run only.
    """
    title, blocks, numbers = "", [], {"Figure": 0, "Table": 0}
    for place, cell in enumerate(notebook.cells):
        if cell.cell_type == "markdown":
            title, text = _take_title(cell.source, title)
            if text.strip():
                blocks.append(Block("prose", text))
        elif cell.cell_type == "code":
            if rule is None and cell.source.strip() and "injected-parameters" not in cell.metadata.get("tags", ()):
                blocks.append(Block("code", cell.source))
            blocks.extend(_outputs(cell, place, rule, numbers))
    return Document(title or notebook.metadata.get("title", "Report"), tuple(blocks), rule)


def _take_title(source: str, title: str) -> tuple[str, str]:
    found = re.match(r"\s*#\s+(.+)", source)
    if title or not found:
        return title, source
    return found.group(1).strip(), source[found.end():]


def _outputs(cell: NotebookNode, place: int, rule: Rule | None, numbers: dict[str, int]) -> Iterator[Block]:
    for output in cell.get("outputs", ()):
        if output.output_type == "error":
            raise ValueError(f"cell {place + 1} failed ({output.ename}): run the notebook again before making a page of it")
        stored = output.get("data", {}).get(MIME)
        if stored is None:
            if rule is None:
                yield from _other(output, place)
            continue
        item = from_payload(stored)
        item = released(item, rule) if rule else item
        if item is None:
            yield Block("prose", "*This chart is drawn inside the safe room only.*")
            continue
        noun = {Chart: "Figure", Table: "Table"}.get(type(item))
        if noun:
            numbers[noun] += 1
        yield Block("shown", item=item, label=f"{noun} {numbers[noun]}." if noun else "")


def _other(output: NotebookNode, place: int) -> Iterator[Block]:
    """Outputs of notebooks that do not use show(): HTML, pictures, text."""
    data = output.get("data", {})
    if "text/html" in data:
        yield Block("other", "".join(data["text/html"]))
    elif "text/markdown" in data:
        yield Block("prose", "".join(data["text/markdown"]))
    elif "image/svg+xml" in data or "image/png" in data:
        yield Block("other", _picture(output, place))
    else:
        text = "".join(data.get("text/plain", output.get("text", "")))
        plain = re.sub("\x1b\\[[0-9;]*m", "", text)
        if plain.strip():
            yield Block("other", f"<pre>{html.escape(plain)}</pre>")


def _picture(output: NotebookNode, place: int) -> str:
    import base64

    alt = output.get("metadata", {}).get("alt") or f"Picture made by cell {place + 1}; no description was given with it."
    data = output["data"]
    if "image/svg+xml" in data:
        kind, text = "svg+xml", base64.b64encode("".join(data["image/svg+xml"]).encode()).decode()
    else:
        kind, text = "png", "".join(data["image/png"]).replace("\n", "")
    return f'<img alt={json.dumps(html.escape(alt), ensure_ascii=False)} src="data:image/{kind};base64,{text}">'
