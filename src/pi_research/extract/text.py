"""A table as text: every cell as it was written, before anything is made of it.

A column is held as its distinct values and a code for each row, so that a check looks at
each distinct value once, however many rows there are.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice
from pathlib import Path

import numpy as np

from pi_research.extract.dictionary import TableSchema
from pi_research.extract.faults import Fault, fault
from pi_research.extract.rules import Rules

BLOCK = 50_000
LONGEST_CELL = 131_072  # more than any sound cell; what ends a quotation mark that is never closed
DELIMITERS = {";": "delimiter_semicolon", "\t": "delimiter_tab", "|": "delimiter_other"}


@dataclass(frozen=True, slots=True)
class Text:
    """One column: ``values`` (k,) distinct texts, ``codes`` (n,) the place of each row's text in them."""

    codes: np.ndarray
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TextTable:
    """One table as text.

    ``columns`` by the dictionary's names; ``rows`` (n,) row numbers of the spreadsheet, header = 1;
    ``ragged`` (n,) True where a row has too few or too many cells; ``blank`` how many rows held nothing.
    """

    schema: TableSchema
    columns: Mapping[str, Text]
    rows: np.ndarray
    ragged: np.ndarray
    blank: int


def read_text_table(path: Path, schema: TableSchema, rules: Rules) -> tuple[TextTable | None, list[Fault]]:
    """Read a CSV or Parquet file as text; None where it can't be read as the table that it should be."""
    raw, faults = (_read_parquet if path.suffix == ".parquet" else _read_csv)(path, schema)
    if raw is None:
        return None, faults
    places, faults = _match(raw.header, schema, rules)
    if not places:
        return None, faults
    rows = np.arange(2, len(raw.widths) + 2)
    blank = np.ones(len(rows), bool)
    for text in raw.columns:
        blank &= np.array([not value.strip() for value in text.values], bool)[text.codes]
    width = len(raw.header)
    few, many = (raw.widths < width) & ~blank, (raw.widths > width) & ~blank
    for rule, where in {"blank_row": blank, "too_few_cells": few, "too_many_cells": many}.items():
        if where.any():
            faults.append(fault(rule, schema.name, rows=rows[where]))
    if blank.all():
        faults.append(
            fault("required_table_empty" if schema.required else "optional_table_empty", schema.name)
        )
    columns = {
        name: Text(raw.columns[at].codes[~blank], raw.columns[at].values) for name, at in places.items()
    }
    return TextTable(schema, columns, rows[~blank], (few | many)[~blank], int(blank.sum())), faults


# ---------------------------------------------------------------- header
def _plain(name: str) -> str:
    return re.sub(r"[\s\-_]+", "_", name.strip().lower())


def _letter(place: int) -> str:
    """The column's letters in a spreadsheet: a strange header is never quoted, it may be a person's data."""
    letters = ""
    place += 1
    while place:
        place, rest = divmod(place - 1, 26)
        letters = chr(65 + rest) + letters
    return f"column {letters}"


def _match(header: list[str], schema: TableSchema, rules: Rules) -> tuple[dict[str, int], list[Fault]]:
    known = {_plain(name): name for name in schema.names}
    if not any(_plain(name) in known for name in header):
        return {}, [fault("no_header", schema.name, rows=[1])]
    places: dict[str, int] = {}
    faults = []
    for place, written in enumerate(header):
        name = known.get(_plain(written))
        if name is None:
            faults.append(_stranger(written, place, schema.name, rules))
            continue
        if written != name:
            form = "column_name_case" if written.lower() == name else "column_name_spaces"
            faults.append(fault(form, schema.name, name, [1]))
        if name in places:
            faults.append(fault("doubled_column", schema.name, name, [1]))
        places.setdefault(name, place)
    faults += [fault("missing_column", schema.name, name, [1]) for name in schema.names if name not in places]
    return places, faults


def _stranger(written: str, place: int, table: str, rules: Rules) -> Fault:
    plain = _plain(written)
    if not plain:
        return fault("unnamed_column", table, _letter(place), [1])
    if plain in rules.identifying_columns:
        return fault("identifying_column", table, plain, [1])
    return fault("extra_column", table, _letter(place), [1])


# ---------------------------------------------------------------- CSV
@dataclass(frozen=True, slots=True)
class _Raw:
    header: list[str]
    columns: list[Text]
    widths: np.ndarray


@contextmanager
def _records(path: Path) -> Iterator[csv.reader]:
    """The records of a CSV. The longest cell is a setting of the whole process, so it is put back."""
    before = csv.field_size_limit(LONGEST_CELL)
    try:
        with open(path, encoding="utf-8-sig", newline="") as lines:
            yield csv.reader(lines, strict=True)
    finally:
        csv.field_size_limit(before)


def _read_csv(path: Path, schema: TableSchema) -> tuple[_Raw | None, list[Fault]]:
    import pyarrow as pa

    blocks: list[list[pa.Array]] = []
    widths = [np.empty(0, np.int64)]
    try:
        with _records(path) as reader:
            header = next(reader, [])
            if rule := _delimiter(header, schema):
                return None, [fault(rule, schema.name, rows=[1])]
            while block := list(islice(reader, BLOCK)):
                counts = np.fromiter(map(len, block), np.int64, len(block))
                if (counts != len(header)).any():
                    block = [_fitted(row, len(header)) for row in block]
                blocks.append([pa.array(column, pa.string()) for column in zip(*block, strict=True)])
                widths.append(counts)
    except csv.Error as error:
        rule = "cell_too_long" if "field limit" in str(error) else "unclosed_quote"
        return None, [fault(rule, schema.name, rows=[_row_of_error(path)])]
    except OSError:
        return None, [fault("unreadable_file", schema.name)]
    places = range(len(header))
    columns = [_encoded(pa.chunked_array([block[i] for block in blocks], pa.string())) for i in places]
    return _Raw(header, columns, np.concatenate(widths)), []


def _row_of_error(path: Path) -> int:
    """The row at which the reader stops: it was read in blocks, so read again row by row."""
    row = 1
    with _records(path) as reader, suppress(csv.Error):
        for _ in reader:
            row += 1
    return row


def _fitted(row: list[str], width: int) -> list[str]:
    return row[:width] + [""] * (width - len(row))


def _delimiter(header: list[str], schema: TableSchema) -> str:
    """The rule broken where the header is one cell that another delimiter would divide into our columns."""
    if len(header) != 1:
        return ""
    names = set(schema.names)
    for mark, rule in DELIMITERS.items():
        if len(names & {_plain(name.strip('"')) for name in header[0].split(mark)}) > 1:
            return rule
    return ""


def _encoded(column) -> Text:
    encoded = column.combine_chunks().dictionary_encode()
    codes = encoded.indices.to_numpy(zero_copy_only=False)
    return Text(codes, tuple(encoded.dictionary.to_pylist()))


# ---------------------------------------------------------------- Parquet
def _read_parquet(path: Path, schema: TableSchema) -> tuple[_Raw | None, list[Fault]]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(path) as file:  # not read_table, which makes columns of a folder named a=b
            table = file.read()
    except (OSError, pa.ArrowException):
        return None, [fault("unreadable_file", schema.name)]
    columns, faults = [], []
    for place, (name, column) in enumerate(zip(table.column_names, table.columns, strict=True)):
        try:
            columns.append(_as_text(column))
        except (pa.ArrowException, TypeError, ValueError):
            label = name if name in schema.names else _letter(place)
            faults.append(fault("parquet_type", schema.name, label, [1]))
    if faults:
        return None, faults
    return _Raw(table.column_names, columns, np.full(table.num_rows, len(columns))), []


def _as_text(column) -> Text:
    import pyarrow as pa

    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    encoded = column.combine_chunks().dictionary_encode()
    codes = encoded.indices.fill_null(len(encoded.dictionary)).to_numpy(zero_copy_only=False)
    values = [_written(value) for value in encoded.dictionary.to_pylist()]
    return _merged(codes, [*values, ""])


def _merged(codes: np.ndarray, values: list[str]) -> Text:
    """Two stored values may be written alike (an empty text and a null): one code for both."""
    places = {value: place for place, value in enumerate(dict.fromkeys(values))}
    return Text(np.array([places[value] for value in values])[codes], tuple(places))


def _written(value: object) -> str:
    """A stored value as it would stand in a CSV; a whole number stored as a float loses its '.0'."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else np.format_float_positional(value, trim="-")
    if isinstance(value, datetime):
        midnight = value.tzinfo is None and value.time() == value.time().min
        return value.date().isoformat() if midnight else value.isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, (str, int)):
        return str(value)
    if type(value).__name__ == "Decimal":
        return format(value, "f")
    raise TypeError("no text stands for this type")
