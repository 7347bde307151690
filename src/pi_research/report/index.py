"""``index.html``: the page that a commissioner opens first."""

from __future__ import annotations

import html
import json
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from pi_research.findings import Finding
from pi_research.report.page import ASSETS

if TYPE_CHECKING:
    from pi_research.params import Params

__all__ = ["index_page"]


def index_page(settings: Params, names: Sequence[str], found: Iterable[Finding]) -> str:
    """The index: what was found, first, then each report with its question, HTML, PDF and tables."""
    found = list(found)
    synthetic = any(f.synthetic for f in found)
    page = (ASSETS / "index.html").read_text(encoding="utf-8")
    parts = {
        "STYLE": (ASSETS / "page.css").read_text(encoding="utf-8"),
        "TITLE": html.escape(f"{settings.programme.name}: reports"),
        "BANNER": _banner(synthetic),
        "FINDINGS": "".join(_headline(f) for f in found if f.sentence and not f.sensitivity_of),
        "CARDS": "".join(_card(settings, name, found) for name in names),
    }
    for key, text in parts.items():
        page = page.replace(f"<!--{key}-->", text)
    return page


def _banner(synthetic: bool) -> str:
    from pi_research.report.closing import SYNTHETIC

    return f'<p class="says">{SYNTHETIC}</p>' if synthetic else ""


def _headline(f: Finding) -> str:
    return (f'<li><p>{html.escape(str(f.sentence))} <a href="reports/{f.notebook}.html">How this was found'
            f'<span class="far">: {html.escape(f.question)}</span></a></p></li>')


def _card(settings: Params, name: str, found: Iterable[Finding]) -> str:
    title, question = _said(settings, name)
    count = sum(f.notebook == name for f in found)
    return (f'<li><h3><a href="reports/{name}.html">{html.escape(title)}</a></h3><p>{html.escape(question)}</p>'
            f'<p class="files">{count} findings · <a href="reports/{name}.pdf">PDF<span class="far"> of {html.escape(title)}</span></a> · '
            f'<a href="notebooks/{name}.ipynb">notebook<span class="far"> of {html.escape(title)}</span></a></p></li>')


def _said(settings: Params, name: str) -> tuple[str, str]:
    """Title and first sentence of a notebook's first cell."""
    cells = json.loads((settings.root / "notebooks" / f"{name}.ipynb").read_text(encoding="utf-8"))["cells"]
    lines = [line.strip() for line in "".join(cells[0]["source"]).splitlines() if line.strip()]
    return lines[0].lstrip("# "), (lines[1] if len(lines) > 1 else "").replace("**", "")
