"""The extract as it stood on the last day of follow-up."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

# Columns that are cut off at the last day: the day on which a row begins (later rows are not there yet),
# the day on which it ends, and what is only known with the end.
CUT = {
    "programme_events": ("date", None, ()),
    "tenancies": ("start_date", "end_date", ("end_reason",)),
    "placements": ("start_date", "end_date", ()),
    "delays": ("start_date", "end_date", ()),
    "hospital_spells": ("admission_date", "discharge_date", ()),
    "contacts": ("date", None, ()),
    "patients": (None, "death_date", ()),
}


def as_of(tables: Mapping[str, pd.DataFrame], day: pd.Timestamp) -> dict[str, pd.DataFrame]:
    """The tables with nothing in them that happened after ``day``.

    An extract may be read as of an earlier day than its own. Rows that begin later are left out,
    and an end that lies later has not happened yet.
    """
    return {name: _cut(table, *CUT[name], day) if name in CUT else table for name, table in tables.items()}


def _cut(
    table: pd.DataFrame, begins: str | None, ends: str | None, known_then: tuple[str, ...], day: pd.Timestamp
) -> pd.DataFrame:
    kept = table if begins is None else table[table[begins] <= day]
    if ends is None or not (later := kept[ends] > day).any():
        return kept
    return kept.assign(**{ends: kept[ends].mask(later), **{c: kept[c].mask(later, None) for c in known_then}})
