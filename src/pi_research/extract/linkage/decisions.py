"""What a reviewer decided by eye: read, checked as a whole, and turned into constraints on the links."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

import pandas as pd

from pi_research.files import read_text

COLUMNS = ("customer_id", "patient_id", "decision", "reviewer", "date", "reason")
DECISIONS = ("yes", "no", "unsure")
EFFECTS = {"yes": "linked", "no": "kept apart", "unsure": "not linked, left open"}
SET_ASIDE = "not used: the person is set aside (consent or opt-out)"


class DecisionError(ValueError):
    """Every fault found in a table of decisions, one a line: row and column, what is wrong, what to do."""

    def __init__(self, faults: list[str]) -> None:
        self.faults = faults
        noun = "fault" if len(faults) == 1 else "faults"
        super().__init__(f"{len(faults)} {noun} in the decisions, and none was applied:\n"
                         + "\n".join(f"  - {fault}" for fault in faults))


@dataclass(frozen=True, slots=True)
class Decided:
    """Row numbers of pairs, by what was decided; and the log, a row a decision with its ``effect``."""

    yes: tuple[tuple[int, int], ...]
    no: tuple[tuple[int, int], ...]
    unsure: tuple[tuple[int, int], ...]
    log: pd.DataFrame


def read_decisions(path: str | Path) -> pd.DataFrame:
    """A CSV of decisions, as text: ``clerical.csv`` filled in. Rows without a decision are left out.

    Raises
    ------
    FileReadError
        Where the file can't be read.
    DecisionError
        Where a column is missing or a row has too many or too few cells.
    """
    rows = [row for row in csv.reader(StringIO(read_text(path))) if any(cell.strip() for cell in row)]
    header = [name.strip() for name in rows[0]] if rows else []
    ragged = [k + 1 for k, row in enumerate(rows) if len(row) != len(header)]
    if ragged:
        raise DecisionError([f"row {ragged[0]}: it must have as many cells as the header; put a reason with "
                             "commas in quotes"])
    table = pd.DataFrame(rows[1:], columns=header, dtype=object)
    table.index = pd.RangeIndex(2, 2 + len(table))
    return _with_columns(table)


def _with_columns(table: pd.DataFrame) -> pd.DataFrame:
    """The six columns in their order, as text, without rows that nobody has decided on."""
    missing = [name for name in COLUMNS if name not in table]
    if missing:
        needed = ", ".join(COLUMNS)
        raise DecisionError([f"column {name} is missing: the header must hold {needed}" for name in missing])
    text = table[list(COLUMNS)].astype("string").fillna("").apply(lambda column: column.str.strip())
    return text.assign(decision=text["decision"].str.lower())[text["decision"] != ""]


def apply(decisions: pd.DataFrame | None, customers: pd.Series, patients: pd.Series,
          set_aside: tuple[frozenset, frozenset]) -> Decided:
    """Check decisions against the records, as a whole, and say what each does.

    Parameters
    ----------
    decisions : DataFrame, optional
        The six columns; from :func:`read_decisions`, or typed.
    customers, patients : Series
        Identifiers of the records that take part; the index is their row number.
    set_aside : two sets of identifiers
        Customers and patients who don't take part: decisions about them are logged and not used.

    Raises
    ------
    DecisionError
        Naming every row that can't be used: an unknown pair, another word than yes, no or unsure, no
        reviewer, date or reason, two decisions about one pair, two yes for one person.
    """
    if decisions is None or not len(decisions):
        return Decided((), (), (), pd.DataFrame(columns=[*COLUMNS, "effect"]))
    numbered = isinstance(decisions.index, pd.RangeIndex) and decisions.index.start == 0
    table = _with_columns(decisions.set_axis(decisions.index + 2) if numbered else decisions)
    row_of = ({i: k for k, i in customers.items()}, {i: k for k, i in patients.items()})
    faults = [*_form(table), *_unknown(table, row_of, set_aside), *_contradictions(table)]
    if faults:
        raise DecisionError(faults)
    out = table["customer_id"].isin(set_aside[0]) | table["patient_id"].isin(set_aside[1])
    once = table[~out].drop_duplicates(["customer_id", "patient_id"])
    pairs = {
        kind: tuple((row_of[0][c], row_of[1][p]) for c, p in
                    once.loc[once["decision"] == kind, ["customer_id", "patient_id"]].itertuples(index=False))
        for kind in DECISIONS
    }
    log = table.assign(effect=table["decision"].map(EFFECTS).mask(out, SET_ASIDE)).reset_index(drop=True)
    return Decided(pairs["yes"], pairs["no"], pairs["unsure"], log)


def _form(table: pd.DataFrame) -> Iterator[str]:
    days = pd.to_datetime(table["date"], format="%Y-%m-%d", errors="coerce")
    for row, one in zip(table.index, table.itertuples(index=False), strict=True):
        if one.decision not in DECISIONS:
            yield f"row {row}, decision: must be yes, no or unsure"
        if not re.fullmatch(r"[^\W\d_]{1,5}", one.reviewer):
            yield f"row {row}, reviewer: give the initials of whoever looked at it, 1 to 5 letters"
        if pd.isna(days[row]):
            yield f"row {row}, date: give the day of the decision as YYYY-MM-DD"
        if not one.reason:
            yield f"row {row}, reason: say in a few words why, without names or dates of birth"


def _unknown(table: pd.DataFrame, row_of: tuple[dict, dict], set_aside: tuple[frozenset, frozenset]
             ) -> Iterator[str]:
    customers, patients = (set(known) | out for known, out in zip(row_of, set_aside, strict=True))
    for row, c, p in table[["customer_id", "patient_id"]].itertuples():
        if c in patients and p in customers:
            yield f"row {row}: customer_id and patient_id stand in each other's column; exchange them"
            continue
        if c not in customers:
            yield f"row {row}, customer_id: not in identifiers_housing; was the list made from this extract?"
        if p not in patients:
            yield f"row {row}, patient_id: not in identifiers_trust; was the list made from this extract?"


def _contradictions(table: pd.DataFrame) -> Iterator[str]:
    pair = ["customer_id", "patient_id"]
    for _, same in table.groupby(pair, sort=False):
        if same["decision"].nunique() > 1:
            yield f"rows {_listed(same)}: different decisions about one pair; leave the one that holds"
    yes = table[table["decision"] == "yes"].drop_duplicates(pair)
    for key, other in (pair, pair[::-1]):
        for _, same in yes.groupby(key, sort=False):
            if len(same) > 1:
                yield f"rows {_listed(same)}: one {key} can be linked to one {other} only; leave one yes"


def _listed(rows: pd.DataFrame) -> str:
    return ", ".join(str(k) for k in rows.index)
