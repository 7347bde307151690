"""A chart's SVG as part of a page: one picture with its words, small, and with names of its own."""

from __future__ import annotations

import html
import re

__all__ = ["inline_svg"]

FONTS = "font-family: 'DejaVu Sans', Verdana, Arial, sans-serif;"
STYLE = f"stroke-linejoin:round;stroke-linecap:butt;{FONTS}"
"""What matplotlib's own style element says of everything; within a page it would speak of other pictures too."""


def inline_svg(text: str, prefix: str, alt: str) -> str:
    """SVG text as an element of an HTML page.

    Only names that something refers to are kept, each behind ``prefix``, so that no two pictures of a page
    share one; lengths are cut to a hundredth of a point.

    >>> inline_svg('<svg viewBox="0 0 2 2"><g id="a"><path id="b" d="M 0.123456 1"/><use href="#b"/></g></svg>',
    ...            "x", "A dot.")[-79:]
    ' focusable="false"><g><path id="x-b" d="M 0.12 1"/><use href="#x-b"/></g></svg>'
    """
    body = re.sub(r"(?s)<metadata>.*?</metadata>|<style\b.*?</style>|<!--.*?-->", "", text[text.index("<svg"):])
    used = re.findall(r'href="#([^"]+)"|url\(#([^)]+)\)', body)
    kept = {name for pair in used for name in pair if name}

    def tag(found: re.Match) -> str:
        made = re.sub(r' id="([^"]+)"', lambda name: name[0] if name[1] in kept else "", found[0])
        made = re.sub(r'( id="|href="#|url\(#)([^")]+)', rf"\1{prefix}-\2", made.replace("xlink:href", "href"))
        made = re.sub(r' transform="rotate\(-?0 [^"]*"', "", made.replace(FONTS, "").replace("\n", " "))
        made = re.sub(r"(?<=[:;]) ", "", made) if "style=" in made else made
        return re.sub(r"(?<=\d\.\d\d)\d+", "", made)

    body = re.sub(r">\s+<", "><", re.sub("<[^>]+>", tag, body)).strip()
    box = re.search(r'viewBox="[^"]*"', body[:body.index(">")])
    head = f'<svg xmlns="http://www.w3.org/2000/svg" {box[0] if box else ""} style="{STYLE}" role="img" ' \
           f'aria-label="{html.escape(alt, quote=True)}" focusable="false">'
    return head + body[body.index(">") + 1:]
