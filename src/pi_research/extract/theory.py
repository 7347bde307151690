"""A programme theory as a folder of CSV files, read and checked on the way in as an extract is.

Files are read here, with types, categories, keys and references between the tables; what the theory means
(a cycle, evidence that cites itself, an unknown finding) is checked by ``realist.read_theory`` on the frames.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from pi_research import places
from pi_research.extract.cells import check_cells
from pi_research.extract.dictionary import TableSchema, read_dictionary
from pi_research.extract.faults import Fault, frame_of_faults
from pi_research.extract.folder import find_tables, scan
from pi_research.extract.forms import personal_data
from pi_research.extract.keys import check_duplicates, check_references
from pi_research.extract.published import published_folder, read_published
from pi_research.extract.rules import read_rules
from pi_research.extract.text import read_text_table

if TYPE_CHECKING:
    from pi_research.extract.rules import Rules

TITLES = re.compile(r"\b(?:Mr|Mrs|Ms|Miss|Mx|Dr|Prof|Sir|Lady|Cllr|Rev)\.? [A-Z]")
CAPITALISED = re.compile(r"\b[A-Z][a-z'’\-]+\b")
FREE = ("theme", "sub_theme")
"""Columns of segments into which a coder types."""


class TheoryFolderError(ValueError):
    """The folder of a theory is refused; the message lists every fault by file, row and column."""


class SegmentError(ValueError):
    """Coded segments are refused; the message names segments and columns and repeats nothing of them."""


def read_theory_tables(folder: str | Path) -> dict[str, pd.DataFrame]:
    """Every table of a theory by its name, as text, whole numbers, numbers and dates.

    Parameters
    ----------
    folder : path
        CSV files as ``data/theory/schema`` describes them. A table that is optional and not there is empty.

    Returns
    -------
    dict of str to DataFrame
        Each frame is indexed by the row numbers of the spreadsheet (header = 1), so that a later check can
        name them. Text is ``object`` with None where empty.

    Raises
    ------
    TheoryFolderError
        Where there is any error, all at once: file, row, column, what is wrong and what to do.
    """
    schemas, rules = _schemas(), read_rules()
    found, faults = find_tables(Path(folder), schemas)
    text, typed = {}, {}
    for name, path in found.items():
        looked = scan(path, name, rules)
        faults += looked.faults
        if looked.readable:
            table, about = read_text_table(path, schemas[name], rules)
            faults += about
            if table is not None:
                text[name], typed[name] = table, check_cells(table, rules, None)
                faults += typed[name].faults
                faults += [fault for fault, _ in check_duplicates(table, typed[name])]
    faults += [fault for _, fault in check_references(text, typed, set(found))]
    _refuse(Path(folder), faults, rules, schemas)
    return {
        name: typed[name].frame if name in typed else pd.DataFrame(columns=list(schema.names), dtype=object)
        for name, schema in schemas.items()
    }


def _schemas() -> dict[str, TableSchema]:
    return read_dictionary(places.root() / "data" / "theory" / "schema")


def _refuse(folder: Path, faults: list[Fault], rules: Rules, schemas: Mapping[str, TableSchema]) -> None:
    problems = frame_of_faults(faults, rules, schemas, {})
    wrong = problems[problems["severity"] == "error"]
    if len(wrong):
        lines = [
            f"  - {row.file or 'folder'}{_row(row.row)}{f', column {row.column}' if row.column else ''}: "
            f"{row.what} "
            f"{row.what_to_do}"
            for row in wrong.itertuples()
        ]
        noun = "fault" if len(lines) == 1 else "faults"
        raise TheoryFolderError(
            f"The theory in {folder} has {len(lines)} {noun}, and was not read:\n" + "\n".join(lines)
        )


def _row(row: object) -> str:
    return "" if pd.isna(row) else f", row {row}"


def theory_vocabulary(tables: Mapping[str, pd.DataFrame]) -> dict[str, frozenset[str]]:
    """What a theory may name outside itself.

    Returns
    -------
    dict
        ``fields`` (table.field of the data dictionary), ``published`` (names of published tables, and
        table.id of their rows), ``sources`` (published, and the theory's own), ``roles`` (of people who speak
        in segments).
    """
    dictionary = read_dictionary()
    published: set[str] = set()
    for path in sorted(published_folder().glob("*.csv")):
        table = read_published(path.stem)
        published |= {path.stem} | ({f"{path.stem}.{i}" for i in table["id"]} if "id" in table else set())
    return {
        "fields": frozenset(f"{name}.{field}" for name, table in dictionary.items() for field in table.names),
        "published": frozenset(published),
        "sources": frozenset(read_published("sources")["source"]) | frozenset(tables["sources"]["source"]),
        "roles": frozenset(dictionary["segments"].field("role").enum),
    }


def filled_fields(tables: Mapping[str, pd.DataFrame]) -> dict[str, float]:
    """For each table.field of an extract that was supplied, the share of its cells that hold something."""
    return {
        f"{name}.{field}": float(table[field].notna().mean()) if len(table) else 0.0
        for name, table in tables.items()
        for field in table
    }


def looks_like_a_name(text: str, known: frozenset[str] = frozenset()) -> bool:
    """Whether a text holds what looks like a person's name.

    A title with a capitalised word after it; or a capitalised word that does not begin the text and is not
    among ``known`` words. A name in small letters is not seen: a code outside the code book is refused all
    the same.

    >>> looks_like_a_name("by Mrs Green"), looks_like_a_name("Recovery Star, talk", frozenset({"Star"}))
    (True, False)
    """
    inside = [m[0] for m in CAPITALISED.finditer(text) if m.start() > 0]
    return bool(TITLES.search(text)) or any(word not in known for word in inside)


def checked_segments(segments: pd.DataFrame, tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Coded segments, refused where a theme or code holds what looks like a name or another identifier.

    Words with a capital that the theory's own themes and codes use are no names.

    Raises
    ------
    SegmentError
        Naming the segment and its row among those read, never what it holds.
    """
    used = [*tables["themes"]["theme"], *tables["themes"]["sub_theme"], *tables["codes"]["code"]]
    known = frozenset(word for text in used for word in CAPITALISED.findall(str(text)))
    wrong = []
    for column in [c for c in FREE if c in segments]:
        for row, (segment, text) in enumerate(
            zip(segments["segment_id"], segments[column].fillna(""), strict=True), 2
        ):
            rule = personal_data(text) or ("looks_like_name" if looks_like_a_name(text, known) else "")
            if rule:
                what = rule.removeprefix("looks_like_").replace("_", " ").replace("nhs", "NHS")
                wrong.append(
                    f"  - segments, row {row} ({segment}), column {column}: holds what looks like a {what}"
                )
    if wrong:
        raise SegmentError(
            f"{len(wrong)} coded segments are refused. Take it out and write the code as the code book has "
            "it:\n" + "\n".join(wrong)
        )
    return segments
