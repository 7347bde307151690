"""The output checker's page: what is asked for, what stands behind it, and room for the decision."""

from __future__ import annotations

import html
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from pi_research.files import read_text
from pi_research.report.closing import SYNTHETIC
from pi_research.report.page import ASSETS

if TYPE_CHECKING:
    from pi_research.audit_folder import Audited
    from pi_research.params import Params
    from pi_research.release.request import Requested

TEMPLATE = Path(__file__).with_name("assets") / "request.html"
WORDS = {"pass": "Pass", "review": "To judge", "refused": "Refused"}
REAL = "Made from an extract that is not synthetic: real people are counted."
WIDTHS = "<colgroup>" + "".join(f'<col style="width: {w}%">' for w in (13, 33, 9, 12, 17, 16)) + "</colgroup>"
DECIDED = ("Decision (all may leave, some, none)", "Decided by (name, role)", "Day", "For whom it is meant",
           "Conditions, and what must change")


def request_page(settings: Params, outputs: Sequence[Requested], audited: Audited, name: str, sha256: str,
                 files: Mapping[str, str]) -> str:
    """The page of one request; it asks for nothing from elsewhere, runs nothing and is the same each time.

    Parameters
    ----------
    outputs : sequence of Requested
    name, sha256 : str
        Of the ZIP file that is asked for.
    files : mapping of str to str
        What is in it: name to SHA-256.
    """
    leaving = [o for o in outputs if o.status != "inside"]
    parts = {
        "STYLE": read_text(ASSETS / "page.css"),
        "TITLE": html.escape(f"Request to release: {settings.programme.name}"),
        "BANNER": f'<p class="says">{SYNTHETIC if _synthetic(settings) else REAL}</p>',
        "SHORT": _short(settings, leaving, audited, name, sha256, files),
        "WHOLE": _whole(),
        "NOTEBOOKS": "".join(_notebook(of, list(own)) for of, own in groupby(leaving, lambda o: o.notebook)),
        "INSIDE": _inside([o for o in outputs if o.status == "inside"], leaving),
        "FILES": _files(files),
    }
    page = TEMPLATE.read_text(encoding="utf-8")
    for key, text in parts.items():
        page = page.replace(f"<!--{key}-->", text)
    return page


def _synthetic(settings: Params) -> bool:
    files = sorted((settings.out / "findings").glob("*.json"))
    stored = [finding for file in files for finding in json.loads(read_text(file))]
    return bool(stored) and all(f["synthetic"] for f in stored)


def _short(settings: Params, leaving: Sequence[Requested], audited: Audited, name: str, sha256: str,
           files: Mapping[str, str]) -> str:
    by = Counter(o.status for o in leaving)
    counted = [o.smallest for o in leaving if o.smallest is not None]
    faults = "".join(f"<li>{html.escape(f)}</li>" for f in audited.faults)
    rows = {
        "ZIP file": f'{html.escape(name)}, {len(files)} files<br><span class="hash">SHA-256 {sha256}</span>',
        "Run": html.escape(f"{settings.run.name}, made {max((o.made for o in leaving), default='–')[:10]}"),
        "Outputs": f"{len(leaving)}: " + ", ".join(f"{by[s]} {w.lower()}" for s, w in WORDS.items()),
        "Rule": html.escape(audited.rule.sentence()),
        "Smallest count behind a number that is shown": str(min(counted, default="none")),
        "Numbers about people": f"{sum(o.numbers for o in leaving):,}: {_became(leaving)}",
        "Audit of everything together": html.escape(str(audited.found.sentence()))
        + (" It <strong>passed</strong>." if audited.ok else " It was <strong>refused</strong>.")
        + (f"<ul>{faults}</ul>" if faults else ""),
        "What an audit cannot tell": "Means, rates, costs and coefficients, and what a reader knows of a "
        "person from elsewhere (docs/audit.md): outputs marked <em>to judge</em> are those that hold some.",
    }
    return "<dl>" + "".join(f"<dt>{k}</dt><dd>{v}</dd>" for k, v in rows.items()) + "</dl>"


def _became(outputs: Iterable[Requested]) -> str:
    total = Counter()
    for o in outputs:
        total.update(hidden=o.hidden, rounded=o.rounded, withheld=o.withheld)
    return f"{total['hidden']:,} hidden, {total['rounded']:,} rounded, {total['withheld']:,} withheld"


def _box(what: str) -> str:
    label = html.escape(what, quote=True)
    return ('<div class="write" role="textbox" aria-multiline="true" contenteditable="true" '
            f'aria-label="{label}"></div>')


def _whole() -> str:
    rows = "".join(f'<tr><th scope="row">{w}</th><td>{_box(w)}</td></tr>' for w in DECIDED)
    return f'<table id="whole"><caption>For the output checker</caption><tbody>{rows}</tbody></table>'


def _notebook(of: str, outputs: Sequence[Requested]) -> str:
    """One table: what needs a look first; sentences, and what is about nobody, in one row each."""
    order = list(reversed(WORDS))
    ranked = sorted(outputs, key=lambda o: order.index(o.status))
    open_ = [o for o in ranked if not o.numbers and o.status == "pass"]
    rows = [_row(f"{o.kind} {o.id}", [o]) for o in ranked if o.kind != "sentence" and o not in open_]
    sentences = [o for o in ranked if o.kind == "sentence" and o not in open_]
    rows += [_row(_plural(len(made), "sentence"), made) for _, group in groupby(sentences, lambda o: o.status)
             if (made := list(group))]
    rows += [_row(f"{_plural(len(open_), 'output')} about nobody", open_)] if open_ else []
    by = Counter(o.status for o in outputs)
    said = ", ".join(f"{by[s]} {w.lower()}" for s, w in WORDS.items() if by[s])
    heads = ("Output, its files", "What it shows, who is counted", "Exact counts behind, smallest to largest",
             "Numbers about people", "Status and reason", "Decision, by whom, when, for whom")
    label = html.escape(f"Outputs of {of}", quote=True)
    return f'<h3 id="{of}">{of}</h3>' + _table(label, f"{label}: {said}", heads, "".join(rows), WIDTHS)


def _table(label: str, caption: str, heads: Sequence[str], rows: str, widths: str = "") -> str:
    head = "".join(f'<th scope="col">{h}</th>' for h in heads)
    return (f'<div class="outputs" role="region" tabindex="0" aria-label="{label}"><table><caption>{caption}'
            f"</caption>{widths}<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>")


def _plural(n: int, what: str) -> str:
    return f"{n} {what}" + ("s" if n != 1 else "")


def _row(title: str, outputs: Sequence[Requested]) -> str:
    """One output, or the sentences of one status together."""
    ends = [n for o in outputs for n in (o.smallest, o.largest) if n is not None]
    kinds = sorted({f.rpartition("/")[2].partition(".")[2] for o in outputs for f in o.files})
    shows = [html.escape(o.shows if o.numbers else f"{o.kind} {o.id}: {o.shows}") for o in outputs]
    text = shows[0] if len(shows) == 1 else f"<ul>{''.join(f'<li>{s}</li>' for s in shows)}</ul>"
    counted = sorted({o.counted for o in outputs} - {""})
    who = f'<br><span class="note">Counted: {html.escape(", ".join(counted))}</span>' if counted else ""
    numbers = sum(o.numbers for o in outputs)
    status = outputs[0].status
    reason = " ".join(dict.fromkeys(o.reason for o in outputs if status != "pass"))
    became = f"{numbers:,}: {_became(outputs)}; rule {outputs[0].rule}" if numbers else "none"
    ends_in = ", ".join(kinds) or "in the pages"
    return (f'<tr><th scope="row">{html.escape(title)}<br><span class="note">{ends_in}</span></th>'
            f"<td>{text}{who}</td><td>{f'{min(ends):,} to {max(ends):,}' if ends else '–'}</td>"
            f"<td>{became}</td>"
            f'<td><strong class="{status}">{WORDS[status]}</strong> {html.escape(reason)}</td>'
            f"<td>{_box(f'Decision on {title} of {outputs[0].notebook}')}</td></tr>")


def _inside(kept: Sequence[Requested], leaving: Sequence[Requested]) -> str:
    listed = [(f"{o.notebook}: {o.kind} {o.id}", o.shows, o.reason) for o in kept]
    listed += [(f"{o.notebook}: {o.kind} {o.id}", o.shows, f"{o.withheld} of its numbers, for the audit.")
               for o in leaving if o.withheld]
    listed.append(("every notebook", "Code, and pictures pasted into the text.", "Released pages hold none."))
    rows = "".join('<tr><th scope="row">{}</th><td>{}</td><td>{}</td></tr>'.format(*map(html.escape, row))
                   for row in listed)
    heads = ("Output", "What it shows", "What stays inside, and why")
    return "<h2>What stays inside</h2>" + _table("What stays inside", "Not asked for", heads, rows)


def _files(files: Mapping[str, str]) -> str:
    rows = "".join(f'<tr><th scope="row">{html.escape(f)}</th><td class="hash">{h}</td></tr>'
                   for f, h in sorted(files.items()))
    made = _table("Files in the ZIP file", "Name and hash of each", ("File", "SHA-256"), rows)
    return f"<details><summary>All {len(files)} files with their SHA-256</summary>{made}</details>"
