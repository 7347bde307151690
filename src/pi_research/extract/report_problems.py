"""The faults of an extract for those who mend them: on the screen, as a table, and as a page.

None of the three holds a cell's value, and the table is safe to open in a spreadsheet.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from html import escape
from pathlib import Path

import pandas as pd

from pi_research.extract.check import Check
from pi_research.files import FileWriteError, write_text

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
SHOWN = 60
NO_FOLDER = ("folder_missing", "folder_is_a_file", "folder_unreadable")
STYLE = """
:root { color-scheme: light; }
body { font: 1rem/1.5 "Segoe UI", "Helvetica Neue", Arial, sans-serif; color: #1d2733; background: #fff;
  max-width: 62rem; margin: 0 auto; padding: 1.5rem 1rem 4rem; }
h1 { font-size: 1.7rem; line-height: 1.2; margin: 0 0 .5rem; }
h2 { font-size: 1.25rem; margin: 2.5rem 0 .25rem; }
h3 { font-size: 1rem; margin: 1.5rem 0 .25rem; }
p { max-width: 44rem; margin: .35rem 0; } .file { color: #464b55; }
.scroll { overflow-x: auto; } table { border-collapse: collapse; width: 100%; margin: .5rem 0; }
caption { text-align: left; color: #464b55; padding: .25rem 0; }
th, td { text-align: left; vertical-align: top; padding: .4rem .75rem .4rem 0;
  border-bottom: 1px solid #d5dbe2; }
.where th:first-child { width: 14rem; }
td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; }
.tag { display: inline-block; font-size: .8rem; font-weight: 600; padding: .05rem .5rem;
  border-radius: .25rem; margin-right: .5rem; }
.error { background: #8c1d18; color: #fff; } .notice { background: #e3e8ee; color: #1d2733; }
a { color: #0b5394; } a:focus { outline: 3px solid #ffbf47; }
@media print { body { max-width: none; padding: 0; } h3, table { break-inside: avoid; } }
"""


def write_problems(check: Check, folder: str | Path) -> tuple[Path, Path]:
    """Write ``problems.csv`` and ``problems.html`` into ``folder`` and return their paths.

    Raises
    ------
    pi_research.files.FileWriteError
        Where the folder can't be written to or the disk is full, or is the folder that was checked and
        is not there: none is made by a slip of the keyboard.
    """
    folder = Path(folder)
    lost = check.problems[check.problems["rule"].isin(NO_FOLDER)]
    if folder == check.folder and not lost.empty:
        raise FileWriteError(None, f"{folder}: {lost['what'].iloc[0]} {lost['what_to_do'].iloc[0]}")
    table = write_text(folder / "problems.csv", problems_csv(check.problems))
    return table, write_text(folder / "problems.html", problems_page(check))


def problems_csv(problems: pd.DataFrame) -> str:
    """The faults as CSV, one a row; an apostrophe stands before a cell that a spreadsheet would run."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(problems.columns)
    for row in problems.itertuples(index=False):
        writer.writerow(_harmless("" if pd.isna(cell) else str(cell)) for cell in row)
    return out.getvalue()


def _harmless(cell: str) -> str:
    return f"'{cell}" if cell.startswith(FORMULA_STARTS) else cell


def row_ranges(rows: pd.Series, shown: int = SHOWN) -> str:
    """Row numbers with neighbours joined, and how many more there are.

    >>> row_ranges(pd.Series([2, 3, 4, 9]))
    'rows 2–4, 9'
    """
    numbers = rows.dropna().astype("int64").drop_duplicates().sort_values()
    if numbers.empty:
        return ""
    runs = [(run.iloc[0], run.iloc[-1]) for _, run in numbers.groupby((numbers.diff() != 1).cumsum())][
        : shown + 1
    ]
    words = ", ".join(str(first) if first == last else f"{first}–{last}" for first, last in runs[:shown])
    if len(runs) > shown:
        words += f" and {int((numbers > runs[shown - 1][1]).sum()):,} more (all in problems.csv)"
    return f"{'row' if len(numbers) == 1 else 'rows'} {words}"


# ---------------------------------------------------------------- screen
def screen_text(check: Check, lines: int = 40) -> str:
    """The faults grouped by rule, errors first, each with its places.

    Every kind of error is told; notices are left out where the screen would grow beyond ``lines``.
    """
    groups = [part for _, part in check.problems.groupby(["severity", "rule"], sort=False)]
    told: list[str] = [verdict(check)]
    for number, part in enumerate(groups):
        block = _screen_block(check, part)
        if part["severity"].iloc[0] != "error" and len(told) + len(block) + 2 > lines:
            rest = groups[number:]
            count = sum(map(len, rest))
            told += [
                "",
                f"... and {count:,} more, of {len(rest)} kinds: problems.html and problems.csv list all.",
            ]
            break
        told += block
    return "\n".join(told)


def _screen_block(check: Check, part: pd.DataFrame, shown: int = 4) -> list[str]:
    rule = check.rules[part["rule"].iloc[0]]
    what = part["what"].iloc[0] if part["what"].nunique() == 1 else f"{rule.title}."
    places = []
    for (file, column), rows in part.groupby(["file", "column"], sort=False):
        places.append(", ".join(filter(None, (file, column, row_ranges(rows["row"], 6)))))
    more = [f"and {len(places) - shown} more columns or files"] if len(places) > shown else []
    where = "; ".join(filter(None, [*places[:shown], *more]))
    lines = ["", f"{rule.severity}: {rule.title} ({len(part):,})", f"  {what} {part['what_to_do'].iloc[0]}"]
    return [*lines, f"  {where}"] if where else lines


def verdict(check: Check) -> str:
    """One line: may the extract be read?"""
    notices = f"{check.notices:,} notice{'' if check.notices == 1 else 's'}"
    if check.ok:
        return f"No errors, {notices}: the extract can be used."
    errors = f"{check.errors:,} error{'' if check.errors == 1 else 's'}"
    return f"{errors}, {notices}: the extract can't be used until the errors are mended."


def _title(check: Check, table: str) -> str:
    return f"{check.dictionary[table].title} ({table})" if table else "The folder"


# ---------------------------------------------------------------- page
def problems_page(check: Check) -> str:
    """A page that stands alone: no script, nothing from elsewhere, readable on a phone and in print."""
    parts = [
        '<!DOCTYPE html>\n<html lang="en-GB">\n<head>\n<meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>Check of the extract: {check.errors:,} errors, {check.notices:,} notices</title>",
        f"<style>{STYLE}</style>\n</head>\n<body>\n<main>",
        f"<h1>Check of the extract</h1>\n<p>{escape(verdict(check))}</p>",
        "<p>Errors have to be mended where the data are kept, and the tables exported again. Notices are "
        "carried into the data-quality report. Row numbers are those of a spreadsheet: the row of column "
        "names is row 1. This page shows no person's data.</p>",
        *_overview(check),
    ]
    for table in check.problems["table"].unique():
        parts += _table_part(check, table)
    parts.append("</main>\n</body>\n</html>\n")
    return "\n".join(parts)


def _overview(check: Check) -> Iterator[str]:
    if check.problems.empty and check.counts.empty:
        return
    count = check.problems.groupby(["table", "severity"]).size()
    rows = check.counts.set_index("table")["rows"]
    yield ('<div class="scroll" role="region" tabindex="0" aria-label="Faults by table"><table>\n'
           "<caption>Faults by table</caption>")
    yield (
        '<thead><tr><th scope="col">Table</th><th scope="col" class="n">Rows read</th>'
        '<th scope="col" class="n">Errors</th><th scope="col" class="n">Notices</th></tr></thead>\n<tbody>'
    )
    for table in dict.fromkeys(["", *check.dictionary]):
        errors, notices = count.get((table, "error"), 0), count.get((table, "notice"), 0)
        if table in rows.index or errors or notices:
            name = escape(_title(check, table))
            link = f'<a href="#{_anchor(table)}">{name}</a>' if errors or notices else name
            read = f"{rows[table]:,}" if table in rows.index else "–"
            cells = "".join(f'<td class="n">{cell}</td>' for cell in (read, f"{errors:,}", f"{notices:,}"))
            yield f'<tr><th scope="row">{link}</th>{cells}</tr>'
    yield "</tbody>\n</table></div>"


def _anchor(table: str) -> str:
    return table or "folder"


def _table_part(check: Check, table: str) -> Iterator[str]:
    problems = check.problems[check.problems["table"] == table]
    yield f'<h2 id="{_anchor(table)}">{escape(_title(check, table))}</h2>'
    if problems["file"].iloc[0]:
        yield f'<p class="file">{escape(problems["file"].iloc[0])}</p>'
    for (severity, rule), part in problems.groupby(["severity", "rule"], sort=False):
        title = escape(check.rules[rule].title)
        yield f'<h3><span class="tag {severity}">{severity}</span>{title} ({len(part):,})</h3>'
        for words, alike in part.groupby(["what", "what_to_do"], sort=False):
            yield f"<p>{escape(words[0])} <strong>{escape(words[1])}</strong></p>"
            if alike["row"].notna().any() or alike["column"].any():
                yield from _places(title, alike, escape(f"Where in {table or 'the folder'}: {words[0]}"))


def _places(title: str, faults: pd.DataFrame, label: str) -> Iterator[str]:
    others = faults["see"].ne("").any()
    names = ("Column", "Rows", "See also") if others else ("Column", "Rows")
    head = "".join(f'<th scope="col">{name}</th>' for name in names)
    yield (f'<div class="scroll" role="region" tabindex="0" aria-label="{label}"><table class="where">\n'
           f"<caption>Where: {title}</caption>")
    yield f"<thead><tr>{head}</tr></thead>\n<tbody>"
    for column, rows in faults.groupby("column", sort=False):
        also = [text for text in rows["see"] if text]
        more = f" and {len(also) - 10:,} more (all in problems.csv)" if len(also) > 10 else ""
        last = f"<td>{escape(', '.join(also[:10]) + more)}</td>" if others else ""
        name = escape(column) or "whole row"
        yield f'<tr><th scope="row">{name}</th><td>{row_ranges(rows["row"])}</td>{last}</tr>'
    yield "</tbody>\n</table></div>"
