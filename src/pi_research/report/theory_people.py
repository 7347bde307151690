"""What the extract says of people for the theory: counts at steps, and success person by person."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import pandas as pd

from pi_research.journeys import harms, movers, paired_scores

if TYPE_CHECKING:
    from pi_research.journeys import Journeys
    from pi_research.sections import Params

__all__ = ["PERSON_RULES", "RULE_WORDS", "TheoryData", "known_rule", "people_counts", "person_rules"]

LOST = ("", "planned_move_on", "death")
"""Causes that are no lost tenancy."""
YEAR = pd.DateOffset(months=12)
COLUMNS = {
    "programme_events": ("event", "date", "planned_date"),
    "outcome_claims": ("outcome", "decision", "amount_gbp", "reached_date"),
    "placements": ("start_date", "end_date", "weekly_cost_gbp"),
    "delays": ("reason", "start_date"),
    "support_hours": ("role", "month"),
    "assessments": ("tool", "date", "score"),
    "tenancies": ("start_date",),
}
TRUST = {"hospital_spells": ("admission_date",), "contacts": ("date", "planned", "team")}


@dataclass(frozen=True, eq=False)
class TheoryData:
    """An extract's tables and journeys, as the rules below read them."""

    tables: Mapping[str, pd.DataFrame]
    made: Journeys
    extract_date: pd.Timestamp
    settings: Params

    @cached_property
    def people(self) -> pd.DataFrame:
        """One row a person of the journeys, by ``customer_id``: columns of ``stages`` and ``people``."""
        return self.made.stages.set_index("customer_id").join(self.tables["people"].set_index("customer_id"))

    @cached_property
    def held(self) -> pd.DataFrame:
        """One row a mover, by ``customer_id``."""
        return movers(self.tables, self.made, self.extract_date, self.settings.programme).set_index(
            "customer_id"
        )

    @cached_property
    def linked(self) -> pd.Series:
        """Whether a person is found in the trust's record."""
        known = self.made.timeline.loc[self.made.timeline["hospital_known"], "customer_id"]
        return pd.Series(self.people.index.isin(known), self.people.index)

    def rows(self, table: str) -> pd.DataFrame:
        """Rows of the people, with ``move`` and ``begun`` (their start); trust tables by links."""
        columns = ["customer_id", *{**COLUMNS, **TRUST}[table]]
        if table not in self.tables or (table in TRUST and "links" not in self.tables):
            return pd.DataFrame(columns=[*columns, "move", "begun"])
        found = self.tables[table]
        if table in TRUST:
            found = found.merge(
                self.tables["links"].dropna(subset=["patient_id"])[["customer_id", "patient_id"]],
                on="patient_id",
            )
        days = self.people[["move", "start"]].rename(columns={"start": "begun"})
        return found.merge(days, left_on="customer_id", right_index=True)

    def some(self, rows: pd.DataFrame, known: pd.Series | None = None) -> pd.Series:
        """Whether a person has one of these rows; missing where it is not known."""
        made = pd.Series(self.people.index.isin(rows["customer_id"]), self.people.index, dtype="boolean")
        return made if known is None else made.mask(~known.reindex(self.people.index, fill_value=False))


# counts of the process diagrams


def people_counts(data: TheoryData) -> dict[str, int]:
    """People at the steps of the process diagrams, by the names of ``steps.csv``; names without a table are
    left out.

    ``delayed`` and the two ``held_by`` count people who were ever held up, ``admitted`` and ``back_in_care``
    people since their move; ``waiting`` and ``preparing`` those who are so on the extract date.
    """
    p, status = data.people, data.people["status"].value_counts()
    cause = data.made.tenancies["cause"]
    delays, claims = data.rows("delays"), data.rows("outcome_claims")
    harm = harms(data.tables, data.made, data.extract_date).set_index("label")["n"]
    events = data.rows("programme_events")
    started = p["start"].notna() | p["moved"]
    found = {
        "interest": len(p),
        "waiting": status.get("waiting", 0),
        "declined": status.get("declined", 0),
        "accepted": (p["accepted"].notna() | started).sum(),
        "started": started.sum(),
        "preparing": status.get("preparing", 0),
        "withdrew": status.get("withdrew", 0),
        "moved": p["moved"].sum(),
        "left_before": status.reindex(["declined", "withdrew"]).sum(),
        "holding": (cause == "").sum(),
        "lost": (~cause.isin(LOST)).sum(),
        "by_coordinator": (p["referral_source"] == "care_coordinator").sum(),
        "transition": events.loc[events["event"] == "transition", "customer_id"].nunique(),
    }
    if "delays" in data.tables:
        by = {
            "delayed": None,
            "held_by_supply": ["housing_supply"],
            "held_by_funding": ["care_package", "funding_decision"],
        }
        found |= {
            k: (delays if r is None else delays[delays["reason"].isin(r)])["customer_id"].nunique()
            for k, r in by.items()
        }
    if "outcome_claims" in data.tables:
        found["paid"] = claims.loc[claims["decision"] == "paid", "customer_id"].nunique()
    if data.linked.any():
        found["admitted"] = harm["Admitted to a mental health hospital"]
    if "placements" in data.tables:
        found["back_in_care"] = harm["Back in residential or nursing care"]
    return {name: int(n) for name, n in found.items()}


# success, person by person, of movers whose first year is over


def _over(data: TheoryData) -> pd.Series:
    return (data.people["move"] + YEAR <= data.extract_date).fillna(False)


def _paid(data: TheoryData) -> pd.Series:
    claims = data.rows("outcome_claims")
    twelve = claims[claims["outcome"] == "sustained_12"]
    waiting = data.some(twelve[~twelve["decision"].isin(["paid", "rejected"])])
    return data.some(twelve[twelve["decision"] == "paid"]).mask(waiting.astype(bool))


def _kept(data: TheoryData) -> pd.Series:
    twelve = data.made.milestones[data.made.milestones["months"] == 12].set_index("customer_id")["status"]
    status = twelve.reindex(data.people.index)
    return (status == "reached").astype("boolean").mask(~status.isin(["reached", "failed"]))


def _no_admission(data: TheoryData) -> pd.Series:
    spells = data.rows("hospital_spells")
    after = (spells["admission_date"] > spells["move"]) & (spells["admission_date"] <= spells["move"] + YEAR)
    return ~data.some(spells[after], data.linked)


def _saved(data: TheoryData) -> pd.Series:
    """What the last placement would have cost while the tenancy lasted in its first year, beside payments."""
    placed = data.rows("placements")
    last = (
        placed[placed["start_date"] < placed["move"]].sort_values("start_date").groupby("customer_id").last()
    )
    claims = data.rows("outcome_claims")
    due = claims[(claims["decision"] == "paid") & (claims["reached_date"] <= claims["move"] + YEAR)]
    paid = due.groupby("customer_id")["amount_gbp"].sum().reindex(data.people.index, fill_value=0.0)
    weeks = data.held["days"].reindex(data.people.index).clip(upper=365) / 7
    saved = last["weekly_cost_gbp"].reindex(data.people.index).astype(float) * weeks
    return (saved > paid).astype("boolean").mask(saved.isna())


def _not_back(data: TheoryData) -> pd.Series:
    placed = data.rows("placements")
    after = (placed["start_date"] > placed["move"]) & (placed["start_date"] <= placed["move"] + YEAR)
    return ~data.some(placed[after])


def _star(data: TheoryData) -> pd.Series:
    scores = (
        paired_scores(data.tables, data.made, "recovery_star")
        .set_index("customer_id")
        .reindex(data.people.index)
    )
    return (
        (scores["after"] > scores["before"])
        .astype("boolean")
        .mask(scores[["before", "after"]].isna().any(axis=1))
    )


PERSON_RULES: dict[str, tuple[str, Callable[[TheoryData], pd.Series]]] = {
    "paid_12": ("outcome_claims", _paid),
    "kept_12": ("tenancies", _kept),
    "no_admission_12": ("hospital_spells", _no_admission),
    "saved_more_than_paid": ("placements", _saved),
    "not_back_in_care": ("placements", _not_back),
    "star_up": ("assessments", _star),
}
"""The table without which a rule says nothing, and the rule."""
RULE_WORDS = {
    "paid_12": "twelve months were paid for",
    "kept_12": "the tenancy lasted twelve months",
    "no_admission_12": "no admission in twelve months",
    "star_up": "the Star rose",
    "saved_more_than_paid": "the placement would have cost more than was paid",
    "not_back_in_care": "not back in residential care in twelve months",
}


def person_rules(names: pd.Series, data: TheoryData) -> pd.DataFrame:
    """Whether each mover whose first year is over is a success by each rule: one column a rule, in words.

    Missing where it cannot be said of a person; a rule whose table was not supplied is left out.

    Raises
    ------
    ValueError
        For a rule that is not one of ``PERSON_RULES``: success.csv, column person_rule.
    """
    wanted = list(dict.fromkeys(names.dropna()))
    known_rule(wanted, PERSON_RULES, "success.csv, column person_rule")
    over = _over(data)
    made = {
        RULE_WORDS[n]: PERSON_RULES[n][1](data)[over] for n in wanted if PERSON_RULES[n][0] in data.tables
    }
    return pd.DataFrame(made, index=over.index[over])


def known_rule(names: list[str], rules: Mapping, where: str) -> None:
    """Nothing where every name is a rule; else ``ValueError`` that names the place."""
    if strange := [n for n in names if n not in rules]:
        raise ValueError(
            f"{where}: {', '.join(strange)} is no rule of this house; there are {', '.join(rules)}"
        )


# groups of the comparisons that were fixed beforehand
