"""When each person's tenancy began and ended, under the stated estimand, and which milestones it reached."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from pi_research.journeys.record import as_of, deaths, latest_spells, people_counted
from pi_research.journeys.stages import MONTH

if TYPE_CHECKING:
    from pi_research.sections import Milestones, Tenancy

__all__ = ["episodes", "milestones"]


def episodes(tables: Mapping[str, pd.DataFrame], extract_date: pd.Timestamp, rules: Tenancy) -> pd.DataFrame:
    """One row for each person who moved: the tenancy as one episode from the move to its end.

    Parameters
    ----------
    tables : the extract's tables.
    extract_date : last day of follow-up.
    rules : what each intercurrent event means (params ``tenancy``).

    Returns
    -------
    DataFrame
        ``customer_id``, ``move`` (day 0), ``stop`` (end or censoring), ``cause`` (why it ended; empty where
        it had not), ``died`` (bool: it stopped by death, also where death censors), ``days``, ``months``,
        ``ended`` (bool). A person is at risk from the move up to and including ``stop``. A tenancy that ends
        on its first day lasts one day, since a duration of nothing is at risk of nothing.

    Notes
    -----
    A planned move on follows its own rule, and not that of second tenancies: under ``sustained`` a next
    tenancy is followed whenever it begins, under ``ends`` and ``censors`` nothing after the planned move
    counts. Where two events fall on one day, the tenancy's own end reason stands.
    """
    tables = as_of(tables, extract_date)
    held = tables["tenancies"][tables["tenancies"]["customer_id"].isin(people_counted(tables))]
    held = held.sort_values(["customer_id", "start_date", "tenancy_id"])
    rows = [_one(who, theirs, extract_date, rules) for who, theirs in held.groupby("customer_id", sort=True)]
    made = pd.DataFrame(rows, columns=["customer_id", "move", "stop", "cause"])
    made = made.astype({"move": "datetime64[ns]", "stop": "datetime64[ns]", "cause": object})
    for cause, days in _other_ends(tables, made, extract_date, rules):
        sooner = days.reindex(made["customer_id"]).to_numpy("datetime64[ns]")
        earlier = ~np.isnat(sooner) & (sooner >= made["move"].to_numpy()) & (sooner < made["stop"].to_numpy())
        earlier |= ~np.isnat(sooner) & (sooner == made["stop"].to_numpy()) & (made["cause"] == "").to_numpy()
        made.loc[earlier, "stop"] = sooner[earlier]
        made.loc[earlier, "cause"] = cause
    made["died"] = made["cause"] == "death"
    if rules.death == "censors":
        made.loc[made["died"], "cause"] = ""
    made["days"] = np.maximum((made["stop"] - made["move"]).dt.days, 1)
    made["months"] = made["days"] / MONTH
    made["ended"] = made["cause"] != ""
    return made


def _one(person: str, held: pd.DataFrame, extract_date: pd.Timestamp, rules: Tenancy) -> tuple:
    """Follow one person from tenancy to tenancy until one ends that no next tenancy takes up."""
    starts, ends = held["start_date"].tolist(), held["end_date"].tolist()
    reasons = held["end_reason"].fillna("").tolist()
    last = 0
    while last + 1 < len(starts) and _continues(ends[last], starts[last + 1], reasons[last], rules):
        last += 1
    end, reason = ends[last], reasons[last]
    if pd.isna(end):
        return person, starts[0], extract_date, ""
    if reason == "planned_move_on" and rules.planned_move_on != "ends":
        return person, starts[0], end if rules.planned_move_on == "censors" else extract_date, ""
    return person, starts[0], end, reason or "other"


def _continues(end: pd.Timestamp, start: pd.Timestamp, reason: str, rules: Tenancy) -> bool:
    if pd.isna(end) or rules.second_tenancy == "ends" or reason in ("return_to_residential", "death"):
        return False
    if reason == "planned_move_on":
        return rules.planned_move_on == "sustained"
    return (start - end).days <= rules.gap_days


def _other_ends(
    tables: Mapping[str, pd.DataFrame], made: pd.DataFrame, extract_date: pd.Timestamp, rules: Tenancy
) -> list[tuple[str, pd.Series]]:
    """Ends that other tables record, each as day by person; an empty cause censors."""
    moves = made.set_index("customer_id")["move"]
    ends = [("death", deaths(tables))]
    if "placements" in tables:
        later = tables["placements"].join(moves, on="customer_id").query("start_date > move")
        ends.append(("return_to_residential", later.groupby("customer_id")["start_date"].min()))
    if rules.leaving_programme == "censors":
        left = tables["programme_events"].query("event == 'withdrawal'")
        ends.append(("", left.groupby("customer_id")["date"].min()))
    if rules.hospital_stay == "ends" and {"hospital_spells", "links"} <= set(tables):
        ends.append(("hospital", _long_stays(tables, moves, extract_date, rules.hospital_days)))
    return ends


def _long_stays(
    tables: Mapping[str, pd.DataFrame], moves: pd.Series, extract_date: pd.Timestamp, days: int
) -> pd.Series:
    """Day on which a stay begun since the move, and longer than ``days``, had lasted for them."""
    links = tables["links"].dropna(subset=["patient_id"])
    stays = latest_spells(tables).merge(links, on="patient_id").join(moves, on="customer_id")
    out = stays["admission_date"] + pd.Timedelta(days=days)
    long = (stays["admission_date"] >= stays["move"]) & (stays["discharge_date"].fillna(extract_date) > out)
    return out[long].groupby(stays.loc[long, "customer_id"]).min()


def milestones(made: pd.DataFrame, extract_date: pd.Timestamp, rules: Milestones) -> pd.DataFrame:
    """Status of each mover at each milestone.

    Returns
    -------
    DataFrame
        ``customer_id``, ``months``, ``due`` (the day on which it falls), ``come_due`` (bool: on or before the
        extract date), ``status``: ``reached`` (the tenancy was held on that day; one that ends on it was),
        ``failed``, ``not_yet_due`` (due after the extract date), ``unknown`` (follow-up ended before it was
        due) or ``excluded`` (died before it, where the contract's rule leaves deaths out).

    Notes
    -----
    A tenancy that was lost has failed its milestones at once, also those that have not come due: a share of
    movers must be taken over ``come_due`` alone, or early losses count and the others' success does not.
    """
    on_death = {"failing": "failed", "neutral": "unknown", "excluded": "excluded"}[rules.death]
    frames = []
    for months in rules.months:
        due = made["move"] + pd.DateOffset(months=months)
        before, later = made["stop"] < due, due > extract_date
        cases = [made["died"] & before, made["ended"] & before, later, before]
        status = np.select(cases, [on_death, "failed", "not_yet_due", "unknown"], "reached")
        columns = {"customer_id": made["customer_id"], "months": months, "due": due, "come_due": ~later}
        frames.append(pd.DataFrame({**columns, "status": status}))
    return pd.concat(frames, ignore_index=True)
