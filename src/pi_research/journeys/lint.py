"""Analysis tables, and a check of them for immortal time: a status reached later, used as if known before.

Whoever is to be transplanted, to move or to sustain a tenancy must live until then. A column that says so
from the first day on gives them those days as if they had been at risk in that status, and makes any status
look protective: in the Stanford heart transplant data a log hazard ratio of -1.32 where the right one is
+0.13 (Crowley and Hu 1977; Kalbfleisch and Prentice 2002, section 6.4).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from pi_research.journeys.build import Journeys

CHANCE = 0.001
"""How likely at most a table is refused by its patterns though no column has to do with what came later."""

INSTEAD = (
    "use it as a time-varying covariate (journeys.timeline.merge_changes with tdc at its day, so that it is "
    "0 before and 1 after), or start the clock at a landmark, keep only those still at risk there, and use "
    "its value by then"
)


class ImmortalTimeError(ValueError):
    """An analysis table uses a status from before it was reached."""


@dataclass(frozen=True, slots=True)
class LateColumn:
    """One column that is used before it can be known, in ``rows`` rows of ``people`` people.

    ``mode``: ``declared`` (its day lies after the row begins) or ``detected`` (only people with a later event
    have the value). ``what`` names no value of the column.
    """

    column: str
    mode: str
    what: str
    rows: int
    people: int

    def __str__(self) -> str:
        return f"{self.column} ({self.mode}): {self.what}; {INSTEAD}"


def analysis_table(
    rows: pd.DataFrame, covariates: pd.DataFrame, made: Journeys, *, origin: str = "move"
) -> pd.DataFrame:
    """A table of time at risk with covariates that are known at its day 0, refused where one is not.

    Moves, milestones reached, lost tenancies, withdrawals and deaths are the events to detect by.

    Parameters
    ----------
    rows : ``admission_episodes``, ``recurrent_admissions``, ``first_admission`` or ``tenancies`` of ``made``.
    covariates : ``customer_id`` and columns, one row a person. Who is not there gets missing values.
    origin : day 0 of ``rows``, as ``made`` was built with (``move`` for ``tenancies``).

    Raises
    ------
    ImmortalTimeError
        Where a covariate says what happened after rows begin that have it.
    ValueError
        Where a person stands twice in ``covariates``.
    """
    if twice := int(covariates["customer_id"].duplicated().sum()):
        raise ValueError(f"covariates: {twice} rows repeat a customer_id; give one row a person")
    people, held = made.stages.set_index("customer_id"), made.tenancies.set_index("customer_id")
    known = made.timeline[made.timeline["hospital_known"]]
    zero = known.groupby("customer_id")["start"].min() if origin == "record" else people[origin]
    days = {"move": people["move"], "withdrawal": people["withdrew"], "death": people["died"],
            "lost tenancy": held.loc[held["ended"], "stop"]}
    reached = made.milestones[made.milestones["status"] == "reached"]
    days |= {f"{m} months": due.set_index("customer_id")["due"] for m, due in reached.groupby("months")}
    table = rows.merge(covariates, on="customer_id", how="left")
    begin = next((c for c in ("start", "entry") if c in rows), None)
    if len(table):
        refuse_immortal_time(
            table if begin else table.assign(start=0), id="customer_id", start=begin or "start",
            events={name: (day - zero).dt.days for name, day in days.items()},
            covariates=[c for c in covariates if c != "customer_id"],
        )
    return table


def refuse_immortal_time(table: pd.DataFrame, **given) -> pd.DataFrame:
    """The table itself where :func:`immortal_time` finds nothing.

    Raises
    ------
    ImmortalTimeError
        Else, with the name of each column and what to use instead. Parameters as in :func:`immortal_time`.
    """
    if late := immortal_time(table, **given):
        raise ImmortalTimeError("immortal time: " + "; ".join(map(str, late)))
    return table


def immortal_time(
    table: pd.DataFrame, *, id: str = "id", start: str = "start", covariates: Sequence[str] | None = None,
    known_from: Mapping[str, str | pd.Series | float | pd.Timestamp] | None = None,
    events: Mapping[str, pd.Series] | None = None,
) -> tuple[LateColumn, ...]:
    """Columns that are used before they can be known.

    Parameters
    ----------
    table : one row a person, or (start, stop] rows.
    id, start : names of its columns.
    covariates : columns to look at; all others by default.
    known_from : declared: column to when its value is known, as a column of the table, a series by ``id``, or
        one time for everybody; missing where the person has nothing to declare. Times on the scale of
        ``start``.
    events : to detect by: name to the time of each person's event, a series by ``id``, missing for whoever
        has none; of several a person the first counts. Give every event that a status may come from: moves,
        transitions, claims.

    Raises
    ------
    ValueError
        For columns that are not there, times that can't be compared, rows without an ``id`` or a ``start``.

    Notes
    -----
    *Declared*: the value stands in a row that begins before it is known. *Detected*: a value (or that there
    is one at all) is held only by people with the event, in rows that begin before it, and by so many that
    chance is below ``CHANCE`` (hypergeometric), divided by the columns and events looked at.

    When not to trust it: a table that passes is not proved right. Of a dozen people no pattern is beyond
    chance, and a score made of what came later has neither a day nor a pattern; declare such columns.
    """
    declared, events = dict(known_from or {}), dict(events or {})
    times = [given for given in declared.values() if isinstance(given, str)]
    looked = list(covariates) if covariates is not None else [
        c for c in table.columns if c not in (id, start, *times)]
    if lost := [c for c in (id, start, *looked, *declared, *times) if c not in table.columns]:
        raise ValueError(f"immortal_time: columns that are not there: {', '.join(lost)}")
    rows = pd.DataFrame({"who": table[id], "start": table[start]}).reset_index(drop=True)
    if rows.empty:
        raise ValueError("immortal_time: the table has no row; there is nothing to look at")
    if bad := int(rows.isna().any(axis=1).sum()):
        raise ValueError(f"immortal_time: {bad} rows have no {id} or {start}; complete them or set them aside")
    found = {name: _declared(rows, table[name], _times(table, id, at)) for name, at in declared.items()}
    days = {what: _times(table, id, given) for what, given in events.items()}
    asked = [name for name in looked if name not in declared and table[name].nunique(dropna=False) > 1]
    for name in asked:
        seen = (_detected(rows, table[name], what, at, len(asked) * len(days)) for what, at in days.items())
        found[name] = next((late for late in seen if late), None)
    return tuple(late for late in found.values() if late)


def _times(table: pd.DataFrame, id: str, given: object) -> pd.Series:
    """When something happened, by row of the table; missing where it did not."""
    if isinstance(given, str):
        return table[given].reset_index(drop=True)
    if isinstance(given, pd.Series):
        return table[id].map(given.dropna().groupby(level=0).min()).reset_index(drop=True)
    return pd.Series([given] * len(table))


def _late(rows: pd.DataFrame, times: pd.Series, name: object) -> np.ndarray:
    try:
        return (times > rows["start"]).to_numpy(dtype=bool, na_value=False)
    except TypeError:
        raise ValueError(f"immortal_time: the times of {name} can't be compared with the start of rows; give "
                         "both as numbers or both as dates") from None


def _declared(rows: pd.DataFrame, values: pd.Series, times: pd.Series) -> LateColumn | None:
    """A value in rows that begin before its time; 0 or False of a status says that it is not reached."""
    values = values.reset_index(drop=True)
    status = set(values.dropna().unique().tolist()) <= {0, 1}
    said = values.notna() & ~(values.eq(0).fillna(False) & status)
    early = _late(rows, times, values.name) & said.to_numpy(dtype=bool)
    people = int(rows.loc[early, "who"].nunique())
    what = f"{people} people have it in rows that begin before it is known"
    return LateColumn(str(values.name), "declared", what, int(early.sum()), people) if people else None


def _detected(
    rows: pd.DataFrame, values: pd.Series, what: str, times: pd.Series, looks: int
) -> LateColumn | None:
    """A value that only people with the event have, in rows that begin before it."""
    late, happened = _late(rows, times, what), times.notna().to_numpy()
    everyone, with_event = rows["who"].nunique(), rows.loc[happened, "who"].nunique()
    values = values.reset_index(drop=True)
    kinds = values.dropna().unique()
    groups = [values == kind for kind in kinds] if len(kinds) <= 20 else []
    groups += [values.notna()] if values.isna().any() else []
    for group in groups:
        has = group.fillna(False).to_numpy(dtype=bool)
        people = rows.loc[has, "who"].nunique()
        if not (has & late).any() or (has & ~happened).any() or people == everyone:
            continue
        if _chance(people, with_event, everyone) < CHANCE / looks:
            who = int(rows.loc[has & late, "who"].nunique())
            said = (f"only people with the event '{what}' have one of its values, {who} of them in rows that "
                    "begin before it")
            return LateColumn(str(values.name), "detected", said, int((has & late).sum()), who)
    return None


def _chance(people: int, with_event: int, everyone: int) -> float:
    """Probability that ``people`` drawn from everyone all have the event."""
    drawn = np.arange(people)
    return float(np.prod((with_event - drawn) / (everyone - drawn))) if people <= with_event else 0.0
