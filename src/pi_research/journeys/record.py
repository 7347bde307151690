"""The extract as it stood on the last day of follow-up: whose rows count, and what they say by then."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

__all__ = ["as_of", "deaths", "latest_spells", "people_counted"]

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


def people_counted(tables: Mapping[str, pd.DataFrame]) -> pd.Series:
    """Identifiers of the people whose records may be used: consent neither refused nor withdrawn.

    Raises
    ------
    ValueError
        Where an identifier stands twice: every count would be wrong.
    """
    people = tables["people"]
    twice = int(people["customer_id"].duplicated().sum())
    if twice:
        raise ValueError(f"people: {twice} rows repeat a customer_id; keep one row a person")
    return people.loc[~people["consent"].isin(["refused", "withdrawn"]), "customer_id"].reset_index(drop=True)


def deaths(tables: Mapping[str, pd.DataFrame]) -> pd.Series:
    """Earliest recorded day of death by ``customer_id``: the tenancy's end reason or the trust's record."""
    ended = tables["tenancies"]
    known = ended.loc[ended["end_reason"] == "death",
                      ["customer_id", "end_date"]].set_index("customer_id")["end_date"]
    if "links" in tables and "patients" in tables:
        linked = tables["links"].dropna(subset=["patient_id"]).merge(tables["patients"], on="patient_id")
        known = pd.concat([known, linked.set_index("customer_id")["death_date"]])
    return known.dropna().groupby(level=0).min()


def latest_spells(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Hospital spells once each: of the monthly versions of a spell the latest counts, as a whole.

    A spell that was reopened has no discharge date in its latest version, and none is taken from an
    earlier one.
    """
    versions = tables["hospital_spells"].sort_values(["spell_id", "record_month"])
    return versions.drop_duplicates("spell_id", keep="last")
