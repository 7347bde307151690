"""The page that searches all reports of a run: it holds their words, and asks for nothing from anywhere."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
from collections.abc import Mapping
from html.parser import HTMLParser

from pi_research.report.page import ASSETS

__all__ = ["entries", "search_page"]

SILENT = {"style", "nav", "annotation", "summary"}


class _Sections(HTMLParser):
    """The words of a report by section; each row of findings stands by itself."""

    def __init__(self) -> None:
        super().__init__()
        self.title, self.made, self.inside = "", [["report", "", ""]], False
        self.within: list[str] = []
        self.silent: list[bool] = []

    def handle_starttag(self, tag: str, attrs: list) -> None:
        if tag == "wbr":
            self.made[-1][2] = self.made[-1][2].removesuffix(" ")
        if tag in ("meta", "input", "img", "br", "hr", "link", "col", "wbr"):
            return
        given = {name: value or "" for name, value in attrs}
        self.within.append(tag)
        silent = tag in SILENT or given.get("class", "") in ("code", "far", "files")
        self.silent.append(silent or any(self.silent[-1:]))
        self.inside = self.inside or tag == "main"
        name = given.get("id", "")
        if self.inside and (tag in ("h2", "h3") or name.startswith("finding-")):
            self.made.append([name or self.made[-1][0], "", ""])
        if self.inside and tag == "svg":
            self.made[-1][2] += " " + given.get("aria-label", "")

    def handle_endtag(self, tag: str) -> None:
        while tag in self.within:
            self.silent.pop()
            if self.within.pop() == tag:
                break
        if tag in ("main", "body"):
            self.inside = False
        if tag == "tr" and self.made[-1][0].startswith("finding-"):
            place = next(m for m in reversed(self.made) if not m[0].startswith("finding-"))
            self.made.append([place[0], place[1], ""])

    def handle_data(self, data: str) -> None:
        if "h1" in self.within:
            self.title += data
        if not self.inside or any(self.silent[-1:]) or "text" in self.within:
            return
        heading = self.within[-1] in ("h2", "h3") or {"h2", "h3"} & set(self.within)
        self.made[-1][1 if heading else 2] += data + ("" if heading else " ")


def entries(text: str) -> tuple[str, list[tuple[str, str, str]]]:
    """A report's title, and its sections as (name of the place, heading, words), as its page says them.

    Code, links to files and what is drawn inside a picture are left out; a picture's description is in.
    """
    read = _Sections()
    read.feed(text)
    tidy = [tuple(" ".join(part.split()) for part in one) for one in read.made]
    return " ".join(read.title.split()), [(name, _heading(name, heading), words)
                                          for name, heading, words in tidy if words]


def _heading(name: str, heading: str) -> str:
    return f"Finding {name.removeprefix('finding-')}" if name.startswith("finding-") else heading


def search_page(pages: Mapping[str, str], said: str = "") -> str:
    """The search page over reports, given as the page's address to its text.

    What it holds is what the reports say and nothing else: of released reports it is released. ``said`` is what
    holds of all of them (the rule, that they are synthetic).
    """
    read = {address: entries(text) for address, text in pages.items()}
    held = {"reports": [[address, title] for address, (title, _) in read.items()],
            "places": [[at, *one] for at, (_, made) in enumerate(read.values()) for one in made]}
    script = (ASSETS / "search.js").read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    words = json.dumps(held, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
    parts = {"STYLE": (ASSETS / "page.css").read_text(encoding="utf-8"), "HASH": digest, "SCRIPT": script, "WORDS": words,
             "SAID": f'<p class="says">{html.escape(said)}</p>' if said else ""}
    page = (ASSETS / "search.html").read_text(encoding="utf-8")
    return re.sub(r"<!--(STYLE|HASH|SCRIPT|WORDS|SAID)-->", lambda found: parts[found[1]], page)
