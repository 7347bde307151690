"""When each person's tenancy began and ended, under the stated estimand, and which milestones it reached."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from pi_research.journeys.stages import MONTH, deaths, people_counted

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
        it had not), ``days``, ``months``, ``ended`` (bool). A person is at risk from the move up to and
        including ``stop``. A tenancy that ends on its first day lasts one day, since a duration of nothing
        is at risk of nothing.
    """
    held = tables["tenancies"][tables["tenancies"]["customer_id"].isin(people_counted(tables))]
    held = held.sort_values(["customer_id", "start_date", "tenancy_id"])
    rows = [_one(person, group, extract_date, rules) for person, group in held.groupby("customer_id", sort=True)]
    made = pd.DataFrame(rows, columns=["customer_id", "move", "stop", "cause"])
    for cause, days in _other_ends(tables, made, rules):
        sooner = days.reindex(made["customer_id"]).to_numpy("datetime64[ns]")
        earlier = ~np.isnat(sooner) & (sooner >= made["move"].to_numpy()) & (sooner < made["stop"].to_numpy())
        earlier |= ~np.isnat(sooner) & (sooner == made["stop"].to_numpy()) & (made["cause"] == "").to_numpy()
        made.loc[earlier, "stop"] = sooner[earlier]
        made.loc[earlier, "cause"] = cause
    if rules.death == "censors":
        made.loc[made["cause"] == "death", "cause"] = ""
    made["days"] = np.maximum((made["stop"] - made["move"]).dt.days, 1)
    made["months"] = made["days"] / MONTH
    made["ended"] = made["cause"] != ""
    return made


def _one(person: str, held: pd.DataFrame, extract_date: pd.Timestamp, rules: Tenancy) -> tuple:
    """Follow one person from tenancy to tenancy until one ends that no next tenancy takes up."""
    starts, ends = held["start_date"].tolist(), held["end_date"].tolist()
    reasons = held["end_reason"].fillna("").tolist()
    last = 0
    while last + 1 < len(starts) and pd.notna(ends[last]) and _continues(ends[last], starts[last + 1], reasons[last], rules):
        last += 1
    end, reason = ends[last], reasons[last]
    if pd.isna(end) or end > extract_date:
        return person, starts[0], extract_date, ""
    if reason == "planned_move_on" and rules.planned_move_on != "ends":
        return person, starts[0], end if rules.planned_move_on == "censors" else extract_date, ""
    return person, starts[0], end, reason or "other"


def _continues(end: pd.Timestamp, start: pd.Timestamp, reason: str, rules: Tenancy) -> bool:
    lost = reason in ("return_to_residential", "death")
    return rules.second_tenancy == "continues" and not lost and (start - end).days <= rules.gap_days


def _other_ends(tables: Mapping[str, pd.DataFrame], made: pd.DataFrame, rules: Tenancy) -> list[tuple[str, pd.Series]]:
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
        ends.append(("hospital", _long_stays(tables, moves, rules.hospital_days)))
    return ends


def _long_stays(tables: Mapping[str, pd.DataFrame], moves: pd.Series, days: int) -> pd.Series:
    """Day on which a stay begun after the move had lasted longer than ``days``."""
    stays = latest_spells(tables).merge(tables["links"].dropna(subset=["patient_id"]), on="patient_id").join(moves, on="customer_id")
    out = stays["admission_date"] + pd.Timedelta(days=days)
    long = stays[(stays["admission_date"] > stays["move"]) & ((stays["discharge_date"] > out) | stays["discharge_date"].isna())]
    return (long["admission_date"] + pd.Timedelta(days=days)).groupby(long["customer_id"]).min()


def latest_spells(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Hospital spells once each: of the monthly versions of a spell the latest counts."""
    return tables["hospital_spells"].sort_values(["spell_id", "record_month"]).groupby("spell_id", as_index=False).last()


def milestones(made: pd.DataFrame, extract_date: pd.Timestamp, rules: Milestones) -> pd.DataFrame:
    """Status of each mover at each milestone.

    Returns
    -------
    DataFrame
        ``customer_id``, ``months``, ``due`` (the day on which it falls), ``status``: ``reached``,
        ``failed``, ``not_yet_due`` (due after the extract date), ``unknown`` (follow-up ended before it was
        due) or ``excluded`` (died before it, where the contract's rule leaves deaths out).
    """
    frames = []
    for months in rules.months:
        due = made["move"] + pd.DateOffset(months=months)
        ended = made["ended"] & (made["stop"] < due)
        died = ended & (made["cause"] == "death")
        on_death = {"failing": "failed", "neutral": "unknown", "excluded": "excluded"}[rules.death]
        status = np.select([died, ended, due > extract_date, made["stop"] < due], [on_death, "failed", "not_yet_due", "unknown"], "reached")
        frames.append(pd.DataFrame({"customer_id": made["customer_id"], "months": months, "due": due, "status": status}))
    return pd.concat(frames, ignore_index=True)
