"""How far each person got, and how long each stage took."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

__all__ = ["MONTH", "flow", "people_counted", "quarters", "stages"]

MONTH = 365.25 / 12
"""Days in an average month: the unit of every time in months."""

FIRST = {"expression_of_interest": "interest", "panel_accepted": "accepted", "panel_declined": "declined", "start": "start",
         "plan_agreed": "plan", "move_planned": "planned", "withdrawal": "withdrew"}


def people_counted(tables: Mapping[str, pd.DataFrame]) -> pd.Series:
    """Identifiers of the people whose records may be used: consent neither refused nor withdrawn."""
    people = tables["people"]
    return people.loc[~people["consent"].isin(["refused", "withdrawn"]), "customer_id"].reset_index(drop=True)


def deaths(tables: Mapping[str, pd.DataFrame]) -> pd.Series:
    """Earliest recorded day of death by ``customer_id``: the tenancy's end reason or the trust's record."""
    ended = tables["tenancies"].query("end_reason == 'death'")
    known = ended[["customer_id", "end_date"]].rename(columns={"end_date": "died"})
    if "links" in tables and "patients" in tables:
        linked = tables["links"].merge(tables["patients"], on="patient_id")
        known = pd.concat([known, linked[["customer_id", "death_date"]].rename(columns={"death_date": "died"})])
    return known.dropna().groupby("customer_id")["died"].min()


def stages(tables: Mapping[str, pd.DataFrame], extract_date: pd.Timestamp) -> pd.DataFrame:
    """One row a person: the day of each step, where they stand at the extract date, months in each stage.

    Columns
    -------
    customer_id ; interest, accepted, declined, start, plan, planned, move, withdrew, died : days, missing
    where the step is not recorded ; status : waiting, declined, preparing, moved, withdrew or died (before
    a move) ; months_to_start (interest to start), months_preparing (start to move, or to the end of
    preparation for those who have not moved), moved (bool) ; delay_days and delay_reason (the reason with
    most days).
    """
    events = tables["programme_events"]
    first = events[events["event"].isin(FIRST)].groupby(["customer_id", "event"])["date"].min().unstack()
    made = people_counted(tables).to_frame().set_index("customer_id").join(first.rename(columns=FIRST))
    for column in FIRST.values():
        if column not in made:
            made[column] = pd.NaT
    made["move"] = tables["tenancies"].groupby("customer_id")["start_date"].min()
    made["died"] = deaths(tables)
    made["moved"] = made["move"].notna()
    made["status"] = _status(made)
    until = made[["move", "withdrew", "died"]].min(axis=1).fillna(extract_date)
    made["months_to_start"] = (made["start"] - made["interest"]).dt.days / MONTH
    made["months_preparing"] = (until - made["start"]).dt.days / MONTH
    return _with_delays(made, tables, extract_date).reset_index()


def _status(made: pd.DataFrame) -> np.ndarray:
    gone = made["died"].notna() | made["withdrew"].notna()
    return np.select(
        [made["moved"], made["declined"].notna() & made["start"].isna(), made["died"].notna(), gone, made["start"].notna()],
        ["moved", "declined", "died", "withdrew", "preparing"], "waiting")


def _with_delays(made: pd.DataFrame, tables: Mapping[str, pd.DataFrame], extract_date: pd.Timestamp) -> pd.DataFrame:
    if "delays" not in tables:
        return made.assign(delay_days=np.nan, delay_reason="")
    delays = tables["delays"].assign(days=lambda d: (d["end_date"].fillna(extract_date) - d["start_date"]).dt.days)
    by_reason = delays.groupby(["customer_id", "reason"])["days"].sum().reset_index()
    longest = by_reason.sort_values(["days", "reason"]).groupby("customer_id")["reason"].last()
    made["delay_days"] = delays.groupby("customer_id")["days"].sum()
    made["delay_days"] = made["delay_days"].fillna(0)
    made["delay_reason"] = longest.reindex(made.index).fillna("")
    return made


def flow(made: pd.DataFrame) -> pd.DataFrame:
    """People at each step of the programme: reached it, of whom they are a part, and what became of the rest.

    Returns
    -------
    DataFrame
        ``step``, ``people``, ``of`` (people at the step before), in order.
    """
    steps = [("Expressed an interest", len(made)), ("Accepted by the panel", int(made["accepted"].notna().sum())),
             ("Started preparation", int(made["start"].notna().sum())), ("Moved into their own tenancy", int(made["moved"].sum()))]
    frame = pd.DataFrame(steps, columns=["step", "people"])
    frame["of"] = frame["people"].shift(1, fill_value=len(made))
    return frame


def quarters(made: pd.DataFrame, reached: pd.DataFrame, start: pd.Timestamp, extract_date: pd.Timestamp) -> pd.DataFrame:
    """Counts by quarter of the programme, counted from its start: interest, starts, moves, milestones reached.

    The last quarter may be a part of one: ``complete`` says so.
    """
    edges = pd.date_range(start, extract_date + pd.DateOffset(months=3), freq=pd.DateOffset(months=3))
    edges = edges[: int(np.searchsorted(edges, extract_date, "right")) + 1]
    frame = pd.DataFrame({"quarter": edges[:-1], "complete": edges[1:] - pd.Timedelta(days=1) <= extract_date})
    for name, days in (("interest", made["interest"]), ("starts", made["start"]), ("moves", made["move"])):
        frame[name] = np.histogram(days.dropna().astype("int64"), edges.astype("int64"))[0]
    for months, group in reached[reached["status"] == "reached"].groupby("months"):
        frame[f"sustained_{months}"] = np.histogram(group["due"].astype("int64"), edges.astype("int64"))[0]
    return frame
