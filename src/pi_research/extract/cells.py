"""Cells, one by one: read each as its type, or say which rule it breaks.

A cell that breaks a rule becomes a missing value in the typed table, which nobody is given:
an extract with an error is refused. Nothing is mended.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from pi_research.extract.dictionary import Field
from pi_research.extract.faults import Fault, fault
from pi_research.extract.forms import iso_day, what_is_wrong
from pi_research.extract.rules import Rules
from pi_research.extract.text import Text, TextTable

PLAIN_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)", re.ASCII)
PLAIN_INTEGER = re.compile(r"[+-]?\d+", re.ASCII)
TRUE, FALSE = {"true", "True", "TRUE"}, {"false", "False", "FALSE"}
LARGEST = 2**63 - 1
YEARS = (1678, 2261)  # what a nanosecond date can hold


@dataclass(frozen=True, slots=True)
class TypedTable:
    """A table with its types. ``frame`` is indexed by the spreadsheet's row numbers; ``bad`` (n,) marks
    rows with an error in some cell; ``faulty`` says for each column which of its distinct texts is one."""

    frame: pd.DataFrame
    bad: np.ndarray
    faulty: Mapping[str, np.ndarray]
    faults: tuple[Fault, ...]


def check_cells(table: TextTable, rules: Rules, extract_date: date | None) -> TypedTable:
    """Read every cell of a table as its type and gather the rules that are broken."""
    bad = table.ragged.copy()
    columns, faulty, faults = {}, {}, []
    for field in table.schema.fields:
        text = table.columns.get(field.name)
        if text is None:
            continue
        judged = [_judge(value, field, rules, extract_date) for value in text.values]
        verdicts = np.array([verdict for verdict, _ in judged], dtype=object)
        columns[field.name] = _series(field, [value for _, value in judged], text)
        faulty[field.name] = np.array([bool(v) and rules[v].severity == "error" for v in verdicts], bool)
        if len(table.rows):
            bad |= faulty[field.name][text.codes]
            faults += _faults_of(field, verdicts, text, table)
    frame = pd.DataFrame(columns, index=pd.Index(table.rows))
    return TypedTable(frame, bad, faulty, tuple(faults))


def _faults_of(field: Field, verdicts: np.ndarray, text: Text, table: TextTable) -> list[Fault]:
    words = {
        "allowed": ", ".join(field.enum),
        "minimum": _bound(field.minimum),
        "maximum": _bound(field.maximum if field.max_length is None else field.max_length),
    }
    faults = []
    for rule in sorted(set(verdicts) - {""}):
        rows = table.rows[(verdicts == rule)[text.codes] & ~table.ragged]
        if len(rows):
            faults.append(fault(rule, table.schema.name, field.name, rows, **words))
    return faults


def _bound(value: float | date | None) -> str:
    return "any" if value is None else str(value)


def _judge(text: str, field: Field, rules: Rules, extract_date: date | None) -> tuple[str, object]:
    """The rule that a text breaks ('' for none) and its value as the field's type (None where missing)."""
    if text == "":
        return ("required_missing" if field.required else ""), None
    if field.type == "date":
        day = iso_day(text)
        rule = what_is_wrong(text, field, rules) if day is None else _range_of_day(day, field, extract_date)
        return rule, None if rule else day
    if field.type in ("integer", "number"):
        return _judge_number(text, field, rules)
    if field.type == "boolean":
        if text in TRUE or text in FALSE:
            return "", text in TRUE
    elif text in field.enum:
        return "", text
    elif field.pattern and re.fullmatch(field.pattern, text):
        return ("null_token" if field.is_id and text.casefold() in rules.null_tokens else ""), text
    rule = what_is_wrong(text, field, rules)
    kept = not rule or rules[rule].severity == "notice"
    return rule, text if kept else None


def _judge_number(text: str, field: Field, rules: Rules) -> tuple[str, object]:
    plain = PLAIN_INTEGER if field.type == "integer" else PLAIN_NUMBER
    if not plain.fullmatch(text) or len(text) > rules.limits["cell_characters"]:
        return what_is_wrong(text, field, rules), None
    if len(text) > 300:
        return "out_of_range", None
    value = int(text) if field.type == "integer" else float(text)
    if field.minimum is not None and value < field.minimum:
        return ("negative" if value < 0 and field.minimum == 0 else "out_of_range"), None
    if abs(value) > (LARGEST if field.maximum is None else field.maximum):
        return "out_of_range", None
    return "", value


def _range_of_day(day: date, field: Field, extract_date: date | None) -> str:
    if day.year < YEARS[0] or (field.minimum is not None and day < field.minimum):
        return "date_too_early"
    if day.year > YEARS[1] or (field.maximum is not None and day > field.maximum):
        return "date_too_late"
    if extract_date is not None and day > extract_date and not field.may_be_future:
        return "date_future"
    if field.first_of and (day.day != 1 or (field.first_of == "quarter" and day.month % 3 != 1)):
        return f"{field.first_of}_not_first"
    return ""


def _series(field: Field, values: list, text: Text) -> object:
    if field.type == "date":
        return (
            np.array(values or [None], "datetime64[ns]")[text.codes]
            if len(text.codes)
            else np.array([], "M8[ns]")
        )
    if field.type == "number":
        return np.array([np.nan if value is None else value for value in values], float)[text.codes]
    if field.type == "string":
        made = np.empty(len(values), object)
        made[:] = values
        return made[text.codes]
    kind = "Int64" if field.type == "integer" else "boolean"
    return pd.array([pd.NA if value is None else value for value in values], dtype=kind).take(text.codes)
