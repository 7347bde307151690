"""What is due, claimed, contested and paid under a rate card, in whole pence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pi_research.economics.rate_card import RateCard, apportion, pence
from pi_research.wording import Sentence, count, number, sentence

if TYPE_CHECKING:
    import pandas as pd

MONEY = ("due", "claimed", "contested", "pending", "rejected", "paid")
NEEDED = {"milestones": ("person", "outcome", "reached"),
          "claims": ("claim_id", "person", "outcome", "claimed_on", "decision", "amount_gbp")}
ROUGH = 50_000
DECISIONS = ("paid", "contested", "pending", "rejected")


@dataclass(frozen=True, eq=False)
class Ledger:
    """Outcomes reached and what became of their claims.

    Attributes
    ----------
    entries : DataFrame
        One row an outcome reached by a person: ``person, outcome, reached, claim_id, claimed_on``; whole
        pence in ``due`` (by the card), ``claimed``, ``contested``, ``pending``, ``rejected``, ``paid``;
        ``paid_<payer>``, which add up to ``paid``; ``recorded`` (pence that the claim names; 0 without one).
    problems : DataFrame
        ``claim_id, outcome, problem``: what was reported and not paid, or differs from the card.
    payers : tuple of str
    """

    entries: pd.DataFrame
    problems: pd.DataFrame
    payers: tuple[str, ...]

    def by(self, key: str) -> pd.DataFrame:
        """Whole pence by ``month``, ``year``, ``person``, ``outcome`` or ``payer``, and claims paid.

        What is due stands in the month in which the outcome was reached, all else in the month of the claim:
        the day of payment is not recorded. A year begins in April. By payer there is only what was paid.
        """
        import pandas as pd

        held = self.entries
        if key == "payer":
            paid = [int(held[f"paid_{payer}"].sum()) for payer in self.payers]
            return pd.DataFrame({"paid": paid}, index=pd.Index(self.payers, name="payer"))
        if key not in ("month", "year", "person", "outcome"):
            raise ValueError(f"ledger: by must be month, year, person, outcome or payer, not {key!r}")
        first = _period(held["reached"], key) if key in ("month", "year") else held[key]
        later = _period(held["claimed_on"], key) if key in ("month", "year") else held[key]
        due = held.groupby(first)["due"].agg(due="sum", reached="size")
        rest = held.assign(claims=held["claimed"].gt(0), payments=held["paid"].gt(0)).groupby(later)
        made = due.join(rest[[*MONEY[1:], "claims", "payments"]].sum(), how="outer").fillna(0).astype("int64")
        return made.rename_axis(key)

    def total(self, what: str = "paid") -> float:
        """Pounds in all of ``due``, ``claimed``, ``contested``, ``pending``, ``rejected`` or ``paid``."""
        return int(self.entries[what].sum()) / 100

    def rounded(self, what: str = "paid") -> float:
        """The total to the nearest 50,000 pounds: an exact sum of prices would give small counts back."""
        return round(self.total(what) / ROUGH) * ROUGH

    def sentence(self) -> Sentence:
        """What was due, paid, contested and waiting, in rounded pounds; what was reported is counted."""
        held = self.entries
        paid, n = (
            held["paid"].gt(0),
            {w: int(held[w].gt(0).sum()) for w in ("due", "paid", "contested", "pending")},
        )
        money = {f"{w}_gbp": number(self.rounded(w), style="pounds", behind=(n[w],)) for w in ("due", "paid")}
        return sentence(
"{reached} outcomes had been reached, worth about {due_gbp} by the rate card; about {paid_gbp} had "
            "been paid, for {paid} of them, of {people} people. Claims contested: {contested}; waiting for "
            "a decision: {pending}; reported and not paid, or for another amount than the card's: {odd} "
            "(counts, not estimates).",
            reached=count(len(held)), paid=count(n["paid"]), contested=count(n["contested"]),
            pending=count(n["pending"]),
            people=count(int(held.loc[paid, "person"].nunique())), odd=count(len(self.problems)), **money)


def _period(days: pd.Series, key: str) -> pd.Series:
    if key == "month":
        return days.dt.strftime("%Y-%m")
    first = days.dt.year - (days.dt.month < 4)
    last = ((first + 1) % 100).astype("Int64").astype(str).str.zfill(2)
    text = first.astype("Int64").astype(str) + "/" + last
    return text.where(days.notna())


def claims_ledger(milestones: pd.DataFrame, claims: pd.DataFrame, card: RateCard) -> Ledger:
    """The ledger of a contract: each outcome that a person reached, priced, beside its claim.

    Parameters
    ----------
    milestones : DataFrame
        ``person, outcome, reached`` (day): the outcomes reached, by the records and not by the claims.
    claims : DataFrame
        ``claim_id, person, outcome, claimed_on`` (missing: not claimed yet), ``decision`` (paid, contested,
        rejected, pending or missing), ``amount_gbp``.
    card : RateCard
        The price is that of the day on which the outcome was reached.

    Returns
    -------
    Ledger
        Paid is what the card allows for claims that the panel accepted, in the order of their claims up to
        the caps. Each outcome of a person is paid at most once. Reported and not paid: a second claim for
        the same outcome (that does not follow a rejection), a claim before the outcome's day or without an
        outcome on record, an outcome without a price on its day, and what lies over a cap. Reported and paid
        by the card: a claim for another amount.

    Raises
    ------
    ValueError
        Where a column or a person, outcome, day or claim's id is missing, a claim's id stands twice, or a
        decision is none of the four.
    """
    for name, frame in (("milestones", milestones), ("claims", claims)):
        _check(name, frame)
    told: list[pd.DataFrame] = []
    due = _due(milestones, card, told)
    made = due.merge(_standing(claims, due, told), on=["person", "outcome"], how="left")
    made["decision"] = made["decision"].fillna("pending").where(made["claimed_on"].notna())
    for what in DECISIONS[1:]:
        made[what] = made["due"].where(made["decision"] == what, 0).astype("int64")
    made["claimed"] = made["due"].where(made["claimed_on"].notna(), 0).astype("int64")
    made["recorded"] = pence(made["amount_gbp"].astype(float).fillna(0.0))
    differ = made["claimed_on"].notna() & made["amount_gbp"].notna() & (made["recorded"] != made["due"])
    _report(told, made[differ], "the amount claimed is not the card's; the card's counts")
    made["paid"] = _within_caps(made, card, told)
    split = apportion(made["paid"].to_numpy(), card.shares[made["card_row"]])
    for k, payer in enumerate(card.payers):
        made[f"paid_{payer}"] = split[:, k]
    return Ledger(made.drop(columns=["amount_gbp", "decision", "card_row"]), _problems(told), card.payers)


def _check(name: str, frame: pd.DataFrame) -> None:
    missing = [c for c in NEEDED[name] if c not in frame]
    if missing:
        raise ValueError(f"ledger, {name}: column {', '.join(missing)} is missing")
    needed = [c for c in NEEDED[name] if c not in ("claimed_on", "decision", "amount_gbp")]
    empty = [c for c in needed if frame[c].isna().any()]
    if empty:
        raise ValueError(f"ledger, {name}: column {', '.join(empty)} has empty cells; fill them in")
    if name == "claims":
        if frame["claim_id"].duplicated().any():
            raise ValueError("ledger, claims: a claim_id stands twice; give each claim its own")
        if (~frame["decision"].dropna().isin(DECISIONS)).any():
            raise ValueError(f"ledger, claims: decision must be one of {', '.join(DECISIONS)}, or empty")
        if (frame["amount_gbp"] < 0).any():
            raise ValueError("ledger, claims: amount_gbp is negative in a row; correct it")


def _report(told: list, rows: pd.DataFrame, problem: str) -> None:
    if len(rows):
        told.append(rows.reindex(columns=["claim_id", "outcome"]).assign(problem=problem))


def _problems(told: list) -> pd.DataFrame:
    import pandas as pd

    columns = ["claim_id", "outcome", "problem"]
    return pd.concat(told, ignore_index=True)[columns] if told else pd.DataFrame(columns=columns)


def _due(milestones: pd.DataFrame, card: RateCard, told: list) -> pd.DataFrame:
    """Each person's outcomes once, at the first day on record, with the price of that day."""
    rows = milestones[list(NEEDED["milestones"])].sort_values(["reached", "person", "outcome"], kind="stable")
    again = rows.duplicated(["person", "outcome"])
    _report(told, rows[again], "the outcome is on record twice; the first day counts")
    rows = rows[~again].reset_index(drop=True)
    place = card.row_of(rows["outcome"], rows["reached"])
    _report(told, rows[place < 0], "the rate card has no price on the day it was reached")
    rows = rows[place >= 0].reset_index(drop=True)
    place = place[place >= 0]
    return rows.assign(card_row=place, due=card.rows["price_pence"].to_numpy()[place])


def _standing(claims: pd.DataFrame, due: pd.DataFrame, told: list) -> pd.DataFrame:
    """The claim that stands for each outcome on record; the others are reported."""
    rows = (
        claims[list(NEEDED["claims"])].dropna(subset=["claimed_on"]).sort_values(["claimed_on", "claim_id"])
    )
    rows = rows.merge(due[["person", "outcome", "reached"]], on=["person", "outcome"], how="left")
    _report(told, rows[rows["reached"].isna()], "claimed without the outcome, with a price, on record")
    early = rows["claimed_on"] < rows["reached"]
    _report(told, rows[early], "claimed before the outcome's day")
    rows = rows[rows["reached"].notna() & ~early]
    live = rows[rows["decision"].ne("rejected")]
    twice = live.duplicated(["person", "outcome"])
    _report(told, live[twice], "claimed twice; the first claim counts")
    refused = rows[rows["decision"].eq("rejected")].drop_duplicates(["person", "outcome"], keep="last")
    keys = live.set_index(["person", "outcome"]).index
    refused = refused[~refused.set_index(["person", "outcome"]).index.isin(keys)]
    import pandas as pd

    return pd.concat([live[~twice], refused]).drop(columns="reached")


def _within_caps(made: pd.DataFrame, card: RateCard, told: list) -> np.ndarray:
    """Pence paid for accepted claims, in the order of claims, up to the cap of each row and of all."""
    accepted = made[made["decision"] == "paid"].sort_values(["claimed_on", "claim_id"])
    cap = card.rows["cap_people"].astype(float).to_numpy()[accepted["card_row"]]
    over = accepted.groupby("card_row").cumcount().to_numpy() >= np.where(np.isnan(cap), np.inf, cap)
    _report(told, accepted[over], "over the cap of people paid for")
    wanted = np.where(over, 0, accepted["due"].to_numpy())
    if card.cap_pence is not None:
        running = np.minimum(np.cumsum(wanted), card.cap_pence)
        given = np.diff(running, prepend=0)
        _report(told, accepted[given < wanted], "over the cap of all payments, in part or whole")
        wanted = given
    paid = np.zeros(len(made), np.int64)
    paid[made.index.get_indexer(accepted.index)] = wanted
    return paid
