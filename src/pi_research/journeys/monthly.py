"""The programme month by month: people, days at risk, and what happened in them."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from pi_research.journeys.tenancies import latest_spells

__all__ = ["monthly"]


def monthly(tables: Mapping[str, pd.DataFrame], people: pd.DataFrame, made: pd.DataFrame, extract_date: pd.Timestamp) -> pd.DataFrame:
    """One row a month from the first start to the extract date.

    Columns
    -------
    month ; starts, moves, losses (tenancies ended other than by death), deaths ; preparing and in_tenancy
    (people on the last day of the month) ; person_days (days of people on the programme from their start,
    the denominator of the rest) ; admissions, bed_days, crisis_contacts, missed_appointments of the people on
    the programme, from their start (missing where the trust's tables are not supplied).
    """
    started = people.dropna(subset=["start"])
    first = started["start"].min()
    if pd.isna(first):
        raise ValueError("programme_events: nobody has started, so that there is no month to count; check the event column")
    months = pd.date_range(first.to_period("M").to_timestamp(), extract_date, freq="MS")
    ends = months + pd.offsets.MonthEnd(0)
    left = started[["withdrew", "died"]].min(axis=1)
    frame = pd.DataFrame({"month": months})
    frame["starts"] = _per_month(started["start"], months)
    frame["moves"] = _per_month(made["move"], months)
    frame["losses"] = _per_month(made.loc[made["ended"] & (made["cause"] != "death"), "stop"], months)
    frame["deaths"] = _per_month(started["died"], months)
    frame["in_tenancy"] = _on_day(made["move"], made["stop"].where(made["ended"]), ends)
    until = started[["move"]].join(left.rename("left")).min(axis=1)
    frame["preparing"] = _on_day(started["start"], until, ends)
    frame["person_days"] = _days_in(started["start"], left, months, extract_date)
    return frame.join(_hospital(tables, started, left, months, extract_date))


def _per_month(days: pd.Series, months: pd.DatetimeIndex) -> np.ndarray:
    return days.dropna().dt.to_period("M").value_counts().reindex(months.to_period("M"), fill_value=0).to_numpy()


def _on_day(start: pd.Series, stop: pd.Series, days: pd.DatetimeIndex) -> np.ndarray:
    begun = start.to_numpy()[:, None] <= days.to_numpy()[None, :]
    over = stop.to_numpy()[:, None] <= days.to_numpy()[None, :]
    return (begun & ~over).sum(axis=0)


def _days_in(start: pd.Series, stop: pd.Series, months: pd.DatetimeIndex, extract_date: pd.Timestamp) -> np.ndarray:
    """Days from ``start`` up to ``stop`` (half-open; to the end of the extract where missing) in each month."""
    end = extract_date + pd.Timedelta(days=1)
    low = start.to_numpy("datetime64[D]")[:, None]
    high = stop.fillna(end).clip(upper=end).to_numpy("datetime64[D]")[:, None]
    edges = months.append(pd.DatetimeIndex([months[-1] + pd.DateOffset(months=1)])).to_numpy("datetime64[D]")
    overlap = np.minimum(high, edges[None, 1:]) - np.maximum(low, edges[None, :-1])
    return np.maximum(overlap.astype("timedelta64[D]").astype(int), 0).sum(axis=0)


def _hospital(tables: Mapping[str, pd.DataFrame], started: pd.DataFrame, left: pd.Series, months: pd.DatetimeIndex,
              extract_date: pd.Timestamp) -> pd.DataFrame:
    names = ["admissions", "bed_days", "crisis_contacts", "missed_appointments"]
    if not {"links", "hospital_spells", "contacts"} <= set(tables):
        return pd.DataFrame(np.nan, index=range(len(months)), columns=names)
    on = started[["customer_id", "start"]].assign(left=left.fillna(extract_date + pd.Timedelta(days=1)))
    on = on.merge(tables["links"].dropna(subset=["patient_id"])[["customer_id", "patient_id"]], on="customer_id")
    spells = latest_spells(tables).merge(on, on="patient_id")
    admitted = spells[(spells["admission_date"] >= spells["start"]) & (spells["admission_date"] < spells["left"])]
    low = spells[["admission_date", "start"]].max(axis=1)
    high = spells[["discharge_date", "left"]].min(axis=1)
    inside = low < high
    contacts = tables["contacts"].merge(on, on="patient_id").query("date >= start and date < left")
    return pd.DataFrame({
        "admissions": _per_month(admitted["admission_date"], months),
        "bed_days": _days_in(low[inside], high[inside], months, extract_date),
        "crisis_contacts": _per_month(contacts.loc[(contacts["team"] == "crisis") & (contacts["attendance"] == "attended"), "date"], months),
        "missed_appointments": _per_month(contacts.loc[contacts["attendance"] == "did_not_attend", "date"], months),
    })
