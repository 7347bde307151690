"""Person-time by period relative to the move, with what happened in it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from pi_research.journeys.timeline.reading import KINDS, Records
from pi_research.journeys.timeline.states import period_names, period_of, person_days, words_of

if TYPE_CHECKING:
    import ibis.expr.types as ir


def person_time(coded: ir.Table, made: Records, months: Sequence[int] = (6, 12, 24)) -> ir.Table:
    """One row a person and period: days, of them known and at risk, nights, admissions and contacts.

    At risk of admission is whoever is known (linked, within the trust's record), alive, and not an inpatient,
    from the day after discharge to the day of the next admission, that day included; nights on leave are
    nights of an inpatient. Over a person's periods the days add up to their history, and every event after
    ``known_from`` and up to ``until`` is in exactly one period: that of the row that stops on its day or
    holds it.

    Columns
    -------
    person ; period (``states.period_names``) ; start, stop ; days ; known_days ; at_risk_days ; bed_days
    (admission to discharge) ; occupied_days (those without nights on leave) ; admissions ; crisis_contacts,
    planned_contacts (attended) ; missed_appointments. Counts are missing where nothing is known, and then not
    nought.

    Parameters
    ----------
    coded, months : the timeline (``states.line``) and the cuts that it was made with.
    """
    spans = coded.group_by("person", "period").agg(
        start=coded.start.min(), stop=coded.stop.max(), days=_days(coded),
        known_days=_days(coded, coded.known), bed_days=_days(coded, coded.in_hospital),
        away=_days(coded, coded.on_leave), admissions=coded.admitted.sum().cast("int32"),
    )
    both = spans.left_join(_contacts(made, months), ["person", "period"])
    known = both.known_days > 0
    seen = known & made.knows_contacts
    contacts = {c: seen.ifelse(both[c].fill_null(0), None).cast("int32") for c in KINDS}
    rows = both.select(
        "person", "period", "start", "stop", "days", "known_days",
        at_risk_days=both.known_days - both.bed_days, bed_days=known.ifelse(both.bed_days, None),
        occupied_days=known.ifelse(both.bed_days - both.away, None),
        admissions=known.ifelse(both.admissions, None), **contacts,
    )
    return words_of(rows, period=period_names(months))


def _days(coded: ir.Table, where: ir.BooleanValue | None = None) -> ir.IntegerValue:
    length = coded.stop - coded.start
    length = length if where is None else where.fill_null(False).ifelse(length, 0)
    return length.sum().cast("int32")


def _contacts(made: Records, months: Sequence[int]) -> ir.Table:
    """Known contacts by person and period: a day belongs to the row that held it as it began."""
    people = person_days(made, months)
    both = made.contacts.join(people, "person")
    both = both.filter((both.day > both.known_from) & (both.day <= both.until))
    placed = both.select("person", "kind", period=period_of(both, both.day - 1, months))
    counts = {name: placed.count(where=placed.kind == kind).cast("int32") for name, kind in KINDS.items()}
    return placed.group_by("person", "period").agg(**counts)
