"""From an extract, its journeys and other pages' findings to what the economic model needs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from pi_research.economics import Contract, Input, RateCard, RateCardError, Use
from pi_research.findings import Finding

if TYPE_CHECKING:
    import pandas as pd

    from pi_research.extract import Extract
    from pi_research.journeys import Journeys
    from pi_research.params import Params

__all__ = ["CORRELATED", "claims_of", "contract_of", "inputs_of", "outcomes_reached", "placements_left",
           "rate_card",
           "uses_of"]

COUNCIL = {"council": 1.0, "joint": 0.5, "nhs": 0.0}
CORRELATED = {("kept", "ratio_bed_days"): -1, ("placement_week", "home_support_week"): 1,
              ("ratio_bed_days", "ratio_crisis_contacts"): 1}
"""Inputs that go together, and the sign: ``economics.correlation`` says how closely."""
USES = {"bed_days": ("time in hospital", "bed_day"), "planned_contacts": ("planned contact", "contact"),
        "crisis_contacts": ("crisis contact", "contact")}
SUPPORT_MONTHS = 24


def rate_card(settings: Params) -> RateCard:
    """The card that ``economics.rate_card`` names, or the embedded one.

    Raises ``RateCardError`` where the file is not there, is no table, or the card is wrong.
    """
    import pandas as pd

    from pi_research.extract.published import read_published

    asked = settings.economics
    if asked.rate_card is None:
        frame = read_published("rate_card")
    else:
        try:
            frame = pd.read_csv(settings.root / asked.rate_card)
        except (OSError, ValueError):
            raise RateCardError([f"economics.rate_card: {asked.rate_card} can't be read as CSV"]) from None
    return RateCard.from_frame(frame, cap_gbp=asked.payment_cap_gbp)


def outcomes_reached(made: Journeys, card: RateCard) -> pd.DataFrame:
    """``person, outcome, reached``: what the records say was reached, of outcomes with a price on that day.

    Engagement counts from the day of the plan, the move from the first day of the tenancy, a milestone from
    its day with the tenancy held.
    """
    import pandas as pd

    held = made.milestones[made.milestones["status"] == "reached"]
    parts = [
        made.stages.dropna(subset=["plan"]).assign(outcome="engagement", reached=lambda f: f["plan"]),
        made.tenancies.assign(outcome="move", reached=lambda f: f["move"]),
        held.assign(outcome="sustained_" + held["months"].astype(str), reached=held["due"]),
    ]
    rows = pd.concat([p[["customer_id", "outcome", "reached"]] for p in parts], ignore_index=True)
    rows = rows.rename(columns={"customer_id": "person"})
    return rows[card.row_of(rows["outcome"], rows["reached"]) >= 0].reset_index(drop=True)


def claims_of(tables: Mapping[str, pd.DataFrame], made: Journeys) -> pd.DataFrame:
    """The extract's claims of people whose records are used, under the ledger's names."""
    rows = tables["outcome_claims"].rename(columns={"customer_id": "person", "claim_date": "claimed_on"})
    return rows[rows["person"].isin(made.stages["customer_id"])].reset_index(drop=True)


def placements_left(tables: Mapping[str, pd.DataFrame], made: Journeys) -> pd.DataFrame:
    """One row a mover: ``weekly_cost_gbp`` and ``funder`` of the last placement begun before the move.

    Placements that residents pay for themselves, and those without a cost, are left out.
    """
    rows = tables["placements"].merge(made.tenancies[["customer_id", "move"]], on="customer_id")
    rows = rows[rows["start_date"] <= rows["move"]].sort_values(["start_date", "placement_id"])
    rows = rows.drop_duplicates("customer_id", keep="last")
    return rows[rows["weekly_cost_gbp"].gt(0) & rows["funder"].ne("self")][["weekly_cost_gbp", "funder"]]


def uses_of(tables: Mapping[str, pd.DataFrame], made: Journeys, found: Mapping[str, Finding],
            settings: Params) -> tuple[Use, ...]:
    """Use that changed, with the rate before of the same people: those that could be estimated."""
    from pi_research import journeys

    rows = journeys.service_rows(tables, made, window_months=settings.within_person.crisis_window_months,
                                 months=settings.person_time.months, covid=settings.covid)
    before = rows[rows["phase"] == journeys.PHASES[0]]
    years = before["known_years"].sum()
    return tuple(Use(m, label, f"use.{m}", float(before[m].sum() / years), f"ratio_{m}", price)
                 for m, (label, price) in USES.items()
                 if years > 0 and f"use.{m}" in found and _known(found[f"use.{m}"], above=0.0))


def _known(f: Finding, above: float = -np.inf) -> bool:
    return bool(np.isfinite([f.estimate, f.lower, f.upper]).all() and f.lower > above)


def contract_of(data: Extract, made: Journeys, card: RateCard, kept: tuple[int, ...], uses: tuple[Use, ...],
                settings: Params) -> Contract:
    """The contract by month, from the records, the card and the caps in ``economics``."""
    asked, first = settings.economics, settings.economics.contract_start
    size, moves = 12 * asked.years, made.tenancies["move"]
    reached = outcomes_reached(made, card)
    fixed = reached[~reached["outcome"].str.startswith("sustained")]
    paid_at = tuple(sorted({int(m) for m in card.rows["milestone_months"].dropna() if m > 0}))
    left = placements_left(data.tables, made)
    weight = left["funder"].map(COUNCIL).fillna(1.0)
    council = float(np.average(weight, weights=left["weekly_cost_gbp"])) if len(left) else 1.0
    fund = card.payers.index("national_fund") if "national_fund" in card.payers else None
    return Contract(
        first.year, _monthly(moves, np.ones(len(moves)), first, size),
        _monthly(fixed["reached"], _prices(card, fixed["outcome"], fixed["reached"]), first, size), kept,
        paid_at,
        np.array([_sustained(card, moves, m, first, size) for m in paid_at]).reshape(len(paid_at), size),
        _contact(data, made, asked.hour_gbp, first, size), council,
        float(np.mean(card.shares[:, fund])) if fund is not None else 0.0,
        asked.payment_cap_gbp, asked.fund_cap_gbp, asked.investment_gbp, uses)


def _monthly(days: pd.Series, amounts: np.ndarray, first: object, size: int) -> np.ndarray:
    """Amounts by contract month; days outside the contract are left out."""
    month = ((days.dt.year - first.year) * 12 + days.dt.month - first.month).to_numpy()
    inside = (month >= 0) & (month < size)
    return np.bincount(month[inside].astype(int), weights=np.asarray(amounts, float)[inside], minlength=size)


def _prices(card: RateCard, outcomes: pd.Series, days: pd.Series) -> np.ndarray:
    place = card.row_of(outcomes, days)
    return np.where(place >= 0, card.rows["price_pence"].to_numpy(float)[place] / 100, 0.0)


def _sustained(card: RateCard, moves: pd.Series, months: int, first: object, size: int) -> np.ndarray:
    import pandas as pd

    day = moves + pd.DateOffset(months=months)
    return _monthly(day, _prices(card, pd.Series([f"sustained_{months}"] * len(day)), day), first, size)


def _contact(data: Extract, made: Journeys, hour: float, first: object, size: int) -> np.ndarray:
    """Pounds of direct contact by month; after the extract as many as the movers still in their first 24
    months
    need, at the last year's mean for each of them."""
    import pandas as pd

    rows = data.tables["support_hours"]
    rows = rows[rows["customer_id"].isin(made.stages["customer_id"])]
    hours = _monthly(rows["month"], rows["hours"].to_numpy(float), first, size)
    cut = pd.Timestamp(data.extract_date)
    last = min(max((cut.year - first.year) * 12 + cut.month - first.month, 0), size - 1)
    moves = _monthly(made.tenancies["move"], np.ones(len(made.tenancies)), first, size)
    supported = np.convolve(moves, np.ones(SUPPORT_MONTHS))[:size]
    recent = slice(max(last - 11, 0), last + 1)
    each = hours[recent].sum() / max(supported[recent].sum(), 1.0)
    hours[last + 1:] = each * supported[last + 1:]
    return hour * hours


def inputs_of(found: Mapping[str, Finding], kept: tuple[int, ...], uses: tuple[Use, ...], left: pd.DataFrame,
              settings: Params) -> dict[str, Input]:
    """Every uncertain input by name: estimated ones with their interval, assumed ones within a factor."""
    asked = settings.economics
    held = [found[f"tenancy.kept_{m}"] for m in kept]
    shares = (np.array([getattr(f, part) for f in held]) for part in ("estimate", "lower", "upper"))
    made = {
        "kept": Input("how long tenancies last", *shares, "share", held[0].level, "finding tenancy.kept_*"),
        "placement_week": _placement(left, settings),
        "resident_share": _assumed("the resident's share of a placement", "resident_share", asked, "share"),
        "home_support_week": _assumed("support at home, pounds a week", "home_support_gbp_week", asked),
        "anyway": Input("share who would have moved anyway", asked.anyway, asked.anyway_low,
                        asked.anyway_high,
                        "share", 0.95, "economics.anyway"),
        "overhead": _assumed("other cost to a pound of contact", "overhead", asked),
        "investor_return": _assumed("the investor's return a year", "investor_return", asked),
        "bed_day": _assumed("a day in hospital, pounds", "bed_day_gbp", asked),
        "contact": _assumed("a contact, pounds", "contact_gbp", asked),
    }
    for use in uses:
        f = found[use.finding]
        label = f"{use.label} since the move, times before"
        made[use.ratio] = Input(label, f.estimate, f.lower, f.upper, "ratio", f.level,
                                f"finding {use.finding}")
    return made


def _assumed(label: str, key: str, asked: object, scale: str = "ratio") -> Input:
    value, factor = getattr(asked, key), asked.price_range
    high = min(value * factor, 1.0) if scale == "share" else value * factor
    return Input(label, value, value / factor, high, scale, 0.95, f"economics.{key}")


def _placement(left: pd.DataFrame, settings: Params) -> Input:
    """Mean weekly cost of the places left, with Student's t; the published one where too few are known."""
    from scipy.stats import t

    from pi_research.extract.published import figure

    label, cost = "a residential place, pounds a week", left["weekly_cost_gbp"].to_numpy(float)
    if len(cost) < 3:
        week, factor = float(figure("placement_cost_per_year")) / 52, settings.economics.price_range
        return Input(label, week, week / factor, week * factor, "ratio", 0.95,
                     "interim report: 41,600 a year")
    half = float(t.ppf(0.975, len(cost) - 1) * cost.std(ddof=1) / np.sqrt(len(cost)))
    mean = float(cost.mean())
    return Input(
        label, mean, max(mean - half, 0.01), mean + half, "ratio", 0.95, "extract: places that movers left"
    )
