"""One ordered history a person: where they were, in (start, stop] rows, and what held in them.

Rules (docs/timeline.md gives each with an example)
---------------------------------------------------
Day. A row holds the days after ``start`` up to and including ``stop``. A day is what it was as it began: the
    day of a move is the last of preparation, the day of an admission the last at risk, the day of discharge
    the last in hospital. Days in a row: ``stop - start``.
Stage. residential (``earlier`` before the present stay in care) -> preparation from the start -> tenancy ->
    lost, or moved_on after a planned move on -> tenancy again. Before a move, a withdrawal makes it
    left_programme.
State. The stage, or hospital where the person is known to be there; died after the last row of whoever died.
Tie. Of two steps on one day the later in the order of stages counts: a tenancy that begins on the day another
    ends goes on, a move on the day of a withdrawal is a move.
Overlap. Tenancies that overlap are one time in tenancy; the one begun last is the one held.
Programme. From the start (where none is recorded: the move) to a withdrawal or death, also through a lost
    tenancy.
Period. before, preparation, left (withdrew and has not moved), then months since the move between the cuts
    given, whether the tenancy lasts or not. A month is a calendar month: (move, move + 6 months] and so on.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from pi_research.journeys.timeline.engine import day_number, day_of
from pi_research.journeys.timeline.merge import cut, event, merge_changes, tdc
from pi_research.journeys.timeline.outcomes import reason_last
from pi_research.journeys.timeline.reading import Records
from pi_research.journeys.timeline.stays import FAR, joined_up

if TYPE_CHECKING:
    import ibis.expr.types as ir

STATES = ("earlier", "residential", "preparation", "tenancy", "lost", "moved_on", "left_programme",
          "hospital", "died")
EARLIER, RESIDENTIAL, PREPARATION, TENANCY, LOST, MOVED_ON, LEFT, HOSPITAL, DIED = range(9)
BEFORE = ("before", "preparation", "left")
STEPS = ("residential", "start_day", "withdrew", "move", "left", "known_from")


def period_names(months: Sequence[int]) -> tuple[str, ...]:
    """Names of the periods that cuts at ``months`` since the move make.

    >>> period_names((6, 12, 24))
    ('before', 'preparation', 'left', '0-6 months', '6-12 months', '12-24 months', 'later')
    """
    bands = (f"{low}-{high} months" for low, high in zip((0, *months), months, strict=False))
    return (*BEFORE, *bands, "later")


def line(made: Records, months: Sequence[int] = (6, 12, 24)) -> ir.Table:
    """The timeline in numbers: ``person``, days, codes of ``STATES`` and of ``period_names(months)``.

    Every analysis table starts here; :func:`in_words` is the same for readers.

    Returns
    -------
    Table
        ``person``, ``start``, ``stop``, ``stage``, ``state``, ``next_state`` (the state entered at ``stop``;
        missing where follow-up ends there), ``period``, ``in_programme``, ``known`` (hospital knowledge),
        ``in_hospital`` and ``on_leave`` (missing where not known), ``tenancy`` (number of the one held, else
        0), ``admitted`` (1 where ``stop`` is the day of an admission, at the end of a row that knows).

    Raises
    ------
    ValueError
        Where ``months`` is empty or does not ascend.
    """
    import ibis

    months = _months_right(months)
    base = person_days(made, months)
    begun = base.filter(base.opens < base.until).mutate(start=base.opens, stop=base.until)
    rows = merge_changes(begun, _changes(made, base, months), id="person", check=False)
    day, known = rows.start, (rows.known_from <= rows.start).fill_null(False)
    inside, stage = (rows.hospital == 1).fill_null(False), _stage(rows)
    coded = rows.select(
        "person", "start", "stop", stage=stage, state=(known & inside).ifelse(HOSPITAL, stage).cast("int8"),
        period=period_of(rows, day, months), known=known, in_hospital=known.ifelse(inside, None),
        on_leave=known.ifelse(inside & (rows.leave == 1).fill_null(False), None),
        in_programme=((rows.began <= day) & (rows.left.isnull() | (rows.left > day))).fill_null(False),
        tenancy=(stage == TENANCY).ifelse(rows.held, 0).cast("int16"),
        admitted=(known & (rows.arrived > 0)).cast("int8"), died=rows.died,
    )
    ahead = ibis.window(group_by=coded.person, order_by=coded.start)
    final = (coded.stop == coded.died).ifelse(ibis.literal(DIED, "int8"), None)
    return coded.mutate(next_state=coded.state.lead().over(ahead).coalesce(final)).drop("died")


def person_days(made: Records, months: Sequence[int]) -> ir.Table:
    """The people with the days on which ``months`` since their move have passed (``at_6`` ...)."""
    import ibis

    people = made.people.select(
        "person", "residential", "withdrew", "move", "died", "began", "left", "opens", "until", "known_from",
        start_day="start",
    )
    moved = day_of(people.move)
    dated = people.mutate(**{f"at_{m}": (moved + ibis.interval(months=m)).cast("date") for m in months})
    return dated.mutate(**{f"at_{m}": day_number(dated, f"at_{m}") for m in months})


def period_of(table: ir.Table, day: ir.IntegerValue, months: Sequence[int]) -> ir.IntegerValue:
    """Code of the period that begins on ``day`` or holds it; ``table`` has columns of ``person_days``."""
    import ibis

    back = (table.start_day > table.withdrew) & (table.start_day <= day)
    steps = [(day >= table[f"at_{m}"], len(BEFORE) + k) for k, m in reversed(list(enumerate(months, 1)))]
    return ibis.cases(
        *steps, (day >= table.move, len(BEFORE)), (back.fill_null(False), 1), (day >= table.withdrew, 2),
        (day >= table.start_day, 1), else_=0,
    ).cast("int8")


def _stage(rows: ir.Table) -> ir.IntegerValue:
    import ibis

    back = (rows.start_day > rows.withdrew) & (rows.start_day <= rows.start)
    return ibis.cases(
        (rows.held > 0, TENANCY), (rows.held == -1, LOST), (rows.held == -2, MOVED_ON),
        (back.fill_null(False), PREPARATION), (rows.start >= rows.withdrew, LEFT),
        (rows.start >= rows.start_day, PREPARATION), (rows.start < rows.residential, EARLIER),
        else_=RESIDENTIAL,
    ).cast("int8")


def _changes(made: Records, base: ir.Table, months: Sequence[int]) -> dict:
    """Everything that happens on a day: steps, stays, leave and tenancies, as changes to merge."""
    import ibis

    steps = [*STEPS, *(f"at_{m}" for m in months)]
    days = ibis.union(*(base.select("person", at=base[step]) for step in steps), distinct=False)
    known = base.select("person", "known_from")
    arrived = made.stays.join(known, "person").filter(lambda t: t.admitted > t.known_from)
    return {
        "hospital": tdc(_on_off(made.stays, "admitted", "discharged", known), "at", "code"),
        "leave": tdc(_on_off(made.leave, "away", "back", known), "at", "code"),
        "held": tdc(_held(made), "at", "code"),
        "arrived": event(arrived, "admitted"),
        "step": cut(days, "at"),
    }


def _on_off(table: ir.Table, first: str, last: str, known: ir.Table) -> ir.Table:
    """1 on the day on which a stretch of known nights begins, 0 on the day on which it ends."""
    import ibis

    both = table.join(known, "person")
    nights = both.mutate(first=ibis.greatest(both[first], both.known_from), last=both[last])
    nights = nights.filter((nights["last"] > nights.first).fill_null(True))
    on = nights.select("person", at=nights.first, code=ibis.literal(1, "int8"))
    return on.union(nights.select("person", at=nights["last"], code=ibis.literal(0, "int8")))


def _held(made: Records) -> ir.Table:
    """The number of the tenancy that begins on a day; -1 when none is held any more, -2 after a move on."""
    held = made.tenancies
    held = held.mutate(last=held["last"].fill_null(FAR), reason=held.reason.fill_null(""))
    begun = held.filter(held["last"] > held.first)
    begun = begun.select("person", at="first", code=begun.number.cast("int16"))
    over = joined_up(held, reason=reason_last)
    over = over.filter(over["last"] < FAR)
    code = (over.reason == "planned_move_on").ifelse(-2, -1).cast("int16")
    return begun.union(over.select("person", at="last", code=code))


def _months_right(months: Sequence[int]) -> tuple[int, ...]:
    months = tuple(int(m) for m in months)
    if not months or any(b <= a for a, b in zip((0, *months), months, strict=False)):
        raise ValueError("person_time.months: must be whole numbers that ascend from above 0")
    return months


def named(table: ir.Table, made: Records, days: Sequence[str] = ("start", "stop")) -> ir.Table:
    """A table with ``customer_id`` for ``person`` and dates for numbers of days."""
    who = made.people.select("person", "customer_id")
    both = table.join(who, "person")
    rest = {c: day_of(both[c]) if c in days else both[c] for c in table.columns if c != "person"}
    return both.select("customer_id", **rest)


def in_words(coded: ir.Table, made: Records, months: Sequence[int] = (6, 12, 24)) -> ir.Table:
    """The timeline for readers: ``customer_id``, dates, names of states and periods, and the tenancy held.

    Columns
    -------
    customer_id ; start, stop ; state, next_state (empty: follow-up ends) ; stage ; period ; in_programme ;
    hospital_known ; in_hospital, on_leave (missing where not known) ; tenancy_number, tenancy_id (missing
    where none is held) ; admitted.
    """
    import ibis

    held = made.tenancies.select(_of="person", tenancy=made.tenancies.number.cast("int16"),
                                 tenancy_id="tenancy_id")
    both = coded.left_join(held, [coded.person == held._of, coded.tenancy == held.tenancy])
    words = both.select(
        "person", "start", "stop", state=_word(both.state, STATES),
        next_state=_word(both.next_state, STATES).fill_null(""), stage=_word(both.stage, STATES),
        period=_word(both.period, period_names(months)), in_programme=both.in_programme,
        hospital_known=both.known, in_hospital=both.in_hospital, on_leave=both.on_leave,
        tenancy_number=(both.tenancy > 0).ifelse(both.tenancy, ibis.null("int16")),
        tenancy_id=both.tenancy_id, admitted=both.admitted,
    )
    return named(words, made)


def words_of(table: ir.Table, **columns: Sequence[str]) -> ir.Table:
    """Codes of the columns named put into words."""
    return table.mutate(**{name: _word(table[name], words) for name, words in columns.items()})


def _word(code: ir.IntegerValue, words: Sequence[str]) -> ir.StringValue:
    import ibis

    return ibis.cases(*((code == i, word) for i, word in enumerate(words)), else_=ibis.null("string"))
