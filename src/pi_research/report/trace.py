"""From a number on a page to its finding, and from a finding to its sentence and the code that made it."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass

from pi_research.report.document import Block, Document
from pi_research.report.shown import Table

__all__ = ["Trace", "cited", "trace"]

HANDED_ON = "findings"
"""Id of the table of what a page hands on: one row a finding."""


@dataclass(frozen=True)
class Trace:
    """Where on the page each finding stands.

    ``rows`` are ids that have a row, ``said`` the place among the blocks of the first sentence that says a
    finding, ``code`` the cell that made it; no code is known of a page that prints none.
    """

    rows: frozenset[str]
    said: dict[str, int]
    code: dict[str, int]

    def below(self, block: Block) -> str:
        """The line below a sentence: its findings, and the code of its cell."""
        links = [_link(f"#finding-{i}", f"Finding {i}") for i in block.findings if i in self.rows]
        if not links:
            return ""
        code = [_code(block.cell)] if self.code else []
        return f'<p class="files">{" · ".join(links + code)}</p>'

    def linked(self, rows: str, elsewhere: str = "") -> str:
        """The HTML of the table of findings, each row with a name and with links.

        ``elsewhere`` is the page that has the sentence and the code where this one has not.
        """
        def put(found: re.Match) -> str:
            name = found[1]
            links = [_link(f"{elsewhere}#finding-{name}", "its report", name)] if elsewhere else []
            if not elsewhere and name in self.said:
                links.append(_link(f"#said-{self.said[name]}", "said", name))
            if not elsewhere and name in self.code:
                links.append(_code(self.code[name]))
            more = f' <span class="files">({", ".join(links)})</span>' if links else ""
            return f'<th scope="row" id="finding-{name}">{re.sub("(?<=[._])", "<wbr>", name)}{more}</th>'
        return re.sub(r'<th scope="row">([a-z0-9_.]+)</th>', put, rows)


def trace(document: Document) -> Trace:
    """Where each finding of a document stands, and which cell made it."""
    tables = [b for b in document.blocks if isinstance(b.item, Table) and b.item.id == HANDED_ON]
    rows = [str(i) for b in tables if "id" in b.item.frame for i in b.item.frame["id"]]
    said: dict[str, int] = {}
    for place, block in enumerate(document.blocks):
        for name in block.findings:
            said.setdefault(name, place)
    made = [b for b in document.blocks if b.kind == "code"]
    last = {i: b.cell for b in tables for i in rows}
    code = {i: document.blocks[said[i]].cell if i in said else _maker(i, made) or last[i] for i in rows}
    return Trace(frozenset(rows), said, code if made else {})


def _maker(name: str, made: list[Block]) -> int:
    """The cell whose code writes the finding's name, most literally; 0 where none does."""
    best = (0, 0)
    for block in made:
        for written in re.findall(r'"([a-z{][^"\s]*\.[^"\s]*)"', block.text):
            parts = re.split(r"\{[^}]*\}", written)
            if re.fullmatch("[a-z0-9_.]+".join(map(re.escape, parts)), name):
                best = max(best, (len("".join(parts)), block.cell))
    return best[1]


def cited(made: str, page: str = "") -> str:
    """HTML in which each finding named with its page, ``02_tenancy_sustainment: tenancy.kept_12``, leads there.

    ``page`` is the address of a single report with ``{of}`` in it; by default it lies beside this one.

    >>> cited("(02_x: a.b)")
    '(<a class="files" href="02_x.html#finding-a.b">a.b<span class="far"> on page 02_x</span></a>)'
    """
    def put(found: re.Match) -> str:
        of, name = found.groups()
        far = f'<span class="far"> on page {of}</span>'
        return f'<a class="files" href="{(page or "{of}.html").format(of=of)}#finding-{name}">{name}{far}</a>'
    return re.sub(r"(?<![\w/.])(\d\d_[a-z_]+): ([a-z0-9_]+(?:\.[a-z0-9_]+)+)", put, made)


def _link(target: str, words: str, of: str = "") -> str:
    far = f'<span class="far"> of {html.escape(of)}</span>' if of else ""
    return f'<a href="{html.escape(target, quote=True)}">{html.escape(words)}{far}</a>'


def _code(cell: int) -> str:
    return f'<a href="#code-{cell}">code<span class="far"> of cell {cell}</span></a>'
