"""People who moved, with what was known of them on the day of the move; and what went wrong since."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import pandas as pd

from pi_research.journeys.describe import CAUSES
from pi_research.journeys.lint import analysis_table
from pi_research.journeys.timeline.outcomes import MONTH
from pi_research.wording import Sentence, count, sentence

if TYPE_CHECKING:
    from pi_research.journeys.build import Journeys
    from pi_research.sections import Programme

CONTRASTS = ("long_in_care", "forensic_history", "learning_disability", "short_preparation")
"""Pre-specified contrasts: each is known on the day of the move, so that nobody is given time unlived."""


ANY = "Died, relapsed or went back into care"
"""The first row of :func:`harms`: people for whom at least one of these happened."""

DIED, ILL = "Died, at any time since the move", "Admitted to a mental health hospital"
RELAPSED, BACK = "Lost the tenancy in a relapse", "Back in residential or nursing care"
AWAY = "Placed out of area, in care"


def contrast_words(programme: Programme) -> dict[str, tuple[str, str]]:
    """The two groups of each contrast in words, the one with the characteristic second."""
    years, months = programme.long_care_years, programme.short_preparation_months
    return {
        "long_in_care": (
            f"under {years} years in residential care",
            f"{years} years or more in residential care",
        ),
        "forensic_history": ("no forensic history", "a forensic history"),
        "learning_disability": ("no learning disability", "a learning disability"),
        "short_preparation": (
            f"prepared for {months} months or more",
            f"prepared for less than {months} months",
        ),
    }


def movers(
    tables: Mapping[str, pd.DataFrame], made: Journeys, extract_date: pd.Timestamp, programme: Programme
) -> pd.DataFrame:
    """One row a mover: the tenancy's outcome, how long it could be followed, and the groups of ``CONTRASTS``.

    Returns
    -------
    DataFrame
        The columns of ``made.tenancies``; ``reason`` (in words); ``available`` (months from the move to the
        extract date); the contrasts, ``boolean`` and missing where not recorded.
    """
    held, people = made.tenancies, tables["people"].set_index("customer_id")
    begun = made.stages.set_index("customer_id")["start"].reindex(held["customer_id"]).to_numpy()
    about = people.reindex(held["customer_id"]).reset_index(drop=True)
    held = held.reset_index(drop=True)
    in_care = (held["move"] - about["residential_since"]).dt.days / 365.25
    short = held["move"] < pd.Series(begun) + pd.DateOffset(months=programme.short_preparation_months)
    prepared = pd.Series(begun).notna() & (pd.Series(begun) < held["move"])
    known = pd.DataFrame(
        {
            "customer_id": held["customer_id"],
            "long_in_care": (in_care >= programme.long_care_years).astype("boolean").mask(in_care.isna()),
            "forensic_history": about["forensic_history"].astype("boolean"),
            "learning_disability": about["learning_disability"].astype("boolean"),
            "short_preparation": short.astype("boolean").mask(~prepared),
        }
    )
    followed = (extract_date - held["move"]).dt.days.clip(lower=1) / MONTH
    return analysis_table(held.assign(reason=held["cause"].map(CAUSES), available=followed), known, made)


def everyone_at_start(tables: Mapping[str, pd.DataFrame], made: Journeys) -> pd.DataFrame:
    """One row a person who started: ``moved``, and what the tracker says of everyone, under printed names."""
    stages = made.stages[made.stages["start"].notna()]
    both = stages[["customer_id", "start", "moved"]].merge(tables["people"], on="customer_id")
    years = (both["start"] - both["residential_since"]).dt.days / 365.25
    named = {
        "sex": "Sex",
        "ethnic_group": "Ethnic group",
        "diagnosis_group": "Main diagnosis",
        "forensic_history": "Forensic history",
        "learning_disability": "Learning disability",
        "entered_in_crisis": "Entered in a crisis",
    }
    words = {
        label: both[name] if both[name].dtype == "boolean" else both[name].str.replace("_", " ")
        for name, label in named.items()
    }
    age = both["start"].dt.year - both["year_of_birth"]
    return pd.DataFrame({"moved": both["moved"], "Age": age.astype(float), "Years in care": years, **words})


def states_since_move(made: Journeys) -> pd.DataFrame:
    """Where movers were since the move, in months: (start, stop] rows for states and repeated admissions.

    Of movers found in the trust's record, since of the others it is not known whether they were in hospital;
    where nobody is linked, of all movers, and then hospital is not among the states.

    Returns
    -------
    DataFrame
        ``customer_id`` ; ``start``, ``stop`` (months since the move) ; ``state``, ``next_state`` (empty:
        follow-up ends) ; ``admitted`` (missing where hospital is not known) and ``died`` (1: on the day of ``stop``).
    """
    rows = made.timeline
    moved = rows["customer_id"].map(made.stages.set_index("customer_id")["move"])
    known = rows["hospital_known"] | (not rows["hospital_known"].any())
    rows = rows[(rows["start"] >= moved) & known]
    since = moved.loc[rows.index]
    return pd.DataFrame(
        {
            "customer_id": rows["customer_id"],
            "start": (rows["start"] - since).dt.days / MONTH,
            "stop": (rows["stop"] - since).dt.days / MONTH,
            "state": rows["state"],
            "next_state": rows["next_state"],
            "admitted": rows["admitted"].astype(float).where(rows["hospital_known"]),
            "died": (rows["next_state"] == "died").astype(int),
        }
    ).reset_index(drop=True)


def harms(tables: Mapping[str, pd.DataFrame], made: Journeys, extract_date: pd.Timestamp) -> pd.DataFrame:
    """People whom something went wrong for since the move: ``label``, ``n``, ``of``.

    Deaths at any time since the move; hospital only of movers found in the trust's record; people, not
    events, so that a person stands in several rows where several things happened.
    """
    held = made.tenancies.set_index("customer_id")["move"]
    lines, stages = made.timeline, made.stages.set_index("customer_id")
    since = lines[lines["customer_id"].isin(held.index)]
    since = since[since["stop"] > since["customer_id"].map(held)]
    linked = since.loc[since["hospital_known"], "customer_id"].unique()
    known = since[since["customer_id"].isin(linked)]
    died = stages.loc[held.index, "died"].notna()
    causes = made.tenancies["cause"]
    later = _later_placements(tables, held, extract_date)
    lost = made.tenancies.loc[causes.isin(["relapse", "return_to_residential"]), "customer_id"]
    any_of = {*died.index[died], *lost, *later["customer_id"]}
    rows = [
        (ANY, len(any_of), len(held)),
        (DIED, int(died.sum()), len(held)),
        (ILL, known.loc[known["admitted"] > 0, "customer_id"].nunique(), len(linked)),
        (RELAPSED, int((causes == "relapse").sum()), len(held)),
        ("Evicted", int((causes == "eviction").sum()), len(held)),
        (BACK, later["customer_id"].nunique(), len(held)),
        (AWAY, later.loc[later["away"], "customer_id"].nunique(), len(held)),
    ]
    away = _away_in_hospital(tables, held, linked, extract_date)
    rows += [("Placed out of area, in hospital", away, len(linked))] if away is not None else []
    return pd.DataFrame(rows, columns=["label", "n", "of"])


def _later_placements(
    tables: Mapping[str, pd.DataFrame], held: pd.Series, extract_date: pd.Timestamp
) -> pd.DataFrame:
    if "placements" not in tables:
        return pd.DataFrame({"customer_id": [], "away": pd.Series([], dtype=bool)})
    placed = tables["placements"]
    moved = placed["customer_id"].map(held)
    later = placed[(placed["start_date"] > moved) & (placed["start_date"] <= extract_date)]
    return later.assign(away=later["out_of_area"].fillna(False).astype(bool))


def _away_in_hospital(
    tables: Mapping[str, pd.DataFrame], held: pd.Series, linked: list[str], extract_date: pd.Timestamp
) -> int | None:
    """Movers with a spell out of area begun since the move; None where the trust's tables aren't there."""
    if not {"hospital_spells", "links"} <= set(tables):
        return None
    who = tables["links"].dropna(subset=["patient_id"])
    who = who[who["customer_id"].isin(linked)]
    spells = tables["hospital_spells"].merge(who, on="patient_id")
    begun = spells["admission_date"]
    since = (begun > spells["customer_id"].map(held)) & (begun <= extract_date)
    away = spells["out_of_area"].fillna(False).astype(bool)
    return int(spells.loc[since & away, "customer_id"].nunique())


def harmed(found: pd.DataFrame) -> int:
    """People in the first row of :func:`harms`."""
    return int(found.set_index("label").loc[ANY, "n"])


def harm_words(found: pd.DataFrame) -> Sentence:
    """Harm in one sentence, said before anything else; people may stand in it more than once."""
    by = found.set_index("label")
    labels = {"any": ANY, "died": DIED, "ill": ILL, "relapsed": RELAPSED, "back": BACK, "away": AWAY}
    linked = int(by.loc[ILL, "of"])
    hospital = "Nobody is found in the trust's record, so that admissions are not known"
    if linked:
        hospital = "Of the {linked} found in the trust's record {ill} were admitted to a mental health hospital"
    return sentence(
        "Harm first: {any} of {n} people who moved have died, lost the tenancy in a relapse or gone back into "
        "care: {died} died, {relapsed} lost it in a relapse, {back} went back to residential or nursing care "
        "({away} out of area). " + hospital + " (counts of people since the move up to the extract date, not "
        "rates; some stand in several).",
        n=count(int(by.loc[ANY, "of"])),
        linked=count(linked),
        **{key: count(int(by.loc[label, "n"])) for key, label in labels.items()},
    )
