"""Contacts with community and crisis teams, planned and not, and the referrals that they belong to."""

from __future__ import annotations

import numpy as np

from pi_research.extract.simulation.cohort import YEAR
from pi_research.extract.simulation.draws import days_of, pick, stream
from pi_research.extract.simulation.frames import frame, stacked
from pi_research.extract.simulation.hospital import Course, Stay, candidates, in_covid, period_ratio
from pi_research.extract.simulation.parameters import Parameters

__all__ = ["contact_tables"]

STREAM = 12
OTHERS_RATE = 0.4
TEAMS = ("community", "rehabilitation", "early_intervention", "other")
TEAM_SHARES = (0.82, 0.12, 0.01, 0.05)
ATTENDANCE = ("did_not_attend", "cancelled_by_provider", "cancelled_by_patient", "unknown", "attended")
CRISIS_TEAMS, CRISIS_SHARES = ("crisis", "liaison"), (0.85, 0.15)


def contact_tables(
    people: list[Course], found: list[Stay], names: np.ndarray, seed: int, p: Parameters
) -> dict:
    """Contacts and referrals of every patient."""
    by_patient: dict[int, list[Stay]] = {}
    for stay in found:
        by_patient.setdefault(stay.patient, []).append(stay)
    parts, referrals = [], []
    for course in people:
        rng = stream(seed, STREAM, course.number)
        inside = by_patient.get(course.number, [])
        planned = _planned(course, inside, rng, p)
        crisis = _crisis(course, inside, rng, p)
        name = names[course.number]
        for part in (planned, crisis):
            parts.append(part | {"patient_id": np.full(len(part["date"]), name, dtype=object)})
        referrals += _referrals(course, planned["date"], crisis["date"], name, rng, p)
    names_ = ("patient_id", "received_date", "closed_date", "team", "priority")
    columns = {key: np.array([row[i] for row in referrals], dtype=object) for i, key in enumerate(names_)}
    contacts = stacked("CC-", "contact_id", parts, ("patient_id", "date", "planned"))
    ordered = stacked("R-", "referral_id", [columns], ("patient_id", "received_date", "team"))
    return {"contacts": frame("contacts", contacts), "referrals": frame("referrals", ordered)}


def _drawn(course: Course, inside: list[Stay], rng, p: Parameters, rate: float, ratios, covid: float):
    """Days (whole), three uniform numbers each, of contacts outside hospital at the rate of the day."""
    on_programme = not np.isnan(course.interest)
    top = rate / YEAR * max(*ratios, 1.0) * max(covid, 1.0) * (1.0 if on_programme else OTHERS_RATE)
    end = np.fmin(course.death, days_of(p.extract_date) + 1)
    day, u = candidates(rng, top, days_of(p.trust_record_from), end, 4)
    share = period_ratio(day, course, ratios) * np.where(in_covid(day, p), covid, 1.0)
    kept = u[0] * max(*ratios, 1.0) * max(covid, 1.0) < share
    for stay in inside:
        kept &= ~((day >= stay.admission) & (day < stay.discharge + 1))
    return np.floor(day[kept]), u[1:, kept]


def _planned(course: Course, inside: list[Stay], rng, p: Parameters) -> dict:
    """Planned contacts and whether they took place: missed by the person, or called off by either side."""
    rate, ratios = p.planned_contact_rate, p.planned_contact_ratio
    day, u = _drawn(course, inside, rng, p, rate, ratios, p.covid_planned_contact)
    missed = _stepwise(day, course, p.did_not_attend)
    provider = np.where(in_covid(day, p), 0.14, 0.05)
    edges = np.cumsum([missed, provider, np.full(len(day), 0.05), np.full(len(day), 0.01)], axis=0)
    return {
        "date": day, "team": pick(u[1], TEAM_SHARES, TEAMS), "planned": np.ones(len(day), bool),
        "attendance": np.array(ATTENDANCE, dtype=object)[(u[0] >= edges).sum(axis=0)],
    }


def _stepwise(day: np.ndarray, course: Course, values: tuple[float, ...]) -> np.ndarray:
    """The value of each day's period: before, then by ``PERIODS``."""
    place = np.rint(period_ratio(day, course, (2.0, 3.0, 4.0, 5.0, 6.0))).astype(int) - 1
    return np.array(values)[place]


def _crisis(course: Course, inside: list[Stay], rng, p: Parameters) -> dict:
    rate, ratios = p.crisis_contact_rate, p.crisis_contact_ratio
    day, u = _drawn(course, inside, rng, p, rate, ratios, p.covid_crisis_contact)
    return {
        "date": day, "team": pick(u[1], CRISIS_SHARES, CRISIS_TEAMS), "planned": np.zeros(len(day), bool),
        "attendance": pick(u[0], (0.95, 0.03, 0.02), ("attended", "did_not_attend", "unknown")),
    }


def _referrals(course: Course, planned, crisis, name: str, rng, p: Parameters) -> list[tuple]:
    """A standing referral to the community team, one to rehabilitation at the start, one for each crisis."""
    u = rng.random(24)
    end = course.death
    rows = [(name, planned.min(), end, "community", "routine")] if len(planned) else []
    if course.start == course.start and u[0] < 0.4:
        rows.append((name, course.start, end, "rehabilitation", "routine"))
    last = -np.inf
    for k, day in enumerate(np.sort(crisis)):
        if day - last < 60:
            continue
        last = day
        closed = np.fmin(day + 14 + np.floor(28 * u[1 + k % 20]), end)
        rows.append((name, day, closed if closed <= days_of(p.extract_date) else np.nan, "crisis",
                     "emergency" if u[(k + 3) % 20] < 0.5 else "urgent"))
    return rows
