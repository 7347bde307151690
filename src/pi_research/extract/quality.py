"""How good an extract is: what was supplied, what is missing, what it covers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import pandas as pd

from pi_research.wording import Sentence, count, sentence

if TYPE_CHECKING:
    from pi_research.extract.dictionary import TableSchema

QUESTIONS = {
    "00 data quality": ("extract", "people"),
    "01 cohort and milestones": ("people", "programme_events", "tenancies"),
    "02 tenancy sustainment": ("people", "tenancies"),
    "04 hospital time series": ("area_series",),
}
ASIDE = ("refused", "withdrawn")
OPEN_ENDED = {
    "end_date", "discharge_date", "closed_date", "death_date", "end_reason", "reason", "planned_date",
    "scenario",
    "seed", "tenancy_id", "claim_date", "previous_postcode",
}
MAIN_DATE = {
    "programme_events": "date", "tenancies": "start_date", "outcome_claims": "reached_date",
    "hospital_spells": "admission_date", "contacts": "date", "assessments": "date", "area_series": "month",
}


def supplied(tables: Mapping[str, pd.DataFrame], dictionary: Mapping[str, TableSchema]) -> pd.DataFrame:
    """Every table of the dictionary: who holds it, whether it must be there, rows read.

    ``rows`` is missing where the table was not supplied.
    """
    rows = [
        (s.title, name, s.side, s.supply, float(len(tables[name])) if name in tables else None)
        for name, s in dictionary.items()
    ]
    return pd.DataFrame(rows, columns=["title", "table", "side", "supply", "rows"])


def consent(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """People by consent, with the total."""
    words = {
        "given": "Consent given", "not_asked": "Not asked", "refused": "Refused: set aside",
        "withdrawn": "Withdrawn: set aside",
    }
    counted = tables["people"]["consent"].value_counts()
    rows = [(word, int(counted.get(key, 0))) for key, word in words.items()]
    return pd.DataFrame([*rows, ("All people", len(tables["people"]))], columns=["label", "people"])


def consent_readings(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """People counted when those not asked are kept (as here) and when only consent given counts."""
    kinds = tables["people"]["consent"]
    rows = [
        ("All but refused and withdrawn (as here)", int((~kinds.isin(ASIDE)).sum())),
        ("Consent given only", int((kinds == "given").sum())),
    ]
    return pd.DataFrame(rows, columns=["label", "people"])


def consent_sentence(tables: Mapping[str, pd.DataFrame]) -> Sentence:
    """How many people's records are used."""
    kinds = tables["people"]["consent"]
    aside = int(kinds.isin(ASIDE).sum())
    return sentence(
        "The extract holds {n} people; the records of {aside} are set aside because consent was refused or "
        "withdrawn, and {used} are used.",
        n=count(len(kinds)), aside=count(aside), used=count(len(kinds) - aside),
    )


def notices(problems: pd.DataFrame) -> pd.DataFrame:
    """Notices of the checks, grouped by table and rule."""
    found = problems[problems["severity"] == "notice"]
    if found.empty:
        return pd.DataFrame(columns=["table", "what", "rows", "what_to_do"])
    grouped = found.groupby(["table", "rule"], sort=True).agg(
        what=("what", "first"), rows=("rule", "size"), what_to_do=("what_to_do", "first")
    )
    return grouped.reset_index()[["table", "what", "rows", "what_to_do"]]


def missing_cells(tables: Mapping[str, pd.DataFrame], dictionary: Mapping[str, TableSchema]) -> pd.DataFrame:
    """Fields of supplied tables with empty cells: ``label``, ``n`` (empty), ``of`` (rows).

    An empty end date means that something lasts, and is not counted as missing; nor are fields that
    hold only for some rows (a reason, a planned date).
    """
    rows = [
        (f"{name}.{column}", int(tables[name][column].isna().sum()), len(tables[name]))
        for name in dictionary if name in tables
        for column in tables[name].columns if column not in OPEN_ENDED
    ]
    frame = pd.DataFrame(rows, columns=["label", "n", "of"])
    return frame[frame["n"] > 0].sort_values(["n", "label"], ascending=[False, True]).reset_index(drop=True)


def coverage(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """First and last month that the main date of each table reaches, and its rows."""
    rows = [
        (name, tables[name][day].min(), tables[name][day].max(), len(tables[name]))
        for name, day in MAIN_DATE.items() if name in tables and len(tables[name])
    ]
    return pd.DataFrame(rows, columns=["table", "first", "last", "rows"])


def late_entry_sentence(tables: Mapping[str, pd.DataFrame], extract_date: pd.Timestamp) -> Sentence:
    """Programme events of the last three months beside the year before: a fall may mean late entry.

    Events of people whose records are set aside do not count.
    """
    people, events = tables["people"], tables["programme_events"]
    aside = people.loc[people["consent"].isin(ASIDE), "customer_id"]
    day = events.loc[~events["customer_id"].isin(aside), "date"]
    edge = extract_date + pd.Timedelta(days=1)
    recent_from, year_from = edge - pd.DateOffset(months=3), edge - pd.DateOffset(months=15)
    recent = int(((day >= recent_from) & (day < edge)).sum())
    before = int(((day >= year_from) & (day < recent_from)).sum())
    said = "which gives no sign of late entry"
    if not (day < year_from).any():
        said = "and the record is too short to tell from that whether events are entered late"
    elif recent < 0.6 * before / 4:
        said = "which may mean that the latest events are not all entered"
    return sentence(
        "In the last three months {recent} programme events are recorded, against {before} in the twelve "
        "months before them, {said}.",
        recent=count(recent), before=count(before), said=said,
    )


def fitness(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Which of the compendium's questions the tables supplied can answer."""
    rows = []
    for question, needed in QUESTIONS.items():
        missing = [t for t in needed if t not in tables or not len(tables[t])]
        rows.append((question, "yes" if not missing else "no", ", ".join(missing) or "–"))
    return pd.DataFrame(rows, columns=["question", "answer", "missing"])
