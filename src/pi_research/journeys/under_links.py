"""How what is found moves with the links: the same people's journeys under several tables of links."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

import pandas as pd

from pi_research.journeys.timeline.engine import bound, connect, kept, to_frame
from pi_research.journeys.timeline.exposure import person_time
from pi_research.journeys.timeline.outcomes import milestone_status, tenancy_outcomes
from pi_research.journeys.timeline.reading import NEEDED, records
from pi_research.journeys.timeline.states import BEFORE, line, named
from pi_research.wording import Sentence, joined, number, sentence

if TYPE_CHECKING:
    from pi_research.sections import Milestones, Tenancy

IDENTIFIERS = ("customer_id", "patient_id", "spell_id")
COLUMNS = ("label", "linked", "movers", "movers_linked", "before", "before_rate", "after", "after_rate",
           "died", "reached", "failed", "kept", "differ")
MONTH, YEAR, NAN = 12, 365.25, float("nan")


def under_links(
    tables: Mapping[str, pd.DataFrame], links: Mapping[str, pd.DataFrame], extract_date: date,
    tenancy: Tenancy, milestones: Milestones,
) -> pd.DataFrame:
    """Numbers that rest on the links, once for each table of links.

    Everyone is there as often as there are tables, under another name each time, so that the journeys are
    made once. Movers alone are counted, and their admissions while known, alive and not in hospital.

    Parameters
    ----------
    tables : the extract's; its own ``links`` are left aside.
    links : ``customer_id, patient_id`` by a name in words; the first is what other results rest on.

    Returns
    -------
    DataFrame
        ``label`` ; ``linked`` people ; ``movers_linked`` of ``movers`` ; ``before``, ``after`` (admissions),
        ``before_years``, ``after_years`` at risk, ``before_rate``, ``after_rate`` ; ``died`` (movers) ;
        ``reached``, ``failed`` at 12 months and ``kept``, the share that reached it ; ``differ``: the least
        number of people by whom the row differs from an earlier one (all linked where there is none).

    Do not use it to choose the links that give the best result.
    """
    if not links:
        return pd.DataFrame(columns=COLUMNS)
    on = connect()
    made = records(bound(_side_by_side(tables, links), on), extract_date, on)
    coded, outcomes = kept(line(made)), kept(tenancy_outcomes(made, tenancy))
    at = milestone_status(outcomes, made, replace(milestones, months=(MONTH,)))
    time, ends, due = (to_frame(named(t, made, ()), on) for t in (person_time(coded, made), outcomes, at))
    people = to_frame(made.people.select("customer_id", "linked"), on)
    rows = [_row(str(k), label, people, time, ends, due) for k, label in enumerate(links)]
    return pd.DataFrame(rows).assign(differ=_differ(list(links.values())))


def _side_by_side(tables: Mapping[str, pd.DataFrame], links: Mapping[str, pd.DataFrame]
                  ) -> dict[str, pd.DataFrame]:
    """Every table once for each table of links, its identifiers with a number before them."""
    used = {name: tables[name] for name in NEEDED if name in tables and name != "links"}
    parts: dict[str, list[pd.DataFrame]] = {name: [] for name in (*used, "links")}
    for k, some in enumerate(links.values()):
        for name, table in (used | {"links": some}).items():
            marked = {c: f"{k}:" + table[c].astype("string") for c in IDENTIFIERS if c in table}
            parts[name].append(table.assign(**marked))
    whole = {name: pd.concat(some, ignore_index=True) for name, some in parts.items()}
    return whole | ({"extract": tables["extract"]} if "extract" in tables else {})


def _row(k: str, label: str, people: pd.DataFrame, time: pd.DataFrame, ends: pd.DataFrame, due: pd.DataFrame
         ) -> dict[str, object]:
    people, time, ends, due = (t[t["customer_id"].str.startswith(f"{k}:")] for t in (people, time, ends, due))
    linked = set(people.loc[people["linked"], "customer_id"])
    time = time[time["customer_id"].isin(ends["customer_id"])]
    row = {"label": label, "linked": len(linked), "movers": len(ends),
           "movers_linked": int(ends["customer_id"].isin(linked).sum())}
    first = time["period"].isin(BEFORE)
    for name, some in (("before", time[first]), ("after", time[~first])):
        events, years = int(some["admissions"].sum()), float(some["at_risk_days"].sum() / YEAR)
        row |= {name: events, f"{name}_years": years, f"{name}_rate": events / years if years else NAN}
    come = due[due["come_due"]]
    reached, failed = (int((come["status"] == status).sum()) for status in ("reached", "failed"))
    return row | {"died": int(ends["died"].sum()), "reached": reached, "failed": failed,
                  "kept": reached / (reached + failed) if reached + failed else NAN}


def _differ(links: list[pd.DataFrame]) -> list[int]:
    """A row that differs from another in few people would tell of these, if both were printed."""
    sets = [set(map(tuple, some.dropna()[["customer_id", "patient_id"]].to_numpy())) for some in links]
    found: list[int] = []
    for k, one in enumerate(sets):
        same = next((found[j] for j in range(k) if sets[j] == one), None)
        apart = [len({c for c, _ in one ^ other}) for other in sets[:k]]
        found.append(same if same is not None else min(apart, default=len(one)))
    return found


MEASURES = {
    "linked": ("People linked", ("linked",), {"style": "count"}),
    "before_rate": ("Movers' admissions a year at risk, before the move", ("before",), {"digits": 2}),
    "after_rate": ("After the move", ("after",), {"digits": 2}),
    "kept": ("Movers who kept their tenancy for a year", ("reached", "failed"), {"style": "percent"}),
}


def links_sentence(rows: pd.DataFrame) -> Sentence:
    """How far the numbers of :func:`under_links` lie apart, and what rests on no link."""
    if len(rows) < 2:
        return sentence("Without match weights no other links can be tried.")
    said = [_apart(rows, name, *how) for name, how in MEASURES.items() if rows[name].notna().any()]
    rest = sentence("Starts, moves and claims rest on no link, nor does how a tenancy ended, but for deaths"
                    " and long hospital stays.")
    return joined(sentence("Over these ways of linking:"), *said, rest)


def _apart(rows: pd.DataFrame, name: str, words: str, behind: tuple[str, ...], how: dict) -> Sentence:
    low, high = (rows.loc[place] for place in (rows[name].idxmin(), rows[name].idxmax()))
    ends = {end: number(row[name], behind=(*(row[c] for c in behind), row["differ"]), **{"digits": 0} | how)
            for end, row in (("low", low), ("high", high))}
    to = " under each." if str(ends["low"]) == str(ends["high"]) else " to {high}."
    return sentence("{words}: {low}" + to, words=words, **ends)
