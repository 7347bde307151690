"""Read an extract that holds no error: typed tables, what was noticed, and where it all came from."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from pi_research.extract.check import Check, check_extract

PLACES = 5


class ExtractError(ValueError):
    """The extract is refused. The message counts the errors by rule and names the first places."""


@dataclass(frozen=True, slots=True)
class Extract:
    """The typed tables of an extract.

    Attributes
    ----------
    tables : dict of str to DataFrame
        By the dictionary's names; a table that was not supplied is not there. Dates are ``datetime64[ns]``,
        whole numbers ``Int64``, numbers ``float64``, true/false ``boolean``, text ``object`` with None where
        empty.
        Every row that was read is there, also of people without consent.
    problems, counts, data_hash :
        As in :class:`pi_research.extract.check.Check`; the problems are notices alone.
    extract_date : Timestamp
        Last day of the record: follow-up of everyone still in their tenancy ends here.
    synthetic : bool
        True where no row describes a real person.
    """

    tables: Mapping[str, pd.DataFrame]
    problems: pd.DataFrame
    counts: pd.DataFrame
    data_hash: str
    extract_date: pd.Timestamp
    synthetic: bool


def read_extract(
    folder: str | Path,
    *,
    extract_date: str | datetime.date | None = None,
    dictionary: str | Path | None = None,
) -> Extract:
    """Check a folder and read its tables.

    Parameters
    ----------
    folder, extract_date, dictionary :
        As in :func:`pi_research.extract.check.check_extract`. Rows after ``extract_date`` stay in the tables:
        whoever builds timelines ends them there.

    Raises
    ------
    ExtractError
        Where there is any error. Nothing is dropped, coerced or filled in to avoid it.
    """
    check = check_extract(folder, extract_date=extract_date, dictionary=dictionary)
    if not check.ok:
        raise ExtractError(_refusal(check))
    return Extract(
        tables=check.tables,
        problems=check.problems,
        counts=check.counts,
        data_hash=check.data_hash,
        extract_date=check.extract_date,
        synthetic=bool(check.synthetic),
    )


def _refusal(check: Check) -> str:
    errors = check.problems[check.problems["severity"] == "error"]
    kinds = errors.groupby("rule", sort=False).size().sort_values(ascending=False, kind="stable")
    titles = [f"{check.rules[rule].title.lower()} ({count:,})" for rule, count in kinds.items()]
    more = f" and {len(titles) - PLACES} more kinds" if len(titles) > PLACES else ""
    counted = f"{check.errors:,} error{'s' if check.errors > 1 else ''}"
    kinds_of = ", ".join(titles[:PLACES]) + more
    lines = [
        f"The extract in {check.folder} has {counted}, and was not read: {kinds_of}.",
        *(f"  {place(row)}: {row.what}" for row in errors.head(PLACES).itertuples()),
        f"Run 'pi-research validate {check.folder}' for all of them and what to do.",
    ]
    return "\n".join(lines)


def place(row) -> str:
    """Where a fault is: file, row and column as far as they are known."""
    parts = [row.file or "folder"]
    parts += [f"row {row.row}"] if not pd.isna(row.row) else []
    parts += [row.column] if row.column else []
    return ", ".join(parts)
