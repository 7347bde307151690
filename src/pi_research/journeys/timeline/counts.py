"""What the timeline set aside, merged or read in one of several ways: a count each, for data quality."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import pandas as pd

from pi_research.journeys.timeline.engine import day_number
from pi_research.journeys.timeline.reading import Records

if TYPE_CHECKING:
    import ibis.expr.types as ir

__all__ = ["accounts"]


def accounts(tables: Mapping[str, ir.Table], made: Records) -> pd.DataFrame:
    """How often each rule of the timeline was needed.

    Parameters
    ----------
    tables : the tables that ``made`` was read from.

    Returns
    -------
    DataFrame
        ``rule`` (a name that tests and notebooks can rely on), ``said`` (in words), ``rows`` (people, where
        the rule is about people).
    """
    import ibis

    counted = [*_people(tables, made), *_tenancies(made), *_hospital(tables, made)]
    one = [t.agg(rows=t.count()).mutate(place=i) for i, (_, _, t) in enumerate(counted)]
    found = made.on.to_pandas(ibis.union(*one, distinct=False)).set_index("place")["rows"]
    rows = [(rule, said, int(found[i])) for i, (rule, said, _) in enumerate(counted)]
    return pd.DataFrame(rows, columns=["rule", "said", "rows"])


def _people(tables: Mapping[str, ir.Table], made: Records) -> list[tuple[str, str, ir.Table]]:
    everyone, people = tables["people"], made.people
    known = people.filter(people.linked)
    late = made.tenancies.filter(made.tenancies.reason == "death").group_by("person").agg(
        ended=lambda t: t["last"].min(), latest=lambda t: t["last"].max())
    both = people.join(late, "person")
    differ = both.filter(
        (both.died != both.ended)
        | (both.ended != both.latest)
        | (both.died_in_trust != both.ended).fill_null(False)
    )
    said = [
        (
            "without_consent",
            "people who refused or withdrew consent: set aside with all their rows",
            everyone.filter(everyone.consent.isin(["refused", "withdrawn"])),
        ),
        (
            "not_linked",
            "people without a link to the trust's record: their hospital use is unknown, not none",
            people.filter(~people.linked),
        ),
        (
            "truncated",
            "linked people whose history begins before the trust's record: known from its first day",
            known.filter((known.opens < known.known_from).fill_null(False)),
        ),
        (
            "no_history",
            "people without a day of history before their death or the extract date: in no row",
            people.filter(~(people.opens < people.until).fill_null(False)),
        ),
        (
            "move_before_start",
            "people who moved before the recorded start: no time in preparation",
            people.filter(people.move < people.start),
        ),
        (
            "move_after_withdrawal",
            "people who moved on or after the day of a withdrawal: back in a tenancy",
            people.filter(people.move >= people.withdrew),
        ),
        ("deaths_differ", "people whose death is recorded on more than one day: the earliest rules", differ),
    ]
    if "links" in tables and "patients" in tables:
        links = tables["links"]
        pairs = links.filter(links.patient_id.notnull())
        said.insert(
            2,
            (
                "trust_only",
                "patients of the trust who are nobody's link: not used",
                tables["patients"].anti_join(
                    pairs, tables["patients"].patient_id.cast("string") == pairs.patient_id.cast("string")
                ),
            ),
        )
    return said


def _tenancies(made: Records) -> list[tuple[str, str, ir.Table]]:
    table = made.tenancies
    reached = (
        table["last"]
        .fill_null(2**30)
        .max()
        .over(group_by=table.person, order_by=table.number, rows=(None, -1))
    )
    seen = table.mutate(reached=reached)
    after = table.join(made.people.select("person", "died"), "person")
    after = after.filter((after["last"] > after.died) | (after["last"].isnull() & after.died.notnull()))
    return [
        (
            "tenancies_overlap",
            "tenancies that begin before the person's earlier one has ended: one time in tenancy",
            seen.filter(seen.first < seen.reached),
        ),
        (
            "tenancies_touch",
            "tenancies that begin on the day on which another ends: no day between them",
            seen.filter(seen.first == seen.reached),
        ),
        (
            "tenancy_no_night",
            "tenancies that end on their first day: a move, and no day in tenancy",
            table.filter(table["last"] == table.first),
        ),
        (
            "tenancy_past_death",
            "tenancies that end after the person's death, or have no end: they end with it",
            after,
        ),
    ]


def _hospital(tables: Mapping[str, ir.Table], made: Records) -> list[tuple[str, str, ir.Table]]:
    if not made.knows_hospital:
        return []
    spells, stays = tables["hospital_spells"], made.stays
    again = spells.group_by("spell_id").agg(n=spells.count())
    again = again.filter(again.n > 1)
    out = spells.mutate(a=day_number(spells, "admission_date"), d=day_number(spells, "discharge_date"))
    who = made.people.select("person", "known_from", "until")
    placed = stays.join(who, "person")
    seen = made.contacts.join(who, "person")
    return [
        ("spell_versions", "spells that come in several monthly versions: the latest counts", again),
        (
            "spell_backward",
            "versions of spells that end before they begin: not used",
            out.filter(out.d < out.a),
        ),
        (
            "spells_overlap",
            "stays with spells that overlap (as at two sites): one stay, nights counted once",
            stays.filter(stays.overlaps > 0),
        ),
        (
            "transfers",
            "stays with a spell that follows at once, or next day at another site: one admission",
            stays.filter(stays.transfers > 0),
        ),
        (
            "stay_no_night",
            "stays that end on their first day: an admission without a night",
            stays.filter(stays.admitted == stays.discharged),
        ),
        (
            "stay_open",
            "stays that last at the extract date: nights up to it",
            stays.filter(stays.discharged.isnull()),
        ),
        (
            "stay_before_record",
            "stays begun before the trust's record: their nights count from its first day, and no admission",
            placed.filter(
                (placed.admitted <= placed.known_from)
                & (placed.discharged.fill_null(2**30) > placed.known_from)
            ),
        ),
        (
            "stay_after_death",
            "stays begun after the person's death: not used",
            placed.filter(placed.admitted > placed.until),
        ),
        (
            "contact_outside",
            "contacts before the trust's record begins or after the person's death: not used",
            seen.filter((seen.day <= seen.known_from) | (seen.day > seen.until)),
        ),
    ]
