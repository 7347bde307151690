"""One shown item as HTML or typst, exact or under a disclosure rule."""

from __future__ import annotations

import base64
import html
import json
from dataclasses import replace
from typing import TYPE_CHECKING

from pi_research.disclosure import (Rule, cells, protect_curve, protect_points, protect_sentence,
                                    protect_table)
from pi_research.report.shown import Chart, Table

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["as_html", "as_typst", "csv_text", "mimebundle", "released", "typst_text"]

ADDED_ERROR = " Made again from rounded counts for release: the curve may lie a few points off the exact one."


def mimebundle(item: Table | Chart | str) -> dict[str, str]:
    """What JupyterLab draws: HTML for tables and sentences, SVG for charts, text for everything."""
    if isinstance(item, Chart):
        from pi_research.report.draw import svg

        return {"image/svg+xml": svg(item), "text/plain": str(item.alt)}
    text = f"{item.caption}\n{cells(item.frame, item.columns).to_string(index=False)}" if isinstance(item, Table) else str(item)
    return {"text/html": as_html(item), "text/plain": text}


def released(item: Table | Chart | str, rule: Rule) -> Table | Chart | str | None:
    """The item as it may leave the safe room; None for a chart that never may.

    A table comes back with text cells, so that every writer prints the same protected text.
    """
    if isinstance(item, str):
        return protect_sentence(item, rule)
    if isinstance(item, Table):
        return replace(item, frame=protect_table(item.frame, item.columns, rule), note=protect_sentence(item.note, rule),
                       columns=tuple(replace(c, style="text", of=None, behind=(), people=False) for c in item.columns))
    if item.protect == "inside":
        return None
    alt = protect_sentence(item.alt, rule)
    if item.protect == "curve":
        return replace(item, frame=protect_curve(item.frame, rule), alt=alt, caption=item.caption + ADDED_ERROR)
    frame = item.frame if item.protect == "open" else protect_points(item.frame, item.counts, rule)
    return replace(item, frame=frame, alt=alt)


def as_html(item: Table | Chart | str, *, number: str = "", links: str = "") -> str:
    """HTML of one item. ``number`` goes before the caption, ``links`` after it."""
    if isinstance(item, str):
        return f'<p class="says">{html.escape(item)}</p>'
    caption = f"<strong>{number}</strong> {html.escape(item.caption)}" if number else html.escape(item.caption)
    if isinstance(item, Chart):
        return _html_chart(item, caption, links)
    return _html_table(item, caption, links)


def _html_chart(item: Chart, caption: str, links: str) -> str:
    from pi_research.report.draw import svg

    picture = base64.b64encode(svg(item).encode()).decode()
    return (f'<figure id="{html.escape(item.id)}"><img alt="{html.escape(str(item.alt), quote=True)}" '
            f'src="data:image/svg+xml;base64,{picture}"><figcaption>{caption}{links}</figcaption></figure>')


def _html_table(item: Table, caption: str, links: str) -> str:
    text = cells(item.frame, item.columns)
    right = {c.name for c in item.columns if c.style not in ("text",)} | _numeric_text(item, text)
    head = "".join(f'<th scope="col"{_side(c.name in right)}>{html.escape(c.label)}</th>' for c in item.columns)
    rows = []
    for values in text.itertuples(index=False):
        first, *rest = zip((c.name for c in item.columns), values, strict=True)
        cell = "".join(f"<td{_side(n in right)}>{html.escape(v)}</td>" for n, v in rest)
        rows.append(f'<tr><th scope="row">{html.escape(first[1]) or "–"}</th>{cell}</tr>')
    note = f'<p class="note">{html.escape(str(item.note))}</p>' if str(item.note) else ""
    return (f'<div class="table" id="{html.escape(item.id)}" role="region" tabindex="0" aria-label="{html.escape(item.caption, quote=True)}">'
            f"<table><caption>{caption}{links}</caption><thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table>{note}</div>")


def _numeric_text(item: Table, text: pd.DataFrame) -> set[str]:
    """Columns of text that hold numbers (a protected table): set to the right like numbers."""
    import re

    like = re.compile(r"[-−+£]?[\d,.]+%?|\[hidden\]|\[REDACTED\]|")
    return {c.name for c in item.columns[1:] if len(text) and all(like.fullmatch(v) for v in text[c.name])}


def _side(right: bool) -> str:
    return ' class="number"' if right else ""


def typst_text(text: str) -> str:
    """Text as a typst string that nothing in it can break out of."""
    return "#" + json.dumps(str(text), ensure_ascii=False)


def as_typst(item: Table | Chart | str, *, number: str = "", picture: str = "") -> str:
    """Typst of one item; ``number`` goes before the caption, ``picture`` is the file name of a chart's SVG."""
    if isinstance(item, str):
        return f"#block(stroke: (left: 1.5pt + rgb(\"#0072b2\")), inset: (left: 8pt, y: 2pt))[{typst_text(item)}]"
    caption = f"numbering: none, supplement: none, caption: [*{typst_text(number)}* {typst_text(item.caption)}]"
    if isinstance(item, Chart):
        alt = json.dumps(str(item.alt), ensure_ascii=False)
        return f"#figure(image({json.dumps(picture)}, width: 100%, alt: {alt}), {caption})"
    text = cells(item.frame, item.columns)
    right = {c.name for c in item.columns if c.style != "text"} | _numeric_text(item, text)
    align = ", ".join("right" if c.name in right else "left" for c in item.columns)
    head = ", ".join(f"[{typst_text(c.label)}]" for c in item.columns)
    body = ", ".join(f"[{typst_text(v)}]" for row in text.itertuples(index=False) for v in row)
    size = "8.5pt" if len(item.columns) <= 6 else "7pt"
    width = ", ".join(_width(c.name, text) for c in item.columns)
    note = f"\n#text(size: 8pt)[{typst_text(item.note)}]" if str(item.note) else ""
    return (f"#figure(kind: table, {caption}, text(size: {size}, table(columns: ({width},), align: ({align},), "
            f"table.header({head}), {body})))" + note)


def _width(name: str, text: pd.DataFrame) -> str:
    longest = max((len(v) for v in text[name]), default=0)
    return "1fr" if longest > 24 else "auto"


def csv_text(item: Table | Chart) -> str:
    """What the item prints or draws, as CSV that a spreadsheet opens without running anything."""
    frame = item.frame
    if isinstance(item, Table):
        names = [c.name for c in item.columns]
        frame = frame[names].rename(columns={c.name: c.label for c in item.columns})
    safe = frame.copy()
    for column in safe.select_dtypes("object"):
        safe[column] = safe[column].map(_harmless)
    return safe.to_csv(index=False, float_format="%.10g", date_format="%Y-%m-%d", lineterminator="\n")


def _harmless(value: object) -> object:
    text = str(value)
    return "'" + text if isinstance(value, str) and text[:1] in "=+@\t\r" else value
