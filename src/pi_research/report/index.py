"""``index.html``: the page that a commissioner opens first."""

from __future__ import annotations

import html
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from pi_research.findings import Finding
from pi_research.report.page import ASSETS

if TYPE_CHECKING:
    from pi_research.params import Params

__all__ = ["index_page"]


def index_page(
    settings: Params,
    names: Sequence[str],
    found: Iterable[Finding],
    silent: Mapping[str, Sequence[str]] | None = None,
) -> str:
    """The index: each report with its question, its first answers, HTML, PDF and notebook.

    ``silent`` are notebooks that have no answer, with the tables that the extract does not hold.
    """
    found = list(found)
    synthetic = any(f.synthetic for f in found)
    page = (ASSETS / "index.html").read_text(encoding="utf-8")
    parts = {
        "STYLE": (ASSETS / "page.css").read_text(encoding="utf-8"),
        "TITLE": html.escape(f"{settings.programme.name}: reports"),
        "BANNER": _banner(synthetic),
        "REPORTS": "".join(
            _section(settings, name, {f.id: f for f in found if f.notebook == name}) for name in names
        )
        + "".join(_unanswered(settings, name, lacking) for name, lacking in (silent or {}).items()),
    }
    for key, text in parts.items():
        page = page.replace(f"<!--{key}-->", text)
    return page


def _banner(synthetic: bool) -> str:
    from pi_research.report.closing import SYNTHETIC

    return f'<p class="says">{SYNTHETIC}</p>' if synthetic else ""


def _section(settings: Params, name: str, found: Mapping[str, Finding]) -> str:
    """One report: its question, its first answers, and where the rest is."""
    title, question, headlines = _said(settings, name)
    answers = "".join(f"<li>{html.escape(str(found[i].sentence))}</li>" for i in headlines if i in found)
    answers = f'<ul class="found">{answers}</ul>' if answers else ""
    far = f'<span class="far"> of {html.escape(title)}</span>'
    head = f'<h2><a href="reports/{name}.html">{html.escape(title)}</a></h2><p>{html.escape(question)}</p>'
    files = {
        "Report": f"reports/{name}.html",
        "PDF": f"reports/{name}.pdf",
        "Notebook": f"notebooks/{name}.ipynb",
    }
    links = " · ".join(f'<a href="{file}">{kind}{far}</a>' for kind, file in files.items())
    return f'<section>{head}{answers}<p class="files">{links} · {len(found)} findings</p></section>'


def _unanswered(settings: Params, name: str, lacking: Sequence[str]) -> str:
    """A question that this extract cannot answer, and what it would take."""
    title, question, _ = _said(settings, name)
    why = f"Not answered here: the extract does not hold {', '.join(lacking)}."
    return f"<section><h2>{html.escape(title)}</h2><p>{html.escape(question)}</p><p>{html.escape(why)}</p></section>"


def _said(settings: Params, name: str) -> tuple[str, str, list[str]]:
    """Title and question of a notebook's first cell, and the findings that it puts first."""
    stored = json.loads((settings.root / "notebooks" / f"{name}.ipynb").read_text(encoding="utf-8"))
    lines = [line.strip() for line in "".join(stored["cells"][0]["source"]).splitlines() if line.strip()]
    question = lines[1].removeprefix("**Question.**").strip() if len(lines) > 1 else ""
    return lines[0].lstrip("# "), question, stored["metadata"]["pi_research"].get("headlines", [])
