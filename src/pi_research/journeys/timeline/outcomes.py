"""How far each person got, entry, exit and cause of tenancies, and the status of milestones."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pi_research.journeys.timeline.engine import day_number, day_of
from pi_research.journeys.timeline.reading import STEPS, Records
from pi_research.journeys.timeline.stays import FAR, joined_up

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from pi_research.sections import Milestones, Tenancy

MONTH = 365.25 / 12
"""Days in an average month: the unit of every time in months."""

CAUSES = {1: "death", 2: "return_to_residential", 3: "hospital", 4: "", 5: ""}


def stages(made: Records) -> ir.Table:
    """One row a person: the day of each step, where they stand at the extract date, months in preparation.

    In preparation is whoever has started and not moved, withdrawn or died; whoever moved after a withdrawal
    was prepared to the move. Where the move is not after the start, nobody was ever at risk of it:
    ``months_preparing`` is then nought or less.

    Columns
    -------
    person ; interest, accepted, declined, start, plan, planned, withdrew, move, died : days, missing where
    there is none ; moved ; status: moved, declined (and not accepted since), died or withdrew (before a move,
    whichever came first), preparing or waiting ; months_preparing: from the start to the move, or to the end
    of preparation without one.
    """
    import ibis

    people = made.people
    declined = people.declined.notnull() & people.accepted.isnull() & people.start.isnull()
    died = people.died.notnull() & ~(people.withdrew < people.died).fill_null(False)
    status = ibis.cases(
        (people.move.notnull(), "moved"), (declined, "declined"), (died, "died"),
        (people.withdrew.notnull(), "withdrew"), (people.start.notnull(), "preparing"), else_="waiting",
    )
    until = people.move.coalesce(people.left, ibis.literal(made.extract_date, "int32"))
    return people.select("person", *STEPS, "move", "died", moved=people.move.notnull(), status=status,
                         months_preparing=_months(until - people.start))


def tenancy_outcomes(made: Records, rules: Tenancy) -> ir.Table:
    """One row a mover: from the move to the end of the tenancy under the estimand, for competing risks.

    At risk is whoever has moved, from the move (entry 0) up to and including ``stop``. Tenancies that overlap
    are one; those that follow one another count as one where ``rules`` says so. A planned move on has its own
    rule: under ``sustained`` a next tenancy is followed whenever it begins, else nothing after it counts. Of
    several ends the first counts; on one day the tenancy's own reason goes before death, death before a
    return to care, that before a long stay, and any of them before censoring. A tenancy that ends on its
    first day lasts one day, since a duration of nothing is at risk of nothing.

    Columns
    -------
    person ; move, stop ; cause (empty: censored) ; died (also where death censors) ; days, months ; ended.
    """
    import ibis

    both = _own_end(made, rules).join(made.people.select("person", "move", "died", "withdrew"), "person")
    for more in (_returns(made), _long_stays(made, rules)):
        both = both.left_join(more, "person").drop("person_right")
    others = {1: both.died, 2: both.returned}
    others |= {3: both.long_stay} if rules.hospital_stay == "ends" else {}
    others |= {4: both.withdrew} if rules.leaving_programme == "censors" else {}
    own = both.stop.cast("int64") * 8 + (both.cause == "").ifelse(5, 0)
    keys = [(day >= both.move).ifelse(day.cast("int64") * 8 + rank, None) for rank, day in others.items()]
    both = both.mutate(key=ibis.least(own, *keys))
    rank = both.key % 8
    cause = ibis.cases((rank == 0, both.cause), *((rank == k, word) for k, word in CAUSES.items()))
    ended = both.select("person", "move", stop=(both.key // 8).cast("int32"), cause=cause)
    died = ended.cause == "death"
    cause = died.ifelse("", ended.cause) if rules.death == "censors" else ended.cause
    days = ibis.greatest(ended.stop - ended.move, 1).cast("int32")
    return ended.select("person", "move", "stop", cause=cause, died=died, days=days, months=_months(days),
                        ended=cause != "")


def _own_end(made: Records, rules: Tenancy) -> ir.Table:
    """The end of the last of the tenancies that follow one another from the first, and its reason."""
    import ibis

    held = made.tenancies
    held = held.mutate(last=held["last"].fill_null(FAR), reason=held.reason.fill_null(""))
    table = joined_up(held, touching=False, reason=reason_last, number=lambda t: t.number.min())
    following = table.first.lead().over(group_by=table.person, order_by=table.number)
    goes_on = ibis.cases(
        (following.isnull() | ibis.literal(rules.second_tenancy == "ends"), False),
        (table.reason.isin(["return_to_residential", "death"]), False),
        (table.reason == "planned_move_on", rules.planned_move_on == "sustained"),
        else_=following - table["last"] <= rules.gap_days,
    )
    table = table.mutate(goes_on=goes_on)
    ends = table.filter(~table.goes_on)
    place = ibis.row_number().over(group_by=ends.person, order_by=ends.number)
    end = ends.mutate(place=place).filter(lambda t: t.place == 0)
    extract, held_on = ibis.literal(made.extract_date, "int32"), end["last"] == FAR
    lasting = (end.reason == "planned_move_on") & (rules.planned_move_on != "ends")
    censored = end["last"] if rules.planned_move_on == "censors" else extract
    stop = ibis.cases((held_on, extract), (lasting, censored), else_=end["last"])
    cause = ibis.cases((held_on | lasting, ""), (end.reason == "", "other"), else_=end.reason)
    return end.select("person", stop=stop, cause=cause)


def reason_last(tenancies: ir.Table) -> ir.StringValue:
    """Why the tenancy that ended last did, as an aggregate for ``stays.joined_up``."""
    return tenancies.reason.argmax(tenancies["last"].cast("int64") * 2**16 + tenancies.number)


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


def milestone_status(outcomes: ir.Table, made: Records, rules: Milestones) -> ir.Table:
    """One row a mover and milestone: was the tenancy held on the day?

    Due is everyone whose day (calendar months since the move) has come by the extract date. A tenancy that
    ends on the day was held on it. A tenancy lost earlier has failed at once, also before the day: take
    shares over ``come_due`` alone, or early losses count and the others' success does not.

    Columns
    -------
    person ; months (the milestone) ; due ; come_due ; status: reached, failed, not_yet_due, unknown
    (follow-up ended before the day) or excluded (died before it, where the contract's rule leaves deaths
    out).

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
        parts.append(dated.select("person", months=ibis.literal(months, "int64"), due=dated.due,
                                  come_due=~later, status=status))
    return ibis.union(*parts, distinct=False) if len(parts) > 1 else parts[0]


def _months(days: ir.IntegerValue) -> ir.FloatingValue:
    import ibis

    return days.cast("float64") / ibis.literal(MONTH, "float64")
