"""The programme month by month, counted from daily totals."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from pi_research.journeys.timeline.engine import bound, day_of
from pi_research.journeys.timeline.reading import KINDS, Records

if TYPE_CHECKING:
    import ibis.expr.types as ir

FLOWS = ("starts", "moves", "losses", "deaths", "admissions", *KINDS)
STOCKS = ("in_tenancy", "preparing", "caseload", "linked", "bed", "away")
LINKED = ("linked_days", "admissions", "bed_days", "occupied_bed_days", "occupied_beds", *KINDS)


def monthly_series(outcomes: ir.Table, made: Records) -> ir.Table:
    """One row a month from the first start or move to the extract date.

    On the programme is a person from the start (from the move, where no start is recorded) up to the day of
    withdrawal or death, that day not counted; the extract date is the last day that counts. A calendar month
    counts what bears its dates: an event on its first day is its own, and a night belongs to the day on which
    it began. (Rows (start, stop] look at the same days as they began: no event is lost between the two, and a
    person's nights add up to the same.)

    Columns
    -------
    month ; starts, moves, losses (tenancies ended other than by death), deaths (of those who started or
    moved, also after a withdrawal) ; in_tenancy, preparing, caseload (on the programme): people at the end of
    the month's last day ; person_days ; linked_days (of people found in the trust's record: the denominator
    of the rest) ; admissions ; bed_days ; occupied_bed_days (without nights on leave) ; occupied_beds (those
    by the days of the month) ; crisis_contacts, planned_contacts, missed_appointments. From linked_days on
    missing without the trust's tables, and in months that begin before its record does.

    Parameters
    ----------
    outcomes : ``outcomes.tenancy_outcomes``.

    Raises
    ------
    ValueError
        Where nobody has started or moved.
    """
    import ibis

    calendar = bound({"calendar": _calendar(made)}, made.on)["calendar"]
    dated = calendar.left_join(_daily(outcomes, made), "day")
    so_far = ibis.window(order_by=dated.day, rows=(None, 0))
    by_day = dated.select("month", "last_day", **{c: dated[c].fill_null(0) for c in FLOWS},
                          **{c: dated[c].fill_null(0).sum().over(so_far) for c in STOCKS})
    days_of = {"person_days": "caseload", "linked_days": "linked", "bed_days": "bed", "away": "away"}
    at_end = ("in_tenancy", "preparing", "caseload")
    months = by_day.group_by("month").agg(
        **{c: by_day[c].sum().cast("int64") for c in FLOWS}, days=by_day.count(),
        **{c: by_day[c].sum(where=by_day.last_day).cast("int64") for c in at_end},
        **{c: by_day[stock].sum().cast("int64") for c, stock in days_of.items()},
    )
    nights = months.bed_days - months.away
    months = months.mutate(occupied_bed_days=nights, occupied_beds=nights / months.days)
    known = ibis.literal(made.knows_hospital and made.knows_contacts)
    if made.record_from is not None:
        known = known & (months.month >= made.record_from)
    told = months.mutate(month=day_of(months.month), **{c: known.ifelse(months[c], None) for c in LINKED})
    return told.select("month", "starts", "moves", "losses", "deaths", *at_end, "person_days", *LINKED)


def _calendar(made: Records) -> pd.DataFrame:
    people = made.people
    days = made.on.to_pandas(people.agg(first=people.began.min(), moved=people.move.min()))
    first = days.min(axis=1).iloc[0]
    if pd.isna(first):
        raise ValueError("programme_events: nobody has started or moved, so that there is no month to count; "
                         "check the event column")
    zero, one = pd.Timestamp(0), pd.Timedelta(days=1)
    days = pd.date_range((zero + int(first) * one).replace(day=1), zero + made.extract_date * one)
    last = days.is_month_end | (days == days[-1])
    return pd.DataFrame({
        "day": ((days - zero) // one).astype("int32"), "last_day": last,
        "month": ((days - (days.day - 1) * one - zero) // one).astype("int32"),
    })


def _daily(outcomes: ir.Table, made: Records) -> ir.Table:
    """What begins (+1) and ends (-1) on each day, a column a series."""
    import ibis

    end = made.extract_date + 1
    people = made.people.filter(made.people.began.notnull())
    on = people.select("person", "linked", first=people.began, last=people.left.fill_null(end))
    linked = on.filter(on.linked)
    prepared = people.select(first="start", last=ibis.least(people.move, people.left).fill_null(end))
    followed = outcomes.ended | (outcomes.stop < made.extract_date)
    homes = outcomes.select(first="move", last=followed.ifelse(outcomes.stop, end))
    stays = _inside(made.stays, "admitted", "discharged", linked, end)
    contacts = made.contacts.join(linked, "person")
    contacts = contacts.filter((contacts.day >= contacts.first) & (contacts.day < contacts["last"]))
    spans = {"in_tenancy": homes, "preparing": prepared, "caseload": on, "linked": linked, "bed": stays,
             "away": _inside(made.leave, "away", "back", linked, end)}
    lost = outcomes.filter(outcomes.ended & (outcomes.cause != "death"))
    points = {
        "starts": people.start, "moves": outcomes.move, "losses": lost.stop, "deaths": people.died,
        "admissions": stays.filter(stays.begun == stays.first).begun,
        **{name: contacts.filter(contacts.kind == kind).day for name, kind in KINDS.items()},
    }
    spans = {name: table.filter(table["last"] > table.first) for name, table in spans.items()}
    parts = [_each(name, day) for name, day in points.items()]
    parts += [_each(name, table.first) for name, table in spans.items()]
    parts += [_each(name, table["last"], -1) for name, table in spans.items()]
    counted = ibis.union(*parts, distinct=False)
    sums = {c: counted.n.sum(where=counted.series == c).cast("int64") for c in (*FLOWS, *STOCKS)}
    return counted.group_by("day").agg(**sums)


def _inside(table: ir.Table, first: str, last: str, on: ir.Table, end: int) -> ir.Table:
    """Stays, or leave, cut to the time on the programme; a stay without a night in it keeps its first day."""
    import ibis

    both = table.select("person", begun=table[first], over=table[last].fill_null(end))
    both = both.join(on, "person")
    low, high = ibis.greatest(both.begun, both.first), ibis.least(both.over, both["last"])
    there = (low < high) | ((both.begun >= both.first) & (both.begun < both["last"]))
    return both.filter(there).select("begun", first=low, last=ibis.greatest(low, high))


def _each(series: str, day: ir.IntegerColumn, by: int = 1) -> ir.Table:
    """A row for each thing that begins (1) or ends (-1) on a day."""
    import ibis

    return day.name("day").as_table().mutate(series=ibis.literal(series), n=ibis.literal(by))
