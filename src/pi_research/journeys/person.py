"""One person's years, by the lanes of a chart, with every date shifted to months since a day 0."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from pi_research.journeys.describe import CAUSES
from pi_research.journeys.record import as_of
from pi_research.journeys.sequence import DAY0, stretches
from pi_research.journeys.timeline.outcomes import MONTH


@dataclass(frozen=True, eq=False)
class History:
    """One person's years without a name and, for a real person, without a date.

    Attributes
    ----------
    events : DataFrame
        ``lane`` (stage, placement, tenancy, hospital, unknown, crisis, missed, star), ``start``, ``stop``
        (months since day 0; ``stop`` missing for what has one day), ``label``, ``value`` (nights of a
        hospital stay, the mean of the Recovery Star). ``unknown``: hospital and contacts are not known.
    day0 : the move; where there is none the start of preparation; else the beginning of the record.
    calendar : day 0 as a date, for a synthetic extract only.
    died : whether the history ends with death.
    contacts : whether the extract holds contacts.
    """

    events: pd.DataFrame
    day0: str
    calendar: pd.Timestamp | None
    died: bool
    contacts: bool = True


def choose_person(tables: Mapping[str, pd.DataFrame], timeline: pd.DataFrame, named: str | None,
                  synthetic: bool) -> str | None:
    """Whose years are drawn: whoever is named. Where nobody is, on a real extract nobody.

    On a synthetic one it is then the person with the most different states in their timeline; of several
    whoever has most rows in it, then the first by identifier.

    Raises
    ------
    ValueError
        Where nobody of that name is in the timeline, or the extract is real and consent not given.
    """
    if named is None:
        kinds = timeline.groupby("customer_id")["state"].agg(["nunique", "size"]).reset_index()
        order = kinds.sort_values(["nunique", "size", "customer_id"], ascending=[False, False, True])
        return str(order["customer_id"].iloc[0]) if synthetic and len(order) else None
    if named not in set(timeline["customer_id"]):
        raise ValueError("journey.person: not among the people whose records may be used; give a customer_id "
                         "of the table people, or null")
    said = tables["people"].set_index("customer_id")["consent"].get(named)
    if not synthetic and said != "given":
        raise ValueError("journey.person: a real person is drawn with consent only, and people, column "
                         "consent, does not have it as given; name another person, or null")
    return named


def person_history(tables: Mapping[str, pd.DataFrame], timeline: pd.DataFrame, people: pd.DataFrame,
                   person: str | None, *, synthetic: bool) -> History | None:
    """The years of one person, in months since their move; None where there is nobody to draw.

    Parameters
    ----------
    tables : the extract's tables.
    timeline, people : ``Journeys.timeline`` and ``Journeys.stages``.
    person : from :func:`choose_person`.
    synthetic : whether the extract describes nobody, so that its dates may be told.
    """
    if person is None:
        return None
    own = timeline[timeline["customer_id"] == person].sort_values("start")
    first, until = own["start"].iloc[0], own["stop"].iloc[-1]
    held = {name: table[table["customer_id"] == person] for name, table in as_of(tables, until).items()
            if "customer_id" in table}
    steps = people[people["customer_id"] == person].iloc[0]
    kind = next((k for k in ("move", "start") if pd.notna(steps[k])), "")
    zero = steps[kind] if kind else first
    lived = stretches(own, "stage")
    made = [_rows("stage", lived["start"], lived["stop"], lived["stage"]), *_homes(held, first, until),
            *_hospital(own), *_contacts(tables, held, own), *_star(held, until)]
    events = shifted(pd.concat([m for m in made if len(m)], ignore_index=True), zero)
    died = own["next_state"].iloc[-1] == "died"
    return History(events, DAY0[kind], zero if synthetic else None, died, "contacts" in tables)


def shifted(events: pd.DataFrame, zero: pd.Timestamp) -> pd.DataFrame:
    """Events with months since day 0 in place of dates, so that no date of a real person goes along."""
    months = {name: (pd.to_datetime(events[name]) - zero).dt.days / MONTH for name in ("start", "stop")}
    return events.assign(**months)


def _rows(lane: str, start: pd.Series, stop: object = pd.NaT, label: object = "",
          value: object = np.nan) -> pd.DataFrame:
    return pd.DataFrame({"lane": lane, "start": start, "stop": stop, "label": label, "value": value})


def _homes(held: Mapping[str, pd.DataFrame], first: pd.Timestamp,
           until: pd.Timestamp) -> list[pd.DataFrame]:
    """Placements and tenancies, as far as they lie in the history."""
    made = []
    for lane, table, words in (("placement", "placements", _kind), ("tenancy", "tenancies", _outcome)):
        if table in held:
            rows = held[table].sort_values("start_date", kind="stable")
            rows = rows[(rows["start_date"] >= first) | ~(rows["end_date"] <= first)]
            start, stop = rows["start_date"].clip(lower=first), rows["end_date"].fillna(until)
            made.append(_rows(lane, start, stop, words(rows)))
    return made


def _kind(placements: pd.DataFrame) -> pd.Series:
    return placements["placement_type"].fillna("placement").str.replace("_", " ") + " home"


def _outcome(tenancies: pd.DataFrame) -> pd.Series:
    why = tenancies["end_reason"].map(CAUSES).fillna(CAUSES["other"])
    return ("ended: " + why).where(tenancies["end_date"].notna(), "still held")


def _hospital(own: pd.DataFrame) -> list[pd.DataFrame]:
    """Stays with their nights, admissions without a night, and time of which hospital is not known."""
    stays = stretches(own.assign(inside=own["in_hospital"].fillna(False).astype(bool)), "inside")
    stays = stays[stays["inside"]]
    brief = own.loc[own["admitted"].eq(1) & own["next_state"].ne("hospital"), "stop"]
    known = stretches(own, "hospital_known")
    known = known[~known["hospital_known"].astype(bool)]
    nights = (stays["stop"] - stays["start"]).dt.days
    return [_rows("hospital", stays["start"], stays["stop"], "", nights),
            _rows("hospital", brief, brief, "", 0), _rows("unknown", known["start"], known["stop"])]


def _contacts(tables: Mapping[str, pd.DataFrame], held: Mapping[str, pd.DataFrame],
              own: pd.DataFrame) -> list[pd.DataFrame]:
    """Crisis contacts (attended) and missed appointments, within what the trust's record knows."""
    known = own[own["hospital_known"].astype(bool)]
    if "contacts" not in tables or known.empty:
        return []
    rows = tables["contacts"][tables["contacts"]["patient_id"].isin(held["links"]["patient_id"])]
    inside = rows["date"].between(known["start"].min(), known["stop"].max(), inclusive="right")
    rows = rows[inside].sort_values("date")
    crisis = rows["team"].eq("crisis") & rows["attendance"].eq("attended")
    return [_rows("crisis", rows.loc[crisis, "date"]),
            _rows("missed", rows.loc[rows["attendance"].eq("did_not_attend"), "date"])]


def _star(held: Mapping[str, pd.DataFrame], until: pd.Timestamp) -> list[pd.DataFrame]:
    """The Recovery Star at each assessment: the mean of the areas that have a score."""
    if "assessments" not in held:
        return []
    rows = held["assessments"]
    rows = rows[rows["tool"].eq("recovery_star") & (rows["date"] <= until)]
    mean = rows.groupby("date")["score"].mean().dropna()
    return [_rows("star", pd.Series(mean.index), pd.NaT, "", mean.to_numpy())]
