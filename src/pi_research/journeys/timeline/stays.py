"""Hospital spells made into stays, and leave within them.

Rules (docs/timeline.md gives each with an example)
---------------------------------------------------
Versions. A spell comes again each month; the version with the latest ``record_month`` counts as a whole.
One stay. Spells of one person are one stay where they overlap, where the next begins on the day on which the
    earlier ends, and where it begins the day after at another site or as a transfer. A stay is one admission.
Nights. A stay from admission to discharge has as many nights as days lie between them: one that ends on its
    first day is an admission without a night.
Leave. Nights from the first away up to the day of return, inside the spell; overlapping periods count once.
    The person is still an inpatient, and not at risk of admission.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pi_research.journeys.timeline.engine import day_number, kept, optional

if TYPE_CHECKING:
    import ibis.expr.types as ir

FAR = 2**30
"""A day that never comes: the end of what has not ended."""


def stays_of(table: ir.Table, who: ir.Table, last: int) -> tuple[ir.Table, ir.Table]:
    """Spells in their latest version, and the stays that they make; ``who`` pairs person and patient_id.

    Returns
    -------
    spells : ``spell_id``, ``person``, ``first``, ``close`` (``FAR`` while open), ``site``, ``moved_in``.
    stays : ``person``, ``admitted``, ``discharged`` (missing while open), ``spells``, ``transfers``,
        ``overlaps``.
    """
    import ibis

    spells = kept(latest(table, who, last))
    order = [spells.first, spells.close, spells.spell_id]
    earlier = ibis.window(group_by=spells.person, order_by=order, rows=(None, -1))
    before = ibis.window(group_by=spells.person, order_by=order)
    seen = spells.mutate(reached=spells.close.max().over(earlier), before=spells.site.lag().over(before))
    other = ((seen.site != seen.before) | (seen.moved_in == "transfer")).fill_null(False)
    bridge = (other & (seen.first == seen.reached + 1)).ifelse(1, 0)
    marked = seen.mutate(
        fresh=(seen.reached.isnull() | (seen.first > seen.reached + bridge)).cast("int32"),
        overlap=(seen.first < seen.reached).fill_null(False).cast("int32"),
    )
    so_far = ibis.window(group_by=marked.person, order_by=[marked.first, marked.close, marked.spell_id],
                         rows=(None, 0))
    placed = marked.mutate(stay=marked.fresh.sum().over(so_far))
    made = placed.group_by("person", "stay").agg(
        admitted=placed.first.min(), close=placed.close.max(), spells=placed.count().cast("int32"),
        overlaps=placed.overlap.sum().cast("int32"),
    )
    return spells, made.select(
        "person", "admitted", discharged=(made.close < FAR).ifelse(made.close, None), spells=made.spells,
        transfers=(made.spells - 1 - made.overlaps).cast("int32"), overlaps=made.overlaps,
    )


def latest(table: ir.Table, who: ir.Table, last: int) -> ir.Table:
    """Each spell once, as it stood on the last day; a discharge after it has not happened yet."""
    import ibis

    dated = table.select(
        spell_id=table.spell_id.cast("string"), patient_id=table.patient_id.cast("string"),
        month=day_number(table, "record_month"), first=day_number(table, "admission_date"),
        out=day_number(table, "discharge_date"), site=optional(table, "site", "string"),
        moved_in=optional(table, "admission_method", "string"),
    )
    dated = dated.mutate(close=(dated.out <= last).ifelse(dated.out, FAR).fill_null(FAR))
    order = [dated.month.desc(), dated.first.desc(), dated.close.desc(), dated.patient_id]
    dated = dated.mutate(version=ibis.row_number().over(group_by=dated.spell_id, order_by=order))
    counted = dated.filter((dated.version == 0) & (dated.first <= last) & (dated.close >= dated.first))
    return counted.join(who, "patient_id").select("spell_id", "person", "first", "close", "site", "moved_in")


def leave_of(table: ir.Table, spells: ir.Table, last: int) -> ir.Table:
    """Nights away by person, inside the spell that each belongs to; leave that lasts goes on to its end."""
    import ibis

    dated = table.select(spell_id=table.spell_id.cast("string"), away=day_number(table, "start_date"),
                         back=day_number(table, "end_date"))
    both = dated.filter(dated.away <= last).join(spells, "spell_id")
    cut = both.select("person", first=ibis.greatest(both.away, both.first),
                      last=ibis.least(both.back.fill_null(FAR), both.close))
    made = joined_up(cut.filter(cut.first < cut["last"]))
    return made.select("person", away="first", back="last")


def joined_up(table: ir.Table, *, touching: bool = True, **more: ir.Value) -> ir.Table:
    """Stretches (``person``, ``first``, ``last``) that overlap, or touch, as one; ``more`` are aggregates."""
    import ibis

    order = [table.first, table["last"]]
    reached = table["last"].max().over(group_by=table.person, order_by=order, rows=(None, -1))
    apart = table.first > reached if touching else table.first >= reached
    marked = table.mutate(fresh=(reached.isnull() | apart).cast("int32"))
    so_far = ibis.window(group_by=marked.person, order_by=[marked.first, marked["last"]], rows=(None, 0))
    marked = marked.mutate(stretch=marked.fresh.sum().over(so_far))
    made = marked.group_by("person", "stretch").agg(
        first=marked.first.min(), last=marked["last"].max(), **{n: f(marked) for n, f in more.items()}
    )
    return made.drop("stretch")
