"""Counts about everyone who came: who they were, what held them up, by quarter."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from pi_research.journeys.record import as_of

KINDS = {
    "sex": "Sex", "ethnic_group": "Ethnic group", "diagnosis_group": "Main diagnosis",
    "referral_source": "Referred by",
}
FLAGS = {
    "entered_in_crisis": "Entered in a crisis", "forensic_history": "Forensic history",
    "learning_disability": "Learning disability",
}
STANDING = {
    "moved": "Moved", "preparing": "Still preparing", "waiting": "Waiting for the panel or the start",
    "declined": "Declined by the panel", "withdrew": "Withdrew before a move", "died": "Died before a move",
}


def who_came(tables: Mapping[str, pd.DataFrame], people: pd.DataFrame) -> pd.DataFrame:
    """People who started, and of them movers, by characteristic.

    Returns
    -------
    DataFrame
        ``label`` (characteristic and value), ``started``, ``moved``; missing values are a row of their own.
    """
    started = people.loc[people["start"].notna(), ["customer_id", "moved"]]
    started = started.merge(tables["people"], on="customer_id")
    rows = [("All who started", len(started), int(started["moved"].sum()))]
    for column, name in KINDS.items():
        words = started[column].astype(object).where(started[column].notna(), "not recorded")
        for value, group in started.groupby(words, sort=True):
            rows.append((f"{name}: {str(value).replace('_', ' ')}", len(group), int(group["moved"].sum())))
    for column, name in FLAGS.items():
        for said, chosen in (("", started[column].eq(True)), (": not recorded", started[column].isna())):
            group = started[chosen.fillna(False).astype(bool)]
            if len(group) or not said:
                rows.append((name + said, len(group), int(group["moved"].sum())))
    return pd.DataFrame(rows, columns=["label", "started", "moved"])


def why_left(people: pd.DataFrame) -> pd.DataFrame:
    """People by where they stand at the extract date."""
    counted = people["status"].value_counts()
    rows = [(word, int(counted.get(status, 0))) for status, word in STANDING.items()]
    return pd.DataFrame(rows, columns=["label", "value"])


def delay_reasons(
    tables: Mapping[str, pd.DataFrame], people: pd.DataFrame, extract_date: pd.Timestamp
) -> pd.DataFrame:
    """Delays by reason: people held up, delays, and the median of their length in days.

    A delay that still lasts is counted up to the extract date.
    """
    if "delays" not in tables:
        return pd.DataFrame(columns=["label", "value", "delays", "days"])
    delays = as_of(tables, extract_date)["delays"]
    delays = delays[delays["customer_id"].isin(people["customer_id"])]
    days = (delays["end_date"].fillna(extract_date) - delays["start_date"]).dt.days
    by_reason = delays.assign(days=days).groupby("reason")
    made = pd.DataFrame({
        "value": by_reason["customer_id"].nunique(), "delays": by_reason.size(),
        "days": by_reason["days"].median(),
    })
    made.insert(0, "label", [str(r).replace("_", " ") for r in made.index])
    return made.sort_values(["value", "label"], ascending=[False, True]).reset_index(drop=True)


def quarter_labels(frame: pd.DataFrame, value: str, contract: float) -> pd.DataFrame:
    """One column of quarterly counts beside the contract, labelled by calendar quarter.

    A part quarter is starred. What lies before the start of the programme has a row without a contract,
    where there is any.
    """
    frame = frame[frame["quarter"].notna() | (frame[value] > 0)].reset_index(drop=True)
    early = frame["quarter"].isna()
    labels = [
        "before" if pd.isna(q) else f"{q:%b %y}" + ("" if whole else "*")
        for q, whole in zip(frame["quarter"], frame["complete"], strict=True)
    ]
    expected = pd.Series(float(contract), index=frame.index).mask(early)
    return pd.DataFrame({"label": labels, "value": frame[value].astype(float), "contract": expected})
