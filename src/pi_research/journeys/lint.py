"""A check of analysis tables for immortal time: a status reached later, used as if known from the start.

Whoever is to be transplanted, to move or to sustain a tenancy must live until then. A column that says so
from the first day on gives them those days as if they had been at risk in that status, and makes any status
look protective: in the Stanford heart transplant data a log hazard ratio of -1.32 where the right one is
+0.13 (Crowley and Hu 1977; Kalbfleisch and Prentice 2002, section 6.4).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from pi_research.wording import Sentence, count, sentence

__all__ = [
    "CHANCE",
    "ImmortalTime",
    "ImmortalTimeError",
    "LateColumn",
    "immortal_time",
    "refuse_immortal_time",
]

CHANCE = 0.001
"""A pattern less likely than this, if the column had nothing to do with what came later, is no accident."""

INSTEAD = (
    "use it as a time-varying covariate (journeys.timeline.merge_changes with tdc at its day, so that it is "
    "0 before and 1 after), or start the clock at a landmark, keep only those still at risk there, and use "
    "its value by then"
)


class ImmortalTimeError(ValueError):
    """An analysis table uses a status from before it was reached."""


@dataclass(frozen=True, slots=True)
class LateColumn:
    """One column that is used before it can be known.

    ``mode``: ``declared`` (its day lies after the row begins), ``detected`` (only people with a later event
    have the value) or ``suspected`` (nobody with the value fails for longer than chance allows). ``value`` is
    a category of the column, never a measurement. ``rows`` and ``people`` are those with it too early.
    """

    column: str
    mode: str
    what: str
    rows: int
    people: int

    def __str__(self) -> str:
        return f"{self.column} ({self.mode}): {self.what}; {INSTEAD}"


@dataclass(frozen=True, slots=True)
class ImmortalTime:
    """What the check found: ``late`` columns (L,), of ``columns`` looked at in ``people`` people."""

    late: tuple[LateColumn, ...]
    columns: tuple[str, ...]
    people: int

    @property
    def ok(self) -> bool:
        """No column that is declared or detected to be late; suspected ones are for the eye."""
        return not any(found.mode != "suspected" for found in self.late)

    def summary(self) -> pd.DataFrame:
        """One row a column found: column, mode, what, rows, people, instead."""
        rows = [(f.column, f.mode, f.what, f.rows, f.people, INSTEAD) for f in self.late]
        return pd.DataFrame(rows, columns=["column", "mode", "what", "rows", "people", "instead"])

    def sentence(self) -> Sentence:
        """What was looked at and what was found."""
        looked = {"n": count(self.people), "k": count(len(self.columns), people=False)}
        if not self.late:
            return sentence("Of {k} covariates of {n} people none is used before it can be known.", **looked)
        names = ", ".join(f"{found.column} ({found.mode})" for found in self.late)
        return sentence("Of {k} covariates of {n} people these are used before they can be known: {names}.",
                        names=names, **looked)


def immortal_time(
    table: pd.DataFrame,
    *,
    id: str = "id",
    start: str = "start",
    stop: str = "stop",
    event: str | None = "event",
    known_from: Mapping[str, str | pd.Series | float | pd.Timestamp] | None = None,
    events: Mapping[str, pd.Series] | None = None,
    covariates: Sequence[str] | None = None,
) -> ImmortalTime:
    """Look for columns that are used before they can be known.

    Parameters
    ----------
    table : one row a person, or (start, stop] rows.
    id, start, stop, event : names of its columns; ``event`` (1: failed at ``stop``) may be None.
    known_from : declared: column to when its value is known, as a column of the table, a series by ``id``, or
        one time for everybody; missing where the person has nothing to declare. Times on the scale of
        ``start``.
    events : to detect by: name to the time of each person's event, a series by ``id``, missing for whoever
        has none; of several a person the first counts. Give every event that a status may come from: moves,
        transitions, claims.
    covariates : columns to look at; the rest of the table by default, less columns of times named in
        ``known_from``.

    Returns
    -------
    ImmortalTime

    Raises
    ------
    ValueError
        For columns that are not there, times that can't be compared, rows without an ``id`` or a ``start``.

    Notes
    -----
    *Declared*: the value stands in a row that begins before it is known. *Detected*: a value (or that there
    is one at all) is held only by people with the event, in rows that begin before it, and either by all of
    them or so many that chance is below ``CHANCE`` (hypergeometric). *Suspected*, with ``event`` and one row
    a person: all first failures are among people without the value, with a probability below ``CHANCE`` were
    the hazards alike. A strong effect can look the same: look at where the column comes from.

    When not to trust it: a table that passes is not proved right. A score made of what came later has no day
    and no pattern to find; declare it.
    """
    rows = _checked(table, id, start, stop, event)
    declared = {name: _times(table, id, given, name) for name, given in (known_from or {}).items()}
    of_times = {given for given in (known_from or {}).values() if isinstance(given, str)}
    left_out = {id, start, stop, event, *(of_times - set(covariates or ()))}
    looked = list(covariates) if covariates is not None else [c for c in table.columns if c not in left_out]
    if lost := [c for c in (*looked, *declared) if c not in table.columns]:
        raise ValueError(f"immortal_time: columns that are not there: {', '.join(lost)}")
    found = [_declared(rows, table, name, times) for name, times in declared.items()]
    known = {f.column for f in found if f}
    for name in looked:
        if name in declared or table[name].nunique(dropna=False) < 2:
            continue
        seen = [
            _detected(rows, table[name], what, _times(table, id, given, what))
            for what, given in (events or {}).items()
        ]
        found += [f for f in seen if f][:1]
        known |= {f.column for f in found if f}
        if name not in known and event:
            found.append(_suspected(rows, table[name]))
    return ImmortalTime(
        tuple(f for f in found if f), tuple(dict.fromkeys([*declared, *looked])), int(rows["who"].nunique())
    )


def refuse_immortal_time(table: pd.DataFrame, **given) -> pd.DataFrame:
    """The table itself where :func:`immortal_time` finds nothing declared or detected.

    Raises
    ------
    ImmortalTimeError
        Else, with the name of each column and what to use instead. Parameters as in :func:`immortal_time`.
    """
    result = immortal_time(table, **given)
    if not result.ok:
        late = [f for f in result.late if f.mode != "suspected"]
        raise ImmortalTimeError("immortal time: " + "; ".join(str(f) for f in late))
    return table


def _checked(table: pd.DataFrame, id: str, start: str, stop: str, event: str | None) -> pd.DataFrame:
    lost = [c for c in (id, start, stop, *([event] if event else [])) if c not in table.columns]
    if lost:
        raise ValueError(f"immortal_time: columns that are not there: {', '.join(lost)}")
    if table.empty:
        raise ValueError("immortal_time: the table has no row; there is nothing to look at")
    rows = pd.DataFrame({"who": table[id], "start": table[start], "stop": table[stop]}).reset_index(drop=True)
    if bad := int(rows.isna().any(axis=1).sum()):
        raise ValueError(
            f"immortal_time: {bad} rows have no {id}, {start} or {stop}; complete them or set them aside"
        )
    rows["failed"] = table[event].to_numpy(dtype=float) != 0 if event else False
    return rows


def _times(table: pd.DataFrame, id: str, given: object, name: str) -> pd.Series:
    """When something happened, by row of the table; missing where it did not."""
    if isinstance(given, str):
        if given not in table.columns:
            raise ValueError(
                f"immortal_time: {name} is to be known from {given}, which is not a column of the table"
            )
        return table[given].reset_index(drop=True)
    if isinstance(given, pd.Series):
        first = given.dropna().groupby(level=0).min()
        return table[id].map(first).reset_index(drop=True)
    return pd.Series([given] * len(table))


def _late(rows: pd.DataFrame, times: pd.Series, name: str) -> np.ndarray:
    try:
        return (times > rows["start"]).to_numpy(dtype=bool, na_value=False)
    except TypeError:
        raise ValueError(
            f"immortal_time: the times of {name} can't be compared with the start of rows; give both as "
            "numbers or both as dates"
        ) from None


def _declared(rows: pd.DataFrame, table: pd.DataFrame, name: str, times: pd.Series) -> LateColumn | None:
    early = _late(rows, times, name) & table[name].notna().to_numpy() & ~_reference(table[name])
    if not early.any():
        return None
    people = int(rows.loc[early, "who"].nunique())
    return LateColumn(
        name,
        "declared",
        f"{people} people have it in rows that begin before it is known",
        int(early.sum()),
        people,
    )


def _reference(values: pd.Series) -> np.ndarray:
    """Where a status is 'not reached': 0 or False of a column that holds nothing else but 1 or True."""
    kinds = set(values.dropna().unique().tolist())
    return (
        (values == 0).fillna(False).to_numpy(dtype=bool) if kinds <= {0, 1} else np.zeros(len(values), bool)
    )


def _detected(rows: pd.DataFrame, values: pd.Series, what: str, times: pd.Series) -> LateColumn | None:
    """A value that only people with the event have, in rows that begin before it."""
    late, happened = _late(rows, times, what), times.notna().to_numpy()
    everyone, with_event = rows["who"].nunique(), rows.loc[happened, "who"].nunique()
    values = values.reset_index(drop=True)
    kinds = values.dropna().unique()
    groups = [values == kind for kind in kinds] if len(kinds) <= 20 else []
    if values.isna().any():
        groups.append(values.notna())
    for group in groups:
        has = group.fillna(False).to_numpy(dtype=bool)
        early = has & late
        people = rows.loc[has, "who"].nunique()
        if not early.any() or (has & ~happened).any() or people == everyone:
            continue
        if people == with_event > 1 or _chance(people, with_event, everyone) < CHANCE:
            who = int(rows.loc[early, "who"].nunique())
            said = (
                f"only people with the event '{what}' have one of its values, {who} of them in rows that "
                "begin before it"
            )
            return LateColumn(str(values.name), "detected", said, int(early.sum()), who)
    return None


def _chance(people: int, with_event: int, everyone: int) -> float:
    """Probability that ``people`` drawn from everyone all have the event."""
    drawn = np.arange(people)
    return float(np.prod((with_event - drawn) / (everyone - drawn))) if people <= with_event else 0.0


def _suspected(rows: pd.DataFrame, values: pd.Series) -> LateColumn | None:
    """A status of a table of one row a person such that all first failures are among the others."""
    values = values.reset_index(drop=True)
    if rows["who"].duplicated().any() or not set(values.dropna().unique().tolist()) <= {0, 1}:
        return None
    has = (values == 1).fillna(False).to_numpy(dtype=bool)
    failed = rows["failed"].to_numpy(dtype=bool)
    if not has.any() or not (has & failed).any():
        return None
    stop, start = rows["stop"].to_numpy(), rows["start"].to_numpy()
    first = stop[has & failed].min()
    chance = 1.0
    for time in np.sort(stop[failed & ~has & (stop < first)]):
        at_risk = (start < time) & (stop >= time) | (stop == time)
        chance *= 1 - (at_risk & has).sum() / at_risk.sum()
        if chance < CHANCE:
            break
    if chance >= CHANCE:
        return None
    people = int(has.sum())
    said = (
        f"nobody of {people} people with it fails until long after the others begin to "
        f"(probability below {CHANCE:g} were they alike)"
    )
    return LateColumn(str(values.name), "suspected", said, people, people)
