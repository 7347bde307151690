"""The programme month by month, counted from daily totals."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from pi_research.journeys.timeline.engine import bound, day_of
from pi_research.journeys.timeline.reading import Records

if TYPE_CHECKING:
    import ibis.expr.types as ir

__all__ = ["monthly_series"]

FLOWS = (
    "starts",
    "moves",
    "losses",
    "deaths",
    "admissions",
    "crisis_contacts",
    "planned_contacts",
    "missed_appointments",
)
STOCKS = ("in_tenancy", "preparing", "on_programme", "linked", "bed", "leave")
LINKED = ("linked_days", "admissions", "bed_days", "occupied_bed_days", "occupied_beds", "crisis_contacts",
          "planned_contacts", "missed_appointments")


def monthly_series(outcomes: ir.Table, made: Records) -> ir.Table:
    """One row a month from the first start or move to the extract date.

    On the programme is a person from the start (from the move, where no start is recorded) up to the day of
    withdrawal or death, that day not counted; the extract date is the last day that counts. A calendar month
    counts what bears its dates: an event on its first day is its own, and a night belongs to the day on which
    it began. (Rows (start, stop] look at the same days as they began: no event is lost between the two, and a
    person's nights add up to the same.)

    Columns
    -------
    month ; starts, moves, losses (tenancies ended other than by death), deaths ; in_tenancy, preparing,
    caseload (on the programme): people at the end of the month's last day ; person_days ; linked_days (of
    people found in the trust's record: the denominator of the rest) ; admissions ; bed_days ;
    occupied_bed_days (without nights on leave) ; occupied_beds (those by the days of the month) ;
    crisis_contacts, planned_contacts ; missed_appointments. From linked_days on missing without the trust's
    tables, and in months that begin before its record does.

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
    daily = _daily(outcomes, made)
    dated = calendar.left_join(daily, "day")
    ordered = ibis.window(order_by=dated.day, rows=(None, 0))
    filled = {c: dated[c].fill_null(0) for c in FLOWS} | {
        c: dated[c].fill_null(0).sum().over(ordered) for c in STOCKS
    }
    by_day = dated.select("month", "last_day", **filled)
    at_end = {"in_tenancy": "in_tenancy", "preparing": "preparing", "caseload": "on_programme"}
    made_of = {"person_days": "on_programme", "linked_days": "linked", "bed_days": "bed"}
    months = by_day.group_by("month").agg(
        **{c: by_day[c].sum().cast("int32") for c in FLOWS},
        **{c: by_day[s].sum(where=by_day.last_day).cast("int32") for c, s in at_end.items()},
        **{c: by_day[s].sum().cast("int64") for c, s in made_of.items()},
        away=by_day.leave.sum().cast("int64"), days=by_day.count(),
    )
    nights = months.bed_days - months.away
    months = months.mutate(occupied_bed_days=nights, occupied_beds=nights / months.days)
    known = ibis.literal(made.knows_hospital and made.knows_contacts)
    if made.record_from is not None:
        known = known & (months.month >= made.record_from)
    whole = months.mutate(**{c: known.ifelse(months[c], None) for c in LINKED})
    order = [
        "starts",
        "moves",
        "losses",
        "deaths",
        "in_tenancy",
        "preparing",
        "caseload",
        "person_days",
        *LINKED,
    ]
    return whole.select(*order, month=day_of(whole.month)).relocate("month")


def _calendar(made: Records) -> pd.DataFrame:
    people = made.people
    first = (
        made.on.to_pandas(people.agg(first=people.began.min(), moved=people.move.min())).min(axis=1).iloc[0]
    )
    if pd.isna(first):
        raise ValueError(
            "programme_events: nobody has started or moved, so that there is no month to count; check the "
            "event column"
        )
    zero, one = pd.Timestamp(0), pd.Timedelta(days=1)
    begin = (zero + int(first) * one).to_period("M").to_timestamp()
    days = pd.date_range(begin, zero + made.extract_date * one)
    last = days.is_month_end | (days == days[-1])
    return pd.DataFrame({
        "day": ((days - zero) // one).astype("int32"), "last_day": last,
        "month": ((days.to_period("M").to_timestamp() - zero) // one).astype("int32"),
    })


def _daily(outcomes: ir.Table, made: Records) -> ir.Table:
    """What begins (+1) and ends (-1) on each day, by series; nothing later than the extract date."""
    import ibis

    people = made.people.filter(made.people.began.notnull())
    end = made.extract_date + 1
    on = people.select("person", "linked", first=people.began, last=people.left.fill_null(end))
    lost = outcomes.filter(outcomes.ended & (outcomes.cause != "death"))
    followed = outcomes.filter(outcomes.ended | (outcomes.stop < made.extract_date))
    prepared = people.select(first=people.start, last=ibis.least(people.move, people.left).fill_null(end))
    stays, leave = (
        _inside(made.stays, "admitted", "discharged", on, end),
        _inside(made.leave, "away", "back", on, end),
    )
    contacts = made.contacts.join(on.filter(on.linked), "person")
    contacts = contacts.filter((contacts.day >= contacts.first) & (contacts.day < contacts["last"]))
    admitted = stays.filter(stays.begun >= stays.on)
    parts = [
        _day("starts", people.start),
        _day("moves", outcomes.move),
        _day("losses", lost.stop),
        _day("deaths", people.died),
        _day("admissions", admitted.begun),
        *_day_both("on_programme", on),
        *_day_both("linked", on.filter(on.linked)),
        *_day_both("preparing", prepared),
        *_day_both("bed", stays),
        *_day_both("leave", leave),
        _day("in_tenancy", outcomes.move),
        _day("in_tenancy", followed.stop, -1),
    ]
    for name, kind in (
        ("crisis_contacts", "crisis"),
        ("planned_contacts", "planned"),
        ("missed_appointments", "missed"),
    ):
        parts.append(_day(name, contacts.filter(contacts.kind == kind).day))
    counted = ibis.union(*parts, distinct=False)
    sums = {c: counted.n.sum(where=counted.series == c).cast("int64") for c in (*FLOWS, *STOCKS)}
    return counted.group_by("day").agg(**sums)


def _inside(table: ir.Table, first: str, last: str, on: ir.Table, end: int) -> ir.Table:
    """Stays, or leave, cut to the time on the programme; a stay without a night in it keeps its first day."""
    import ibis

    who = on.filter(on.linked).select("person", on="first", off="last")
    both = table.select("person", begun=table[first], over=table[last].fill_null(end)).join(who, "person")
    low, high = ibis.greatest(both.begun, both.on), ibis.least(both.over, both.off)
    cut = both.select("begun", "on", first=low, last=ibis.greatest(low, high), off=both.off)
    return cut.filter((cut.first < cut["last"]) | ((cut.begun >= cut.on) & (cut.begun < cut.off)))


def _day(series: str, day: ir.IntegerColumn, by: int = 1) -> ir.Table:
    """How many on each day, counted before anything else is done with them."""
    import ibis

    table = day.name("day").as_table()
    table = table.filter(table.day.notnull())
    return table.group_by("day").agg(n=(table.count() * by).cast("int64")).mutate(series=ibis.literal(series))


def _day_both(series: str, table: ir.Table) -> list[ir.Table]:
    kept = table.filter(table["last"] > table.first)
    return [_day(series, kept.first), _day(series, kept["last"], -1)]
