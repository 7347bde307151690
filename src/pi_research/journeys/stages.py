"""How far each person got, and how long each stage took."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from pi_research.journeys.record import as_of, deaths, people_counted

__all__ = ["MONTH", "flow", "people_counted", "quarters", "stages"]

MONTH = 365.25 / 12
"""Days in an average month: the unit of every time in months."""

FIRST = {
    "expression_of_interest": "interest", "panel_accepted": "accepted", "panel_declined": "declined",
    "start": "start", "plan_agreed": "plan", "move_planned": "planned", "withdrawal": "withdrew",
}


def stages(tables: Mapping[str, pd.DataFrame], extract_date: pd.Timestamp) -> pd.DataFrame:
    """One row a person: the day of each step, where they stand at the extract date, months in each stage.

    Columns
    -------
    customer_id ; interest, accepted, declined, start, plan, planned, move, withdrew, died : days, missing
    where the step is not recorded ; status : waiting, declined (and not accepted since), preparing, moved,
    withdrew or died (before a move, whichever came first) ; months_to_start (interest to start),
    months_preparing (start to move, or to the end of preparation for those who have not moved), moved
    (bool) ; delay_days and delay_reason (the reason with most days).

    Raises
    ------
    ValueError
        Where a customer_id stands twice in ``people``.
    """
    tables = as_of(tables, extract_date)
    events = tables["programme_events"]
    made = people_counted(tables).to_frame().set_index("customer_id")
    for event, column in FIRST.items():
        made[column] = events[events["event"] == event].groupby("customer_id")["date"].min()
    made["move"] = tables["tenancies"].groupby("customer_id")["start_date"].min()
    made["died"] = deaths(tables)
    made["moved"] = made["move"].notna()
    made["status"] = _status(made)
    until = made["move"].fillna(made[["withdrew", "died"]].min(axis=1)).fillna(extract_date)
    made["months_to_start"] = (made["start"] - made["interest"]).dt.days / MONTH
    made["months_preparing"] = (until - made["start"]).dt.days / MONTH
    return _with_delays(made, tables, extract_date).reset_index()


def _status(made: pd.DataFrame) -> np.ndarray:
    declined = made["declined"].notna() & made["accepted"].isna() & made["start"].isna()
    died = made["died"].notna() & ~(made["withdrew"] < made["died"])
    return np.select(
        [made["moved"], declined, died, made["withdrew"].notna(), made["start"].notna()],
        ["moved", "declined", "died", "withdrew", "preparing"],
        "waiting",
    )


def _with_delays(
    made: pd.DataFrame, tables: Mapping[str, pd.DataFrame], extract_date: pd.Timestamp
) -> pd.DataFrame:
    if "delays" not in tables:
        return made.assign(delay_days=np.nan, delay_reason="")
    delays = tables["delays"]
    delays = delays.assign(days=(delays["end_date"].fillna(extract_date) - delays["start_date"]).dt.days)
    by_reason = delays.groupby(["customer_id", "reason"])["days"].sum().reset_index()
    longest = by_reason.sort_values(["days", "reason"]).groupby("customer_id")["reason"].last()
    made["delay_days"] = delays.groupby("customer_id")["days"].sum()
    made["delay_days"] = made["delay_days"].fillna(0)
    made["delay_reason"] = longest.reindex(made.index).fillna("")
    return made


def flow(made: pd.DataFrame) -> pd.DataFrame:
    """People at each step of the programme: reached it, of whom they are a part, and what became of the rest.

    Whoever reached a later step reached the earlier ones, whether they were recorded or not.

    Returns
    -------
    DataFrame
        ``step``, ``people``, ``of`` (people at the step before), ``pending`` (of those, people who may still
        reach it), in order.
    """
    started = made["start"].notna() | made["moved"]
    steps = [
        ("Expressed an interest", len(made)),
        ("Accepted by the panel", int((made["accepted"].notna() | started).sum())),
        ("Started preparation", int(started.sum())),
        ("Moved into their own tenancy", int(made["moved"].sum())),
    ]
    frame = pd.DataFrame(steps, columns=["step", "people"])
    frame["of"] = frame["people"].shift(1, fill_value=len(made))
    waiting, accepted = made["status"] == "waiting", made["accepted"].notna()
    pending = [0, waiting & ~accepted, waiting & accepted, made["status"] == "preparing"]
    frame["pending"] = [int(np.sum(p)) for p in pending]
    return frame


def quarters(
    made: pd.DataFrame, reached: pd.DataFrame, start: pd.Timestamp, extract_date: pd.Timestamp
) -> pd.DataFrame:
    """Counts by quarter from the programme's start: interest, starts, moves, milestones reached.

    The last quarter may be a part of one: ``complete`` says so. Where anything lies before the start of the
    programme, a first row without a ``quarter`` counts it, so that columns add up to everyone.

    Raises
    ------
    ValueError
        Where the programme starts after the extract date.
    """
    start = pd.Timestamp(start)
    if start > extract_date:
        raise ValueError(
            f"programme.start ({start:%Y-%m-%d}) lies after the extract date ({extract_date:%Y-%m-%d}): "
            "correct params.yaml"
        )
    edges = [start]
    while edges[-1] <= extract_date:
        edges.append(start + pd.DateOffset(months=3 * len(edges)))
    edges = pd.DatetimeIndex(edges)
    complete = edges[1:] - pd.Timedelta(days=1) <= extract_date
    frame = pd.DataFrame({"quarter": edges[:-1].insert(0, pd.NaT), "complete": [True, *complete]})
    for name, days in (("interest", made["interest"]), ("starts", made["start"]), ("moves", made["move"])):
        frame[name] = _by_quarter(days, edges)
    for months, group in reached[reached["status"] == "reached"].groupby("months"):
        frame[f"sustained_{months}"] = _by_quarter(group["due"], edges)
    before = frame.drop(columns=["quarter", "complete"]).iloc[0].any()
    return frame if before else frame.iloc[1:].reset_index(drop=True)


def _by_quarter(days: pd.Series, edges: pd.DatetimeIndex) -> np.ndarray:
    """Days before the first edge, then in each quarter."""
    return np.bincount(edges.searchsorted(days.dropna(), "right"), minlength=len(edges))[: len(edges)]
