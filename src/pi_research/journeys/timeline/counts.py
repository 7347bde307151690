"""What the timeline set aside, merged or read in one of several ways: a count each, for data quality."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import pandas as pd

from pi_research.journeys.timeline.engine import day_number
from pi_research.journeys.timeline.reading import Records
from pi_research.journeys.timeline.stays import FAR

if TYPE_CHECKING:
    import ibis.expr.types as ir

SAID = {
    "without_consent": "people who refused or withdrew consent: set aside with all their rows",
    "not_linked": "people without a link to the trust's record: their hospital use is unknown, not none",
    "trust_only": "patients of the trust who are nobody's link: not used",
    "truncated": "linked people whose history begins before the trust's record: known from its first day",
    "no_history": "people without a day of history before their death or the extract date: in no row",
    "move_before_start": "people who moved before the recorded start: no time in preparation",
    "move_after_withdrawal": "people who moved on or after the day of a withdrawal: back in a tenancy",
    "deaths_differ": "people whose death is recorded on more than one day: the earliest rules",
    "tenancies_overlap": "tenancies that begin before the person's earlier one ended: one time in tenancy",
    "tenancies_touch": "tenancies that begin on the day on which another ends: no day between them",
    "tenancy_no_night": "tenancies that end on their first day: a move, and no day in tenancy",
    "tenancy_past_death": "tenancies that end after the person's death, or have no end: they end with it",
    "spell_versions": "spells that come in several monthly versions: the latest counts",
    "spell_backward": "versions of spells that end before they begin: not used",
    "spells_overlap": "stays with spells that overlap (as at two sites): one stay, nights counted once",
    "transfers": "stays with a spell that follows at once, or next day at another site: one admission",
    "stay_no_night": "stays that end on their first day: an admission without a night",
    "stay_open": "stays that last at the extract date: nights up to it",
    "stay_before_record": "stays begun before the trust's record: nights count from its first day, and no "
                          "admission",
    "stay_after_death": "stays begun after the person's death: not used",
    "contact_outside": "contacts before the trust's record begins or after the person's death: not used",
}
"""Each rule in words; the names are for tests and notebooks to rely on."""


def accounts(tables: Mapping[str, ir.Table], made: Records) -> pd.DataFrame:
    """How often each rule of the timeline was needed.

    Parameters
    ----------
    tables : the tables that ``made`` was read from.

    Returns
    -------
    DataFrame
        ``rule``, ``said`` (in words), ``rows`` (people, where the rule is about people), in the order of
        ``SAID``; rules about tables that are not there are left out.
    """
    import ibis

    found = {**_people(tables, made), **_tenancies(made), **_hospital(tables, made)}
    parts = [table.agg(rows=table.count()).mutate(rule=ibis.literal(rule)) for rule, table in found.items()]
    rows = made.on.to_pandas(ibis.union(*parts, distinct=False)).set_index("rule")["rows"]
    said = [(rule, words, int(rows[rule])) for rule, words in SAID.items() if rule in rows.index]
    return pd.DataFrame(said, columns=["rule", "said", "rows"])


def _people(tables: Mapping[str, ir.Table], made: Records) -> dict[str, ir.Table]:
    everyone, people = tables["people"], made.people
    ends = made.tenancies.filter(made.tenancies.reason == "death").group_by("person").agg(
        ended=lambda t: t["last"].min(), latest=lambda t: t["last"].max())
    both = people.join(ends, "person")
    found = {
        "without_consent": everyone.filter(everyone.consent.isin(["refused", "withdrawn"])),
        "not_linked": people.filter(~people.linked),
        "truncated": people.filter(people.linked & (people.opens < people.known_from)),
        "no_history": people.filter(~(people.opens < people.until).fill_null(False)),
        "move_before_start": people.filter(people.move < people.start),
        "move_after_withdrawal": people.filter(people.move >= people.withdrew),
        "deaths_differ": both.filter((both.died != both.ended) | (both.ended != both.latest)
                                     | (both.died_in_trust != both.ended).fill_null(False)),
    }
    if "links" in tables and "patients" in tables:
        ours = tables["links"].select(ours=tables["links"].patient_id.cast("string"))
        theirs = tables["patients"].select(theirs=tables["patients"].patient_id.cast("string"))
        found["trust_only"] = theirs.anti_join(ours.filter(ours.ours.notnull()), theirs.theirs == ours.ours)
    return found


def _tenancies(made: Records) -> dict[str, ir.Table]:
    held = made.tenancies.mutate(end=made.tenancies["last"].fill_null(FAR))
    reached = held.end.max().over(group_by=held.person, order_by=held.number, rows=(None, -1))
    seen = held.mutate(reached=reached).join(made.people.select("person", "died"), "person")
    return {
        "tenancies_overlap": seen.filter(seen.first < seen.reached),
        "tenancies_touch": seen.filter(seen.first == seen.reached),
        "tenancy_no_night": seen.filter(seen.end == seen.first),
        "tenancy_past_death": seen.filter(seen.end > seen.died),
    }


def _hospital(tables: Mapping[str, ir.Table], made: Records) -> dict[str, ir.Table]:
    if not made.knows_hospital:
        return {}
    spells, who = tables["hospital_spells"], made.people.select("person", "known_from", "until")
    again = spells.group_by("spell_id").agg(n=spells.count())
    dated = spells.mutate(_in=day_number(spells, "admission_date"), _out=day_number(spells, "discharge_date"))
    stays, seen = made.stays.join(who, "person"), made.contacts.join(who, "person")
    running = (stays.admitted <= stays.known_from) & (stays.discharged.fill_null(FAR) > stays.known_from)
    return {
        "spell_versions": again.filter(again.n > 1),
        "spell_backward": dated.filter(dated._out < dated._in),
        "spells_overlap": stays.filter(stays.overlaps > 0),
        "transfers": stays.filter(stays.transfers > 0),
        "stay_no_night": stays.filter(stays.admitted == stays.discharged),
        "stay_open": stays.filter(stays.discharged.isnull()),
        "stay_before_record": stays.filter(running),
        "stay_after_death": stays.filter(stays.admitted > stays.until),
        "contact_outside": seen.filter((seen.day <= seen.known_from) | (seen.day > seen.until)),
    }
