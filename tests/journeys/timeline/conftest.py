"""Small extracts made by hand: people who each show one rule, put into one extract and built once."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

EXTRACT = pd.Timestamp("2024-03-31")
RECORD_FROM = "2020-01-01"
COLUMNS = {
    "people": ["customer_id", "consent", "residential_since"],
    "programme_events": ["customer_id", "event", "date"],
    "tenancies": ["tenancy_id", "customer_id", "start_date", "end_date", "end_reason"],
    "placements": ["customer_id", "start_date"],
    "links": ["customer_id", "patient_id"],
    "patients": ["patient_id", "death_date"],
    "hospital_spells": ["spell_id", "record_month", "patient_id", "admission_date", "discharge_date", "site", "admission_method"],
    "leave": ["spell_id", "start_date", "end_date"],
    "contacts": ["patient_id", "date", "team", "planned", "attendance"],
    "extract": ["extract_date", "trust_record_from"],
}
DAYS = {c for columns in COLUMNS.values() for c in columns if "date" in c or c in ("residential_since", "record_month", "trust_record_from")}


class Village:
    """People added one by one; ``tables`` is their extract."""

    last_day = EXTRACT

    def __init__(self) -> None:
        self.rows: dict[str, list[tuple]] = {name: [] for name in COLUMNS}

    def person(
        self, name: str, *, consent: str = "given", since: str | None = "2018-01-01", linked: bool = True,
        died: str | None = None, tenancies: tuple = (), spells: tuple = (), leave: tuple = (), contacts: tuple = (),
        placements: tuple = (), **steps: str,
    ) -> str:
        """``steps``: start, withdrawal ...; ``tenancies``: (first, last, reason); ``spells``: (admitted, discharged
        [, site[, version[, number of the spell[, method]]]]); ``leave``: (number of the spell, away, back);
        ``contacts``: (day, kind)."""
        add, patient = self.rows, f"P-{name}"
        add["people"].append((name, consent, since))
        add["programme_events"] += [(name, step, day) for step, day in steps.items()]
        add["tenancies"] += [(f"T-{name}-{i}", name, *t) for i, t in enumerate(tenancies)]
        add["placements"] += [(name, day) for day in placements]
        add["links"].append((name, patient if linked else None))
        add["patients"].append((patient, died))
        for i, spell in enumerate(spells):
            admitted, discharged, site, version, number, method = (*spell, *(None,) * 4)[:6]
            month = version or (admitted[:8] + "01")
            spell_id = f"S-{name}-{i if number is None else number}"
            add["hospital_spells"].append((spell_id, month, patient, admitted, discharged, site or "A", method or "emergency"))
        add["leave"] += [(f"S-{name}-{number}", away, back) for number, away, back in leave]
        kinds = {"crisis": ("crisis", False, "attended"), "planned": ("community", True, "attended"),
                 "missed": ("community", True, "did_not_attend"), "other": ("crisis", False, None)}
        add["contacts"] += [(patient, day, *kinds[kind]) for day, kind in contacts]
        return name

    @property
    def tables(self) -> dict[str, pd.DataFrame]:
        rows = {**self.rows, "extract": [(str(EXTRACT.date()), RECORD_FROM)]}
        return {name: typed(name, rows[name]) for name in COLUMNS}


def typed(name: str, rows: list[tuple]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=COLUMNS[name], dtype=object)
    for column in DAYS & set(frame):
        frame[column] = pd.to_datetime(frame[column])
    return frame.astype({"planned": "boolean"}) if name == "contacts" else frame


@pytest.fixture(scope="session")
def village() -> type[Village]:
    """The class that puts an extract together; its last day is ``village.last_day``."""
    return Village


@pytest.fixture(scope="session")
def in_r(project) -> dict:
    """Inputs and answers of R; made by the script beside them."""
    text = (Path(project) / "tests" / "reference" / "journeys" / "journeys.json").read_text()
    return json.loads(text)["cases"]
