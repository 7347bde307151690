"""Empty tables to fill, and the data dictionary in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from html import escape
from pathlib import Path

from pi_research.extract.dictionary import Field, TableSchema, read_dictionary
from pi_research.extract.rules import Rules, read_rules
from pi_research.files import FileWriteError, write_text

SIDES = {
    "both": "both sides",
    "housing": "the housing association",
    "trust": "the NHS trust",
    "area": "national or local statistics",
    "evaluation": "the evaluators",
}
TYPES = {
    "string": "text",
    "integer": "whole number",
    "number": "number",
    "boolean": "true or false",
    "date": "date, YYYY-MM-DD",
}
STYLE = """
body { font: 1rem/1.5 "Segoe UI", "Helvetica Neue", Arial, sans-serif; color: #1d2733; background: #fff;
  max-width: 72rem; margin: 0 auto; padding: 1.5rem 1rem 4rem; }
h1 { font-size: 1.7rem; line-height: 1.2; } h2 { font-size: 1.25rem; margin: 2.5rem 0 .25rem; }
p, li { max-width: 46rem; } .scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; margin: .5rem 0; }
caption { text-align: left; color: #464b55; padding: .25rem 0; }
th, td { text-align: left; vertical-align: top; padding: .4rem .75rem .4rem 0;
  border-bottom: 1px solid #d5dbe2; }
thead th { white-space: nowrap; } td { overflow-wrap: break-word; } code { font-size: .95em; }
a { color: #0b5394; } a:focus { outline: 3px solid #ffbf47; }
@media print { body { max-width: none; padding: 0; } tr { break-inside: avoid; } }
"""
README = """# An extract to fill

One file a table, with its column names and no rows. `data_dictionary.html` says what each column means.

1. Fill the tables that you have. {required} are needed; delete the files of others that you can't
   supply.
2. Keep every column. Where one does not apply, leave its cells empty: an empty cell means "not known".
3. Write dates as YYYY-MM-DD, numbers as digits with a point before decimals, yes and no as true and
   false, and categories exactly as the dictionary writes them. Save as CSV UTF-8 with commas, or as
   Parquet under the same name.
4. Use the same identifier for a person in every table of one organisation. No names, dates of birth,
   addresses or NHS numbers anywhere but in the two identifier tables, which stay in the safe room.
5. Fill `extract.csv` with its one row: the day up to which the record is complete, and whether the
   people are real.
6. Check it: `pi-research validate` and the name of this folder. It lists every fault and says what to
   do; it never shows a person's data. Then run the analyses: `pi-research run --data` and the name of
   this folder.
"""


def template(folder: str | Path, *, dictionary: str | Path | None = None) -> list[Path]:
    """Write an empty CSV for each table, a ``README.md`` and a readable data dictionary; return their paths.

    Raises
    ------
    pi_research.files.FileWriteError
        Where the folder holds something already (nothing is written over), is a file, or can't be written to.
    """
    folder = Path(folder)
    tables, rules = read_dictionary(dictionary), read_rules(dictionary)
    _refuse_what_is_there(folder)
    required = [table.name for table in tables.values() if table.required]
    written = [
        write_text(folder / f"{table.name}.csv", ",".join(table.names) + "\n") for table in tables.values()
    ]
    named = ", ".join(f"`{name}`" for name in required[:-1]) + f" and `{required[-1]}`"
    written.append(write_text(folder / "README.md", README.format(required=named)))
    written.append(write_text(folder / "data_dictionary.html", dictionary_page(tables, rules)))
    return written


def _refuse_what_is_there(folder: Path) -> None:
    try:
        held = any(folder.iterdir())
    except FileNotFoundError:
        return
    except OSError as error:
        why = f"{folder} is a file or can't be opened. Give the name of a new folder."
        raise FileWriteError(error.errno, why) from error
    if held:
        raise FileWriteError(
            None, f"{folder} is not empty, and nothing in it was touched. Give the name of a new folder."
        )


def dictionary_page(tables: Mapping[str, TableSchema], rules: Rules) -> str:
    """The whole dictionary as a page that stands alone."""
    parts = [
        '<!DOCTYPE html>\n<html lang="en-GB">\n<head>\n<meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>Data dictionary</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<main>",
        "<h1>Data dictionary</h1>",
        "<p>What an extract holds: one file a table, CSV or Parquet. An empty cell means that the thing is "
        "not known. Every column is needed in the header; a cell where the dictionary says so.</p>",
        *_contents(tables),
    ]
    for table in tables.values():
        parts += _table(table)
    parts += [*_checks(rules), "</main>\n</body>\n</html>\n"]
    return "\n".join(parts)


def _head(caption: str, *columns: str) -> str:
    cells = "".join(f'<th scope="col">{name}</th>' for name in columns)
    start = (f'<div class="scroll" role="region" tabindex="0" aria-label="{escape(caption)}"><table>\n'
             f"<caption>{escape(caption)}</caption>")
    return f"{start}\n<thead><tr>{cells}</tr></thead>\n<tbody>"


def _contents(tables: Mapping[str, TableSchema]) -> Iterator[str]:
    yield _head("The tables", "Table", "One row is", "From", "Needed")
    for table in tables.values():
        yield (
            f'<tr><th scope="row"><a href="#{table.name}"><code>{table.name}</code></a></th>'
            f"<td>{escape(table.description)}</td><td>{SIDES[table.side]}</td><td>{table.supply}</td></tr>"
        )
    yield "</tbody>\n</table></div>"


def _table(table: TableSchema) -> Iterator[str]:
    yield f'<h2 id="{table.name}">{escape(table.title)} (<code>{table.name}</code>)</h2>'
    origin = f", {escape(table.origin)}" if table.origin else ""
    yield f"<p>{escape(table.description)} From {SIDES[table.side]}{origin}; {table.supply}.</p>"
    if rules := "".join(f"<li>{rule}</li>" for rule in _rules_of(table)):
        yield f"<ul>{rules}</ul>"
    yield _head(f"Columns of {table.name}", "Column", "Meaning", "Type and values", "Needed", "Comes from")
    for field in table.fields:
        mark = "<br>identifies people" if field.identifying else ""
        needed = "yes" if field.required else "no"
        yield (
            f'<tr><th scope="row"><code>{field.name}</code></th><td>{escape(field.description)}{mark}</td>'
            f"<td>{_kind(field)}</td><td>{needed}</td><td>{escape(field.source)}</td></tr>"
        )
    yield "</tbody>\n</table></div>"


def _rules_of(table: TableSchema) -> Iterator[str]:
    if table.primary_key:
        names = " and ".join(f"<code>{name}</code>" for name in table.primary_key)
        yield f"No two rows have the same {names}."
    for key in table.foreign_keys:
        yield f"Every <code>{key.field}</code> stands in <code>{key.table}</code>."
    if table.interval:
        yield f"<code>{table.interval[1]}</code> is not before <code>{table.interval[0]}</code>."


def _kind(field: Field) -> str:
    parts = [TYPES[field.type]]
    if field.unit and field.type != "date":
        parts.append(field.unit)
    if field.enum:
        parts = ["one of " + ", ".join(f"<code>{escape(value)}</code>" for value in field.enum)]
    if field.first_of:
        parts.append(f"first day of the {field.first_of}")
    if field.minimum is not None and field.maximum is not None:
        parts.append(f"{field.minimum} to {field.maximum}")
    elif field.minimum is not None:
        parts.append(f"{field.minimum} or {'later' if field.type == 'date' else 'more'}")
    if field.max_length is not None:
        parts.append(f"{field.max_length} characters or fewer")
    if field.pattern:
        parts.append(f"of the form <code>{escape(field.pattern)}</code>")
    return "; ".join(parts)


def _checks(rules: Rules) -> Iterator[str]:
    yield '<h2 id="checks">What is checked</h2>'
    yield "<p>An error refuses the extract. A notice is listed in the data-quality report.</p>"
    words = {"column": "the column", "file": "the file", "table": "the table", "other": "the other table"}
    for group in dict.fromkeys(rule.group for rule in rules.by_id.values()):
        yield _head(group.capitalize(), "Check", "Severity", "What to do")
        for rule in (one for one in rules.by_id.values() if one.group == group):
            todo = escape(rule.what_to_do.format_map(words))
            name = escape(rule.title)
            yield f'<tr><th scope="row">{name}</th><td>{rule.severity}</td><td>{todo}</td></tr>'
        yield "</tbody>\n</table></div>"
