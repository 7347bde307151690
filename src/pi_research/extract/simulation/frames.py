"""Typed tables in the dictionary's column order, sorted by their keys."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["TABLES", "as_text", "frame", "stacked"]

# name:kind in the dictionary's order (a test holds the two together): s text, d date, i integer,
# f number, b true or false. Rows are sorted by the columns marked with *.
TABLES = {
    "extract": "extract_date:d* trust_record_from:d supplier:s synthetic:b scenario:s seed:i",
    "people": "customer_id:s* sex:s year_of_birth:i ethnic_group:s area:s diagnosis_group:s "
    "residential_since:d forensic_history:b learning_disability:b entered_in_crisis:b referral_source:s "
    "consent:s",
    "placements": "placement_id:s* customer_id:s start_date:d end_date:d placement_type:s out_of_area:b "
    "funder:s weekly_cost_gbp:f",
    "programme_events": "event_id:s* customer_id:s event:s date:d planned_date:d reason:s",
    "tenancies": "tenancy_id:s* customer_id:s start_date:d end_date:d end_reason:s landlord_type:s "
    "support_level:s",
    "outcome_claims": "claim_id:s* customer_id:s tenancy_id:s outcome:s reached_date:d claim_date:d "
    "decision:s amount_gbp:f",
    "assessments": "assessment_id:s* customer_id:s date:d tool:s domain:s score:f",
    "delays": "delay_id:s* customer_id:s start_date:d end_date:d reason:s",
    "support_hours": "customer_id:s* month:d* role:s* hours:f",
    "patients": "patient_id:s* sex:s year_of_birth:i ethnic_group:s death_date:d",
    "identifiers_housing": "customer_id:s* forename:s surname:s date_of_birth:d sex:s postcode:s "
    "previous_postcode:s",
    "identifiers_trust": "patient_id:s* forename:s surname:s date_of_birth:d sex:s postcode:s "
    "previous_postcode:s",
    "links": "customer_id:s* patient_id:s method:s",
    "hospital_spells": "spell_id:s* record_month:d* patient_id:s admission_date:d discharge_date:d "
    "admission_method:s legal_status:s site:s out_of_area:b delayed_days:i",
    "leave": "spell_id:s* start_date:d* end_date:d",
    "contacts": "contact_id:s* patient_id:s date:d team:s planned:b attendance:s",
    "referrals": "referral_id:s* patient_id:s received_date:d closed_date:d team:s priority:s",
    "area_series": "area:s* measure:s* month:d* value:f denominator:f denominator_unit:s",
    "measures": "area:s* measure:s* quarter:d* numerator:f denominator:f target:f direction:s",
    "segments": "segment_id:s* role:s theme:s sub_theme:s theory_id:s direction:s coder:s",
}
DTYPES = {"s": object, "i": "Int64", "f": "float64", "b": "boolean"}


def frame(table: str, columns: Mapping[str, Any]) -> pd.DataFrame:
    """One table from its columns; days since 1970-01-01 with NaN for none, text with ``""`` for none."""
    import pandas as pd

    spec = [part.rstrip("*").split(":") for part in TABLES[table].split()]
    made = pd.DataFrame({name: _typed(columns[name], kind) for name, kind in spec})
    keys = [part.split(":")[0] for part in TABLES[table].split() if part.endswith("*")]
    return made.sort_values(keys, kind="stable", ignore_index=True)


def _typed(values: Any, kind: str) -> pd.Series:
    import pandas as pd

    if kind == "d":
        days = np.asarray(values, dtype=float)
        known = ~np.isnan(days)
        dates = np.where(known, days, 0).astype("int64").astype("datetime64[D]").astype("datetime64[ns]")
        return pd.Series(np.where(known, dates, np.datetime64("NaT", "ns")))
    held = [None if value == "" else value for value in values] if kind == "s" else list(values)
    return pd.Series(held, dtype=DTYPES[kind])


def as_text(table: pd.DataFrame) -> pd.DataFrame:
    """Every cell as it stands in the file: ISO dates, true and false, numbers without trailing zeros."""
    import pandas as pd

    def written(series: pd.Series) -> pd.Series:
        if series.dtype.kind == "M":
            return series.dt.strftime("%Y-%m-%d")
        if series.dtype == "boolean":
            return series.map({True: "true", False: "false"})
        if series.dtype.kind == "f":
            return series.map(lambda v: f"{v:.6f}".rstrip("0").rstrip("."), na_action="ignore")
        return series.astype("string")

    return pd.DataFrame({name: written(table[name]).astype(object).fillna("") for name in table})


def stacked(prefix: str, key: str, parts: list[dict], by: tuple[str, ...]) -> dict[str, np.ndarray]:
    """Columns of all parts under one another, in the order of ``by``, with an identifier for each row."""
    columns = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    order = np.lexsort([columns[name] for name in reversed(by)])
    columns = {name: column[order] for name, column in columns.items()}
    width = max(4, len(str(len(order))))
    columns[key] = np.array([f"{prefix}{i:0{width}d}" for i in range(1, len(order) + 1)], dtype=object)
    return columns
