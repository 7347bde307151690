"""Rows of performance measures: the programme's own, from the journeys; and all measures of a page."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from pi_research.extract.published import read_published
from pi_research.journeys import quarters
from pi_research.journeys.record import as_of
from pi_research.journeys.timeline.outcomes import MONTH
from pi_research.measures import Measure
from pi_research.report.measures_given import Rows, councils, kind_of, supplied

if TYPE_CHECKING:
    from pi_research.extract import Extract
    from pi_research.journeys import Journeys
    from pi_research.params import Params
    from pi_research.sections import Programme

__all__ = ["between_losses", "everything", "own"]

def everything(data: Extract, made: Journeys, settings: Params) -> dict[str, Rows]:
    """All measures by part: ``own`` (the programme's), ``city`` (the extract's), ``councils`` (published)."""
    kinds = read_published("outcome_kinds")
    return {
        "own": own(data, made, settings.programme, read_published("register_metrics"), kinds),
        "city": supplied(data.tables.get("measures"), settings.measures.area, kinds),
        "councils": councils(read_published("six_steps_measures"), read_published("six_steps_values"), kinds),
    }


def own(
    data: Extract, made: Journeys, contract: Programme, register: pd.DataFrame, kinds: pd.DataFrame
) -> Rows:
    """The programme's own measures by quarter from its start, quarters that are over.

    ``register`` is the published table of metrics, whose targets give those of the milestones: the share of
    the register's movers that it wants to reach them. ``kinds`` is the published table of kinds.
    """
    day, start = data.extract_date, pd.Timestamp(contract.start)
    counts = quarters(made.stages, made.milestones, start, day)
    counts = counts[counts["quarter"].notna() & counts["complete"]].rename(columns={"quarter": "period"})
    kind, edges = kind_of(kinds), counts["period"].tolist()
    everyone = {
        **_flow(counts, contract), **_in_time(made.stages, edges, contract.preparation_months, day),
        **_held_up(data, made.stages, edges), **_missed(data, made.stages, edges),
        **_milestones(made.milestones, edges, register),
    }
    return [(Measure(id=id, kind=kind(id), source="the extract", **words), rows)
            for id, (words, rows) in everyone.items() if len(rows)]


def _at_least(target: float | None) -> dict:
    return {"target": target, "comparison": "at_least" if target is not None else "", "direction": 1}


def _flow(counts: pd.DataFrame, contract: Programme) -> dict:
    unit = {"scale": "count", "unit": "people"}
    starts, moves = contract.people_a_year / 4, contract.people_contracted / 20
    words = {
        "interest": (
            "Expressions of interest",
            "people whose interest was first recorded in the quarter",
            None,
            "",
        ),
        "starts": (
            "People who started preparation",
            "people whose preparation began in the quarter",
            starts,
            "Target: the contract's people a year, a quarter of them.",
        ),
        "moves": (
            "Moves into a tenancy",
            "people who moved into their own tenancy in the quarter",
            moves,
            "Target: the people contracted, spread evenly over five years (our reading).",
        ),
    }
    return {id: ({"name": name, "numerator": who, "definition": how, **unit, **_at_least(target)},
                 counts[["period", id]].rename(columns={id: "numerator"}))
            for id, (name, who, target, how) in words.items()}


def _shares(frame: pd.DataFrame, edges: list, day: str, part: pd.Series) -> pd.DataFrame:
    """``period, numerator, denominator`` by the quarter in which a day fell, where anybody's did."""
    place = np.searchsorted(pd.DatetimeIndex(edges), frame[day], "right") - 1
    inside = (
        (place >= 0) & (frame[day] < edges[-1] + pd.DateOffset(months=3))
        if edges
        else np.zeros(len(frame), bool)
    )
    whole, some = (
        np.bincount(place[rows], minlength=len(edges)) for rows in (inside, inside & part.to_numpy(bool))
    )
    made = pd.DataFrame({"period": pd.DatetimeIndex(edges), "numerator": some, "denominator": whole})
    return made[made["denominator"] > 0].reset_index(drop=True)


def _in_time(stages: pd.DataFrame, edges: list, nominal: int, day: pd.Timestamp) -> dict:
    begun = stages[stages["start"].notna() & (stages["months_preparing"] > 0)]
    soon = begun["move"] <= begun["start"] + pd.DateOffset(months=nominal)
    over = [q for q in edges if q + pd.DateOffset(months=3 + nominal) - pd.Timedelta(days=1) <= day]
    words = {
        "name": f"Moved within {nominal} months of the start",
        "numerator": f"those who moved within {nominal} months",
        "denominator": "people who started in the quarter",
        "direction": 1,
        "definition": f"By the quarter of the start, once {nominal} months are over for all who started "
        "in it.",
    }
    return {"in_time": (words, _shares(begun, over, "start", soon))}


def _held_up(data: Extract, stages: pd.DataFrame, edges: list) -> dict:
    if "delays" not in data.tables:
        return {}
    begun = stages[stages["start"].notna() & (stages["months_preparing"] > 0)]
    begun = begun.assign(until=begun["start"] + pd.to_timedelta(begun["months_preparing"] * MONTH, unit="D"))
    delays = as_of(data.tables, data.extract_date)["delays"].merge(
        begun[["customer_id", "start", "until"]], on="customer_id"
    )
    delays = delays[(delays["start_date"] <= delays["until"]) & ~(delays["end_date"] < delays["start"])]
    rows = []
    for a in edges:
        z = a + pd.DateOffset(months=3)
        who = begun[(begun["start"] < z) & (begun["until"] >= a)]["customer_id"]
        held = delays[(delays["start_date"] < z) & ~(delays["end_date"] < a)]["customer_id"]
        rows.append((a, int(who.isin(held).sum()), len(who)))
    frame = pd.DataFrame(rows, columns=["period", "numerator", "denominator"])
    words = {
        "name": "People held up while they prepare",
        "numerator": "those with a delay on record in the quarter",
        "denominator": "people in preparation at any time in the quarter",
        "direction": -1,
        "definition": "A person counts once a quarter, whatever the number of delays; recording began late.",
    }
    return {"held_up": (words, frame[frame["denominator"] > 0].reset_index(drop=True))}


def _missed(data: Extract, stages: pd.DataFrame, edges: list) -> dict:
    if not {"contacts", "links"} <= set(data.tables):
        return {}
    contacts = as_of(data.tables, data.extract_date)["contacts"]
    both = contacts.merge(data.tables["links"].dropna(subset=["patient_id"]), on="patient_id")
    both = both.merge(stages.loc[stages["start"].notna(), ["customer_id", "start"]], on="customer_id")
    arranged = both["planned"].eq(True).fillna(False) if "planned" in both else both["team"] != "crisis"
    told = both["attendance"].isin(["attended", "did_not_attend"])
    both = both[arranged.astype(bool) & told & (both["date"] >= both["start"])]
    words = {
        "name": "Missed appointments",
        "numerator": "arranged contacts that the person did not attend",
        "denominator": "arranged contacts attended or not",
        "direction": -1,
        "independent": False,
        "definition": "Of people who have started and are found in the trust's record; cancelled "
        "contacts left out.",
    }
    return {"missed": (words, _shares(both, edges, "date", both["attendance"] == "did_not_attend"))}


def _milestones(reached: pd.DataFrame, edges: list, register: pd.DataFrame) -> dict:
    targets = register.set_index("milestone_months")["target"].astype(float)
    made = {}
    for m, one in reached.groupby("months"):
        known = one[one["come_due"] & one["status"].isin(["reached", "failed"])]
        target = (
            round(float(targets[m] / targets[0]), 3) if m in targets.index and 0 in targets.index else None
        )
        words = {
            "name": f"Tenancies kept {m} months",
            "numerator": f"those who had kept their tenancy {m} months",
            "denominator": f"movers whose {m} months ended in the quarter",
            **_at_least(target),
            "definition": "A death before the day counts as the params say."
            + (
                " Target: the register's for the milestone over its target of movers (high case)."
                if target
                else ""
            ),
        }
        made[f"kept_{m}"] = (words, _shares(known, edges, "due", known["status"] == "reached"))
    return made


def between_losses(held: pd.DataFrame) -> np.ndarray:
    """Months lived in all tenancies together between one that was lost and the next; deaths are no losses.

    Not days of the calendar: with more tenants losses come faster though nobody's risk has changed. Losses of
    one day are spread over it.
    """
    lost = held[held["ended"] & (held["cause"] != "death")].sort_values("stop")
    day = lost["stop"].astype("int64") / 86_400e9
    same = day.groupby(day)
    at = (day + (same.cumcount() + 1) / (same.transform("size") + 1)).to_numpy()
    begin, end = (held[c].astype("int64").to_numpy() / 86_400e9 for c in ("move", "stop"))
    lived = np.array([np.clip(np.minimum(end + 1, t) - begin, 0, None).sum() for t in at]) / MONTH
    return np.diff(lived, prepend=0.0)
