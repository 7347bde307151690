"""Follow-up split at cut points: on one time scale (R's ``survSplit``) or on several (``Epi::Lexis``)."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from pi_research.journeys.timeline.engine import given_back, table_of
from pi_research.journeys.timeline.merge import nothing

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from pi_research.journeys.timeline.engine import Frame

TOLERANCE = 2.0**-26
"""Pieces of follow-up shorter than this are none (Epi's: the square root of double precision)."""


def split_at(
    episodes: Frame, cuts: Sequence[float | str], *, start: str = "start", stop: str = "stop",
    event: str | None = "event", censored: object = None, episode: str = "episode", id: str = "id",
) -> Frame:
    """Split (start, stop] rows at cut points, as ``survival::survSplit`` does.

    Parameters
    ----------
    episodes : rows (start, stop]; every other column is repeated in each piece.
    cuts : times alike for everybody, or names of columns with each row's own times in ascending order; a
        missing one and all after it cut nothing.
    event : column that belongs to the last piece alone; the other pieces get ``censored`` (0, ``""`` or False
        where it is None). None where there is no such column.
    episode : name of the new column: 1 + the cuts at or before the piece's start.

    Returns
    -------
    DataFrame sorted by ``id`` (where there is one) and ``start`` where ``episodes`` is one, else a table

    Raises
    ------
    ValueError
        For columns that are not there, cuts that are not finite, none at all, or both numbers and names.

    Notes
    -----
    A row that stops at a cut is not split there: (0, 30] cut at 30 stays whole. Rows whose ``stop`` is not
    after their ``start`` hold no time and drop out. Frames cut at numbers are split with NumPy, since setting
    up a query takes longer than the split itself; everything else is one Ibis expression, to the same rows.
    """
    named = _cuts_right(episodes, cuts, [start, stop, *([event] if event else [])], episode)
    if isinstance(episodes, pd.DataFrame) and not named:
        points = np.unique(np.asarray(cuts, float))
        return _split_frame(episodes, points, start, stop, event, censored, episode, id)
    rows = table_of(episodes)
    pieces = _own_pieces(rows, list(cuts)) if named else _shared_pieces(rows, sorted(set(cuts)), start, stop)
    begin, end, low, high = pieces[start], pieces[stop], pieces._low, pieces._high
    cut = pieces.mutate(_low=low.isnull().ifelse(begin, _later(begin, low)),
                        _high=high.isnull().ifelse(end, _sooner(end, high)))
    cut = cut.filter(cut._low < cut._high)
    made = {start: cut._low, stop: cut._high}
    if event:
        made[event] = (cut._high == cut[stop]).ifelse(cut[event], nothing(cut[event], censored))
    out = cut.select(**{c: made.get(c, cut[c]) for c in rows.columns}, **{episode: cut._part})
    return given_back(out, episodes, (*([id] if id in rows.columns else []), start))


def _shared_pieces(rows: ir.Table, cuts: list[float], start: str, stop: str) -> ir.Table:
    """Rows beside each of the stretches between cuts that they reach into."""
    import ibis

    edges, last = [-math.inf, *cuts, math.inf], len(cuts) + 1
    kind = rows.schema()[start]
    kind = kind if kind.is_integer() and all(float(c).is_integer() for c in cuts) else "float64"
    bounds = ibis.memtable({
        "_from": edges[:-1], "_to": edges[1:], "_low": [cuts[0], *cuts], "_high": [*cuts, cuts[-1]],
        "_part": list(range(1, last + 1)),
    })
    # the outer two have no bound; written so, since a missing number of a frame is NaN in Spark
    bounds = bounds.mutate(_low=(bounds._part == 1).ifelse(None, bounds._low.cast(kind)),
                           _high=(bounds._part == last).ifelse(None, bounds._high.cast(kind)))
    near = rows.join(bounds, [rows[start] < bounds._to, rows[stop] > bounds._from])
    return near.drop("_from", "_to")


def _own_pieces(rows: ir.Table, cuts: list[str]) -> ir.Table:
    """Rows beside each of the stretches between their own cuts."""
    import ibis

    numbers = ibis.memtable({"_part": list(range(1, len(cuts) + 2))})
    near = rows.cross_join(numbers)
    none = ibis.null(rows.schema()[cuts[0]])
    low = ibis.cases(*((near._part == i + 2, near[c]) for i, c in enumerate(cuts)), else_=none)
    high = ibis.cases(*((near._part == i + 1, near[c]) for i, c in enumerate(cuts)), else_=none)
    near = near.mutate(_low=low, _high=high)
    return near.filter((near._part == 1) | near._low.notnull())


def _later(one: ir.Value, other: ir.Value) -> ir.Value:
    return (one > other).ifelse(one, other)


def _sooner(one: ir.Value, other: ir.Value) -> ir.Value:
    return (one < other).ifelse(one, other)


def _split_frame(
    rows: pd.DataFrame, cuts: np.ndarray, start: str, stop: str, event: str | None, censored: object,
    episode: str, id: str,
) -> pd.DataFrame:
    begin, end = rows[start].to_numpy(), rows[stop].to_numpy()
    whole = all(np.issubdtype(x.dtype, np.integer) for x in (begin, end)) and (cuts % 1 == 0).all()
    cuts = cuts.astype(begin.dtype) if whole else cuts
    first = np.searchsorted(cuts, begin, "right")
    pieces = np.where(begin < end, np.searchsorted(cuts, end, "left") - first + 1, 0)
    row = np.repeat(np.arange(len(rows)), pieces)
    place = np.arange(len(row)) - np.repeat(np.cumsum(pieces) - pieces, pieces)
    part = first[row] + place
    edges = np.concatenate([cuts[:1], cuts, cuts[-1:]])  # the outer two are never used
    last = place == pieces[row] - 1
    made = rows.iloc[row].reset_index(drop=True)
    made[start] = np.where(place == 0, begin[row], edges[part])
    made[stop] = np.where(last, end[row], edges[part + 1])
    if event:
        categories = isinstance(rows[event].dtype, pd.CategoricalDtype)
        said = made[event].astype(object) if categories else made[event]
        made[event] = said.where(last, _no_event(rows[event]) if censored is None else censored)
    made[episode] = part + 1
    by = [id, start] if id in rows.columns else [start]
    ordered = rows[by[0]].is_monotonic_increasing and (rows[by[0]].is_unique or len(by) == 1)
    return made if ordered and len(by) == 2 else made.sort_values(by, kind="stable", ignore_index=True)


def _no_event(event: pd.Series) -> object:
    if pd.api.types.is_bool_dtype(event):
        return False
    return 0 if pd.api.types.is_numeric_dtype(event) else ""


def _cuts_right(rows: Frame, cuts: Sequence[float | str], columns: list[str], episode: str) -> bool:
    """Whether the cuts are names of columns; refuses what can't be cut at."""
    if not len(cuts):
        raise ValueError("split_at: cuts is empty; give at least one time")
    named = [isinstance(c, str) for c in cuts]
    if any(named) and not all(named):
        raise ValueError("split_at: cuts holds numbers and names of columns; give one or the other")
    lost = [c for c in [*columns, *(cuts if all(named) else [])] if c not in rows.columns]
    if lost:
        raise ValueError(f"split_at: columns that are not there: {', '.join(lost)}")
    if episode in rows.columns:
        raise ValueError(f"split_at: there is a column {episode} already; name another as episode=")
    if not any(named) and not all(math.isfinite(c) for c in cuts):
        raise ValueError("split_at: every cut must be a finite number")
    if not any(named) and not _numbers(rows, columns[:2]):
        raise ValueError(f"split_at: {columns[0]} and {columns[1]} must hold numbers; to cut days, name "
                         "columns of days")
    return all(named)


def _numbers(rows: Frame, columns: list[str]) -> bool:
    if isinstance(rows, pd.DataFrame):
        return all(pd.api.types.is_numeric_dtype(rows[c]) for c in columns)
    return all(rows.schema()[c].is_numeric() for c in columns)


def lexis(
    episodes: Frame, scales: Sequence[str], cuts: Mapping[str, Sequence[float]], *,
    duration: str = "duration", id: str = "id", state: str | None = None, next_state: str | None = None,
    tolerance: float = TOLERANCE,
) -> Frame:
    """Follow-up split on several time scales at once, as ``Epi::splitLexis`` does one after another.

    Parameters
    ----------
    episodes : one row a stretch of follow-up: where it begins on each time scale, and how long it lasts.
    scales : columns with the begin of the stretch on each scale (age, calendar time, time since the move), in
        one unit; a missing value is not split on that scale.
    cuts : scale to the points at which to split; scales without cuts are carried along.
    duration : column with the length of the stretch, in the unit of the scales.
    state, next_state : columns with the state in the stretch and the state that it ends in; every piece but
        the last ends in its own state.
    tolerance : pieces no longer than this are none.

    Returns
    -------
    DataFrame sorted by ``id`` and the scales where ``episodes`` is one, else a table
        The columns of ``episodes``, advanced to the begin of each piece, and ``<scale>_band``: the number of
        cuts at or before it (``Epi::timeBand``, type ``integer``). Follow-up before the first cut is band 0;
        nothing is left out.

    Raises
    ------
    ValueError
        For columns that are not there, scales that are no numbers (turn days into numbers first), cuts of a
        scale that is not named, one state column without the other.
    """
    import ibis

    rows = table_of(episodes)
    _scales_right(rows, scales, cuts, duration, state, next_state)
    key = rows.mutate(_row=ibis.row_number().over(order_by=rows.columns))  # rows alike may swap: no matter
    key = key.filter(key[duration] > tolerance)
    offsets = [key.select("_row", _at=ibis.literal(0.0))]
    offsets += [_reached(key, scale, points, duration, tolerance) for scale, points in cuts.items()]
    at = ibis.union(*offsets, distinct=False) if len(offsets) > 1 else offsets[0]
    at = at.mutate(_gap=at._at - at._at.lag().over(group_by=at._row, order_by=at._at))
    at = at.filter(at._gap.isnull() | (at._gap > tolerance))
    at = at.mutate(_next=at._at.lead().over(group_by=at._row, order_by=at._at)).select("_row", "_at", "_next")
    both = key.join(at, "_row")
    made = {duration: both._next.coalesce(both[duration]) - both._at}
    made |= {s: both[s] + both._at for s in scales}
    if state and next_state:
        made[next_state] = both._next.isnull().ifelse(both[next_state], both[state])
    bands = {f"{s}_band": _band(made[s], sorted(set(points)), tolerance) for s, points in cuts.items()}
    out = both.select(**{c: made.get(c, both[c]) for c in rows.columns}, **bands)
    return given_back(out, episodes, (*([id] if id in rows.columns else []), *scales))


def _reached(key: ir.Table, scale: str, points: Sequence[float], duration: str, tolerance: float) -> ir.Table:
    """Times since entry at which a row passes a cut of one scale."""
    import ibis

    cuts = ibis.memtable({"_cut": sorted({float(p) for p in points})})
    near = key.join(cuts, [cuts._cut - key[scale] > tolerance,
                           key[scale] + key[duration] - cuts._cut > tolerance])
    return near.select("_row", _at=near._cut - near[scale])


def _band(value: ir.Value, points: list[float], tolerance: float) -> ir.Value:
    import ibis

    steps = ((value + tolerance < point, i) for i, point in enumerate(points))
    return ibis.cases((value.isnull(), ibis.null("int64")), *steps, else_=len(points))


def _scales_right(
    rows: ir.Table, scales: Sequence[str], cuts: Mapping, duration: str, state: str | None,
    next_state: str | None,
) -> None:
    lost = [c for c in (*scales, duration, *filter(None, (state, next_state))) if c not in rows.columns]
    if lost or not scales:
        raise ValueError(f"lexis: columns that are not there: {', '.join(lost) or 'no scale is named'}")
    if odd := [s for s in cuts if s not in scales]:
        raise ValueError(f"lexis: cuts are given for {', '.join(odd)}, which scales does not name")
    if words := [c for c in (*scales, duration) if not rows.schema()[c].is_numeric()]:
        raise ValueError(f"lexis: {', '.join(words)} must hold numbers; turn days into days or years since "
                         "one day")
    if bool(state) != bool(next_state):
        raise ValueError("lexis: give state and next_state, or neither")
    if not all(math.isfinite(p) for points in cuts.values() for p in points):
        raise ValueError("lexis: every cut must be a finite number")
