"""Keys: rows that stand twice, and identifiers that lead nowhere."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from pi_research.extract.cells import TypedTable
from pi_research.extract.dictionary import ForeignKey
from pi_research.extract.faults import Fault, fault
from pi_research.extract.text import TextTable


def check_duplicates(table: TextTable, typed: TypedTable) -> Iterator[tuple[Fault, np.ndarray]]:
    """Whole rows, primary keys and unique columns that stand twice.

    Each as the fault of the later rows, with the earlier in ``see``, and all rows that are alike, of
    which nobody can say which is right.
    """
    schema = table.schema
    whole = pd.DataFrame({name: text.codes for name, text in table.columns.items()})
    again = whole.duplicated().to_numpy() & ~table.ragged
    if again.any():
        rows = table.rows[again]
        found = fault("duplicate_row", schema.name, "", rows, _earlier(whole, again, table.rows))
        yield found, table.rows[whole.duplicated(keep=False)]
    unique = [field.name for field in schema.fields if field.unique and (field.name,) != schema.primary_key]
    for names in filter(None, (schema.primary_key, *((name,) for name in unique))):
        if set(names) <= set(table.columns):
            yield from _twice(table, names, again)
    if len(schema.primary_key) == 1 and schema.primary_key[0] in table.columns:
        yield from _twice_but_for_case(table, typed, schema.primary_key[0])


def _twice(
    table: TextTable, names: Sequence[str], whole_row: np.ndarray
) -> Iterator[tuple[Fault, np.ndarray]]:
    keys = pd.DataFrame({name: _stripped_codes(table, name) for name in names})
    usable = (keys >= 0).all(axis=1).to_numpy() & ~table.ragged
    twice = keys.duplicated().to_numpy() & usable & ~whole_row
    if not twice.any():
        return
    rule = "duplicate_key" if tuple(names) == table.schema.primary_key else "duplicate_value"
    if (table.schema.name, *names) == ("links", "patient_id"):
        rule = "patient_linked_twice"
    earlier = _earlier(keys, twice, table.rows)
    alike = table.rows[keys.duplicated(keep=False) & usable]
    yield fault(rule, table.schema.name, ", ".join(names), table.rows[twice], earlier), alike


def _earlier(keys: pd.DataFrame, later: np.ndarray, rows: np.ndarray) -> list[str]:
    """For each later row, the first row with the same key."""
    number = keys.groupby(list(keys), sort=False).ngroup().to_numpy()
    first = pd.Series(rows).groupby(number).first()
    return [f"row {row}" for row in first.loc[number[later]]]


def _stripped_codes(table: TextTable, name: str) -> np.ndarray:
    """A code for each row's text without spaces around it; -1 where there is none."""
    text = table.columns[name]
    places: dict[str, int] = {"": -1}
    codes = [places.setdefault(value.strip(), len(places)) for value in text.values]
    return np.array(codes, np.int64)[text.codes]


def _twice_but_for_case(table: TextTable, typed: TypedTable, name: str) -> Iterator[tuple[Fault, np.ndarray]]:
    text = table.columns[name]
    seen: dict[str, int] = {}
    later, alike = np.zeros(len(text.values), bool), np.zeros(len(text.values), bool)
    for place, value in enumerate(text.values):
        if value and not typed.faulty[name][place]:
            first = seen.setdefault(value.casefold(), place)
            if first != place:
                later[place] = alike[first] = alike[place] = True
    rows = table.rows[later[text.codes] & ~table.ragged]
    if len(rows):
        yield fault("key_case_duplicate", table.schema.name, name, rows), table.rows[alike[text.codes]]


@dataclass(frozen=True, slots=True)
class _Known:
    """Identifiers of a column: the sound as written, those to be forgiven, and the sound without case."""

    exact: frozenset[str]
    forgiven: frozenset[str]
    folded: frozenset[str]


def check_references(
    tables: Mapping[str, TextTable], typed: Mapping[str, TypedTable], supplied: set[str]
) -> Iterator[tuple[str, Fault]]:
    """Each broken foreign key as (table, fault). ``supplied``: tables that need not be reported as missing.

    An identifier that is itself at fault on either side is reported there, once, and not here again.
    """
    for name, table in tables.items():
        for key in table.schema.foreign_keys:
            text = table.columns.get(key.field)
            if text is None or not any(text.values):
                continue
            parent = tables.get(key.table)
            if parent is None or key.reference not in parent.columns:
                if key.table not in supplied:
                    yield name, fault("reference_table_missing", name, key.field, other=key.table)
                continue
            for one in _lost(table, typed[name], key, _known(parent, typed[key.table], key.reference)):
                yield name, one


def _known(parent: TextTable, typed: TypedTable, column: str) -> _Known:
    values, faulty = parent.columns[column].values, typed.faulty[column]
    sound = frozenset(value for value, wrong in zip(values, faulty, strict=True) if value and not wrong)
    wrong = frozenset(re.sub(r"\s", "", value) for value, wrong in zip(values, faulty, strict=True) if wrong)
    forgiven = wrong | {value.upper() for value in wrong}
    return _Known(sound, frozenset(forgiven), frozenset(value.casefold() for value in sound))


def _lost(table: TextTable, typed: TypedTable, key: ForeignKey, known: _Known) -> Iterator[Fault]:
    text, faulty = table.columns[key.field], typed.faulty[key.field]
    verdicts = np.array(
        [
            ""
            if not value or wrong or value in known.exact or value in known.forgiven
            else "id_case"
            if value.casefold() in known.folded
            else "orphan"
            for value, wrong in zip(text.values, faulty, strict=True)
        ],
        object,
    )
    for rule in ("id_case", "orphan"):
        where = (verdicts == rule)[text.codes] & ~table.ragged
        if where.any():
            other = f"{key.table}.{key.reference}"
            yield fault(rule, table.schema.name, key.field, table.rows[where], other=other)
