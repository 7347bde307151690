"""Preparation: how long, under which readings, and in the pandemic; starts and moves against the contract."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING

import pandas as pd

from pi_research.journeys.timeline.outcomes import MONTH
from pi_research.wording import Sentence, count, number, percent, sentence

if TYPE_CHECKING:
    from pi_research.sections import Programme
    from pi_research.survival import CumulativeIncidence

LEFT = {"moved": "a move into their own tenancy", "withdrew": "withdrawal", "died": "death"}


def lead_in(people: pd.DataFrame) -> pd.DataFrame:
    """Preparation of everyone who started: ``months`` from the start, and how it finished.

    ``ending`` is ``censored`` while preparation goes on. People whose move is recorded on or before their
    start have no time at risk and are left out (``start_sentence`` counts them).
    """
    kept = people[people["start"].notna() & (people["months_preparing"] > 0)]
    ending = kept["status"].map(LEFT).fillna("censored")
    return pd.DataFrame({
        "customer_id": kept["customer_id"], "start": kept["start"], "months": kept["months_preparing"],
        "ending": ending,
    })


def lead_in_sentence(people: pd.DataFrame, nominal: int, short: int) -> Sentence:
    """How many movers were prepared for longer than planned, and for less than the short lead-in.

    Both are counted in calendar months from the start.
    """
    moved = people[people["moved"] & people["start"].notna() & (people["months_preparing"] > 0)]
    long = moved["move"] > moved["start"] + pd.DateOffset(months=nominal)
    brief = moved["move"] < moved["start"] + pd.DateOffset(months=short)
    middle = float(moved["months_preparing"].median()) if len(moved) else float("nan")
    return sentence(
        "Of {n} people who started and moved, {long} had been prepared for more than {nominal} months and "
        "{brief} for less than {short}; the median lead-in of movers was {middle}. People still preparing "
        "are not among them, so that this median is too short a guide for those who start now.",
        n=count(len(moved)), long=count(int(long.sum())), brief=count(int(brief.sum())), nominal=str(nominal),
        short=str(short), middle=number(middle, unit="months", behind=(len(moved),)),
    )


def lead_in_variants(
    tables: Mapping[str, pd.DataFrame], people: pd.DataFrame, extract_date: pd.Timestamp
) -> dict[str, pd.DataFrame]:
    """Preparation as pre-specified, without entries in a crisis, and counted from the expression of interest.

    The last takes those who started and whose interest is recorded: people who never started did not prepare.
    """
    everyone = tables["people"]
    crisis = everyone.loc[everyone["entered_in_crisis"].fillna(False).astype(bool), "customer_id"]
    shift = (people["start"] - people["interest"]).dt.days / MONTH
    earlier = people.assign(months_preparing=people["months_preparing"] + shift)
    return {
        "as in params.yaml": lead_in(people),
        "without people who entered in a crisis": lead_in(people[~people["customer_id"].isin(crisis)]),
        "counted from the expression of interest": lead_in(earlier),
    }


def by_covid(people: pd.DataFrame, start: date, end: date, nominal: int) -> dict[str, pd.DataFrame]:
    """Preparation of people whose nominal preparation overlaps the pandemic period, and of the rest."""
    prepared = lead_in(people)
    planned = prepared["start"] + pd.DateOffset(months=nominal)
    inside = (prepared["start"] <= pd.Timestamp(end)) & (planned >= pd.Timestamp(start))
    eras = {
        "whose first months fell into the pandemic": prepared[inside],
        "whose first months did not": prepared[~inside],
    }
    return {name: frame for name, frame in eras.items() if len(frame)}


def era_sentence(name: str, ways: CumulativeIncidence, move: str, month: int) -> Sentence:
    """Share of one group that had moved by the nominal month."""
    row = ways.at([month]).query("cause == @move")
    if row.empty or row["note"].iloc[0]:
        return sentence(
            "Of {n} people {name}, nothing can be said at {m} months.", n=count(ways.n), name=name,
            m=str(month)
        )
    behind = (int(row["events"].iloc[0]), int(row["at_risk"].iloc[0]))
    values = (float(row[c].iloc[0]) for c in ("incidence", "lower", "upper"))
    share, low, high = (number(v, style="percent", digits=0, behind=behind) for v in values)
    return sentence(
        "Of {n} people {name}, an estimated {share} had moved {m} months after their start ({level} interval "
        "{low} to {high}; Aalen-Johansen).",
        n=count(ways.n), name=name, m=str(month), level=f"{100 * ways.level:g}%", share=share, low=low,
        high=high,
    )


def start_sentence(people: pd.DataFrame) -> Sentence:
    """Movers without a recorded start, and starts recorded on or after the move."""
    moved = people[people["moved"]]
    late = moved["start"].notna() & (moved["months_preparing"] <= 0)
    return sentence(
        "Of {n} movers, {missing} have no recorded start and {late} have one on or after the day of the "
        "move; they are left out of the times above.",
        n=count(len(moved)), missing=count(int(moved["start"].isna().sum())), late=count(int(late.sum())),
    )


def step_sentence(step: object) -> Sentence:
    """One step of the flow in words."""
    if step.Index == 0:
        return sentence("{step}: {n} people.", step=step.step, n=count(int(step.people)))
    return sentence(
        "{step}: {n} of {of} at the step before ({share}); {pending} of the others may still get there.",
        step=step.step, n=count(int(step.people)), of=count(int(step.of)),
        share=percent(int(step.people), int(step.of)), pending=count(int(step.pending)),
    )


def on_contract(people: pd.DataFrame, extract_date: pd.Timestamp, contract: Programme) -> list[Sentence]:
    """Starts and moves so far beside what the contract, spread evenly over five years, would have brought."""
    years = min(max((extract_date - pd.Timestamp(contract.start)).days / 365.25, 0), 5)
    pairs = [
        ("started", int(people["start"].notna().sum()), contract.people_a_year * years),
        ("moved", int(people["moved"].sum()), contract.people_contracted * years / 5),
    ]
    made = []
    for verb, n, expected in pairs:
        gap = n - expected
        side = "about as many as" if abs(gap) < 1 else "more than" if gap > 0 else "fewer than"
        made.append(sentence(
            "By the extract date {n} people had {verb}: {side} the {expected} that the contract, spread "
            "evenly, would have brought by then.",
            n=count(n), verb=verb, side=side, expected=number(expected, digits=0),
        ))
    return made
