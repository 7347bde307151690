"""Small extracts made by hand, typed as ``read_extract`` types them."""

from __future__ import annotations

import pandas as pd
import pytest

COLUMNS = {
    "people": ["customer_id", "consent"],
    "programme_events": ["customer_id", "event", "date"],
    "tenancies": ["customer_id", "start_date", "end_date", "end_reason"],
    "placements": ["customer_id", "start_date", "end_date"],
    "delays": ["customer_id", "start_date", "end_date", "reason"],
    "links": ["customer_id", "patient_id"],
    "patients": ["patient_id", "death_date"],
    "hospital_spells": ["spell_id", "record_month", "patient_id", "admission_date", "discharge_date"],
    "contacts": ["patient_id", "date", "team", "attendance"],
    "extract": ["trust_record_from"],
}
DAYS = {
    "date",
    "start_date",
    "end_date",
    "death_date",
    "admission_date",
    "discharge_date",
    "record_month",
    "trust_record_from",
}


def typed(name: str, rows: list[tuple]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=COLUMNS[name], dtype=object)
    for column in DAYS & set(frame):
        frame[column] = pd.to_datetime(frame[column])
    if name == "tenancies":
        frame.insert(0, "tenancy_id", [f"T{i:03d}" for i in range(len(frame))])
    if name == "people":
        frame = frame.assign(
            sex="female",
            ethnic_group="white",
            diagnosis_group="psychosis",
            referral_source="other",
            area="North",
            entered_in_crisis=pd.array([False] * len(frame), "boolean"),
            forensic_history=pd.array([None] * len(frame), "boolean"),
            learning_disability=pd.array([True] * len(frame), "boolean"),
        )
    return frame


@pytest.fixture(scope="session")
def extract():
    """Tables from rows of plain values; people are everyone named, with consent, unless given.

    ``people``, ``programme_events`` and ``tenancies`` are always there; of the others those given.
    """

    def make(**given: list[tuple]) -> dict[str, pd.DataFrame]:
        given = {"programme_events": [], "tenancies": [], **given}
        known = {p for p, _ in given.get("people", [])}
        named = {row[0] for name, rows in given.items() for row in rows if COLUMNS[name][0] == "customer_id"}
        given["people"] = [*given.get("people", []), *((p, "given") for p in sorted(named - known))]
        return {name: typed(name, rows) for name, rows in given.items()}

    return make


@pytest.fixture(scope="session")
def simulated():
    from pi_research.extract.simulate import simulate

    return simulate().tables
