"""An executed notebook as the blocks of a report, exact or released."""

from __future__ import annotations

import base64
import html
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from pi_research.disclosure import Rule
from pi_research.report.render import curves_made_again, released
from pi_research.report.shown import MIME, Chart, Table, from_payload

if TYPE_CHECKING:
    from nbformat import NotebookNode

    from pi_research.findings import Finding

__all__ = ["Block", "Document", "read_document", "read_notebook", "shown_charts"]

LEFT_OUT = "(*A picture here is shown inside the safe room only.*)"
PICTURES = ("image/svg+xml", "image/png", "image/jpeg", "image/gif")


@dataclass(frozen=True, eq=False)
class Block:
    """One piece: ``kind`` is prose, code, shown, or other (an output that show() did not make).

    ``of`` is the notebook, ``cell`` the place of the cell that made the piece (from 1), ``findings`` the ids
    of the findings that a shown sentence says.
    """

    kind: str
    text: str = ""
    item: Table | Chart | str | None = None
    label: str = ""
    of: str = ""
    cell: int = 0
    findings: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Document:
    """Title, blocks in order, and the rule that was applied (None inside the safe room)."""

    title: str
    blocks: tuple[Block, ...]
    rule: Rule | None = None

    @property
    def synthetic(self) -> bool:
        """Whether the page was made from a synthetic extract, as its heading says."""
        from pi_research.report.closing import SYNTHETIC

        return any(isinstance(b.item, str) and SYNTHETIC in b.item for b in self.blocks)

    @property
    def items(self) -> list[Table | Chart]:
        """Tables and charts in order."""
        return [b.item for b in self.blocks if isinstance(b.item, (Table, Chart))]


class _Node(dict):
    """A part of a notebook, its keys as attributes: what nbformat gives, without the second that it takes to load."""

    __getattr__ = dict.__getitem__


def read_notebook(file: Path) -> _Node:
    """An executed notebook (nbformat 4) for :func:`read_document`."""
    made = json.loads(file.read_text(encoding="utf-8"), object_hook=_Node)
    for cell in made["cells"]:
        cell["source"] = "".join(cell["source"])
    return made


def read_document(notebook: NotebookNode, rule: Rule | None = None, *, name: str = "",
                  findings: Iterable[Finding] = (),
                  withheld: Mapping[str, Sequence[tuple[int, str]]] | None = None,
                  curves: Iterable[Chart] = ()) -> Document:
    """Blocks of an executed notebook, ``name``; a shown sentence that says one of the ``findings`` knows it.

    Under a rule, only what was shown through ``show`` is kept, protected; code stays out too,
    since a value may have been typed into it; cells ``withheld`` (row and column, by ``tables/id`` or
    ``figures/id``) are left out as well, and an estimate that is a point of one of the page's curves, or of the
    ``curves`` of other pages, is printed as their release draws it. Inside, other outputs are kept as they are.

    Raises
    ------
    ValueError
        Where a cell of the notebook failed or was not run (a page is made from a whole run only), or two
        tables or two charts have one id, so that one's files would take the other's place.
    """
    title, blocks, numbers = "", [], {"Figure": 0, "Table": 0}
    said = {f.id: str(f.sentence) for f in findings if str(f.sentence)}
    release = partial(_released, rule=rule, withheld=withheld or {}, remade=curves_made_again(
        [*shown_charts(notebook), *curves], rule) if rule else {})
    for place, cell in enumerate(notebook.cells):
        if cell.cell_type == "markdown":
            title, text = _take_title(_with_pictures(cell, rule), title)
            if text.strip():
                blocks.append(Block("prose", text, of=name))
        elif cell.cell_type == "code":
            made = _outputs(cell, place, rule, numbers, said, release)
            blocks.extend(replace(b, of=name, cell=place + 1) for b in made)
    document = Document(title or notebook.metadata.get("title", "Report"), tuple(blocks), rule)
    _refuse_same_ids(document.items)
    return document


def _refuse_same_ids(items: list[Table | Chart]) -> None:
    ids = [(type(item).__name__.lower(), item.id) for item in items]
    twice = sorted({f"{kind} {id}" for kind, id in ids if ids.count((kind, id)) > 1})
    if twice:
        raise ValueError(f"shown twice under one id, which names files: {', '.join(twice)}; give each its "
                         f"own")


def _with_pictures(cell: NotebookNode, rule: Rule | None) -> str:
    """Markdown of a cell with the pictures that were pasted into it, or, released, with no picture."""
    if rule:
        return re.sub(r"!\[[^\]]*\]\([^)]*\)", LEFT_OUT, cell.source)

    def put(found: re.Match) -> str:
        held = cell.get("attachments", {}).get(found["name"], {})
        kind, data = next(iter(held.items()), ("", ""))
        return f"![{found['alt']}](data:{kind};base64,{data})" if held else found[0]
    return re.sub(r"!\[(?P<alt>[^\]]*)\]\(attachment:(?P<name>[^)\s]+)[^)]*\)", put, cell.source)


def _take_title(source: str, title: str) -> tuple[str, str]:
    found = re.match(r"\s*#\s+(.+)", source)
    if title or not found:
        return title, source
    return found.group(1).strip(), source[found.end():]


def _outputs(cell: NotebookNode, place: int, rule: Rule | None, numbers: dict[str, int],
             said: Mapping[str, str], release: Callable) -> Iterator[Block]:
    """The code of a cell (not released) and what it gave."""
    given = "injected-parameters" in cell.metadata.get("tags", ())
    if cell.source.strip():
        if cell.get("execution_count") is None:
            raise ValueError(f"cell {place + 1} has not been run: run the notebook before making a page of "
                             f"it")
        if rule is None and not given:
            yield Block("code", cell.source)
    for output in cell.get("outputs", ()):
        if output.output_type == "error":
            raise ValueError(
                f"cell {place + 1} failed ({output.ename}): run the notebook again before making a page of it"
            )
        stored = output.get("data", {}).get(MIME)
        if stored is None:
            if rule is None:
                yield from _other(output, place)
            continue
        try:
            item = from_payload(stored)
        except (KeyError, TypeError, ValueError):
            raise ValueError(f"cell {place + 1} was run by another version: run the notebook again") from None
        told = tuple(i for i, words in said.items() if words in item) if isinstance(item, str) else ()
        item = release(item) if rule else item
        if item is None:
            yield Block("prose", "*This chart is drawn inside the safe room only.*")
            continue
        noun = {Chart: "Figure", Table: "Table"}.get(type(item))
        if noun:
            numbers[noun] += 1
        yield Block("shown", item=item, label=f"{noun} {numbers[noun]}." if noun else "",
                    findings=told)


def shown_charts(notebook: NotebookNode) -> Iterator[Chart]:
    """The charts that the notebook shows, as far as they can be read."""
    for output in (o for cell in notebook.cells for o in cell.get("outputs", ())):
        stored = output.get("data", {}).get(MIME)
        if stored and stored.get("kind") == "chart":
            with suppress(KeyError, TypeError, ValueError):  # said where the item itself is read
                yield from_payload(stored)


def _released(item: Table | Chart | str, rule: Rule, withheld: Mapping[str, Sequence[tuple[int, str]]],
              remade: Mapping) -> Table | Chart | str | None:
    kind = "figures" if isinstance(item, Chart) else "tables"
    return released(item, rule, withheld.get(f"{kind}/{getattr(item, 'id', '')}", ()), remade)


def _other(output: NotebookNode, place: int) -> Iterator[Block]:
    """Outputs of notebooks that do not use show(): HTML without its scripts, pictures, text."""
    data = output.get("data", {})
    kind = next((k for k in PICTURES if k in data), None)
    if "text/html" in data:
        yield Block("other", _self_contained("".join(data["text/html"]), place))
    elif "text/markdown" in data:
        yield Block("prose", "".join(data["text/markdown"]))
    elif kind:
        metadata = output.get("metadata", {})
        alt = _alt({**metadata, **metadata.get(kind, {})}, place)
        yield Block("other", f'<img alt="{alt}" src="data:{kind};base64,{_encoded(data[kind], kind)}">')
    else:
        text = "".join(data.get("text/plain", output.get("text", "")))
        plain = re.sub(r"\x1b\[[0-9;?]*[ -/]*[@-~]", "", text)
        if plain.strip():
            yield Block("other", f"<pre>{html.escape(plain)}</pre>")


def _self_contained(text: str, place: int) -> str:
    """HTML that asks for nothing from elsewhere, runs nothing, and says that a picture has no description."""
    text = re.sub(r"(?is)<(script|iframe|object)\b.*?</\1\s*>|<(link|base|meta)\b[^>]*>", "", text)
    text = re.sub(r"""(?i)\bsrc\s*=\s*("(?!data:)[^"]*"|'(?!data:)[^']*')""", "", text)
    return re.sub(r"(?i)<img\b(?![^>]*\balt=)", f'<img alt="{_alt({}, place)}"', text)


def _alt(metadata: Mapping[str, object], place: int) -> str:
    said = metadata.get("alt") or f"Picture made by cell {place + 1}; no description was given with it."
    return html.escape(str(said), quote=True).replace("\n", " ")


def _encoded(data: str | list[str], kind: str) -> str:
    text = "".join(data)
    return base64.b64encode(text.encode()).decode() if kind.endswith("xml") else text.replace("\n", "")
