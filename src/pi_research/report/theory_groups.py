"""Who is in the group of each comparison that was fixed before the data were seen."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

import pandas as pd

from pi_research.report.theory_people import known_rule

if TYPE_CHECKING:
    from pi_research.report.theory_people import TheoryData

__all__ = ["GROUPS", "groups"]


TARIFF = pd.Timestamp("2022-04-01")
"""The register: engagement and eighteen months are paid from April 2022 on."""


def _early_roles(data: TheoryData) -> pd.Series:
    hours = data.rows("support_hours")
    first = hours["begun"].dt.to_period("M").dt.start_time if len(hours) else hours["begun"]
    early = (
        hours[(hours["month"] >= first) & (hours["month"] <= first + pd.DateOffset(months=1))]
        if len(hours)
        else hours
    )
    both = [data.some(early[early["role"] == role]) for role in ("health_wellbeing_coach", "housing_worker")]
    return (both[0] & both[1]).mask(data.people["start"].isna())


def _peer(data: TheoryData) -> pd.Series:
    hours = data.rows("support_hours")
    before = hours[
        (hours["role"] == "peer_mentor") & (hours["month"] + pd.offsets.MonthEnd(0) < hours["move"])
    ]
    return data.some(before, data.people["move"].notna())


def _star_before(data: TheoryData) -> pd.Series:
    scores = data.rows("assessments")
    early = scores[(scores["tool"] == "recovery_star") & (scores["date"] <= scores["move"])]
    by = early.groupby(["customer_id", "date"])["score"].mean().groupby("customer_id")
    twice = by.size().reindex(data.people.index, fill_value=0) >= 2
    return (
        (by.last() > by.first()).reindex(data.people.index, fill_value=False).astype("boolean").mask(~twice)
    )


def _contact(data: TheoryData) -> pd.Series:
    c = data.rows("contacts")
    near = (c["date"] < c["move"]) & (c["date"] >= c["move"] - pd.DateOffset(months=3))
    return data.some(
        c[near & c["planned"].fillna(False).astype(bool)], data.linked & data.people["move"].notna()
    )


def _pandemic(data: TheoryData) -> pd.Series:
    covid, start = data.settings.covid, data.people["start"]
    planned = start + pd.DateOffset(months=data.settings.programme.preparation_months)
    inside = (start <= pd.Timestamp(covid.end)) & (planned >= pd.Timestamp(covid.start))
    return inside.astype("boolean").mask(start.isna())


def _benefits(data: TheoryData) -> pd.Series:
    d = data.rows("delays")
    return data.some(d[(d["reason"] == "legal_or_benefits") & (d["start_date"] < d["move"])])


def _as_planned(data: TheoryData) -> pd.Series:
    e = data.rows("programme_events")
    plans = (
        e[(e["event"] == "move_planned") & (e["date"] <= e["move"])]
        .sort_values("date")
        .groupby("customer_id")
        .last()
    )
    gap = (data.people["move"] - plans["planned_date"].reindex(data.people.index)).dt.days.abs()
    return (gap <= 31).astype("boolean").mask(gap.isna())


def _since(column: str, data: TheoryData, later: bool) -> pd.Series:
    """Whether the start lies in the tariff's time, or a plan was agreed within three months of it."""
    start = data.people["start"]
    made = start >= TARIFF if later else data.people[column] <= start + pd.DateOffset(months=3)
    return made.astype("boolean").mask(start.isna())


def _of_mover(name: str) -> Callable[[TheoryData], pd.Series]:
    return lambda data: data.held[name].astype("boolean").reindex(data.people.index)


GROUPS: dict[str, Callable[[TheoryData], pd.Series]] = {
    "short_preparation": _of_mover("short_preparation"),
    "long_in_care": _of_mover("long_in_care"),
    "older": lambda d: (d.people["interest"].dt.year - d.people["year_of_birth"] >= 60).astype("boolean"),
    "both_roles_early": _early_roles,
    "peer_before_move": _peer,
    "star_up_before_move": _star_before,
    "planned_contact_before_move": _contact,
    "prepared_in_pandemic": _pandemic,
    "benefits_delay": _benefits,
    "moved_as_planned": _as_planned,
    "started_after_tariff": lambda d: _since("start", d, later=True),
    "early_plan": lambda d: _since("plan", d, later=False),
}


def groups(tests: pd.DataFrame, data: TheoryData) -> pd.DataFrame:
    """Who is in the group of each comparison: one row a person by ``customer_id``, one ``boolean`` column a
    test.

    Missing where it is not known, and for people who are not in the comparison at all: those who never
    started where moves are compared, who never moved where tenancies are, and who are not found in the
    trust's record for admissions.

    Raises
    ------
    ValueError
        For a group that is no name of ``GROUPS`` and no ``table.field = value`` of people or tenancies.
    """
    asked = tests[tests["reach"] == "comparison"]
    made = {}
    moved = data.people["moved"].astype(bool)
    entered = {
        "accepted": moved | True,
        "moved": data.people["start"].notna(),
        "kept": moved,
        "admissions": moved & data.linked,
    }
    for test, group, outcome in zip(asked["test_id"], asked["group"], asked["outcome"], strict=True):
        plain = re.fullmatch(r"(people|tenancies)\.(\w+) = (\w+)", group)
        if not plain:
            known_rule([group], GROUPS, "tests.csv, column group")
        made[test] = (_value(data, *plain.groups()) if plain else GROUPS[group](data)).mask(~entered[outcome])
    return pd.DataFrame(made, index=data.people.index)


def _value(data: TheoryData, table: str, field: str, value: str) -> pd.Series:
    first = (
        data.tables[table].sort_values("start_date").groupby("customer_id").first()
        if table == "tenancies"
        else data.people
    )
    column = first[field].reindex(data.people.index)
    return column.astype("string").str.lower().eq(value).astype("boolean").mask(column.isna())
