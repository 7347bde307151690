"""One shown item as HTML or typst, exact or under a disclosure rule."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Collection, Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from pi_research.disclosure import (WITHHELD, Rule, cells, moved_shares, protect_curve, protect_points,
                                    protect_sentence, protect_table, remade_points)
from pi_research.disclosure.protect import MOVED, Remade, from_curve
from pi_research.report.draw import DRAWN
from pi_research.report.inline import inline_svg
from pi_research.report.shown import Chart, Table, with_content
from pi_research.wording import joined, sentence

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["as_html", "as_typst", "csv_text", "mimebundle", "released", "right_columns", "typst_text"]

NOTHING = "Nothing to list."
ROUNDED = " Made from rounded counts: small jumps are rounding, and what few people are in stays blank."
ADDED_ERROR = " Made again from rounded counts for release: the curve may lie a few points off the exact one."


def mimebundle(item: Table | Chart | str) -> dict[str, str]:
    """What JupyterLab draws: HTML for tables and sentences, SVG for charts, text for everything."""
    if isinstance(item, Chart):
        from pi_research.report.draw import svg

        return {"image/svg+xml": svg(item), "text/plain": str(item.alt)}
    text = str(item)
    if isinstance(item, Table):
        text = f"{item.caption}\n{cells(item.frame, item.columns).to_string(index=False)}"
    return {"text/html": as_html(item), "text/plain": text}


def curves_made_again(items: Iterable[object], rule: Rule) -> dict[tuple[float, int], float]:
    """Points of the curves among the items, as their release draws them."""
    made = {}
    for item in items:
        if isinstance(item, Chart) and item.protect == "curve":
            safe = protect_curve(item.frame, rule, level=item.options.get("level", 0.95))
            made |= remade_points(item.frame, safe)
    return made


def released(item: Table | Chart | str, rule: Rule, withheld: Collection[tuple[int, str]] = (),
             remade: Remade | None = None) -> Table | Chart | str | None:
    """The item as it may leave the safe room; None for a chart that never may.

    A table comes back with text cells, so that every writer prints the same protected text; a chart with
    the columns that are drawn and the counts that were protected, and no other. Cells ``withheld`` (row,
    column), which an audit asked for, are left out beyond what the rule hides. ``remade`` are points of the
    page's curves, :func:`curves_made_again`: a share that is one of them is printed as the curve shows it.
    """
    if isinstance(item, str):
        return protect_sentence(item, rule, remade)
    if isinstance(item, Table):
        return _released_table(item, rule, withheld, remade or {})
    if item.protect == "inside":
        return None
    alt, caption, frame = protect_sentence(item.alt, rule, remade), item.caption, item.frame
    if item.protect == "curve":
        frame = protect_curve(frame, rule, level=item.options.get("level", 0.95))
        caption += ADDED_ERROR
        alt = _curve_alt(frame[frame["time"] <= item.options.get("horizon", np.inf)])
    elif item.protect == "points":
        shares = item.draw == "intervals" and bool(item.options.get("percent"))
        modelled = MODELLED.get(item.draw, ())
        frame = protect_points(frame, item.counts, rule, shares=shares, exact=modelled, remade=remade)
        if item.draw == "states":
            frame = _without_whole(frame)
            alt = _states_alt(frame, rule.token)
        if item.draw == "board":  # a verdict beside a hidden count would narrow it
            frame["on"] = frame["on"].mask(frame["numerator"].isna(), "–")
        caption += ROUNDED if item.draw == "states" else ""
    drawn = [c for c in frame.columns if c in (*DRAWN[item.draw], *item.counts)]
    frame = frame[drawn].copy()
    for row, column in withheld:
        frame[column] = frame[column].astype(float)
        frame.loc[frame.index[row], column] = float("nan")
    return replace(item, frame=frame, alt=alt, caption=caption)


MODELLED = {
    "series": ("fitted", "expected", "lower", "upper"), "plane": ("effect", "cost"),
    "acceptability": ("chance",), "control": ("signal", "exposure"), "quarters": ("contract",),
}
"""Columns of a drawing that come from a model or a plan and not from few people: they are not rounded."""


def _released_table(item: Table, rule: Rule, withheld: Collection[tuple[int, str]], remade: Remade) -> Table:
    as_text = {"style": "text", "of": None, "limit": "", "behind": (), "people": False, "open_where": ""}
    opened = {c.open_where for c in item.columns if c.open_where}
    rows = tuple(i for i in range(len(item.frame)) if any(item.frame[o].iloc[i] for o in opened))
    safe = protect_table(item.frame, item.columns, rule, remade)
    origin = tuple(replace(c, remade=from_curve(item.frame, c, rule, remade)) for c in item.columns)
    for row, column in withheld:
        safe.loc[safe.index[row], column] = WITHHELD
    note, moved = protect_sentence(item.note, rule, remade), moved_shares(item.frame, item.columns, rule)
    if moved:
        said = sentence(MOVED, moved=f"{100 * moved:.0f}")
        note = joined(note, said) if str(note) else said
    return replace(item, frame=safe, columns=tuple(replace(c, **as_text) for c in item.columns), note=note,
                   origin=origin, open_rows=rows)


def _without_whole(frame: pd.DataFrame) -> pd.DataFrame:
    """States by month without the whole where just one state is hidden, which it would give away."""
    hidden = frame["people"].isna().groupby(frame["month"]).transform("sum")
    return frame.assign(of=frame["of"].groupby(frame["month"]).transform("max").mask(hidden == 1))


def _curve_alt(frame: pd.DataFrame) -> str:
    """What a released curve shows, from the rounded counts that it was made of."""
    if frame.empty:
        return "No curve: too few people to draw it."
    value = "incidence" if "incidence" in frame else "survival"
    names = [c for c in ("group", "cause") if c in frame]
    parts = frame.groupby(names, sort=False) if names else [((), frame)]
    said = []
    for name, one in parts:
        last = one.iloc[-1]
        said.append(f"{', '.join(map(str, name)) or 'the curve'} at {last[value]:.0%} by {last['time']:g}")
    return f"Step curves made again from rounded counts: {'; '.join(said)}."


def _states_alt(frame: pd.DataFrame, token: str) -> str:
    """What released states show month by month, from rounded counts; without a total where one is hidden."""
    said = ["Stacked shares of people in each state by month, made from rounded counts; what few are in is left out."]
    for month in (m for m in dict.fromkeys((frame["month"].min(), 0, 6, 12, 24)) if (frame["month"] == m).any()):
        rows = frame[(frame["month"] == month) & ~(frame["people"] == 0)]
        people = [token if n != n else f"{n:.0f}" for n in rows["people"]]
        said.append(f"Month {month:g}, people: {', '.join(map(' '.join, zip(rows['state'], people, strict=True)))}.")
    return " ".join(said)


def as_html(item: Table | Chart | str, *, number: str = "", links: str = "", place: str = "",
            picture: str = "") -> str:
    """HTML of one item. ``number`` goes before the caption, ``links`` after it.

    ``place`` goes before the item's id where several notebooks stand on one page; ``picture`` is the SVG of
    a chart that has been drawn already.
    """
    item = with_content(item)
    if isinstance(item, str):
        return f'<p class="says">{html.escape(item)}</p>'
    caption = (f"<strong>{number}</strong> " if number else "") + html.escape(item.caption)
    label = html.escape(f"{number} {item.caption}".strip(), quote=True)
    if isinstance(item, Chart):
        return _html_chart(item, caption + links, label, place, picture)
    return _html_table(item, caption + links, label, place)


def _html_chart(item: Chart, caption: str, label: str, place: str, picture: str) -> str:
    from pi_research.report.draw import svg

    name = f"drawn-{place}{item.id}"
    number = re.match(r"Figure (\d+)\.", label)
    image = inline_svg(picture or svg(item), f"f{number[1]}" if number else name, str(item.alt))
    return (f'<figure id="{name}"><div class="wide" role="region" tabindex="0" aria-label="{label}">{image}'
            f"</div><figcaption>{caption}</figcaption></figure>")


def _html_table(item: Table, caption: str, label: str, place: str) -> str:
    text = cells(item.frame, item.columns)
    right = right_columns(item, text)
    head = "".join(
        f'<th scope="col"{_side(c.name in right)}>{html.escape(c.label)}</th>' for c in item.columns
    )
    rows = []
    for values in text.itertuples(index=False):
        first, *rest = zip((c.name for c in item.columns), values, strict=True)
        cell = "".join(f"<td{_side(n in right)}>{html.escape(v)}</td>" for n, v in rest)
        rows.append(f'<tr><th scope="row">{html.escape(first[1]) or "–"}</th>{cell}</tr>')
    rows = rows or [f'<tr><td colspan="{len(item.columns)}">{NOTHING}</td></tr>']
    note = f'<p class="note">{html.escape(str(item.note))}</p>' if str(item.note) else ""
    return (f'<div class="held w{_breadth(item, text, right)}"><div class="table" id="shown-{place}{item.id}" '
            f'role="region" tabindex="0" aria-label="{label}">'
            f"<table><caption><span>{caption}</span></caption><thead><tr>{head}</tr></thead>"
            + f"<tbody>{''.join(rows)}</tbody></table>{note}</div></div>")


def _breadth(item: Table, text: pd.DataFrame, right: set[str]) -> int:
    """Breadth in rem below which a page scrolls the table, in steps of 8: numbers whole, text of 16 letters."""
    letters = 0.0
    for column in item.columns:
        longest = max((len(v) for v in text[column.name]), default=0)
        word = max((len(w) for v in (column.label, *text[column.name]) for w in v.split()), default=0)
        letters += max(word, longest if column.name in right else min(longest, 16)) + 2.3
    return min(16 + 8 * -int(-max(0.53 * letters - 16, 0) // 8), 120)


def right_columns(item: Table, text: pd.DataFrame) -> set[str]:
    """Columns set to the right: numbers, and text that holds numbers (a protected table)."""
    like = re.compile(r"[-−+£]?[\d,.]+%?|\[hidden\]|\[REDACTED\]|NA|")
    numbers = {c.name for c in item.columns if c.style not in ("text", "month", "day")}
    for column in item.columns[1:]:
        if text[column.name].ne("").any() and all(
                like.fullmatch(v) or v == column.zero for v in text[column.name]):
            numbers.add(column.name)
    return numbers


def _side(right: bool) -> str:
    return ' class="number"' if right else ""


def typst_text(text: str) -> str:
    """Text as a typst string that nothing in it can break out of."""
    return "#" + typst_string(text)


def typst_string(text: str) -> str:
    """A typst string literal, without the control characters that nothing can print."""
    special = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
    kept = (c for c in str(text) if c in special or unicodedata.category(c) != "Cc")
    return '"' + "".join(special.get(c, c if c.isprintable() else f"\\u{{{ord(c):x}}}") for c in kept) + '"'


def as_typst(item: Table | Chart | str, *, number: str = "", picture: str = "") -> str:
    """Typst of one item; ``number`` goes before the caption, ``picture`` is the file of a chart's SVG."""
    item = with_content(item)
    if isinstance(item, str):
        return f"#says[{typst_text(item)}]"
    caption = f"[*{typst_text(number)}* {typst_text(item.caption)}]"
    caption = f"numbering: none, supplement: none, caption: {caption}"
    if isinstance(item, Chart):
        image = f"image({typst_string(picture)}, width: 100%, alt: {typst_string(item.alt)})"
        return f"#figure({image}, {caption})"
    return _typst_table(item, caption)


def _typst_table(item: Table, caption: str) -> str:
    text = cells(item.frame, item.columns)
    right = right_columns(item, text)
    align = ", ".join("right" if c.name in right else "left" for c in item.columns)
    head = ", ".join(f"[{typst_text(c.label)}]" for c in item.columns)
    body = ", ".join(f"[{_breakable(v)}]" for row in text.itertuples(index=False) for v in row)
    body = body or f"table.cell(colspan: {len(item.columns)})[{NOTHING}]"
    size = "8.5pt" if len(item.columns) <= 6 else "7pt"
    width = ", ".join(_width(c.name, text) for c in item.columns)
    note = f"\n#block(text(size: 8pt)[{typst_text(item.note)}])" if str(item.note) else ""
    return (f"#figure(kind: table, {caption}, text(size: {size}, table(columns: ({width},), align: "
            f"({align},), "
            f"table.header({head}), {body})))" + note)


def _breakable(text: str) -> str:
    """A cell whose long names (``tenancy.kept_12``) may break after a dot or an underscore."""
    if len(text) <= 20:
        return typst_text(text)
    return "#sym.zws".join(typst_text(part) for part in re.split(r"(?<=[a-z0-9][._])(?=[a-z0-9])", text))


def _width(name: str, text: pd.DataFrame) -> str:
    longest = max((len(v) for v in text[name]), default=0)
    return "1fr" if longest > 24 else "auto"


def csv_text(item: Table | Chart) -> str:
    """What the item prints or draws, as CSV that a spreadsheet opens without running anything."""
    frame = item.frame[[c.name for c in item.columns]] if isinstance(item, Table) else item.frame
    safe = frame.copy()
    for column in safe.select_dtypes(exclude=["number", "datetime", "bool"]):
        safe[column] = safe[column].map(_harmless)
    if isinstance(item, Table):
        safe.columns = [c.label for c in item.columns]
    return safe.to_csv(index=False, float_format="%.10g", date_format="%Y-%m-%d", lineterminator="\n")


def _harmless(value: object) -> object:
    """Text in one line; what a spreadsheet would run as a formula has an apostrophe before it."""
    if not isinstance(value, str):
        return value
    text = re.sub(r"[\x00-\x1f\x7f]+", " ", value)
    runs = text.lstrip()[:1] in tuple("=+-@＝＋－＠") and not re.fullmatch(r"[+-]?[\d,]*\.?\d+%?", text)
    return "'" + text if runs else text
