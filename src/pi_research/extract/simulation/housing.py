"""What the housing association's tracker holds: people, events, tenancies, claims, delays, placements."""

from __future__ import annotations

import numpy as np

from pi_research.extract.simulation import cohort as who
from pi_research.extract.simulation.draws import days_of, lognormal, pick, uniforms
from pi_research.extract.simulation.frames import frame, stacked
from pi_research.extract.simulation.journey import END_REASONS
from pi_research.extract.simulation.parameters import Parameters
from pi_research.extract.simulation.programme import Programme

__all__ = ["customer_ids", "housing_tables", "year_of"]

STREAM = 5
DELAY_REASONS = (
    "housing_supply", "funding_decision", "covid_restrictions", "health", "customer_choice", "care_package",
    "legal_or_benefits", "other",
)
OUTCOMES = ("engagement", "move", "sustained_6", "sustained_12", "sustained_18", "sustained_24")
DECISIONS = ("paid", "contested", "rejected")
DECLINED = ("not_eligible", "not_ready", "risk", "no_suitable_home")
LEFT = ("own_choice", "health", "family_view", "not_ready", "other")


def customer_ids(n: int) -> np.ndarray:
    """The tracker's identifiers, in order of the expression of interest."""
    width = max(4, len(str(n)))
    return np.array([f"PI-{i:0{width}d}" for i in range(1, n + 1)], dtype=object)


def year_of(day: np.ndarray) -> np.ndarray:
    """Calendar year of days since 1970-01-01."""
    days = np.asarray(day).astype("int64").astype("datetime64[D]")
    return days.astype("datetime64[Y]").astype("int64") + 1970


def housing_tables(made: Programme, seed: int, p: Parameters) -> dict:
    """The seven person-level tables of the housing side that follow from the steps alone."""
    ids = customer_ids(len(made.people))
    u = iter(uniforms(seed, STREAM, len(ids), 60))
    tenancies = _tenancies(made, ids, u)
    return {
        "people": _people(made, ids),
        "programme_events": _events(made, ids, u),
        "tenancies": frame("tenancies", tenancies),
        "outcome_claims": _claims(made, ids, tenancies, u, p),
        "delays": _delays(made, ids, p),
        "placements": _placements(made, ids, u, p),
    }


def _named(values: tuple[str, ...], codes: np.ndarray) -> np.ndarray:
    return np.asarray(values, dtype=object)[codes]


def _people(made: Programme, ids: np.ndarray):
    people = made.people
    return frame("people", {
        "customer_id": ids, "sex": _named(who.SEX, people.sex), "year_of_birth": year_of(people.birth),
        "ethnic_group": _named(who.ETHNIC, people.ethnic_group),
        "area": _named(who.AREAS, people.home % len(who.AREAS)),
        "diagnosis_group": _named(who.DIAGNOSES, people.diagnosis), "residential_since": people.in_care_since,
        "forensic_history": people.forensic, "learning_disability": people.learning_disability,
        "entered_in_crisis": people.crisis, "referral_source": _named(who.SOURCES, people.source),
        "consent": _named(who.CONSENT, people.consent),
    })


def _events(made: Programme, ids: np.ndarray, u):
    people = made.people
    accepted = people.accepted <= made.followed_to
    left = _named(LEFT, pick(next(u), (0.40, 0.25, 0.10, 0.15, 0.10)))
    left = np.where((made.reason > 0) | (made.left == made.death), "other", left)
    left = np.where(made.reason == 0, "health", left)
    why_not = _named(DECLINED, pick(next(u), (0.3, 0.3, 0.25, 0.15)))
    steps = [  # rank keeps steps of one day in order
        (0, "expression_of_interest", people.interest),
        (1, "panel_accepted", _where(accepted & ~made.declined, people.accepted)),
        (1, "panel_declined", _where(made.declined, people.accepted)),
        (2, "start", people.start), (3, "plan_agreed", made.plan),
        (4, "move_planned", made.planned_on), (5, "move", made.move), (7, "transition", made.transition),
        (8, "withdrawal", made.left), *_reviews(made, next(u)),
    ]
    parts = []
    for rank, event, day in steps:
        here = np.flatnonzero(~np.isnan(day) & (day <= made.followed_to))
        reason = {"panel_declined": why_not, "withdrawal": left}.get(event, np.full(len(ids), ""))
        planned = made.planned_for if event == "move_planned" else np.full(len(ids), np.nan)
        parts.append({
            "customer_id": ids[here], "event": np.full(len(here), event, dtype=object), "date": day[here],
            "rank": np.full(len(here), rank), "planned_date": planned[here], "reason": reason[here],
        })
    return frame("programme_events", stacked("EV-", "event_id", parts, ("customer_id", "date", "rank")))


def _where(mask: np.ndarray, day: np.ndarray) -> np.ndarray:
    return np.where(mask, day, np.nan)


def _reviews(made: Programme, u: np.ndarray) -> list[tuple[int, str, np.ndarray]]:
    """Reviews about every three months from the start to the transition or the day of leaving."""
    last = np.fmin(np.fmin(made.left, made.transition), made.followed_to)
    days = [np.floor(made.people.start + 91 * k + 14 * ((u * (k + 7)) % 1) - 7) for k in range(1, 21)]
    return [(6, "review", _where(day < last, day)) for day in days]


def _tenancies(made: Programme, ids: np.ndarray, u) -> dict:
    landlord = pick(next(u), (0.70, 0.20, 0.10), ("housing_association", "council", "private"))
    level = pick(next(u), (0.6, 0.4), ("supported", "general_needs"))
    second = ~np.isnan(made.second_start)
    reasons = np.asarray((*END_REASONS, ""), dtype=object)
    both = (
        (made.moved, made.move, made.end, made.reason),
        (second, made.second_start, made.second_end, made.second_reason),
    )
    parts = [{
        "customer_id": ids[is_], "start_date": start[is_], "end_date": end[is_],
        "end_reason": reasons[why[is_]], "landlord_type": landlord[is_], "support_level": level[is_],
        "person": np.flatnonzero(is_),
    } for is_, start, end, why in both]
    return stacked("T-", "tenancy_id", parts, ("customer_id", "start_date"))


def _claims(made: Programme, ids: np.ndarray, tenancies: dict, u, p: Parameters):
    """A claim for each outcome reached; the price is that of the day on which it was reached."""
    change = days_of(p.tariff_change)
    tenancy = np.full(len(ids), "", dtype=object)
    tenancy[tenancies["person"][::-1]] = tenancies["tenancy_id"][::-1]  # of two, the first stays
    sustained = [made.sustained(months) for months in (6, 12, 18, 24)]
    reached = [_where(made.plan >= change, made.plan), made.move, *sustained]
    reached[4] = _where(reached[4] >= change, reached[4])
    parts = []
    for k, (outcome, day) in enumerate(zip(OUTCOMES, reached, strict=True)):
        claimed = day + 14 + np.floor(46 * next(u))
        decision = _named(DECISIONS, pick(next(u), p.decision_shares))
        decision = np.where(claimed > made.extract - 42, "pending", decision)
        late = claimed > made.extract
        price = np.where(day >= change, p.rate_card_after[k], p.rate_card_before[k])
        here = np.flatnonzero(~np.isnan(day))
        parts.append({
            "customer_id": ids[here], "tenancy_id": (tenancy if k else np.full_like(tenancy, ""))[here],
            "outcome": np.full(len(here), outcome, dtype=object), "reached_date": day[here],
            "claim_date": _where(~late, claimed)[here], "decision": np.where(late, "", decision)[here],
            "amount_gbp": price[here].astype(float),
        })
    order = ("reached_date", "customer_id", "outcome")
    return frame("outcome_claims", stacked("C-", "claim_id", parts, order))


def _delays(made: Programme, ids: np.ndarray, p: Parameters):
    """Delays lie before the day of the move, reached or not; Covid's own begins with Covid."""
    ahead, last = made.preparation, np.fmin(made.left, made.followed_to)
    first = ahead.move - 14 - ahead.delay_days[0]
    covid_start = np.maximum(made.people.start + 14, days_of(p.covid_from))
    spans = [
        (first, ahead.move - 14, ahead.delay_reason[0], ahead.delay_days[0] > 0),
        (first - ahead.delay_days[1], first, ahead.delay_reason[1], ahead.delay_days[1] > 0),
        (covid_start, covid_start + ahead.covid_days, np.full(len(ids), 2), ahead.covid_days >= 14),
    ]
    parts = []
    for start, end, reason, is_ in spans:
        here = np.flatnonzero(is_ & (start < last))
        end = np.where(end <= last, end, np.where(last < made.extract, last, np.nan))
        parts.append({
            "customer_id": ids[here], "start_date": start[here], "end_date": end[here],
            "reason": _named(DELAY_REASONS, reason[here]),
        })
    return frame("delays", stacked("D-", "delay_id", parts, ("customer_id", "start_date")))


def _placements(made: Programme, ids: np.ndarray, u, p: Parameters):
    """The stay in care up to the move, for some the one before it, and the one after a return."""
    people, median = made.people, p.placement_weekly_cost[0] * np.exp(-p.placement_weekly_cost[1] ** 2 / 2)
    cost = [np.round(lognormal(next(u), median, p.placement_weekly_cost[1])) for _ in range(3)]
    kind = pick(next(u), (0.88, 0.12), ("residential", "nursing"))
    funder = pick(next(u), (0.35, 0.15, 0.50), ("council", "nhs", "joint"))
    away = next(u) < 0.08
    since, before = people.in_care_since, np.floor(180 + 1200 * next(u))
    later = made.end + np.floor(60 * next(u))
    back = np.select([made.reason == 1, made.reason == 0], [made.end, later], np.nan)
    back = _where((next(u) < 0.9) & (back < np.fmin(made.followed_to, made.second_start)), back)
    grown = since - before > people.birth + 18 * who.YEAR
    spans = [
        ((next(u) < 0.3) & grown, since - before, since),
        (since == since, since, np.fmin(made.move, made.death)),
        (~np.isnan(back), back, np.fmin(made.second_start, made.death)),
    ]
    parts = [{
        "customer_id": ids[is_], "start_date": start[is_], "end_date": end[is_], "placement_type": kind[is_],
        "out_of_area": away[is_], "funder": funder[is_], "weekly_cost_gbp": money[is_],
    } for (is_, start, end), money in zip(spans, cost, strict=True)]
    return frame("placements", stacked("P-", "placement_id", parts, ("customer_id", "start_date")))
