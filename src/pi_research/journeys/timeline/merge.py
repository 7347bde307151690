"""Time-varying merge: dated changes laid over (start, stop] rows, as R's ``survival::tmerge`` does.

A row (start, stop] holds what was so after ``start``, up to and including ``stop``. A change of state at time
``t`` holds in the rows that start at ``t`` or later: a person is not yet what they become on that day. An
event at ``t`` belongs to the row that stops at ``t``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pi_research.journeys.timeline.engine import engine_of, given_back, table_of

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from pi_research.journeys.timeline.engine import Frame


@dataclass(frozen=True, slots=True, eq=False)
class Change:
    """One column to be made from dated rows; made by ``tdc``, ``cumtdc``, ``event`` and ``cumevent``."""

    kind: str
    table: Frame
    time: str
    value: str | None = None
    order: str | None = None
    init: object = None


def tdc(table: Frame, time: str, value: str | None = None, *, order: str | None = None, init=None) -> Change:
    """A state: the latest ``value`` so far, ``init`` before the first; without ``value`` 0, then 1.

    Of several values on one day the one with the largest ``order`` counts, without ``order`` the largest
    value. Rows without a time or a value say nothing and are left out. Values from before a person's first
    row hold from its start.
    """
    return Change("tdc", table, time, value, order, init)


def cumtdc(table: Frame, time: str, value: str | None = None, *, init=None) -> Change:
    """A running total of ``value`` (without: a count), those before the person's first row included.

    Missing before the first (``init``, to which the total is added); a count begins at 0.
    """
    return Change("cumtdc", table, time, value, None, init)


def event(
    table: Frame, time: str, value: str | None = None, *, order: str | None = None, censored: object = None
) -> Change:
    """An event: ``value`` (without: 1) on the row that stops on its day, elsewhere ``censored``.

    That is 0, ``""`` or False where nothing is given. An event on the first day of a row that no other row
    stops at, in a gap or outside follow-up is in no row.
    Ties as in :func:`tdc`.
    """
    return Change("event", table, time, value, order, censored)


def cumevent(table: Frame, time: str, value: str | None = None) -> Change:
    """An event that carries its number: the running total on the row that stops on its day, else 0.

    Events outside the rows are counted in the total and are in no row.
    """
    return Change("cumevent", table, time, value)


def cut(table: Frame, time: str) -> Change:
    """A time at which rows are split and nothing is written: it makes no column."""
    return Change("cut", table, time)


def merge_changes(
    base: Frame, changes: Mapping[str, Change], *, id: str = "id", start: str = "start", stop: str = "stop",
    check: bool = True,
) -> Frame:
    """Split rows wherever something changes and write into each row what holds in it.

    Parameters
    ----------
    base : rows (start, stop], one or several a person, that do not overlap; gaps are allowed.
    changes : name of the new column to the change that makes it (:func:`tdc`, :func:`cumtdc`, :func:`event`,
        :func:`cumevent`, :func:`cut`); their tables have the column ``id`` too.
    id, start, stop : names of the columns. Times are whole numbers, fractions or days, alike in all tables.
    check : look at ``base`` first (one query).

    Returns
    -------
    DataFrame sorted by ``id`` and ``start`` where ``base`` is one, else an Ibis table
        The columns of ``base`` with rows split at every change inside them, then one column a change.

    Raises
    ------
    ValueError
        For columns that are not there or there already, times of different kinds, rows that stop before they
        start or overlap, missing identifiers.

    Notes
    -----
    One sort a person, by window functions: no loop over people and no join of rows with changes. Equal to
    ``tmerge(..., options = list(na.rm = TRUE))`` of survival 3.5 where no two values fall on one day; there R
    takes the one that comes last in the file, so that shuffling its rows changes its answer.
    """
    rows, made = table_of(base), {name: _with_table(c) for name, c in changes.items()}
    _columns_there(rows, made, id, start, stop)
    kind = _one_kind(rows, made, start, stop)
    rows = rows.mutate(**{start: rows[start].cast(kind), stop: rows[stop].cast(kind)})
    if check:
        _rows_right(rows, id, start, stop)
    return given_back(_merged(rows, made, id, start, stop, kind), base, (id, start))


def _merged(rows: ir.Table, changes: dict[str, Change], id: str, start: str, stop: str, kind) -> ir.Table:
    import ibis

    stream = _stream(rows, changes, id, start, stop, kind)
    names = [name for name, c in changes.items() if c.kind != "cut"]
    ahead = ibis.window(group_by=stream._id, order_by=stream._t)
    so_far = ibis.window(group_by=stream._id, order_by=stream._t, preceding=None, following=0)
    kept = {f"_c{i}": _column(changes[n], stream, f"_v_{n}", so_far, ahead) for i, n in enumerate(names)}
    begun = (stream._stop.notnull()).ifelse(stream._t, None)
    cut = stream.select(
        "_id", "_t", _from=begun.max().over(so_far), _until=stream._stop.max().over(so_far),
        _next=stream._t.lead().over(ahead), **kept,
    )
    events = [f"_c{i}" for i, name in enumerate(names) if changes[name].kind in ("event", "cumevent")]
    cut = cut.filter(cut._until > cut._t)
    inside = (cut._next <= cut._until).fill_null(False)
    cut = cut.mutate(_next=inside.ifelse(cut._next, cut._until),
                     **{c: inside.ifelse(cut[c], None) for c in events})
    rest = [c for c in rows.columns if c not in (id, start, stop)]
    both = cut
    if rest:
        own = rows.select(_who=rows[id], _since=rows[start], **{c: rows[c] for c in rest})
        both = cut.join(own, [cut._id == own._who, cut._from == own._since])
    values = {name: _filled(changes[name], both[f"_c{i}"]) for i, name in enumerate(names)}
    own = {id: both._id, start: both._t, stop: both._next}
    return both.select(**{c: own[c] if c in own else both[c] for c in rows.columns}, **values)


def _stream(rows: ir.Table, changes: dict[str, Change], id: str, start: str, stop: str, kind) -> ir.Table:
    """One row a person and time at which a row begins or anything changes."""
    import ibis

    types = {f"_v_{name}": _type_of(c) for name, c in changes.items() if c.kind != "cut"}
    types |= {f"_o_{name}": c.table.schema()[c.order] for name, c in changes.items() if c.order}

    def part(table: ir.Table, time: str, until: ir.Value | None = None, **said: ir.Value) -> ir.Table:
        filled = {c: said[c].cast(t) if c in said else ibis.null(t) for c, t in types.items()}
        stop_at = ibis.null(kind) if until is None else until
        return table.select(_id=table[id].cast(rows.schema()[id]), _t=table[time].cast(kind), _stop=stop_at,
                            **filled)

    parts = [part(rows, start, rows[stop])]
    for name, c in changes.items():
        table = c.table.filter(c.table[c.time].notnull())
        table = table.filter(table[c.value].notnull()) if c.value else table
        said = {} if c.kind == "cut" else {f"_v_{name}": table[c.value] if c.value else ibis.literal(1)}
        said |= {f"_o_{name}": table[c.order]} if c.order else {}
        parts.append(part(table, c.time, **said))
    together = ibis.union(*parts, distinct=False)
    summed = {f"_v_{name}": _on_one_day(c, together, name) for name, c in changes.items() if c.kind != "cut"}
    return together.group_by("_id", "_t").agg(_stop=together._stop.max(), **summed)


def _on_one_day(change: Change, together: ir.Table, name: str) -> ir.Value:
    value = together[f"_v_{name}"]
    if change.kind in ("cumtdc", "cumevent"):
        return value.sum()
    return value.argmax(together[f"_o_{name}"]) if change.order else value.max()


def _column(change: Change, stream: ir.Table, name: str, so_far, ahead) -> ir.Value:
    """What holds after a time (states and totals), or what happens at the next one (events)."""
    import ibis

    value = stream[name]
    if change.kind == "event":
        return value.lead().over(ahead)
    if change.kind == "tdc":
        return _latest(value, stream._t).over(so_far) if change.value else value.max().over(so_far)
    # DuckDB adds whole numbers up in a wider type, which Ibis does not know of: through a fraction and back
    added = value.cast("float64").sum()
    if change.kind == "cumtdc":
        return added.over(so_far).cast(value.type())
    next_too = ibis.window(group_by=stream._id, order_by=stream._t, preceding=None, following=1)
    there = (value.lead().over(ahead) != 0).fill_null(False)
    return there.ifelse(added.over(next_too).cast(value.type()), None)


def _latest(value: ir.Value, time: ir.Value) -> ir.Value:
    """The value at the largest time that has one: max_by in both engines, since Ibis's own argmax sorts."""
    import ibis

    kind = value.type().copy(nullable=True)
    max_by = ibis.udf.agg.builtin(_max_by, name="max_by", signature=((kind, time.type()), kind))
    return max_by(value, value.notnull().ifelse(time, None))


def _max_by(value, time):
    """Stands for the engine's function."""


def _filled(change: Change, value: ir.Value) -> ir.Value:
    """A change's column with what stands in it before the first, or where nothing happened."""
    import ibis

    kind = value.type()
    if change.kind in ("event", "cumevent"):
        return value.fill_null(nothing(value, change.init))
    if not change.value:
        return value.fill_null(ibis.literal(0, kind))
    if change.init is None:
        return value
    if change.kind == "cumtdc":
        return value.fill_null(ibis.literal(0, kind)) + ibis.literal(change.init)
    return value.fill_null(ibis.literal(change.init))


def nothing(event: ir.Value, censored: object) -> ir.Value:
    """What stands in a row without the event: as given, else 0, an empty text or False."""
    import ibis

    kind = event.type()
    if censored is None:
        censored = "" if kind.is_string() else False if kind.is_boolean() else 0
    return ibis.literal(censored, kind)


def _type_of(change: Change):
    import ibis.expr.datatypes as dt

    if change.value is None:
        return dt.int64
    kind = change.table.schema()[change.value]
    return dt.int64 if change.kind in ("cumtdc", "cumevent") and kind.is_boolean() else kind


def _with_table(change: Change) -> Change:
    return Change(change.kind, table_of(change.table), change.time, change.value, change.order, change.init)


def _columns_there(rows: ir.Table, changes: dict[str, Change], id: str, start: str, stop: str) -> None:
    lost = [f"base: {c}" for c in (id, start, stop) if c not in rows.columns]
    for name, c in changes.items():
        asked = [id, c.time, *filter(None, (c.value, c.order))]
        lost += [f"{name}: {column}" for column in asked if column not in c.table.columns]
    if lost:
        raise ValueError(f"merge_changes: columns that are not there: {', '.join(lost)}")
    if twice := sorted(set(changes) & set(rows.columns)):
        raise ValueError(f"merge_changes: base has columns of these names already: {', '.join(twice)}; "
                         "rename the changes")
    for name, c in changes.items():
        own, other = rows.schema()[id], c.table.schema()[id]
        if own.is_string() != other.is_string() and not other.is_null():
            raise ValueError(f"merge_changes: {id} is text in one of base and {name} and not in the other")
        if c.kind in ("cumtdc", "cumevent") and not _type_of(c).is_numeric():
            raise ValueError(f"merge_changes: {name} adds up {c.value}, which is not a number")


def _one_kind(rows: ir.Table, changes: dict[str, Change], start: str, stop: str):
    """The type that all times share: numbers, days or times of day."""
    import ibis.expr.datatypes as dt

    times = {"base": rows.schema()[start], "base, stop": rows.schema()[stop]}
    times |= {name: c.table.schema()[c.time] for name, c in changes.items()}
    known = {name: kind for name, kind in times.items() if not kind.is_null()}
    numbers = {k.is_numeric() for k in known.values()}
    if len(numbers) > 1 or not all(k.is_numeric() or k.is_date() or k.is_timestamp() for k in known.values()):
        said = ", ".join(f"{name} {kind}" for name, kind in known.items())
        raise ValueError("merge_changes: times must be numbers in every table or days in every table, not "
                         f"{said}")
    return dt.highest_precedence(list(known.values())).copy(nullable=True)


def _rows_right(rows: ir.Table, id: str, start: str, stop: str) -> None:
    before = rows[stop].max().over(group_by=rows[id], order_by=[rows[start], rows[stop]], rows=(None, -1))
    seen = rows.select(nobody=rows[id].isnull(), backward=~(rows[stop] > rows[start]).fill_null(False),
                       overlap=(before > rows[start]).fill_null(False))
    sums = seen.agg(**{c: seen[c].sum().fill_null(0) for c in seen.columns})
    counted = engine_of(rows).to_pandas(sums).iloc[0]
    faults = {
        "nobody": f"rows have no {id}; give every row its person",
        "backward": f"rows have no {start} or {stop}, or a {stop} that isn't after the {start}; correct them",
        "overlap": "rows begin before the same person's earlier row has stopped; give each day once",
    }
    for column, what in faults.items():
        if counted[column]:
            raise ValueError(f"merge_changes: in base {int(counted[column])} {what}")
