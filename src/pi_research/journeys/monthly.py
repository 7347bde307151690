"""The programme month by month: people, days at risk, and what happened in them."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from pi_research.journeys.record import as_of, latest_spells

__all__ = ["monthly"]

HOSPITAL = ["linked_days", "admissions", "bed_days", "crisis_contacts", "missed_appointments"]


def monthly(
    tables: Mapping[str, pd.DataFrame], people: pd.DataFrame, made: pd.DataFrame, extract_date: pd.Timestamp
) -> pd.DataFrame:
    """One row a month from the first start (or move, where that is earlier) to the extract date.

    A person is on the programme from the start (from the move, where no start is recorded) up to the day of
    withdrawal or death, that day not counted. The extract date is the last day that counts.

    Columns
    -------
    month ; starts, moves, losses (tenancies ended other than by death), deaths (of those who started or
    moved, also after a withdrawal) ; in_tenancy and preparing (people at the end of the month's last day,
    or of the extract date) ; person_days (of people on the programme) ; linked_days (of those found in the
    trust's record: the denominator of the rest) ; admissions, bed_days, crisis_contacts,
    missed_appointments of the people on the programme. Where the trust's tables are not supplied, and in
    months that begin before its record does, the last five are missing.

    Raises
    ------
    ValueError
        Where nobody has started or moved.
    """
    tables = as_of(tables, extract_date)
    on = people.assign(on=people["start"].fillna(people["move"]),
                       left=people[["withdrew", "died"]].min(axis=1))
    on = on.dropna(subset=["on"])
    first = on[["on", "move"]].min().min()
    if pd.isna(first):
        raise ValueError(
            "programme_events: nobody has started or moved, so that there is no month to count; check the "
            "event column"
        )
    months = pd.date_range(first.to_period("M").to_timestamp(), extract_date, freq="MS")
    ends = (months + pd.offsets.MonthEnd(0)).map(lambda day: min(day, extract_date))
    frame = pd.DataFrame({"month": months})
    frame["starts"] = _per_month(on["start"], months)
    frame["moves"] = _per_month(made["move"], months)
    frame["losses"] = _per_month(made.loc[made["ended"] & (made["cause"] != "death"), "stop"], months)
    frame["deaths"] = _per_month(on["died"], months)
    followed = made["ended"] | (made["stop"] < extract_date)
    frame["in_tenancy"] = _on_day(made["move"], made["stop"].where(followed), ends)
    frame["preparing"] = _on_day(on["start"], on[["move", "left"]].min(axis=1), ends)
    frame["person_days"] = _days_in(on["on"], on["left"], months, extract_date)
    return frame.join(_hospital(tables, on[["customer_id", "on", "left"]], months, extract_date))


def _per_month(days: pd.Series, months: pd.DatetimeIndex) -> np.ndarray:
    counted = days.dropna().dt.to_period("M").value_counts()
    return counted.reindex(months.to_period("M"), fill_value=0).to_numpy()


def _on_day(start: pd.Series, stop: pd.Series, days: pd.DatetimeIndex) -> np.ndarray:
    begun = start.to_numpy()[:, None] <= days.to_numpy()[None, :]
    over = stop.to_numpy()[:, None] <= days.to_numpy()[None, :]
    return (begun & ~over).sum(axis=0)


def _days_in(
    start: pd.Series, stop: pd.Series, months: pd.DatetimeIndex, extract_date: pd.Timestamp
) -> np.ndarray:
    """Days from ``start`` up to ``stop`` (half-open; to the extract's end where missing) in each month."""
    end = extract_date + pd.Timedelta(days=1)
    low = start.to_numpy("datetime64[D]")[:, None]
    high = stop.fillna(end).clip(upper=end).to_numpy("datetime64[D]")[:, None]
    edges = months.append(pd.DatetimeIndex([months[-1] + pd.DateOffset(months=1)])).to_numpy("datetime64[D]")
    overlap = np.minimum(high, edges[None, 1:]) - np.maximum(low, edges[None, :-1])
    return np.maximum(overlap.astype("timedelta64[D]").astype(int), 0).sum(axis=0)


def _hospital(
    tables: Mapping[str, pd.DataFrame], on: pd.DataFrame, months: pd.DatetimeIndex, extract_date: pd.Timestamp
) -> pd.DataFrame:
    if not {"links", "hospital_spells", "contacts"} <= set(tables):
        return pd.DataFrame(np.nan, index=range(len(months)), columns=HOSPITAL)
    links = tables["links"].dropna(subset=["patient_id"])[["customer_id", "patient_id"]]
    on = on.assign(left=on["left"].fillna(extract_date + pd.Timedelta(days=1))).merge(links, on="customer_id")
    spells = latest_spells(tables).merge(on, on="patient_id")
    admitted = spells[spells["admission_date"].between(spells["on"], spells["left"], "left")]
    low = spells[["admission_date", "on"]].max(axis=1)
    high = spells[["discharge_date", "left"]].min(axis=1)
    inside = low < high
    contacts = tables["contacts"].merge(on, on="patient_id")
    contacts = contacts[contacts["date"].between(contacts["on"], contacts["left"], "left")]
    crisis = (contacts["team"] == "crisis") & (contacts["attendance"] == "attended")
    missed = contacts["attendance"] == "did_not_attend"
    made = pd.DataFrame({
        "linked_days": _days_in(on["on"], on["left"], months, extract_date),
        "admissions": _per_month(admitted["admission_date"], months),
        "bed_days": _days_in(low[inside], high[inside], months, extract_date),
        "crisis_contacts": _per_month(contacts.loc[crisis, "date"], months),
        "missed_appointments": _per_month(contacts.loc[missed, "date"], months),
    })
    unknown = np.asarray(months < _record_begins(tables))
    return made.mask(np.repeat(unknown[:, None], made.shape[1], axis=1))


def _record_begins(tables: Mapping[str, pd.DataFrame]) -> pd.Timestamp:
    """First day from which the trust's record is complete; long ago where the extract does not say."""
    about = tables.get("extract")
    begins = pd.NaT if about is None or about.empty else about["trust_record_from"].iloc[0]
    return pd.Timestamp.min if pd.isna(begins) else begins
