"""Entry, exit and cause of preparation and of tenancies, and the status of milestones."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pi_research.journeys.timeline.engine import day_number, day_of
from pi_research.journeys.timeline.reading import Records

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from pi_research.sections import Milestones, Tenancy

__all__ = ["milestone_status", "preparation_outcomes", "tenancy_outcomes"]

MONTH = 365.25 / 12
CAUSES = {1: "death", 2: "return_to_residential", 3: "hospital", 4: "", 5: ""}


def tenancy_outcomes(made: Records, rules: Tenancy) -> ir.Table:
    """One row a mover: from the move to the end of the tenancy under the estimand, for competing risks.

    At risk is whoever has moved, from the move (entry 0) up to and including ``stop``. Tenancies that follow
    one another count as one where ``rules`` says so. Of several ends the first counts; on one day the
    tenancy's own reason goes before death, death before a return to care, that before a long stay, and any of
    them before censoring. A tenancy that ends on its first day lasts one day.

    Columns
    -------
    person ; move, stop ; cause (empty: censored) ; died (also where death censors) ; days, months ; ended.
    """
    import ibis

    own = _own_end(made, rules)
    both = own.join(made.people.select("person", "move", "died", "withdrew"), "person")
    for more in (_returns(made), _long_stays(made, rules)):
        both = both.left_join(more, "person").drop("person_right")
    both = both.mutate(begun=both.move)
    own_key = both.stop.cast("int64") * 8 + (both.cause == "").ifelse(5, 0)
    others = {1: both.died, 2: both.returned}
    others |= {3: both.long_stay} if rules.hospital_stay == "ends" else {}
    others |= {4: both.withdrew} if rules.leaving_programme == "censors" else {}
    keys = [(day >= both.move).ifelse(day.cast("int64") * 8 + rank, None) for rank, day in others.items()]
    both = both.mutate(key=ibis.least(own_key, *keys))
    rank = both.key % 8
    cause = ibis.cases((rank == 0, both.cause), *((rank == k, word) for k, word in CAUSES.items()))
    ended = both.select("person", "move", stop=(both.key // 8).cast("int32"), cause=cause)
    died = ended.cause == "death"
    cause = died.ifelse("", ended.cause) if rules.death == "censors" else ended.cause
    days = ibis.greatest(ended.stop - ended.move, 1).cast("int32")
    return ended.select(
        "person", "move", "stop", cause=cause, died=died, days=days, months=_months(days), ended=cause != ""
    )


def _own_end(made: Records, rules: Tenancy) -> ir.Table:
    """The end of the last of the tenancies that follow one another from the first, and its reason."""
    import ibis

    table = made.tenancies.mutate(reason=made.tenancies.reason.fill_null(""))
    following = table.first.lead().over(group_by=table.person, order_by=table.number)
    soon = following - table["last"] <= rules.gap_days
    goes_on = ibis.cases(
        (table["last"].isnull() | following.isnull(), False),
        (ibis.literal(rules.second_tenancy == "ends"), False),
        (table.reason.isin(["return_to_residential", "death"]), False),
        (table.reason == "planned_move_on", rules.planned_move_on == "sustained"),
        else_=soon,
    )
    table = table.mutate(goes_on=goes_on)
    ends = table.filter(~table.goes_on)
    ends = ends.mutate(place=ibis.row_number().over(group_by=ends.person, order_by=ends.number))
    end = ends.filter(ends.place == 0)
    extract = ibis.literal(made.extract_date, "int32")
    lasting = (end.reason == "planned_move_on") & (rules.planned_move_on != "ends")
    censored = end["last"] if rules.planned_move_on == "censors" else extract
    stop = ibis.cases((end["last"].isnull(), extract), (lasting, censored), else_=end["last"])
    cause = ibis.cases((end["last"].isnull() | lasting, ""), (end.reason == "", "other"), else_=end.reason)
    return end.select("person", stop=stop, cause=cause)


def _returns(made: Records) -> ir.Table:
    """First day of the first placement since the move."""
    both = made.placements.join(made.people.select("person", "move"), "person")
    later = both.filter(both.first > both.move)
    return later.group_by("person").agg(returned=later.first.min())


def _long_stays(made: Records, rules: Tenancy) -> ir.Table:
    """Day on which the first stay begun since the move, and longer than the rule, had lasted for its days."""
    both = made.stays.join(made.people.select("person", "move"), "person")
    over = both.admitted + rules.hospital_days
    long = (both.admitted >= both.move) & (both.discharged.fill_null(made.extract_date) > over)
    both = both.mutate(over=over).filter(long)
    return both.group_by("person").agg(long_stay=both.over.min().cast("int32"))


def preparation_outcomes(made: Records) -> ir.Table:
    """One row a person who started: from the start of preparation to its end, for competing risks.

    At risk is whoever has started and not moved, withdrawn or died, from the start (entry 0). A person who
    moved after a withdrawal was prepared to the move. People whose move is not after their start were never
    at risk and are left out.

    Columns
    -------
    person ; start, stop ; cause (moved, withdrew, died, or empty: still preparing) ; days, months.
    """
    import ibis

    people = made.people.filter(made.people.start.notnull())
    died = people.died.notnull() & ~(people.withdrew < people.died).fill_null(False)
    cause = ibis.cases(
        (people.move.notnull(), "moved"), (died, "died"), (people.withdrew.notnull(), "withdrew"), else_=""
    )
    stop = people.move.coalesce(people.left, ibis.literal(made.extract_date, "int32"))
    rows = people.select("person", "start", stop=stop, cause=cause).filter(stop > people.start)
    days = rows.stop - rows.start
    return rows.mutate(days=days, months=_months(days))


def milestone_status(outcomes: ir.Table, made: Records, rules: Milestones) -> ir.Table:
    """One row a mover and milestone: was the tenancy held on the day?

    Due is everyone whose day (calendar months since the move) has come by the extract date. A tenancy that
    ends on the day was held on it. A tenancy lost earlier has failed at once, also before the day: take
    shares over ``come_due`` alone.

    Columns
    -------
    person ; milestone (months) ; due ; come_due ; status: reached, failed, not_yet_due, unknown (follow-up
    ended before the day) or excluded (died before it, where the contract's rule leaves deaths out).

    Parameters
    ----------
    outcomes : :func:`tenancy_outcomes`.
    rules : months at which tenancies are looked at, and what a death before them means.
    """
    import ibis

    on_death = {"failing": "failed", "neutral": "unknown", "excluded": "excluded"}[rules.death]
    parts = []
    for months in rules.months:
        dated = outcomes.mutate(day=(day_of(outcomes.move) + ibis.interval(months=months)).cast("date"))
        dated = dated.mutate(due=day_number(dated, "day"))
        before, later = dated.stop < dated.due, dated.due > made.extract_date
        status = ibis.cases(
            (dated.died & before, on_death), (dated.ended & before, "failed"), (later, "not_yet_due"),
            (before, "unknown"), else_="reached",
        )
        parts.append(dated.select(
            "person", milestone=ibis.literal(months, "int32"), due=dated.due, come_due=~later, status=status
        ))
    return ibis.union(*parts, distinct=False) if len(parts) > 1 else parts[0]


def _months(days: ir.IntegerValue) -> ir.FloatingValue:
    import ibis

    return days.cast("float64") / ibis.literal(MONTH, "float64")
