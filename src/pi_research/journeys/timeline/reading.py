"""The extract's tables as one set of dated records a person: days as whole numbers, people as numbers.

Rules (docs/timeline.md gives each with an example)
---------------------------------------------------
As of. Nothing dated after the extract date is there; an end that lies after it has not happened yet.
Consent. People who refused or withdrew consent are set aside, with all their rows, and counted.
Link. A person found in the trust's tables has hospital knowledge from the trust's ``record_from`` on. Of
    everyone else, and of earlier days, it is unknown whether they were in hospital: never 'not in hospital'.
Death. The earliest recorded day rules, whether the trust's or that of a tenancy that ended by death.
Move. The first day of the first tenancy, whatever the tracker says.
History. From the earliest of: the day before ``record_from`` (so that the record's first day is a day of it),
    the present stay in care, interest, start, move; up to death or the extract date.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import pandas as pd

from pi_research.journeys.timeline.engine import day_number, kept, optional
from pi_research.journeys.timeline.stays import FAR, leave_of, stays_of

if TYPE_CHECKING:
    import ibis.expr.types as ir
    from ibis.backends import BaseBackend

STEPS = {
    "interest": "expression_of_interest", "accepted": "panel_accepted", "declined": "panel_declined",
    "start": "start", "plan": "plan_agreed", "planned": "move_planned", "withdrew": "withdrawal",
}
"""Steps of the programme by their events; of a repeated one the first counts."""

KINDS = {"crisis_contacts": "crisis", "planned_contacts": "planned", "missed_appointments": "missed"}
"""Contacts that are counted, by the kind that each is read as."""

TRUST = ("links", "hospital_spells")
NEEDED = {
    "people": ("customer_id", "consent"), "programme_events": ("customer_id", "event", "date"),
    "tenancies": ("tenancy_id", "customer_id", "start_date", "end_date", "end_reason"),
    "links": ("customer_id", "patient_id"),
    "hospital_spells": ("spell_id", "record_month", "patient_id", "admission_date", "discharge_date"),
    "leave": ("spell_id", "start_date", "end_date"), "contacts": ("patient_id", "date", "team", "attendance"),
    "patients": ("patient_id", "death_date"), "placements": ("customer_id", "start_date"),
}
"""Tables that are looked at, if they are there, and the columns that each must have."""

ONCE = (("people", "customer_id", "keep one row a person"), ("links", "customer_id", "keep one row a person"),
        ("links", "patient_id", "a patient can be one customer only: correct the links"))


@dataclass(frozen=True, slots=True, eq=False)
class Records:
    """Dated records of everyone whose records may be used; every day is a number (``engine.day_number``).

    Attributes
    ----------
    people : ``person``, ``customer_id``, ``linked``; days ``residential``, those of ``STEPS``, ``move``,
        ``died``, ``began`` (start, else move), ``left`` (withdrew or died, whichever is first), ``opens`` and
        ``until`` (ends of the history), ``known_from`` (hospital knowledge), ``died_in_trust``.
    tenancies : ``person``, ``number`` in order, ``tenancy_id``, ``first``, ``last`` (missing while held),
        ``reason``.
    stays : ``person``, ``admitted``, ``discharged`` (missing while in hospital), ``spells``, ``transfers``,
        ``overlaps``: hospital stays, each of one or several spells.
    leave : ``person``, ``away``, ``back``: nights away within a stay.
    contacts : ``person``, ``day``, ``kind``: crisis, planned, missed or other.
    placements : ``person``, ``first``.
    extract_date, record_from : numbers of days; ``record_from`` is None where the extract does not say.
    knows_hospital, knows_contacts : whether the trust's tables are there.
    """

    people: ir.Table
    tenancies: ir.Table
    stays: ir.Table
    leave: ir.Table
    contacts: ir.Table
    placements: ir.Table
    extract_date: int
    record_from: int | None
    knows_hospital: bool
    knows_contacts: bool
    on: BaseBackend


def records(tables: Mapping[str, ir.Table], extract_date: date, on: BaseBackend) -> Records:
    """Read the tables under the rules at the head of this module.

    Parameters
    ----------
    tables : Ibis tables by their names in the dictionary, bound to ``on`` (``engine.bound``).
    extract_date : last day of follow-up.
    on : the connection.

    Raises
    ------
    ValueError
        For tables or columns that are not there, dates with a time zone, a customer_id that stands twice in
        ``people`` or ``links``, a patient linked to two customers.
    """
    _tables_right(tables, on)
    last = (pd.Timestamp(extract_date) - pd.Timestamp(0)).days
    since = _record_from(tables, on)
    counted = _counted(tables["people"])
    tenancies = kept(_tenancies(tables["tenancies"], counted, last))
    who = _patients(tables, counted)
    stays, leave, contacts = (kept(t) for t in _trust(tables, who, last))
    placements = kept(_placements(tables, counted, last))
    people = kept(_people(tables, counted, who, tenancies, placements, last, since))
    return Records(people, tenancies, stays, leave, contacts, placements, last, since,
                   set(TRUST) <= set(tables), "contacts" in tables, on)


def _tables_right(tables: Mapping[str, ir.Table], on: BaseBackend) -> None:
    if lost := [name for name in ("people", "programme_events", "tenancies") if name not in tables]:
        raise ValueError(f"timeline: tables that are not there: {', '.join(lost)}")
    for name in NEEDED.keys() & tables.keys():
        if lost := [c for c in NEEDED[name] if c not in tables[name].columns]:
            raise ValueError(f"{name}: columns that are not there: {', '.join(lost)}; see "
                             f"data/dictionary/{name}.json")
    for name, column, advice in ONCE:
        if name in tables:
            values = tables[name][column]
            if twice := int(on.execute(values.count() - values.nunique())):
                raise ValueError(f"{name}: {twice} rows repeat a {column}; {advice}")


def _record_from(tables: Mapping[str, ir.Table], on: BaseBackend) -> int | None:
    about = tables.get("extract")
    if about is None or "trust_record_from" not in about.columns:
        return None
    day = on.to_pandas(about.select(day=day_number(about, "trust_record_from")))["day"].dropna()
    return int(day.iloc[0]) if len(day) else None


def _counted(people: ir.Table) -> ir.Table:
    import ibis

    asked = people.filter(~people.consent.isin(["refused", "withdrawn"]).fill_null(False))
    number = ibis.row_number().over(order_by=asked.customer_id).cast("int32")
    since = day_number(asked, "residential_since")
    return kept(asked.select("customer_id", residential=since, person=number))


def _tenancies(table: ir.Table, counted: ir.Table, last: int) -> ir.Table:
    import ibis

    begun = table.mutate(first=day_number(table, "start_date"), last=day_number(table, "end_date"))
    begun = begun.filter(begun.first <= last)
    over = (begun["last"] <= last).fill_null(False)
    held = begun.join(counted, "customer_id").select(
        "person", tenancy_id=begun.tenancy_id.cast("string"), first=begun.first,
        last=over.ifelse(begun["last"], None), reason=over.ifelse(begun.end_reason.cast("string"), None),
    )
    # of two that begin on one day the one that lasts is the later, so that it is the one held
    order = [held.first, held["last"].fill_null(FAR), held.tenancy_id]
    number = ibis.row_number().over(group_by=held.person, order_by=order) + 1
    return held.mutate(number=number.cast("int32"))


def _patients(tables: Mapping[str, ir.Table], counted: ir.Table) -> ir.Table:
    """Pairs of person and patient: of linked people, where the trust's tables are there."""
    if "links" not in tables:
        return counted.limit(0).select("person", patient_id=counted.customer_id)
    links = tables["links"].filter(tables["links"].patient_id.notnull())
    links = links.select("customer_id", patient_id=links.patient_id.cast("string"))
    return kept(links.join(counted, "customer_id").select("person", "patient_id"))


def _trust(tables: Mapping[str, ir.Table], who: ir.Table, last: int) -> tuple[ir.Table, ir.Table, ir.Table]:
    import ibis

    def none(**columns: str) -> ir.Table:
        return who.limit(0).select("person", **{name: ibis.null(kind) for name, kind in columns.items()})

    stays = none(admitted="int32", discharged="int32", spells="int32", transfers="int32", overlaps="int32")
    leave, contacts = none(away="int32", back="int32"), none(day="int32", kind="string")
    if set(TRUST) <= set(tables):
        spells, stays = stays_of(tables["hospital_spells"], who, last)
        if "leave" in tables:
            leave = leave_of(tables["leave"], spells, last)
    if "contacts" in tables:
        contacts = _contacts(tables["contacts"], who, last)
    return stays, leave, contacts


def _contacts(table: ir.Table, who: ir.Table, last: int) -> ir.Table:
    """Each contact of one kind: missed, crisis, planned (by another team) or other."""
    import ibis

    seen = table.attendance == "attended"
    kind = ibis.cases(
        (table.attendance == "did_not_attend", "missed"), (seen & (table.team == "crisis"), "crisis"),
        (seen & optional(table, "planned", "boolean"), "planned"), else_="other",
    )
    dated = table.select(patient_id=table.patient_id.cast("string"), day=day_number(table, "date"), kind=kind)
    return dated.filter(dated.day <= last).join(who, "patient_id").select("person", "day", "kind")


def _placements(tables: Mapping[str, ir.Table], counted: ir.Table, last: int) -> ir.Table:
    import ibis

    if "placements" not in tables:
        return counted.limit(0).select("person", first=ibis.null("int32"))
    table = tables["placements"].mutate(first=day_number(tables["placements"], "start_date"))
    return table.filter(table.first <= last).join(counted, "customer_id").select("person", "first")


def _people(
    tables: Mapping[str, ir.Table], counted: ir.Table, who: ir.Table, tenancies: ir.Table,
    placements: ir.Table, last: int, since: int | None,
) -> ir.Table:
    import ibis

    events = tables["programme_events"]
    events = events.mutate(day=day_number(events, "date")).join(counted, "customer_id")
    events = events.filter(events.day <= last)
    steps = events.group_by("person").agg(
        **{step: events.day.min(where=events.event == event) for step, event in STEPS.items()})
    moves = tenancies.group_by("person").agg(
        move=tenancies.first.min(), ended=tenancies["last"].min(where=tenancies.reason == "death"))
    care = placements.group_by("person").agg(placed=placements.first.min())
    made = counted
    for more in (steps, moves, care, _trust_deaths(tables, who, last)):
        made = made.left_join(more, "person").drop("person_right")
    made = made.mutate(
        residential=made.residential.coalesce(made.placed), died=ibis.least(made.ended, made.died_in_trust),
        linked=made.linked.fill_null(False), began=made.start.coalesce(made.move),
    )
    opening = ibis.null("int32") if since is None else ibis.literal(since - 1, "int32")
    made = made.mutate(
        left=ibis.least(made.withdrew, made.died), until=ibis.least(made.died, ibis.literal(last, "int32")),
        opens=ibis.least(opening, made.residential, made.interest, made.start, made.move),
    )
    known = made.linked.ifelse(made.opens if since is None else opening, None)
    return made.mutate(known_from=known).drop("placed", "ended")


def _trust_deaths(tables: Mapping[str, ir.Table], who: ir.Table, last: int) -> ir.Table:
    """Linked people, and the day of death in the trust's record."""
    import ibis

    linked = who.mutate(linked=ibis.literal(set(TRUST) <= set(tables)))
    if "patients" not in tables:
        return linked.select("person", "linked", died_in_trust=ibis.null("int32"))
    table = tables["patients"].mutate(day=day_number(tables["patients"], "death_date"))
    died = table.filter(table.day <= last).group_by(patient_id=table.patient_id.cast("string"))
    died = died.agg(died_in_trust=lambda t: t.day.min())
    return linked.left_join(died, "patient_id").select("person", "linked", "died_in_trust")
