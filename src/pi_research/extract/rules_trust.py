"""Rules across tables on the trust's side: spells, leave, links between the two sides, and deaths."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from pi_research.extract.across import Context, Tables, add_months, needs, overlapping, rows_of
from pi_research.extract.faults import Fault, fault

TRUST = ("hospital_spells", "contacts", "referrals")
SEXES = ("female", "male")


def _latest(spells: pd.DataFrame) -> pd.DataFrame:
    """The latest version of each spell, indexed by its row."""
    ordered = spells.sort_values(["spell_id", "record_month"])
    return ordered[~ordered.duplicated("spell_id", keep="last")]


def spells_alone(t: Tables, context: Context) -> Iterator[Fault]:
    """Latest versions: overlaps, and delayed days within the spell."""
    latest = _latest(t["hospital_spells"])
    rows, others = overlapping(latest, "patient_id", "admission_date", "discharge_date")
    yield fault(
        "spells_overlap", "hospital_spells", "admission_date", rows, rows_of("hospital_spells", others)
    )
    days = (latest["discharge_date"].fillna(context.last_day) - latest["admission_date"]).dt.days
    more = latest["delayed_days"].astype("float64") > days
    yield fault("delayed_days_too_many", "hospital_spells", "delayed_days", latest.index[more])


def spell_versions(t: Tables, context: Context) -> Iterator[Fault]:
    """Versions of one spell that contradict each other; each earlier version is set beside the latest."""
    spells = t["hospital_spells"]
    early = add_months(spells["record_month"], 1) <= spells["admission_date"]
    yield fault("version_before_admission", "hospital_spells", "record_month", spells.index[early])
    latest = _latest(spells)
    last = latest.rename_axis("last_row").reset_index().set_index("spell_id")
    earlier = spells[~spells.index.isin(latest.index)].rename_axis("row").reset_index()
    both = earlier.join(last, on="spell_id", rsuffix="_last")
    reopened = both["discharge_date"].notna() & both["discharge_date_last"].isna()
    for rule, column, wrong in (
        ("spell_version_patient", "patient_id", both["patient_id"] != both["patient_id_last"]),
        ("spell_version_admission", "admission_date", both["admission_date"] != both["admission_date_last"]),
        ("spell_reopened", "discharge_date", reopened),
    ):
        found = both[wrong]
        yield fault(
            rule, "hospital_spells", column, found["row"], rows_of("hospital_spells", found["last_row"])
        )


def leave_and_spells(t: Tables, context: Context) -> Iterator[Fault]:
    """Leave within its spell, and no two periods at once."""
    rows, others = overlapping(t["leave"], "spell_id", "start_date", "end_date")
    yield fault("leave_overlap", "leave", "start_date", rows, rows_of("leave", others))
    latest = _latest(t["hospital_spells"]).rename_axis("other").reset_index()
    latest = latest[["other", "spell_id", "admission_date", "discharge_date"]]
    both = t["leave"].rename_axis("row").reset_index().merge(latest, on="spell_id")
    closed = both["discharge_date"].notna()
    before = both["start_date"] < both["admission_date"]
    after = (both["start_date"] > both["discharge_date"]) | (both["end_date"] > both["discharge_date"])
    open_leave = closed & both["end_date"].isna() & (both["discharge_date"] < context.last_day)
    for column, wrong in (("start_date", before), ("end_date", (after | open_leave) & ~before)):
        found = both[wrong]
        yield fault(
            "leave_outside_spell", "leave", column, found["row"], rows_of("hospital_spells", found["other"])
        )


def start_of_record(t: Tables, context: Context) -> Iterator[Fault]:
    """Rows from before the day on which the trust's record is complete."""
    begins = t["extract"]["trust_record_from"].iloc[0] if len(t["extract"]) == 1 else pd.NaT
    if pd.isna(begins):
        return
    for name, column in context.rules.setting("before_trust_record", "columns").items():
        if name in t:
            yield fault("before_trust_record", name, column, t[name].index[t[name][column] < begins])


def links_there(t: Tables, context: Context) -> Iterator[Fault]:
    """Trust tables that nothing joins to the programme."""
    linkable = "links" in t or {"identifiers_housing", "identifiers_trust"} <= set(t)
    if any(name in t for name in TRUST) and not linkable:
        yield fault("trust_not_linked", "links")


def linked_sources(t: Tables, context: Context) -> Iterator[Fault]:
    """Sex and year of birth of linked people on both sides."""
    links = t["links"].rename_axis("row").reset_index().dropna(subset=["patient_id"])
    columns = ["sex", "year_of_birth"]
    both = links.merge(t["people"][["customer_id", *columns]], on="customer_id")
    both = both.merge(t["patients"][["patient_id", *columns]], on="patient_id", suffixes=("", "_trust"))
    known = both["sex"].isin(SEXES) & both["sex_trust"].isin(SEXES)
    yield fault("sex_differs", "links", "", both.loc[known & (both["sex"] != both["sex_trust"]), "row"])
    years = (both["year_of_birth"] != both["year_of_birth_trust"]).fillna(False).astype(bool)
    yield fault("birth_year_differs", "links", "", both.loc[years, "row"])


def identifiers(t: Tables, context: Context) -> Iterator[Fault]:
    """The date of birth of an identifier table beside the year of birth of its own side."""
    for name, other, key in (
        ("identifiers_housing", "people", "customer_id"),
        ("identifiers_trust", "patients", "patient_id"),
    ):
        if name in t and other in t:
            born = t[name][key].map(t[other].set_index(key)["year_of_birth"].astype("float64"))
            wrong = (
                (t[name]["date_of_birth"].dt.year != born) & born.notna() & t[name]["date_of_birth"].notna()
            )
            words = {"other": f"{other}.year_of_birth"}
            yield fault("identifier_year_differs", name, "date_of_birth", t[name].index[wrong], **words)


# ---------------------------------------------------------------- deaths
def _deaths(t: Tables) -> tuple[pd.Series, pd.Series, pd.Series, pd.Series]:
    """Day of death by customer and by patient (the later where two are known), then as each side has it."""
    empty = pd.Series(dtype="datetime64[ns]")
    housing = trust = empty
    if "tenancies" in t:
        ended = t["tenancies"][t["tenancies"]["end_reason"] == "death"]
        housing = ended.groupby("customer_id")["end_date"].max().dropna()
    if "patients" in t:
        trust = t["patients"].set_index("patient_id")["death_date"].dropna()
    links = t["links"].dropna(subset=["patient_id"]) if "links" in t else None
    if links is None:
        return housing, trust, housing, trust
    patient_of = links.set_index("customer_id")["patient_id"]
    customer_of = pd.Series(patient_of.index, index=patient_of.array, dtype=object)
    by_customer = _later(housing, trust.rename(index=customer_of)[trust.index.isin(customer_of.index)])
    by_patient = _later(trust, housing.rename(index=patient_of)[housing.index.isin(patient_of.index)])
    return by_customer, by_patient, housing, trust


def _later(one: pd.Series, other: pd.Series) -> pd.Series:
    both = pd.concat([one, other])
    return both.groupby(level=0).max()


def after_death(t: Tables, context: Context) -> Iterator[Fault]:
    """Rows dated after the death of the person whose they are."""
    by_customer, by_patient, _, _ = _deaths(t)
    settings = context.rules["after_death"].settings
    for deaths, key, tables in (
        (by_customer, "customer_id", settings["customers"]),
        (by_patient, "patient_id", settings["patients"]),
    ):
        for name, column in ((name, column) for name, columns in tables.items() for column in columns):
            if name in t:
                frame = _latest(t[name]) if name == "hospital_spells" else t[name]
                late = frame[column] > frame[key].map(deaths)
                yield fault("after_death", name, column, frame.index[late])
    if "contacts" in t:
        late = t["contacts"]["date"] > t["contacts"]["patient_id"].map(by_patient)
        yield fault("contact_after_death", "contacts", "date", t["contacts"].index[late])


def deaths_and_tenancies(t: Tables, context: Context) -> Iterator[Fault]:
    """Tenancies beside the death of their tenant."""
    by_customer, by_patient, housing, trust = _deaths(t)
    tenancies = t["tenancies"]
    died = tenancies["customer_id"].map(by_customer)
    end = tenancies["end_date"].fillna(pd.Timestamp.max)
    past = (end > died) & (tenancies["start_date"] <= died)
    yield fault("tenancy_past_death", "tenancies", "end_date", tenancies.index[past])
    if "links" in t:
        patient = tenancies["customer_id"].map(t["links"].set_index("customer_id")["patient_id"])
        apart = (tenancies["end_date"] - patient.map(trust)).abs()
        far = apart > pd.Timedelta(days=context.rules.setting("death_dates_differ", "days"))
        yield fault(
            "death_dates_differ",
            "tenancies",
            "end_date",
            tenancies.index[far & tenancies["end_reason"].eq("death")],
        )


CHECKS = (
    needs("hospital_spells")(spells_alone),
    needs("hospital_spells")(spell_versions),
    needs("leave", "hospital_spells")(leave_and_spells),
    needs("extract")(start_of_record),
    needs()(links_there),
    needs("links", "people", "patients")(linked_sources),
    needs()(identifiers),
    needs()(after_death),
    needs("tenancies")(deaths_and_tenancies),
)
