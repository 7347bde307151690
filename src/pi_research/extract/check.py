"""Check a whole extract and report every fault at once.

The order is: the folder and its files, the columns, each cell, keys, and last the rules across
rows and tables. These last leave out whoever has a fault already, so that one slip is reported
once and not again wherever it is felt.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from pi_research.extract import rules_area, rules_programme, rules_trust
from pi_research.extract.across import Context
from pi_research.extract.cells import TypedTable, check_cells
from pi_research.extract.dictionary import TableSchema, read_dictionary
from pi_research.extract.faults import Fault, fault, frame_of_faults
from pi_research.extract.folder import combined_hash, find_tables, scan
from pi_research.extract.keys import check_duplicates, check_references
from pi_research.extract.rules import Rules, read_rules
from pi_research.extract.text import TextTable, read_text_table

ACROSS = (*rules_programme.CHECKS, *rules_trust.CHECKS, *rules_area.CHECKS)
UNITS = ("customer_id", "patient_id", "spell_id", "area")


@dataclass(frozen=True, slots=True)
class Check:
    """What was found in a folder.

    Attributes
    ----------
    problems : DataFrame
        One row a fault: ``table, file, row, column, rule, severity, what, what_to_do, see``. ``row`` counts
        as a spreadsheet does (header = 1) and is missing where the fault is a whole table's or column's.
    counts : DataFrame
        One row a table: ``table, file, rows, blank, without_consent``. ``rows`` were read; ``blank`` rows
        held nothing and were left out; ``without_consent`` of the rows read are those of people who refused
        or withdrew.
    data_hash : str
        SHA-256 over the sorted (name, bytes) of the dictionary's tables that are there.
    extract_date : Timestamp or None
        Last day of the record: the one asked for, else the one in ``extract.csv``.
    synthetic : bool or None
        Whether the people are simulated; None where the extract does not say.
    tables : dict of str to DataFrame
        The typed tables; empty where there is any error.
    """

    folder: Path
    problems: pd.DataFrame
    counts: pd.DataFrame
    data_hash: str
    extract_date: pd.Timestamp | None
    synthetic: bool | None
    tables: Mapping[str, pd.DataFrame]
    dictionary: Mapping[str, TableSchema] = field(repr=False)
    rules: Rules = field(repr=False)

    @property
    def errors(self) -> int:
        """How many faults refuse the extract."""
        return int((self.problems["severity"] == "error").sum())

    @property
    def notices(self) -> int:
        """How many faults are only listed."""
        return int((self.problems["severity"] == "notice").sum())

    @property
    def ok(self) -> bool:
        """Whether the extract may be read."""
        return self.errors == 0

    def text(self, lines: int = 40) -> str:
        """The faults for the screen, grouped and counted, in so many lines at most."""
        from pi_research.extract.report_problems import screen_text

        return screen_text(self, lines)


@dataclass(frozen=True, slots=True)
class _Reading:
    """The tables on their way in, gathered as they are read."""

    dictionary: Mapping[str, TableSchema]
    rules: Rules
    faults: list[Fault] = field(default_factory=list)
    text: dict[str, TextTable] = field(default_factory=dict)
    typed: dict[str, TypedTable] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)
    hashes: dict[str, str] = field(default_factory=dict)


def check_extract(
    folder: str | Path,
    *,
    extract_date: str | datetime.date | None = None,
    today: datetime.date | None = None,
    dictionary: str | Path | None = None,
) -> Check:
    """Check every table of a folder against the dictionary.

    Parameters
    ----------
    folder : path
        The folder of CSV or Parquet files, one a table.
    extract_date : date, optional
        Ask for an earlier last day of the record than ``extract.csv`` gives.
    today : date, optional
        Where given, an extract date after it is an error. Not read from the clock, so that a check
        made again finds the same.
    dictionary : path, optional
        Another folder of Table Schema files than the project's own.

    Returns
    -------
    Check
        Never raises for what is wrong with the folder or in it: that is the result.
    """
    reading = _Reading(read_dictionary(dictionary), read_rules(dictionary))
    found, faults = find_tables(Path(folder), reading.dictionary)
    reading.faults.extend(faults)
    for name, path in found.items():
        _read_table(reading, name, path)
    last_day, synthetic = _about(reading, today, extract_date)
    for name, table in reading.text.items():
        if name not in reading.typed:
            reading.typed[name] = check_cells(table, reading.rules, last_day)
            reading.faults.extend(reading.typed[name].faults)
    supplied = {one.table for one in faults if one.rule != "optional_table_missing"} | set(found)
    _check_keys(reading, supplied)
    until = pd.Timestamp(last_day) if last_day is not None else None
    _check_across(reading, until)
    problems = frame_of_faults(reading.faults, reading.rules, reading.dictionary, reading.files)
    sound = not (problems["severity"] == "error").any()
    return Check(
        folder=Path(folder),
        problems=problems,
        counts=_counts(reading),
        data_hash=combined_hash(reading.hashes),
        extract_date=pd.Timestamp(extract_date) if extract_date is not None else until,
        synthetic=synthetic,
        tables={name: _tidy(reading.typed[name].frame) for name in reading.text} if sound else {},
        dictionary=reading.dictionary,
        rules=reading.rules,
    )


def _read_table(reading: _Reading, name: str, path: Path) -> None:
    looked = scan(path, name, reading.rules)
    reading.faults.extend(looked.faults)
    reading.files[name] = path.name
    reading.hashes[path.name] = looked.sha256
    if looked.readable:
        table, faults = read_text_table(path, reading.dictionary[name], reading.rules)
        reading.faults.extend(faults)
        if table is not None:
            reading.text[name] = table


def _about(
    reading: _Reading, today: datetime.date | None, asked: str | datetime.date | None
) -> tuple[datetime.date | None, bool | None]:
    """Last day and kind of the extract, from its own one row."""
    table = reading.text.get("extract")
    if table is None:
        return None, None
    typed = reading.typed["extract"] = check_cells(table, reading.rules, None)
    reading.faults.extend(typed.faults)
    frame = typed.frame
    if len(frame) > 1:
        reading.faults.append(fault("extract_rows", "extract", rows=frame.index[1:]))
    if len(frame) != 1 or not {"extract_date", "synthetic"} <= set(frame):
        return None, None
    day, synthetic = frame["extract_date"].iloc[0], frame["synthetic"].iloc[0]
    synthetic = None if pd.isna(synthetic) else bool(synthetic)
    if pd.isna(day):
        return None, synthetic
    if today is not None and day > pd.Timestamp(today):
        reading.faults.append(fault("extract_date_in_future", "extract", "extract_date", frame.index))
    if asked is not None and day < pd.Timestamp(asked):
        reading.faults.append(fault("extract_date_override", "extract", "extract_date", frame.index))
    return day.date(), synthetic


def _check_keys(reading: _Reading, supplied: set[str]) -> None:
    """Rows that stand twice or lead nowhere join those that are left out of the rules across tables."""
    for name, table in reading.text.items():
        for one, alike in check_duplicates(table, reading.typed[name]):
            reading.faults.append(one)
            reading.typed[name].bad[np.isin(table.rows, alike)] = True
    lost = check_references(reading.text, reading.typed, supplied)
    for name, one in list(lost):
        reading.faults.append(one)
        if one.rows is not None:
            reading.typed[name].bad[np.isin(reading.text[name].rows, one.rows)] = True


def _check_across(reading: _Reading, last_day: pd.Timestamp | None) -> None:
    if last_day is None:
        reading.faults.extend([fault("not_tried", "")] if reading.typed else [])
        return
    complete = {
        name: typed
        for name, typed in reading.typed.items()
        if set(typed.frame) == set(reading.dictionary[name].names)
    }
    sound = _sound(complete, reading.text)
    if sum(map(len, sound.values())) < sum(len(typed.frame) for typed in complete.values()):
        reading.faults.append(fault("not_tried", ""))
    context = Context(reading.rules, reading.dictionary, last_day)
    for check in ACROSS:
        if all(name in sound for name in check.needs):
            reading.faults.extend(check(sound, context))


def _units(table: TypedTable) -> list[str]:
    """What a faulty row of a table takes with it: its person or spell, or, in a table of areas, its area.

    A person's area is a place and no unit: one bad row must not take the neighbours out of the checks.
    """
    found = [unit for unit in UNITS if unit in table.frame]
    return [unit for unit in found if unit != "area" or found == ["area"]]


def _sound(typed: Mapping[str, TypedTable], text: Mapping[str, TextTable]) -> dict[str, pd.DataFrame]:
    """The tables without the rows of any person, spell or area that has a faulty row somewhere."""
    out: dict[str, set[str]] = {unit: set() for unit in UNITS}
    for name, table in typed.items():
        for unit in _units(table):
            cells = text[name].columns[unit]
            written = {cells.values[code] for code in np.unique(cells.codes[table.bad])}
            plain = {re.sub(r"\s", "", value) for value in written}
            out[unit] |= written | plain | {value.upper() for value in plain}
    sound = {}
    for name, table in typed.items():
        keep = ~table.bad
        for unit in _units(table):
            if out[unit]:
                keep = keep & ~table.frame[unit].isin(out[unit]).to_numpy()
        sound[name] = table.frame[keep]
    return sound


def _tidy(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.reset_index(drop=True)


def _counts(reading: _Reading) -> pd.DataFrame:
    people = reading.typed["people"].frame if "people" in reading.typed else pd.DataFrame()
    without = set()
    if {"customer_id", "consent"} <= set(people):
        values = reading.rules.setting("without_consent", "values")
        without = set(people.loc[people["consent"].isin(values), "customer_id"].dropna())
    links = reading.typed["links"].frame if "links" in reading.typed else pd.DataFrame()
    patients = set()
    if {"customer_id", "patient_id"} <= set(links):
        patients = set(links.loc[links["customer_id"].isin(without), "patient_id"].dropna())
    rows = []
    for name, table in reading.text.items():
        frame = reading.typed[name].frame
        key, chosen = ("customer_id", without) if "customer_id" in frame else ("patient_id", patients)
        left = int(frame[key].isin(chosen).sum()) if key in frame else 0
        rows.append((name, reading.files[name], len(frame), table.blank, left))
    return pd.DataFrame(rows, columns=["table", "file", "rows", "blank", "without_consent"])
