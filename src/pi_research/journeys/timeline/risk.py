"""Time at risk of admission: (start, stop] rows for Cox, gap times and event numbers, the first admission."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pi_research.journeys.timeline.reading import Records
from pi_research.journeys.timeline.states import DIED

if TYPE_CHECKING:
    import ibis.expr.types as ir

ORIGINS = {"record": "known_from", "start": "start", "move": "move"}


def admission_episodes(coded: ir.Table, made: Records, origin: str = "move") -> ir.Table:
    """(start, stop] rows at risk of admission with the covariates that hold in them, for Cox regression.

    At risk is whoever is known, alive, and not an inpatient; time in hospital, on leave too, is left out, so
    that a person's rows have gaps. People enter late who were in hospital at the origin, or whose origin lies
    before the trust's record begins (left truncation). Rows before the origin are left out, people without it
    too.

    Columns
    -------
    person ; start, stop (days since the origin) ; event (1: admitted on the day of ``stop``) ; died (1: so it
    ends) ; number (of the admission at risk of: 1 + earlier ones since the origin) ; stage, period (codes) ;
    in_programme ; tenancy.

    Parameters
    ----------
    coded : the timeline (``states.line``).
    origin : day 0: ``record`` (the trust's record begins), ``start`` (of preparation) or ``move``.

    Raises
    ------
    ValueError
        For another origin.
    """
    import ibis

    if origin not in ORIGINS:
        raise ValueError(f"person_time.origin: {origin!r} is not one of {', '.join(ORIGINS)}")
    zero = made.people.select("person", zero=made.people[ORIGINS[origin]])
    both = coded.filter(coded.known & ~coded.in_hospital).join(zero, "person")
    rows = both.filter(both.start >= both.zero)
    earlier = ibis.window(group_by=rows.person, order_by=rows.start, rows=(None, -1))
    return rows.select(
        "person", start=rows.start - rows.zero, stop=rows.stop - rows.zero, event=rows.admitted,
        died=(rows.next_state == DIED).fill_null(False).cast("int8"),
        number=(rows.admitted.sum().over(earlier).fill_null(0) + 1).cast("int32"), stage=rows.stage,
        period=rows.period, in_programme=rows.in_programme, tenancy=rows.tenancy,
    )


def recurrent_admissions(coded: ir.Table, made: Records, origin: str = "move") -> ir.Table:
    """One row a person and admission at risk of, for recurrent-event methods.

    At risk as in :func:`admission_episodes`. The clock of ``gap`` starts again at each discharge (at once
    after an admission without a night). The last row of a person is without an event, unless their follow-up
    ends in hospital or on the day of an admission.

    Columns
    -------
    person ; number ; start, stop (days since the origin) ; gap (``stop - start``, all of it at risk) ; event
    ; died.
    """
    rows = admission_episodes(coded, made, origin)
    summed = rows.group_by("person", "number").agg(
        start=rows.start.min(), stop=rows.stop.max(), event=rows.event.max(), died=rows.died.max()
    )
    return summed.select("person", "number", "start", "stop", "event", "died", gap=summed.stop - summed.start)


def first_admission(coded: ir.Table, made: Records, origin: str = "move") -> ir.Table:
    """Entry, exit and cause of the first admission since the origin, for competing risks.

    At risk as in :func:`admission_episodes`: a person in hospital at the origin enters at discharge. Causes
    are ``admission``, ``death`` (out of hospital, without one) and, for whoever is followed to the end, none.

    Columns
    -------
    person ; entry, exit (days since the origin) ; cause (empty: censored).
    """
    import ibis

    rows = recurrent_admissions(coded, made, origin)
    first = rows.filter(rows.number == 1)
    cause = ibis.cases((first.event > 0, "admission"), (first.died > 0, "death"), else_="")
    return first.select("person", entry=first.start, exit=first.stop, cause=cause)
