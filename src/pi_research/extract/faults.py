"""What a check hands back: the rule and the rows, never a value."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from pi_research.extract.dictionary import TableSchema
from pi_research.extract.rules import Rules

COLUMNS = ("table", "file", "row", "column", "rule", "severity", "what", "what_to_do", "see")


@dataclass(frozen=True, slots=True)
class Fault:
    """One rule that is broken in one column of one table.

    ``rows`` (n,) are row numbers as a spreadsheet shows them, the header being row 1; None where
    the fault is the table's or the column's. ``see`` (n,) says where the other half of the fault is.
    ``words`` fill the rule's message: words of the dictionary only, never of a cell.
    """

    rule: str
    table: str
    column: str = ""
    rows: np.ndarray | None = None
    see: Sequence[str] = ()
    words: Mapping[str, str] = field(default_factory=dict)


def fault(
    rule: str,
    table: str,
    column: str = "",
    rows: Iterable[int] | None = None,
    see: Sequence[str] = (),
    **words: str,
) -> Fault:
    """A :class:`Fault` from any iterable of rows; one with no row in it counts as none at all."""
    where = None if rows is None else np.asarray(list(rows), dtype=np.int64)
    return Fault(rule, table, column, where, list(see), words)


def frame_of_faults(
    faults: Iterable[Fault], rules: Rules, dictionary: Mapping[str, TableSchema], files: Mapping[str, str]
) -> pd.DataFrame:
    """All faults, one a row, in ``COLUMNS``: errors first, then by table, rule, column and row."""
    parts = [_part(one, rules, files) for one in faults if one.rows is None or len(one.rows)]
    if not parts:
        return pd.DataFrame({name: pd.Series(dtype="Int64" if name == "row" else object) for name in COLUMNS})
    frame = pd.concat(parts, ignore_index=True)
    tables = {name: place for place, name in enumerate(("", *dictionary))}
    order = {name: place for place, name in enumerate(rules.by_id)}
    keys = pd.DataFrame(
        {
            "severity": frame["severity"].ne("error"),
            "table": frame["table"].map(tables),
            "rule": frame["rule"].map(order),
            "column": frame["column"],
            "row": frame["row"],
        }
    )
    return frame.loc[keys.sort_values(list(keys), kind="stable").index].reset_index(drop=True)


def _part(one: Fault, rules: Rules, files: Mapping[str, str]) -> pd.DataFrame:
    rule = rules[one.rule]
    file = files.get(one.table, f"{one.table}.csv" if one.table else "")
    words = {"table": one.table, "file": file, "column": one.column, **_plain(rule.settings), **one.words}
    rows = pd.array([pd.NA] if one.rows is None else one.rows, dtype="Int64")
    return pd.DataFrame(
        {
            "table": one.table,
            "file": file,
            "row": rows,
            "column": one.column,
            "rule": one.rule,
            "severity": rule.severity,
            "what": rule.what.format(**words),
            "what_to_do": rule.what_to_do.format(**words),
            "see": list(one.see) if len(one.see) == len(rows) else "",
        }
    )


def _plain(settings: Mapping[str, object]) -> dict[str, str]:
    return {name: str(value) for name, value in settings.items() if isinstance(value, (str, int, float))}
