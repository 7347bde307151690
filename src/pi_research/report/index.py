"""``index.html``: the page that a commissioner opens first."""

from __future__ import annotations

import html
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from pi_research.findings import Finding
from pi_research.report.combined import answers
from pi_research.report.page import ASSETS

if TYPE_CHECKING:
    from pi_research.params import Params
    from pi_research.report.document import Document

__all__ = ["index_page", "said"]

REST = (
    '<p>All findings as data: <a href="findings.json">findings.json</a>. Tables as CSV are in <code>tables/</code>, '
    "figures as SVG, PNG and CSV in <code>figures/</code>, executed notebooks in <code>notebooks/</code>. These pages "
    "hold exact numbers: they stay inside the safe room unless the extract is synthetic.</p>"
)


def index_page(
    settings: Params,
    names: Sequence[str],
    found: Iterable[Finding],
    silent: Mapping[str, Sequence[str]] | None = None,
    released: Mapping[str, Document] | None = None,
) -> str:
    """The index: each report with its question, its first answers, HTML, PDF, Word file and notebook.

    ``silent`` are notebooks that have no answer, with the tables that the extract does not hold. With
    ``released`` documents every answer is taken from them, and nothing is said of ``found`` but its ids.
    """
    found = list(found)
    synthetic = any(f.synthetic for f in found)
    page = (ASSETS / "index.html").read_text(encoding="utf-8")
    parts = {
        "STYLE": (ASSETS / "page.css").read_text(encoding="utf-8"),
        "TITLE": html.escape(f"{settings.programme.name}: reports"),
        "BANNER": _banner(synthetic) + "".join(
            f'<p class="says">{html.escape(rule)}</p>' for rule in {d.rule.sentence() for d in (released or {}).values()}
        ),
        "REST": REST if released is None else "<p>Tables as CSV are in <code>tables/</code>, figures as SVG, PNG "
        "and CSV in <code>figures/</code>. These pages hold what the small-number rule lets out.</p>",
        "REPORTS": "".join(
            _section(settings, name, {f.id: f for f in found if f.notebook == name}, (released or {}).get(name))
            for name in names
        )
        + "".join(_unanswered(settings, name, lacking) for name, lacking in (silent or {}).items()),
    }
    for key, text in parts.items():
        page = page.replace(f"<!--{key}-->", text)
    return page


def _banner(synthetic: bool) -> str:
    from pi_research.report.closing import SYNTHETIC

    return f'<p class="says">{SYNTHETIC}</p>' if synthetic else ""


def _section(settings: Params, name: str, found: Mapping[str, Finding], released: Document | None) -> str:
    """One report: its question, its first answers, and where the rest is."""
    title, question, headlines = said(settings, name)
    first = {i: str(found[i].sentence) for i in headlines if i in found}
    if released:
        first = {i: str(block.item) for i, block in answers(released, headlines).items()}
    lines = "".join(
        f'<li>{html.escape(words)} <a class="files" href="reports/{name}.html#finding-{i}">how this was found'
        f'<span class="far">: {i}</span></a></li>' for i, words in first.items()
    )
    lines = f'<ul class="found">{lines}</ul>' if lines else ""
    far = f'<span class="far"> of {html.escape(title)}</span>'
    head = f'<h2><a href="reports/{name}.html">{html.escape(title)}</a></h2><p>{html.escape(question)}</p>'
    files = {
        "Report": f"reports/{name}.html",
        "PDF": f"reports/{name}.pdf",
        "Word": f"reports/{name}.docx",
    } | ({} if released else {"Notebook": f"notebooks/{name}.ipynb"})
    links = " · ".join(f'<a href="{file}">{kind}{far}</a>' for kind, file in files.items())
    return f'<section>{head}{lines}<p class="files">{links} · {len(found)} findings</p></section>'


def _unanswered(settings: Params, name: str, lacking: Sequence[str]) -> str:
    """A question that this extract cannot answer, and what it would take."""
    title, question, _ = said(settings, name)
    why = f"Not answered here: the extract does not hold {', '.join(lacking)}."
    return f"<section><h2>{html.escape(title)}</h2><p>{html.escape(question)}</p><p>{html.escape(why)}</p></section>"


def said(settings: Params, name: str) -> tuple[str, str, list[str]]:
    """Title and question of a notebook's first cell, and the findings that it puts first."""
    stored = json.loads((settings.root / "notebooks" / f"{name}.ipynb").read_text(encoding="utf-8"))
    lines = [line.strip() for line in "".join(stored["cells"][0]["source"]).splitlines() if line.strip()]
    question = lines[1].removeprefix("**Question.**").strip() if len(lines) > 1 else ""
    return lines[0].lstrip("# "), question, stored["metadata"]["pi_research"].get("headlines", [])
